#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <functional>

namespace emulator {

// A place where a thread of the machine can stop and go on. A default one stands for the thread itself.
class Fiber {
  public:
    Fiber() = default;
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;
    Fiber(Fiber&&) = default;
    Fiber& operator=(Fiber&&) = default;

    // Begins with `body`, which returns the fiber that goes on when this one has ended. The stack must outlive it.
    void prepare(std::byte* stack, std::size_t bytes, std::function<Fiber*()> body);

    // From the running fiber `self` to another; comes back when somebody switches to `self`.
    static void change(Fiber& self, Fiber& to);

    // Forgets a fiber that will never go on: its stack is unwound.
    void abandon() { context_ = boost::context::fiber(); }

  private:
    boost::context::fiber context_;
};

}  // namespace emulator
