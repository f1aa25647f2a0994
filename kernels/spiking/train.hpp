#pragma once

#include <cstdint>

#include "kernels/spiking/ledger.hpp"
#include "kernels/spiking/neuron.hpp"

// A whole training of a spiking neuron, one presentation at a time (model.md, section 4): threads that train neurons
// with different numbers of patterns are never out of step for longer than a presentation.
namespace syncache::spiking {
inline namespace SYNCACHE_ISA {

// Pattern `index` of a seed: distinct active inputs and one target, all equally likely. n_active <= inputs.
SYNCACHE_HD Pattern random_pattern(std::uint64_t seed, std::uint32_t index, int inputs, int n_active) {
    Pattern pattern{};
    pattern.n_active = n_active;
    for (int k = 0; k < n_active; ++k) {
        const RandomWords words = draw(seed, Purpose::spiking_pattern, static_cast<std::uint64_t>(k) + 1, index);
        // The r-th of the inputs not taken yet; those taken are sorted in pattern.active[0 ... k).
        int r = static_cast<int>(uniform(words.word[0], words.word[1]) * (inputs - k));
        int at = 0;
        for (; at < k && pattern.active[at] <= r; ++at) {
            ++r;
        }
        for (int j = k; j > at; --j) {
            pattern.active[j] = pattern.active[j - 1];
        }
        pattern.active[at] = r;
    }
    pattern.target = static_cast<std::int32_t>(draw(seed, Purpose::spiking_pattern, 0, index).word[0] >> 31);
    return pattern;
}

template <class Number>
SYNCACHE_HD void start(Task<Number>& task) {
    const int n = task.constants->inputs;
    for (int i = 0; i < n; ++i) {
        task.conductance[i] = static_cast<Number>(task.initial_conductance);
        for (int m = 0; m < task.book_shape.n_members; ++m) {
            task.members[m].transient[i] = Number{};
        }
    }
    for (int k = 0; k < book_size(task.book_shape); ++k) {
        task.book[k] = 0.0;
    }
    task.ending = Ending{};
}

template <class Number>
SYNCACHE_HD void start_trains(const Task<Number>& task, const Pattern& pattern, SpikeTrain* trains) {
    const Constants<Number>& c = *task.constants;
    const int n = pattern.n_active;
    if (task.recording.spikes != nullptr) {
        const std::int64_t presentation = static_cast<std::int64_t>(task.run) * task.n_patterns + task.pattern;
        const std::int64_t* begin = task.recording.begin + presentation * recorded_trains;
        for (int k = 0; k < n + 2; ++k) {
            const int train = k < n ? k : k - n + max_active;
            trains[k].start_recorded(task.recording.spikes + begin[train], task.recording.spikes + begin[train + 1]);
        }
        return;
    }
    const std::uint64_t presentation = presentation_key(task.run, task.pattern);
    for (int k = 0; k < n; ++k) {
        trains[k].start_random(c.auditory_law, task.seed, presentation,
                               first_auditory_source + static_cast<std::uint32_t>(pattern.active[k]));
    }
    trains[n].start_random(c.visual_law[pattern.target], task.seed, presentation, visual_source);
    trains[n + 1].start_random(c.background_law, task.seed, presentation, background_source);
}

template <class Number>
SYNCACHE_HD Response present(Task<Number>& task) {
    const Pattern& pattern = task.patterns[task.pattern];
    Ledger<Number> ledger(task, pattern);
    ledger.open();
    ActiveInput<Number> inputs[max_active];
    SpikeTrain trains[recorded_trains];
    for (int k = 0; k < pattern.n_active; ++k) {
        inputs[k] = {pattern.active[k], 0, task.conductance[pattern.active[k]], Number{}, Number{}};
    }
    start_trains(task, pattern, trains);
    Presentation<Number, Ledger<Number>> presentation(*task.constants, pattern, ledger);
    const Response response = presentation.run(inputs, trains);
    for (int k = 0; k < pattern.n_active; ++k) {
        task.conductance[pattern.active[k]] = inputs[k].conductance;
    }
    ledger.close();
    task.book[Book::output_spikes] += response.output_spikes;
    return response;
}

template <class Number>
SYNCACHE_HD void record_presentation(const Task<Number>& task, const Response& response) {
    double sum = 0.0, largest = 0.0;
    for (int i = 0; i < task.constants->inputs; ++i) {
        const double g = static_cast<double>(task.conductance[i]);
        sum += g;
        largest = g > largest ? g : largest;
    }
    const double values[presentation_columns] = {static_cast<double>(task.run),
                                                 static_cast<double>(task.pattern),
                                                 static_cast<double>(response.output_spikes),
                                                 static_cast<double>(response.last_output_step),
                                                 response.voltage,
                                                 task.book[priced_at(task.book_shape, 0) + Book::uncached],
                                                 sum,
                                                 largest};
    const std::int64_t row = static_cast<std::int64_t>(task.run) * task.n_patterns + task.pattern;
    for (int k = 0; k < presentation_columns; ++k) {
        task.presentation_rows[row * presentation_columns + k] = values[k];
    }
}

// The sums as they are now, with the distance from the start and the consolidation of what is left in s.
template <class Number>
SYNCACHE_HD void close_book(const Task<Number>& task, double* row) {
    const Book& shape = task.book_shape;
    for (int k = 0; k < book_size(shape); ++k) {
        row[k] = task.book[k];
    }
    for (int p = 0; p < shape.n_prices; ++p) {
        double minimal = 0.0;
        for (int i = 0; i < task.constants->inputs; ++i) {
            const Number initial = static_cast<Number>(task.initial_conductance);
            minimal += cost_of_change(static_cast<double>(task.conductance[i] - initial), task.prices[p]);
            for (int m = 0; m < shape.n_members; ++m) {
                row[member_at(shape, m) + Book::consolidation + p] +=
                    cost_of_change(static_cast<double>(task.members[m].transient[i]), task.prices[p]);
            }
        }
        row[priced_at(shape, p) + Book::minimal] = minimal;
    }
}

template <class Number>
SYNCACHE_HD void record_run(const Task<Number>& task, const double* closed) {
    const int price = priced_at(task.book_shape, 0);
    for (int m = 0; m < task.book_shape.n_members; ++m) {
        const int member = member_at(task.book_shape, m);
        const double values[run_columns] = {
            static_cast<double>(task.run),          task.book[Book::updates],
            task.book[Book::output_spikes],         task.book[price + Book::uncached],
            closed[price + Book::minimal],          task.book[member + Book::maintenance],
            task.book[member + Book::consolidation]};
        double* row = task.run_rows + (static_cast<std::int64_t>(m) * task.max_runs + task.run) * run_columns;
        for (int k = 0; k < run_columns; ++k) {
            row[k] = values[k];
        }
    }
}

// Whether every conductance at the ends of the last runs lies within the range around its mean over them. Never before
// the run of index `convergence_runs`: the script leaves the first run out.
template <class Number>
SYNCACHE_HD bool has_converged(const Task<Number>& task) {
    const int n_runs = task.convergence_runs;
    if (task.run < n_runs) {
        return false;
    }
    const int n = task.constants->inputs;
    for (int i = 0; i < n; ++i) {
        double sum = 0.0;
        for (int r = 0; r < n_runs; ++r) {
            sum += static_cast<double>(task.last_conductance[r * n + i]);
        }
        const double mean = sum / n_runs;
        for (int r = 0; r < n_runs; ++r) {
            const double distance = static_cast<double>(task.last_conductance[r * n + i]) - mean;
            if (!(magnitude(distance) <= task.convergence_range)) {
                return false;
            }
        }
    }
    return true;
}

// The results are those at the end of the run kept in `slot`.
template <class Number>
SYNCACHE_HD void take_results(Task<Number>& task, int slot, std::int64_t runs) {
    const int n = task.constants->inputs;
    for (int i = 0; i < n; ++i) {
        task.result_conductance[i] = task.last_conductance[slot * n + i];
    }
    const int size = book_size(task.book_shape);
    for (int k = 0; k < size; ++k) {
        task.result_book[k] = task.last_books[slot * size + k];
    }
    task.ending.runs_to_result = runs;
}

template <class Number>
SYNCACHE_HD void end_run(Task<Number>& task) {
    const int n = task.constants->inputs;
    const int slot = task.run % task.convergence_runs;
    double* closed = task.last_books + slot * book_size(task.book_shape);
    for (int i = 0; i < n; ++i) {
        task.last_conductance[slot * n + i] = task.conductance[i];
    }
    close_book(task, closed);
    if (task.run_rows != nullptr) {
        record_run(task, closed);
    }
    const bool last = task.run + 1 == task.max_runs;
    if (task.ending.converged == 0 && has_converged(task)) {
        task.ending.converged = 1;
        take_results(task, (task.run + 1) % task.convergence_runs, task.run + 2 - task.convergence_runs);
    } else if (task.ending.converged == 0 && last) {
        take_results(task, slot, task.max_runs);
    }
    task.ending.runs = task.run + 1;
    task.ending.finished = last || (task.ending.converged != 0 && task.play_all == 0) ? 1 : 0;
    for (int i = 0; task.ending.finished != 0 && i < n; ++i) {
        task.final_conductance[i] = task.conductance[i];
    }
}

// Makes the next presentation. Returns whether the training has ended with it.
template <class Number>
SYNCACHE_HD bool advance(Task<Number>& task) {
    if (task.run == 0 && task.pattern == 0) {
        start(task);
    }
    const Response response = present(task);
    if (task.presentation_rows != nullptr) {
        record_presentation(task, response);
    }
    if (++task.pattern < task.n_patterns) {
        return false;
    }
    end_run(task);
    task.pattern = 0;
    ++task.run;
    return task.ending.finished != 0;
}

}  // namespace SYNCACHE_ISA
}  // namespace syncache::spiking
