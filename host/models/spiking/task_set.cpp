#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "host/models/kernel_prices.hpp"
#include "host/models/spiking/task_set_impl.hpp"

namespace syncache::spiking {
namespace {

struct Group {
    std::vector<double> responses;
    double mean = 0.0, deviation = 0.0;
};

void summarise(Group& group) {
    const double n = static_cast<double>(group.responses.size());
    for (const double response : group.responses) {
        group.mean += response / n;
    }
    for (const double response : group.responses) {
        group.deviation += (response - group.mean) * (response - group.mean) / n;
    }
    group.deviation = std::sqrt(group.deviation);
}

// Differences of the cumulative sums at the ends of runs; `minimal` is a distance from the start and stays as it is.
RecordedTable runs_table(const double* rows, std::int64_t n_rows) {
    RecordedTable table{
        "epochs", {"epoch", "updates", "output_spikes", "uncached", "minimal", "maintenance_sum", "consolidation"}, {}};
    for (std::int64_t r = 0; r < n_rows; ++r) {
        const double* row = rows + r * run_columns;
        for (int column = 0; column < run_columns; ++column) {
            const bool cumulative = column != 0 && column != 4 && r > 0;
            table.rows.push_back(row[column] - (cumulative ? row[column - run_columns] : 0.0));
        }
    }
    return table;
}

RecordedTable presentations_table(const double* rows, std::int64_t n_rows) {
    return {"presentations",
            {"run", "pattern", "output_spikes", "last_output_step", "final_voltage", "energy_cumulative",
             "conductance_sum", "conductance_max"},
            {rows, rows + n_rows * presentation_columns}};
}

}  // namespace

bool is_successful(const Settings& settings, const std::vector<Pattern>& patterns,
                   const std::vector<double>& conductances) {
    Group groups[2];
    for (const Pattern& pattern : patterns) {
        double response = 0.0;
        for (int k = 0; k < pattern.n_active; ++k) {
            response += conductances[static_cast<std::size_t>(pattern.active[k])];
        }
        groups[pattern.target].responses.push_back(response);
    }
    if (patterns.size() == 1) {
        return true;
    }
    if (groups[0].responses.empty() || groups[1].responses.empty()) {
        return false;
    }
    summarise(groups[0]);
    summarise(groups[1]);
    const auto apart = [&](const Group& own, const Group& other) {
        return std::all_of(own.responses.begin(), own.responses.end(), [&](double response) {
            return std::fabs(response - own.mean) <= settings.success_within * own.deviation &&
                   std::fabs(response - other.mean) >= settings.success_apart * other.deviation;
        });
    };
    return apart(groups[0], groups[1]) || apart(groups[1], groups[0]);
}

// Hands out memory in the three blocks, from null addresses in a first pass that only measures.
template <class Number>
class TaskSet<Number>::Places {
  public:
    Places(const Blocks& blocks, std::byte* image) : blocks_(blocks), image_(image) {}

    // A copy of n values in the shared block.
    template <class T>
    T* share(const T* values, std::size_t n) {
        const std::size_t at = take(sizes_.shared, n * sizeof(T));
        if (image_ != nullptr && n > 0) {
            std::memcpy(image_ + at, values, n * sizeof(T));
        }
        return address<T>(blocks_.shared, at);
    }
    template <class T>
    T* share(const std::vector<T>& values) {
        return share(values.data(), values.size());
    }
    template <class T>
    T* state(std::size_t n) {
        return address<T>(blocks_.state, take(sizes_.state, n * sizeof(T)));
    }
    template <class T>
    T* result(std::size_t n) {
        return address<T>(blocks_.results, take(sizes_.results, n * sizeof(T)));
    }
    const BlockSizes& sizes() const { return sizes_; }

  private:
    static std::size_t take(std::size_t& used, std::size_t bytes) {
        const std::size_t at = used;
        used += (bytes + 63) / 64 * 64;
        return at;
    }
    template <class T>
    static T* address(std::byte* block, std::size_t at) {
        return block == nullptr ? nullptr : reinterpret_cast<T*>(block + at);
    }

