// Runs and plans, for Python.

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/experiment/experiment.hpp"
#include "host/run/progress.hpp"
#include "host/run/run.hpp"
#include "host/run/shard_choice.hpp"
#include "python/src/bindings.hpp"

namespace syncache::python {
namespace {

// What a run is asked for, in the words that Python has for it.
struct Request {
    std::string text, folder, results;  // results: empty for a plan without a file
    std::string backend = "auto", shard = "1/1";
    int threads = 0;
    std::vector<int> devices;
    std::uint64_t memory = 0;
    bool add = false, retrain = false;

    RunOptions options() const {
        RunOptions options;
        options.given = parse_experiment(text, folder, "experiment");
        options.results = results;
        options.backend.choice = backend == "cpu"    ? BackendChoice::cpu
                                 : backend == "cuda" ? BackendChoice::cuda
                                                     : BackendChoice::automatic;
        options.backend.threads = threads;
        options.backend.devices = devices;
        options.shard = choose_shard(shard, environment_variable).shard;
        options.memory_bytes = memory;
        options.add = add;
        options.retrain = retrain;
        options.progress = ProgressForm::none;
        return options;
    }
};

// What a run has to say, until the thread that called it from Python comes to hear it.
class Mailbox {
  public:
    void warn(const std::string& warning) {
        const std::lock_guard lock(mutex_);
        warnings_.push_back(warning);
        changed_.notify_one();
    }
    void tell(const ProgressState& state) {
        const std::lock_guard lock(mutex_);
        state_ = state;
        changed_.notify_one();
    }
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_one();
    }

    struct Mail {
        std::vector<std::string> warnings;
        std::optional<ProgressState> state;
        bool ended = false;
    };
    // Waits for mail, but not so long that Ctrl-C would seem to be ignored.
    Mail take() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(50),
                          [this] { return ended_ || state_ || !warnings_.empty(); });
        return {std::exchange(warnings_, {}), std::exchange(state_, std::nullopt), ended_};
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> warnings_;
    std::optional<ProgressState> state_;
    bool ended_ = false;
};

// What happens in Python in the thread that waits for a run: the first exception asks the run to end soon, a second one
// to give up the trials in hand. The first one is raised once the run has ended.
class Interruptions {
  public:
    explicit Interruptions(StopRequest& stop) : stop_(stop) {}

    // Whether the call, or a signal's handler, has raised the first exception.
    template <class Call>
    bool watch(const Call& call) {
        try {
            call();
            if (PyErr_CheckSignals() != 0) {
                throw nb::python_error();
            }
        } catch (nb::python_error&) {
            if (stop_.soon.exchange(true)) {
                stop_.now = true;
                return false;
            }
            first_ = std::current_exception();
            return true;
        }
        return false;
    }
    void raise() const {
        if (first_) {
            std::rethrow_exception(first_);
        }
    }

  private:
    StopRequest& stop_;
    std::exception_ptr first_;
};

// Trains in a thread of its own. This one, which holds Python's lock but while it waits, hands on what the run says and
// hears of signals, as only Python's main thread does.
void run(const Request& request, const nb::callable& progress, const nb::callable& warn, const nb::callable& say) {
    RunOptions options = request.options();
    StopRequest stop;
    Mailbox mail;
    options.on_progress = [&](const ProgressState& state) { mail.tell(state); };
    options.on_warning = [&](const std::string& warning) { mail.warn(warning); };
    std::exception_ptr failure;
    std::thread thread([&] {
        try {
            std::ostringstream plan;  // of dry runs alone
            run_experiment(options, stop, plan);
        } catch (...) {
            failure = std::current_exception();
        }
        mail.end();
    });
    Interruptions interruptions(stop);
    ProgressState latest;
    for (bool goes_on = true; goes_on;) {
        Mailbox::Mail news;
        {
            const nb::gil_scoped_release released;
            news = mail.take();
        }
        latest = news.state.value_or(latest);
        const bool is_stopping = interruptions.watch([&] {
            for (const std::string& warning : news.warnings) {
                warn(warning);
            }
            if (news.state) {
                progress(*news.state);
            }
        });
        if (is_stopping && !news.ended) {
            interruptions.watch([&] { say(Progress::stopping(latest)); });
        }
        goes_on = !news.ended;
    }
    thread.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
    interruptions.raise();
}

