#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <vector>

#include "datasets/csv.hpp"
#include "host/models/spiking/inputs_impl.hpp"
#include "kernels/spiking/spiking_cpu.hpp"

namespace syncache::spiking {
namespace {

// "55 70" as distinct input numbers.
void read_active(const CsvReader& csv, std::size_t column, const Settings& s, Pattern& pattern) {
    const std::string allowed =
        fmt::format("1 to {} distinct integers from 0 to {}, separated by spaces", max_active, s.auditory_inputs - 1);
    const std::string_view text = csv.text(column);
    const char* at = text.data();
    const char* end = at + text.size();
    while (at != end) {
        std::int32_t input = 0;
        const auto [stop, error] = std::from_chars(at, end, input);
        const auto known = pattern.active + pattern.n_active;
        if (error != std::errc() || (stop != end && *stop != ' ') || input < 0 || input >= s.auditory_inputs ||
            pattern.n_active == max_active || std::find(pattern.active, known, input) != known) {
            csv.refuse(column, allowed);
        }
        pattern.active[pattern.n_active++] = input;
        at = stop == end ? end : stop + 1;
    }
    if (pattern.n_active == 0) {
        csv.refuse(column, allowed);
    }
}

std::vector<Pattern> read_patterns(const Settings& s) {
    CsvReader csv(s.patterns_file, {"pattern", "active_auditory_inputs", "visual_rate_ratio"});
    std::vector<Pattern> patterns;
    while (csv.next()) {
        const auto number = static_cast<std::int64_t>(patterns.size());
        csv.integer(0, number, number);
        Pattern pattern{};
        read_active(csv, 1, s, pattern);
        const double ratio = csv.real(2);
        if (ratio != s.visual_ratio_high && ratio != s.visual_ratio_low) {
            csv.refuse(2, fmt::format("visual_ratio_high = {} or visual_ratio_low = {}", s.visual_ratio_high,
                                      s.visual_ratio_low));
        }
        pattern.target = ratio == s.visual_ratio_high ? 1 : 0;
        patterns.push_back(pattern);
        if (patterns.size() > 1'000'000) {
            throw std::invalid_argument(fmt::format("{}: more patterns; allowed: 1000000", csv.place()));
        }
    }
    if (patterns.empty()) {
        throw std::invalid_argument(fmt::format("{}: no patterns; allowed: at least one", s.patterns_file.string()));
    }
    return patterns;
}

// One line of recorded spikes. Its order is that of the presentations, in them that of the trains, and so on.
struct SpikeRow {
    std::int64_t presentation;
    int train;
    RecordedSpike spike;
    auto key() const { return std::tuple(presentation, train, spike.step); }
};

int train_of(const CsvReader& csv, std::size_t column, const Pattern& pattern) {
    const std::string_view source = csv.text(column);
    if (source == "v0") {
        return max_active;
    }
    if (source == "b0") {
        return max_active + 1;
    }
    const auto known = pattern.active + pattern.n_active;
    std::int32_t input = -1;
    if (source.size() > 1 && source[0] == 'a') {
        const char* end = source.data() + source.size();
        if (const auto [stop, error] = std::from_chars(source.data() + 1, end, input);
            error != std::errc() || stop != end) {
            input = -1;
        }
    }
    const auto found = std::find(pattern.active, known, input);
    if (found == known) {
        csv.refuse(column, fmt::format("v0, b0, or an active auditory input of the pattern: a{}",
                                       fmt::join(pattern.active, known, ", a")));
    }
    return static_cast<int>(found - pattern.active);
}

std::vector<SpikeRow> read_rows(const Settings& s, const std::vector<Pattern>& patterns) {
    CsvReader csv(s.input_spikes_file, {"run", "pattern", "step", "source", "count"});
    const auto n_patterns = static_cast<std::int64_t>(patterns.size());
    std::vector<SpikeRow> rows;
    std::tuple<std::int64_t, std::int32_t> last{-1, -1};
    while (csv.next()) {
        SpikeRow row{};
        const std::int64_t run = csv.integer(0, 0, 1'000'000 - 1);
        const std::int64_t pattern = csv.integer(1, 0, n_patterns - 1);
        row.presentation = run * n_patterns + pattern;
        row.spike.step = static_cast<std::int32_t>(csv.integer(2, 0, s.steps() - 1));
        row.train = train_of(csv, 3, patterns[static_cast<std::size_t>(pattern)]);
        row.spike.count = static_cast<std::int32_t>(csv.integer(4, 1, 1'000'000));
        if (run > (rows.empty() ? 0 : rows.back().presentation / n_patterns + 1)) {
            csv.refuse(0, "the run of the row before, or the next; the first is 0");
        }
        const std::tuple now{row.presentation, row.spike.step};
        if (now < last) {
            throw std::invalid_argument(
                fmt::format("{}: run {}, pattern {}, step {} after a later one; allowed: rows sorted by "
                            "run, pattern and step",
                            csv.place(), run, pattern, row.spike.step));
        }
        for (auto before = rows.rbegin();
             before != rows.rend() && before->presentation == row.presentation && before->spike.step == row.spike.step;
             ++before) {
            if (before->train == row.train) {
                csv.refuse(3, "each source once in a step");
            }
        }
        last = now;
        rows.push_back(row);
    }
    if (rows.empty()) {
        throw std::invalid_argument(fmt::format("{}: no spikes; allowed: at least one", s.input_spikes_file.string()));
    }
    if (const std::int64_t pattern = rows.back().presentation % n_patterns; pattern + 1 < n_patterns) {
        throw std::invalid_argument(
            fmt::format("{}: ends in run {} with pattern {}; allowed: whole runs of {} patterns", csv.place(),
                        rows.back().presentation / n_patterns, pattern, n_patterns));
    }
    return rows;
}

void read_recording(const Settings& s, Inputs& inputs) {
    std::vector<SpikeRow> rows = read_rows(s, inputs.patterns);
    const auto n_patterns = static_cast<std::int64_t>(inputs.patterns.size());
    inputs.recorded_runs = rows.back().presentation / n_patterns + 1;
    std::sort(rows.begin(), rows.end(), [](const SpikeRow& a, const SpikeRow& b) { return a.key() < b.key(); });
    inputs.begin.assign(static_cast<std::size_t>(inputs.recorded_runs * n_patterns * recorded_trains + 1), 0);
    for (const SpikeRow& row : rows) {
        ++inputs.begin[static_cast<std::size_t>(row.presentation * recorded_trains + row.train + 1)];
        inputs.spikes.push_back(row.spike);
    }
    for (std::size_t k = 1; k < inputs.begin.size(); ++k) {
        inputs.begin[k] += inputs.begin[k - 1];
    }
}

}  // namespace

Inputs make_inputs(const Settings& s) {
    Inputs inputs;
    if (s.patterns_file.empty()) {
        inputs.patterns.resize(static_cast<std::size_t>(s.patterns));
        cpu_kernels().random_patterns(s.seed, static_cast<int>(s.auditory_inputs), static_cast<int>(s.active_inputs),
                                      static_cast<int>(s.patterns), inputs.patterns.data());
    } else {
        inputs.patterns = read_patterns(s);
    }
    if (!s.input_spikes_file.empty()) {
        read_recording(s, inputs);
    }
    return inputs;
}

}  // namespace syncache::spiking