    Blocks blocks_;
    std::byte* image_;
    BlockSizes sizes_;
};

template <class Number>
TaskSet<Number>::TaskSet(const std::vector<Settings>& settings, const std::vector<Job<Number>>& jobs,
                         const Tallies& tallies)
    : settings_(settings), jobs_(jobs), tallies_(tallies), prices_(kernel_prices(tallies)) {
    Places measure({}, nullptr);
    place(measure);
    sizes_ = measure.sizes();
}

template <class Number>
void TaskSet<Number>::bind(const Blocks& blocks, std::byte* image) {
    blocks_ = blocks;
    Places places(blocks, image);
    place(places);
}

template <class Number>
void TaskSet<Number>::place(Places& places) {
    tasks_.clear();
    const Price* prices = places.share(prices_);
    std::map<const void*, const Constants<Number>*> constants;
    std::map<const void*, std::pair<const Pattern*, Recording>> inputs;
    for (const Job<Number>& job : jobs_) {
        if (!constants.contains(job.tables.get())) {
            const ConstantTables<Number>& tables = *job.tables;
            Constants<Number> c = tables.constants;
            c.synaptic_powers = places.share(tables.synaptic_powers);
            c.input_powers = places.share(tables.input_powers);
            c.output_powers = places.share(tables.output_powers);
            for (const auto& [law, table] :
                 {std::pair{&c.auditory_law, &tables.auditory}, std::pair{&c.visual_law[0], &tables.visual[0]},
                  std::pair{&c.visual_law[1], &tables.visual[1]}, std::pair{&c.background_law, &tables.background}}) {
                law->survival = places.share(table->survival);
                law->guide = places.share(table->guide);
                law->more = places.share(table->more);
            }
            constants[job.tables.get()] = places.share(&c, 1);
        }
        if (!inputs.contains(job.inputs.get())) {
            const Inputs& in = *job.inputs;
            const Recording recording{in.begin.empty() ? nullptr : places.share(in.spikes), places.share(in.begin)};
            inputs[job.inputs.get()] = {places.share(in.patterns), recording};
        }
        const auto& [patterns, recording] = inputs[job.inputs.get()];
        Task<Number> task = place_job(places, job, constants[job.tables.get()], patterns, recording);
        task.prices = prices;
        tasks_.push_back(task);
    }
}

template <class Number>
Task<Number> TaskSet<Number>::place_job(Places& places, const Job<Number>& job, const Constants<Number>* constants,
                                        const Pattern* patterns, const Recording& recording) const {
    const Settings& s = settings_[job.trials[0]];
    const auto n = static_cast<std::size_t>(s.auditory_inputs);
    const auto n_kept = static_cast<std::size_t>(s.convergence_runs);
    Task<Number> task{};
    task.constants = constants;
    task.seed = s.seed;
    task.recording = recording;
    task.patterns = patterns;
    task.n_patterns = static_cast<std::int32_t>(s.patterns);
    task.max_runs = static_cast<std::int32_t>(s.max_runs);
    task.convergence_runs = static_cast<std::int32_t>(s.convergence_runs);
    task.play_all = s.input_spikes_file.empty() ? 0 : 1;
    task.convergence_range = s.convergence_tolerance * s.max_conductance;
    task.decay = s.decay;
    task.initial_conductance = s.initial_conductance;
    task.tally_persistent = tallies_.persistent_sum ? 1 : 0;
    task.book_shape = {static_cast<std::int32_t>(prices_.size()), static_cast<std::int32_t>(job.trials.size())};
    std::vector<Member<Number>> members;
    for (const std::size_t trial : job.trials) {
        members.push_back({settings_[trial].policy, static_cast<Number>(settings_[trial].threshold),
                           places.template state<Number>(n), places.template state<double>(2 * max_active)});
    }
    task.members = places.share(members);
    const auto row = static_cast<std::size_t>(book_size(task.book_shape));
    task.conductance = places.template state<Number>(n);
    task.last_conductance = places.template state<Number>(n * n_kept);
    task.book = places.template state<double>(row);
    task.last_books = places.template state<double>(row * n_kept);
    task.result_conductance = places.template result<Number>(n);
    task.result_book = places.template result<double>(row);
    task.final_conductance = places.template result<Number>(n);
    const auto runs = static_cast<std::size_t>(s.max_runs);
    if (tallies_.records("presentations")) {
        task.presentation_rows =
            places.template result<double>(runs * static_cast<std::size_t>(s.patterns) * presentation_columns);
    }
    if (tallies_.records("epochs")) {
        task.run_rows = places.template result<double>(members.size() * runs * run_columns);
    }
    return task;
}

template <class Number>
Outcome TaskSet<Number>::outcome(std::size_t j, std::size_t member, const std::byte* results) const {
    const Task<Number>& task = tasks_[j];
    const Settings& s = settings_[jobs_[j].trials[member]];
    const auto read = [&](const auto* address) {  // where it lies in `results`
        return reinterpret_cast<decltype(address)>(results +
                                                   (reinterpret_cast<const std::byte*>(address) - blocks_.results));
    };
    const double* book = read(task.result_book);
    const double* sums = book + member_at(task.book_shape, static_cast<int>(member));
    const auto conductances = [&](const Number* address) {
        const Number* g = read(address);
        return std::vector<double>(g, g + s.auditory_inputs);
    };
    Outcome outcome;
    outcome.converged = task.ending.converged != 0;
    outcome.epochs = task.ending.runs_to_result;
    outcome.presentations = outcome.epochs * s.patterns;
    outcome.updates = static_cast<std::int64_t>(book[Book::updates]);
    outcome.maintenance_sum = sums[Book::maintenance];
    outcome.persistent_sum =
        tallies_.persistent_sum ? sums[Book::persistent] : std::numeric_limits<double>::quiet_NaN();
    int next = 1;
    for (const Pricing& pricing : tallies_.pricings) {
        const int price = pricing == Pricing{} ? 0 : next++;
        const double* priced = book + priced_at(task.book_shape, price);
        outcome.sums.push_back({pricing, priced[Book::uncached], priced[Book::minimal],
                                sums[Book::consolidation + price],
                                sums[Book::transient_change + (pricing.potentiation_only ? 1 : 0)]});
    }
    outcome.extras = {is_successful(s, jobs_[j].inputs->patterns, conductances(task.result_conductance)) ? 1.0 : 0.0,
                      static_cast<double>(task.ending.runs), book[Book::output_spikes]};
    if (task.run_rows != nullptr) {
        outcome.tables.push_back(runs_table(
            read(task.run_rows) + static_cast<std::int64_t>(member) * s.max_runs * run_columns, task.ending.runs));
    }
    if (task.presentation_rows != nullptr) {
        outcome.tables.push_back(presentations_table(read(task.presentation_rows), task.ending.runs * s.patterns));
    }
    if (tallies_.records("weights")) {
        outcome.weights.push_back({"conductances", {s.auditory_inputs}, conductances(task.final_conductance)});
    }
    return outcome;
}

template class TaskSet<float>;
template class TaskSet<double>;

}  // namespace syncache::spiking