nb::dict plan(const Request& request, const nb::callable& warn) {
    RunOptions options = request.options();
    std::vector<std::string> warnings;
    options.on_warning = [&](const std::string& warning) { warnings.push_back(warning); };
    RunPlan plan;
    {
        const nb::gil_scoped_release released;
        plan = plan_run(options);
    }
    for (const std::string& warning : warnings) {
        warn(warning);
    }
    nb::dict dict;
    dict["trials"] = plan.trials;
    dict["done"] = plan.done;
    dict["batches"] = plan.batches;
    dict["data_sets"] = plan.data_sets;
    dict["data_bytes"] = plan.data_bytes;
    dict["trial_bytes"] = plan.trial_bytes;
    dict["peak_bytes"] = plan.peak_bytes;
    dict["seconds"] = plan.seconds;
    dict["is_bound"] = plan.is_bound;
    dict["scatter"] = plan.scatter;
    dict["threads"] = plan.threads;
    dict["backend"] = plan.backend;
    dict["device"] = plan.device;
    dict["state"] = plan.state;
    dict["retrain"] = plan.lack ? text_of(*plan.lack) : "";
    dict["left_out"] = plan.left_out;
    return dict;
}

}  // namespace

void add_running(nb::module_& module) {
    nb::class_<Request>(module, "Request", "What a run or a plan is asked for.")
        .def(nb::init<>())
        .def_rw("text", &Request::text)
        .def_rw("folder", &Request::folder)
        .def_rw("results", &Request::results)
        .def_rw("backend", &Request::backend)
        .def_rw("shard", &Request::shard)
        .def_rw("threads", &Request::threads)
        .def_rw("devices", &Request::devices)
        .def_rw("memory", &Request::memory)
        .def_rw("add", &Request::add)
        .def_rw("retrain", &Request::retrain);
    nb::class_<ProgressState>(module, "Progress", "How far a run is.")
        .def_ro("trained", &ProgressState::trained, "Trials trained so far.")
        .def_ro("total", &ProgressState::total, "Trials to train.")
        .def_ro("fraction", &ProgressState::fraction, "Of the expected work, 0 to 1.")
        .def_ro("seconds", &ProgressState::seconds, "Since the run began.")
        .def_ro("rate", &ProgressState::rate, "Trials a second, lately.")
        .def_ro("left", &ProgressState::left, "Seconds left; None where they cannot be told.")
        .def_ro("running", &ProgressState::in_hand, "Trials begun and not finished.")
        .def_ro("longest", &ProgressState::longest, "Seconds for which the slowest of them has been running.")
        .def_ro("is_over", &ProgressState::is_over, "Whether this is the run's last word.")
        .def("__str__", [](const ProgressState& state) { return Progress::line(state, 0); });
    module.def("plan", plan, nb::arg("request"), nb::arg("warn"),
               nb::sig("def plan(request: Request, warn: collections.abc.Callable[[str], object]) -> dict[str, "
                       "typing.Any]"),
               "What a run would do.");
    module.def(
        "run", run, nb::arg("request"), nb::arg("progress"), nb::arg("warn"), nb::arg("say"),
        nb::sig("def run(request: Request, progress: collections.abc.Callable[[Progress], object], warn: "
                "collections.abc.Callable[[str], object], say: collections.abc.Callable[[str], object]) -> "
                "None"),
        "Trains and stores. An exception of `progress` or `warn`, and Ctrl-C, let it end in good order; `say` is "
        "told what that takes.");
}

}  // namespace syncache::python
