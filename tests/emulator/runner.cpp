#include "tests/emulator/runner.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/emulator/block.hpp"
#include "tests/emulator/memory.hpp"
#include "tests/emulator/settings.hpp"
#include "tests/emulator/symbols.hpp"

namespace emulator {
namespace {

constexpr std::size_t most_runners = 128;
constexpr std::size_t stacks_bytes = most_threads * stack_bytes;  // of a runner

struct Runners {
    std::vector<std::unique_ptr<Runner>> all;
    std::vector<Runner*> idle;
    std::byte* stacks = reserve(most_runners * stacks_bytes);

    Runner* make() {
        if (all.size() == most_runners) {
            give_up("too many blocks in flight at once");
        }
        all.push_back(std::make_unique<Runner>());
        Runner& r = *all.back();
        r.stacks = stacks + (all.size() - 1) * stacks_bytes;
        r.thread = std::thread([&r] {
            r.shared = thread_locals();
            r.cells.resize(thread_local_bytes() / cell_bytes + 2);
            r.done.release();
            for (;;) {
                r.go.acquire();
                r.work();
                r.done.release();
            }
        });
        r.thread.detach();  // waits for work until the program ends
        r.done.acquire();
        return &r;
    }
};
Runners& runners() {
    static Runners& all = *new Runners;  // used to the very end of the program
    return all;
}

}  // namespace

void Runner::run(std::function<void()> what) {
    work = std::move(what);
    go.release();
    done.acquire();
}

Runner* take_runner() {
    Runners& r = runners();
    if (r.idle.empty()) {
        return r.make();
    }
    Runner* taken = r.idle.back();
    r.idle.pop_back();
    return taken;
}

void give_back(Runner* runner) { runners().idle.push_back(runner); }

bool in_stacks(const void* at) {
    const std::byte* stacks = runners().stacks;
    return at >= stacks && at < stacks + most_runners * stacks_bytes;
}

}  // namespace emulator
