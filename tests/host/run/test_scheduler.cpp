#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/run/scheduler.hpp"
#include "kernels/common/cuda/cuda_error.hpp"
#include "tests/support/fake_model.hpp"
#include "tests/support/scratch.hpp"

// How batches are trained and stored, with trainers that only pretend.
namespace syncache {
namespace {

// A trial is in flight with as many bytes as it has "patterns".
class WeighedModel : public test::FakeModel {
  public:
    Need need(const Trial& trial) const override {
        Need need;
        need.state_bytes = static_cast<double>(trial.integer("patterns"));
        need.work = 1e6;
        return need;
    }
};

using Train = std::function<void(std::span<const Trial>, const std::atomic<bool>& stop, const OutcomeSink&)>;

class PretendingTrainer : public Trainer {
  public:
    PretendingTrainer(Train train, std::atomic<int>& n_alive) : train_(std::move(train)), n_alive_(n_alive) {
        ++n_alive_;
    }
    ~PretendingTrainer() override { --n_alive_; }
    void train(std::span<const Trial> trials, const Tallies& /*tallies*/, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        train_(trials, stop, deliver);
    }

  private:
    Train train_;
    std::atomic<int>& n_alive_;
};

void deliver_all(std::span<const Trial> trials, const OutcomeSink& deliver) {
    for (std::size_t i = 0; i < trials.size(); ++i) {
        deliver(i, Outcome{});
    }
}

// A sweep over seeds, scheduled onto pretending workers.
class Scheduling : public ::testing::Test {
  protected:
    // `settings`: of all trials.
    Failures run(int n_trials, int n_workers, const Train& train, const std::string& settings = "patterns = 10",
                 bool one_by_one = true, std::size_t most_trials = 1) {
        const WeighedModel model;
        const std::array<const Model*, 1> known{&model};
        const Experiment experiment =
            parse_experiment("name = \"e\"\nmodel = \"fake\"\n[fixed]\n" + settings +
                                 "\n[axes]\nseed = { from = 1, to = " + std::to_string(n_trials) + ", step = 1 }\n",
                             "", "e.toml", {}, known);
        const Sweep sweep(experiment);
        PlanOptions options;
        options.most_trials_per_batch = batch;
        const Plan plan = Survey(sweep, {}, {}).plan(options, [](std::size_t) { return false; });
        const Worker worker{[&] { return std::make_unique<PretendingTrainer>(train, n_alive); }, most_trials,
                            most_bytes, one_by_one};
        const std::vector<Worker> workers(static_cast<std::size_t>(n_workers), worker);
        const Results results{[&](std::size_t place, Outcome outcome, double time) {
                                  const std::lock_guard lock(mutex);
                                  ++prepared[place];
                                  seconds.push_back(time);
                                  return Store::Result{std::to_string(place), static_cast<std::int64_t>(place),
                                                       std::move(outcome), time};
                              },
                              [&](std::span<const Store::Result> finished) {
                                  if (disk_is_full) {
                                      throw std::runtime_error("the disk is full");
                                  }
                                  n_stored += finished.size();
                              }};
        done = std::make_unique<Done>(workers.size());
        return train_all(plan, sweep, {}, workers, results, memory, stop, *done);
    }

    // Every trial was handed on once.
    void expect_all(int n_trials) const {
        EXPECT_EQ(prepared.size(), static_cast<std::size_t>(n_trials));
        for (const auto& [place, times] : prepared) {
            EXPECT_EQ(times, 1) << place;
        }
        EXPECT_EQ(n_stored, static_cast<std::size_t>(n_trials));
        EXPECT_EQ(done->trials, static_cast<std::size_t>(n_trials));
    }

