#include "tests/support/emulated_block.hpp"

#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

EmulatedIndex threadIdx, blockIdx;

namespace syncache::test {
namespace {

constexpr int warp_width = 32;
constexpr std::size_t stack_bytes = 256 * 1024;

// Where threads wait; it opens once all have come.
struct Meeting {
    int expected = 0;
    int arrived = 0;
    std::uint64_t opened = 0;
};

struct Warp {
    Meeting meeting;
    std::uint64_t slots[warp_width] = {};
};

struct Thread {
    unsigned block = 0, index = 0;
    ucontext_t beginning{};
    jmp_buf place;  // where it goes on; unlike ucontext's, such jumps cost no system call
    bool began = false;
    std::unique_ptr<std::byte[]> stack;
    Meeting* waits_at = nullptr;
    std::uint64_t opened = 0;  // of that meeting, when it came
    bool ended = false;

    bool can_run() const { return !ended && (waits_at == nullptr || waits_at->opened != opened); }
};

class Emulation {
  public:
    Emulation(int n_blocks, int n_threads, std::uint64_t order, const std::function<void()>& kernel)
        : n_threads_(n_threads), order_(order * 2 + 1), kernel_(kernel) {
        const int per_block = (n_threads + warp_width - 1) / warp_width;
        cluster_.expected = n_blocks * n_threads;
        blocks_.resize(static_cast<std::size_t>(n_blocks), Meeting{n_threads});
        warps_.resize(static_cast<std::size_t>(n_blocks * per_block));
        threads_.resize(static_cast<std::size_t>(cluster_.expected));
        for (std::size_t k = 0; k < threads_.size(); ++k) {
            threads_[k].block = static_cast<unsigned>(k) / static_cast<unsigned>(n_threads);
            threads_[k].index = static_cast<unsigned>(k) % static_cast<unsigned>(n_threads);
            running_ = &threads_[k];
            ++warp().meeting.expected;
        }
    }

    // Runs threads in turns, in an order that changes from turn to turn.
    void run() {
        for (Thread& thread : threads_) {
            prepare(thread);
        }
        std::vector<std::size_t> turn(threads_.size());
        std::iota(turn.begin(), turn.end(), std::size_t{0});
        for (std::size_t n_ended = 0; n_ended < threads_.size();) {
            bool any_ran = false;
            shuffle(turn);
            for (const std::size_t k : turn) {
                if (threads_[k].can_run()) {
                    any_ran = true;
                    resume(threads_[k]);
                    n_ended += threads_[k].ended ? 1 : 0;
                }
            }
            if (failure_) {
                std::rethrow_exception(failure_);
            }
            if (!any_ran) {
                throw std::logic_error("threads of a block wait for others that do not come");
            }
        }
    }

    void wait(Among which) {
        Meeting& meeting = which == Among::warp    ? warp().meeting
                           : which == Among::block ? blocks_[running_->block]
                                                   : cluster_;
        const std::uint64_t opened = meeting.opened;
        if (++meeting.arrived == meeting.expected) {
            meeting.arrived = 0;
            ++meeting.opened;
            return;
        }
        running_->waits_at = &meeting;
        running_->opened = opened;
        if (_setjmp(running_->place) == 0) {
            _longjmp(scheduler_, 1);
        }
    }

    Warp& warp() {
        const auto per_block = static_cast<unsigned>((n_threads_ + warp_width - 1) / warp_width);
        return warps_[running_->block * per_block + running_->index / warp_width];
    }

    int n_blocks() const { return static_cast<int>(blocks_.size()); }

    static Emulation* current;

  private:
    void prepare(Thread& thread) {
        thread.stack = std::make_unique_for_overwrite<std::byte[]>(stack_bytes);
        getcontext(&thread.beginning);
        thread.beginning.uc_stack.ss_sp = thread.stack.get();
        thread.beginning.uc_stack.ss_size = stack_bytes;
        makecontext(&thread.beginning, [] { current->body(); }, 0);
    }

    void body() {
        try {
            kernel_();
        } catch (...) {
            failure_ = std::current_exception();
        }
        running_->ended = true;
        _longjmp(scheduler_, 1);
    }

    void resume(Thread& thread) {
        running_ = &thread;
        threadIdx.x = thread.index;
        blockIdx.x = thread.block;
        if (_setjmp(scheduler_) != 0) {
            return;
        }
        if (thread.began) {
            _longjmp(thread.place, 1);
        }
        thread.began = true;
        setcontext(&thread.beginning);
    }

    void shuffle(std::vector<std::size_t>& turn) {
        for (std::size_t k = turn.size(); k > 1; --k) {
            order_ = order_ * 6364136223846793005u + 1442695040888963407u;
            std::swap(turn[k - 1], turn[(order_ >> 33) % k]);
        }
    }

    int n_threads_;
    std::uint64_t order_;
    const std::function<void()>& kernel_;
    std::vector<Thread> threads_;
    std::vector<Warp> warps_;
    std::vector<Meeting> blocks_;
    Meeting cluster_;
    jmp_buf scheduler_;
    Thread* running_ = nullptr;
    std::exception_ptr failure_;
};

Emulation* Emulation::current = nullptr;

std::byte* shared_memory = nullptr;
std::size_t shared_bytes = 0;

}  // namespace

void run_emulated(int n_blocks, int n_threads, std::uint64_t order, const std::function<void()>& kernel) {
    Emulation emulation(n_blocks, n_threads, order, kernel);
    Emulation::current = &emulation;
    emulation.run();
}

void wait_for_all(Among which) { Emulation::current->wait(which); }

void set_shared_memory(std::byte* first, std::size_t bytes_per_block) {
    shared_memory = first;
    shared_bytes = bytes_per_block;
}
std::byte* in_block(std::byte* mine, int block) {
    const std::size_t at = static_cast<std::size_t>(mine - shared_memory);
    if (mine < shared_memory || at / shared_bytes != blockIdx.x) {
        throw std::logic_error("not in this block's shared memory");
    }
    return shared_memory + static_cast<std::size_t>(block) * shared_bytes + at % shared_bytes;
}
int emulated_blocks() { return Emulation::current->n_blocks(); }

int emulated_lane() { return static_cast<int>(threadIdx.x % warp_width); }
std::uint64_t* warp_slots() { return Emulation::current->warp().slots; }

}  // namespace syncache::test
