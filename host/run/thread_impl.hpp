#pragma once

#include <system_error>
#include <thread>
#include <utility>

namespace syncache {

// A thread that does this work. Throws std::system_error that says so where the system starts no more threads.
template <typename Work>
std::jthread start_thread(Work&& work) {
    try {
        return std::jthread(std::forward<Work>(work));
    } catch (const std::system_error& error) {
        throw std::system_error(error.code(), "cannot start a thread");
    }
}

}  // namespace syncache