    std::size_t batch = 16;
    double most_bytes = 1e9;
    MemoryBudget memory{1'000'000};
    StopRequest stop;
    bool disk_is_full = false;
    std::mutex mutex;
    std::map<std::size_t, int> prepared;
    std::vector<double> seconds;
    std::size_t n_stored = 0;
    std::atomic<int> n_alive = 0;
    std::unique_ptr<Done> done;
};

TEST_F(Scheduling, TrainsAndStoresEveryTrialOnce) {
    run(100, 3, [](auto trials, auto&, auto& deliver) { deliver_all(trials, deliver); });
    expect_all(100);
    EXPECT_TRUE(std::ranges::all_of(seconds, [](double time) { return time >= 0.0 && time < 60.0; }));
    EXPECT_NEAR(done->work, 100 * 1e6, 1.0);
}

// As a GPU's workers take them: several batches at once, up to so many trials or bytes.
TEST_F(Scheduling, JoinsBatchesAndTrainsEveryTrialOnce) {
    batch = 5;
    std::atomic<std::size_t> largest = 0;
    const auto train = [&](auto trials, auto&, auto& deliver) {
        largest = std::max<std::size_t>(largest, trials.size());
        deliver_all(trials, deliver);
    };
    run(103, 2, train, "patterns = 10", false, 40);
    expect_all(103);
    EXPECT_EQ(largest, 40u);
    prepared.clear();
    n_stored = 0;
    most_bytes = 150.0;
    largest = 0;
    run(103, 1, train, "patterns = 10", false, 40);
    expect_all(103);
    EXPECT_EQ(largest, 15u);
}

TEST_F(Scheduling, TellsNoTimeOfTrialsThatAreTrainedTogether) {
    run(10, 1, [](auto trials, auto&, auto& deliver) { deliver_all(trials, deliver); }, "patterns = 10", false);
    EXPECT_TRUE(std::ranges::all_of(seconds, [](double time) { return std::isnan(time); }));
}

TEST_F(Scheduling, HalvesABatchThatMemoryDoesNotHold) {
    std::vector<std::size_t> sizes;
    run(16, 1, [&](auto trials, auto&, auto& deliver) {
        sizes.push_back(trials.size());
        deliver(0, Outcome{});  // what was delivered before the failure counts
        if (trials.size() > 5) {
            throw std::bad_alloc();
        }
        deliver_all(trials.subspan(1), [&](std::size_t i, Outcome outcome) { deliver(i + 1, std::move(outcome)); });
    });
    expect_all(16);
    ASSERT_GE(sizes.size(), 3u);
    EXPECT_EQ(sizes[0], 16u);
    EXPECT_EQ(sizes[1], 7u);
    EXPECT_EQ(sizes[2], 3u);
}

TEST_F(Scheduling, HalvesABatchThatADeviceDoesNotHold) {
    const auto failures = run(64, 2, [&](auto trials, auto&, auto& deliver) {
        if (trials.size() > 2) {
            throw cuda_error("cudaMalloc: out of memory", true);
        }
        deliver_all(trials, deliver);
    });
    expect_all(64);
    EXPECT_EQ(failures.count, 0u);
}

TEST_F(Scheduling, LeavesOutATrialThatFitsNowhere) {
    const auto failures = run(
        40, 2,
        [&](auto trials, auto&, auto& deliver) {
            for (const Trial& trial : trials) {
                if (trial.integer("seed") == 11) {
                    throw std::bad_alloc();
                }
            }
            deliver_all(trials, deliver);
        },
        "patterns = 1200000");
    EXPECT_EQ(failures.count, 1u);
    EXPECT_NE(failures.first.find("\"seed\":11,"), std::string::npos) << failures.first;
    EXPECT_NE(failures.first.find("1.2 MB in flight"), std::string::npos) << failures.first;
    EXPECT_EQ(prepared.size(), 39u);
    EXPECT_EQ(prepared.count(10), 0u);
    EXPECT_EQ(done->trials, 39u);
}

// Trials that did not fit beside another are each tried alone, also when one of them just has been.
TEST_F(Scheduling, TriesEveryTrialAloneBeforeItIsLeftOut) {
    batch = 5;
    const auto failures = run(5, 1, [&](auto trials, auto&, auto& deliver) {
        if (trials.size() == 2) {
            deliver(1, Outcome{});
        }
        if (trials.size() > 1) {
            throw std::bad_alloc();
        }
        deliver(0, Outcome{});
    });
    EXPECT_EQ(failures.count, 0u) << failures.first;
    expect_all(5);
}

// A trial for which the others' memory is in the way is trained once they have given theirs back.
TEST_F(Scheduling, TrainsALargeTrialAlone) {
    batch = 1;
    std::atomic<int> n_refused = 0;
    const auto failures = run(60, 4, [&](auto trials, auto&, auto& deliver) {
        if (trials[0].integer("seed") % 20 == 0 && n_alive > 1) {
            ++n_refused;
            throw std::bad_alloc();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        deliver_all(trials, deliver);
    });
    EXPECT_EQ(failures.count, 0u) << failures.first;
    EXPECT_GT(n_refused, 0);
    expect_all(60);
}

TEST_F(Scheduling, KeepsToTheMemoryBudget) {
    batch = 1;
    MemoryBudget& budget = memory;
    EXPECT_EQ(budget.total(), 1'000'000u);
    std::atomic<int> n_training = 0, most = 0;
    run(
        40, 8,
        [&](auto trials, auto&, auto& deliver) {
            most = std::max<int>(most, ++n_training);
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
            deliver_all(trials, deliver);
            --n_training;
        },
        "patterns = 300000");
    expect_all(40);
    EXPECT_EQ(most, 3) << "times 300 kB in 1 MB";
}

TEST_F(Scheduling, FinishesWhatItHasInHandWhenAskedToStopSoon) {
    batch = 1;
    run(10, 1, [&](auto trials, const auto& given_up, auto& deliver) {
        stop.soon = true;
        EXPECT_FALSE(given_up);
        deliver_all(trials, deliver);
    });
    expect_all(1);
}

TEST_F(Scheduling, GivesUpWhatItHasInHandWhenAskedToStopNow) {
    run(16, 1, [&](auto, const auto& given_up, auto& deliver) {
        deliver(3, Outcome{});
        stop.now = true;
        EXPECT_TRUE(given_up);
    });
    expect_all(1);
}

TEST_F(Scheduling, StoresWhatWasFinishedBeforeAWorkerFailed) {
    EXPECT_THROW(run(100, 2,
                     [&](auto, auto&, auto& deliver) {
                         deliver(0, Outcome{});
                         throw std::logic_error("broken");
                     }),
                 std::logic_error);
    EXPECT_GE(n_stored, 1u);
    EXPECT_LE(n_stored, 2u);
    EXPECT_EQ(done->trials, n_stored);
}

TEST_F(Scheduling, GivesUpWhatCannotBeStored) {
    disk_is_full = true;
    batch = 1;
    const std::string message = test::message_of<std::runtime_error>([&] {
        run(100000, 2, [&](auto trials, const auto& given_up, auto& deliver) {
            if (trials[0].integer("seed") % 2 == 0) {
                deliver_all(trials, deliver);
                return;
            }
            while (!given_up) {  // as long as it takes
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
    });
    EXPECT_EQ(message, "the disk is full");
    EXPECT_EQ(done->trials, 0u);
}

TEST(MemoryBudget, OneThatAsksForMoreThanThereIsGetsAllOfIt) {
    MemoryBudget budget(100);
    const auto never = [] { return false; };
    EXPECT_TRUE(budget.take(500, never));
    EXPECT_FALSE(budget.take(1, [] { return true; }));
    budget.give_back(500);
    EXPECT_TRUE(budget.take(60, never));
    EXPECT_TRUE(budget.exchange(60, 100));
    EXPECT_TRUE(budget.exchange(100, 50));
    EXPECT_TRUE(budget.take(50, never));
    EXPECT_FALSE(budget.exchange(50, 51));
    EXPECT_TRUE(budget.exchange(50, 40));
    EXPECT_TRUE(budget.exchange(40, 50));
}

TEST(MemoryBudget, FirstComeFirstServed) {
    MemoryBudget budget(100);
    const auto never = [] { return false; };
    ASSERT_TRUE(budget.take(60, never));
    std::atomic<bool> served = false;
    std::jthread large([&] {
        budget.take(100, never);
        served = true;
        budget.give_back(100);
    });
    while (budget.exchange(60, 61)) {  // until the large one waits, before which nobody grows
        budget.exchange(61, 60);
        std::this_thread::yield();
    }
    EXPECT_FALSE(served);
    budget.give_back(60);
    large.join();
    EXPECT_TRUE(served);
}

TEST(Memory, TheMachineHasSomeLeft) {
    EXPECT_GT(available_bytes(), 1e7);
    EXPECT_GT(resident_bytes(), 1e6);
    EXPECT_GE(peak_resident_bytes(), 0.9 * resident_bytes());
    EXPECT_EQ(bytes_text(38912), "38.9 kB");
    EXPECT_EQ(bytes_text(2.5e6), "2.5 MB");
    EXPECT_EQ(bytes_text(3.2e9), "3.20 GB");
}

}  // namespace
}  // namespace syncache
