// Experiment files with overrides: lines that begin with "--set " are those, the others are the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/idx.hpp"
#include "host/experiment/experiment.hpp"
#include "host/experiment/sweep.hpp"
#include "host/experiment/trial_identity.hpp"
#include "host/settings/value.hpp"
#include "tests/fuzz/fuzzing.hpp"

namespace syncache::fuzz {
namespace {

// Small data for experiments that name some.
void write_data() {
    write_idx<std::int8_t>(folder() / "patterns.idx2", {3, 4}, {1, -1, 1, 1, -1, -1, 1, -1, 1, -1, 1, 1});
    write_idx<std::int8_t>(folder() / "targets.idx1", {3}, {1, -1, 1});
    write_idx<std::uint8_t>(folder() / "images.idx3", {2, 2, 2}, {0, 255, 3, 4, 9, 128, 7, 1});
    write_idx<std::uint8_t>(folder() / "labels.idx1", {2}, {0, 9});
    write_idx<double>(folder() / "weights.idx1", {5}, {0.1, -0.2, 0.3, 0.0, 1.0});
    write_file("spikes.csv", "run,pattern,step,source,count\n0,0,0,a1,1\n0,1,3,v0,2\n");
}

struct Input {
    std::string text;
    std::vector<std::string> overrides;
};

Input split(std::string_view bytes) {
    Input input;
    while (!bytes.empty()) {
        const std::string_view line =
            bytes.substr(0, bytes.find('\n') == std::string_view::npos ? bytes.size() : bytes.find('\n') + 1);
        bytes.remove_prefix(line.size());
        if (line.starts_with("--set ")) {
            std::string word(line.substr(6));
            std::erase(word, '\n');
            std::erase(word, '\0');  // ends a word of a command line
            input.overrides.push_back(word);
        } else {
            input.text += line;
        }
    }
    return input;
}

std::optional<Experiment> parsed(const std::string& text, const std::vector<std::string>& overrides) {
    try {
        return parse_experiment(text, folder(), "experiment.toml", overrides);
    } catch (const std::invalid_argument& error) {
        expect(*error.what() != '\0', "an error that says nothing");
        return std::nullopt;
    }
}

bool same(const Axis& a, const Axis& b) { return a.parameters == b.parameters && a.values == b.values; }
bool same(const Point& a, const Point& b) { return a.settings == b.settings; }

// What a run would record gives the same experiment.
void check_recorded_text(const Experiment& experiment) {
    const auto again = parsed(experiment.text, {});
    expect(again.has_value(), "the text that a run records is no experiment");
    expect(
        again->name == experiment.name && again->model == experiment.model && again->fixed == experiment.fixed &&
            again->record == experiment.record && again->text == experiment.text &&
            again->accounting.size() == experiment.accounting.size() &&
            std::ranges::equal(again->axes, experiment.axes, [](const Axis& a, const Axis& b) { return same(a, b); }) &&
            std::ranges::equal(again->points, experiment.points,
                               [](const Point& a, const Point& b) { return same(a, b); }),
        "the text that a run records gives another experiment");
}

void check_trial(const Sweep& sweep, std::size_t place) {
    try {
        const Trial trial = sweep.trial(place);
        sweep.model().check(trial, sweep.experiment().tallies());
        const Need need = sweep.model().need(trial);
        expect(need.data_bytes >= 0 && need.state_bytes >= 0 && need.work >= 0 && need.scatter >= 1,
               "a need that is none");
        static FileChecksums checksums;
        const std::string text = canonical_text(trial, checksums);
        const auto values = nlohmann::json::parse(text, nullptr, false);
        expect(values.is_object() && text.find('\n') == std::string::npos, "the trial's text is no line of JSON");
    } catch (const std::invalid_argument&) {
    }
}

// All of a sweep that is not too large, as a run would plan it.
void check_plan(const Input& input) {
    write_file("experiment.toml", input.text);
    std::vector<std::string> words{"run", "experiment.toml", "-o", "none.sqlite", "--dry-run", "--threads", "1"};
    for (const std::string& override : input.overrides) {
        words.insert(words.end(), {"--set", override});
    }
    check_command(run_command(words));
    expect(!std::filesystem::exists(folder() / "none.sqlite"), "a dry run has written results");
}

}  // namespace
}  // namespace syncache::fuzz

using namespace syncache;

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
    fuzz::write_data();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input = fuzz::split(fuzz::as_text({data, size}));
    const auto experiment = fuzz::parsed(input.text, input.overrides);
    if (!experiment) {
        return 0;
    }
    fuzz::check_recorded_text(*experiment);
    std::optional<Sweep> sweep;
    try {
        sweep.emplace(*experiment);
    } catch (const std::invalid_argument&) {
        return 0;
    }
    fuzz::expect(sweep->size() > 0, "a sweep without trials");
    for (const std::size_t place : {std::size_t{0}, sweep->size() / 2, sweep->size() - 1}) {
        fuzz::check_trial(*sweep, place);
    }
    constexpr std::size_t most_planned = 100;
    if (sweep->size() <= most_planned) {
        fuzz::check_plan(input);
    }
    return 0;
}
