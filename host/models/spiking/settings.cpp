#include "host/models/spiking/settings.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/models/decay.hpp"
#include "host/models/policy.hpp"
#include "host/settings/declare.hpp"

namespace syncache::spiking {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Far above any neuron's, and below the numbers that nS, nF or pF given without their power of ten would be.
constexpr double most_siemens = 1e-3;
constexpr double most_farads = 1e-6;

struct RealKey {
    double Settings::* member;
    const char* name;
    double fallback, minimum, maximum;
    bool above_minimum;
    const char* unit;
    const char* description;
};

// The constants of D'Souza, Liu & Hahnloser (2010) as the published script has them (model.md, section 4).
const std::vector<RealKey> real_keys{
    {&Settings::initial_conductance, "initial_conductance", 0.0, 0.0, most_siemens, false, "siemens",
     "g_A of every auditory input at the start"},
    {&Settings::membrane_capacitance, "membrane_capacitance", 0.5e-9, 0.0, most_farads, true, "farad", "C"},
    {&Settings::leak_reversal, "leak_reversal", -70e-3, -1.0, 1.0, false, "volt",
     "E_L, where the voltage starts and is reset to"},
    {&Settings::adaptation_reversal, "adaptation_reversal", -70e-3, -1.0, 1.0, false, "volt",
     "E_K of the spike-triggered adaptation"},
    {&Settings::excitatory_reversal, "excitatory_reversal", 0.0, -1.0, 1.0, false, "volt",
     "E_ex of auditory and visual synapses"},
    {&Settings::spike_threshold, "spike_threshold", -50e-3, -1.0, 1.0, false, "volt",
     "voltage above which the neuron spikes"},
    {&Settings::leak_conductance, "leak_conductance", 20e-9, 0.0, most_siemens, false, "siemens", "g_L"},
    {&Settings::background_conductance, "background_conductance", 1e-9, 0.0, most_siemens, false, "siemens",
     "g_b, per background spike"},
    {&Settings::visual_conductance, "visual_conductance", 3e-9, 0.0, most_siemens, false, "siemens",
     "g_V, per visual spike"},
    {&Settings::max_conductance, "max_conductance", 2.5e-9, 0.0, most_siemens, true, "siemens",
     "g_max, to which g_A is clipped"},
    {&Settings::adaptation_increment, "adaptation_increment", 80e-9, 0.0, most_siemens, false, "siemens",
     "rise of g_K with an output spike"},
    {&Settings::adaptation_time, "adaptation_time", 110e-3, 0.0, 1e6, true, "second", "tau_K, decay of g_K"},
    {&Settings::synaptic_time, "synaptic_time", 10e-3, 0.0, 1e6, true, "second", "tau_s, decay of s_A, s_V and s_b"},
    {&Settings::stdp_size, "stdp_size", 1.25e-9, 0.0, most_siemens, false, "siemens",
     "size of plasticity: a spike changes g_A by size * A * trace"},
    {&Settings::potentiation_time, "potentiation_time", 50e-3, 0.0, 1e6, true, "second",
     "tau_+, decay of the output's trace"},
    {&Settings::depression_time, "depression_time", 70e-3, 0.0, 1e6, true, "second",
     "tau_-, decay of the inputs' traces"},
    {&Settings::potentiation_amplitude, "potentiation_amplitude", 0.001, 0.0, 1e6, false, "", "A_+"},
    {&Settings::depression_ratio, "depression_ratio", 1.05, 0.0, 1e6, false, "",
     "A_- = depression_ratio * A_+ * tau_+ / tau_-"},
    {&Settings::time_step, "time_step", 1e-4, 0.0, 1e3, true, "second", "dt"},
    {&Settings::presentation_time, "presentation_time", 0.15, 0.0, 1e6, true, "second", "duration of a presentation"},
    {&Settings::auditory_onset, "auditory_onset", 0.0, 0.0, 1e6, false, "second",
     "auditory input is active after this time"},
    {&Settings::auditory_offset, "auditory_offset", 0.05, 0.0, 1e6, false, "second", "and before this time"},
    {&Settings::visual_onset, "visual_onset", 0.07, 0.0, 1e6, false, "second",
     "visual input is active after this time"},
    {&Settings::visual_offset, "visual_offset", 0.12, 0.0, 1e6, false, "second", "and before this time"},
    {&Settings::auditory_rate, "auditory_rate", 100.0, 0.0, 1e6, false, "hertz",
     "of each neuron of an active auditory input's pool"},
    {&Settings::visual_rate, "visual_rate", 100.0, 0.0, 1e6, false, "hertz", "of each neuron of the visual pool"},
    {&Settings::background_rate, "background_rate", 1000.0, 0.0, 1e6, false, "hertz", "of each background neuron"},
    {&Settings::visual_ratio_high, "visual_ratio_high", 1.0, 0.0, 1.0, false, "",
     "part of the visual pool that is active for one target"},
    {&Settings::visual_ratio_low, "visual_ratio_low", 0.5, 0.0, 1.0, false, "", "and for the other"},
    {&Settings::convergence_tolerance, "convergence_tolerance", 0.03, 0.0, 1.0, false, "g_max",
     "how far g_A may lie from its mean over the last runs"},
    {&Settings::success_within, "success_within", 2.0, 0.0, infinity, false, "standard deviations",
     "how far a successful group's responses lie from its mean at most"},
    {&Settings::success_apart, "success_apart", 5.0, 0.0, infinity, false, "standard deviations",
     "and from the other group's mean at least, in its deviations"},
};

struct IntegerKey {
    std::int64_t Settings::* member;
    const char* name;
    std::int64_t fallback, minimum, maximum;
    const char* description;
};

const std::vector<IntegerKey> integer_keys{
    {&Settings::patterns, "patterns", 4, 1, 1'000'000, "patterns to learn"},
    {&Settings::max_runs, "max_runs", 1000, 1, 1'000'000,
     "runs through all patterns, after which a training has not converged"},
    {&Settings::auditory_inputs, "auditory_inputs", 100, 1, 60'000,
     "auditory inputs, each with its plastic conductance"},
    {&Settings::active_inputs, "active_inputs", 2, 1, max_active, "distinct auditory inputs that a pattern activates"},
    {&Settings::auditory_pool, "auditory_pool", 15, 0, 10'000, "neurons behind each auditory input"},
    {&Settings::visual_pool, "visual_pool", 15, 0, 10'000,
     "neurons behind the visual input; times the pattern's ratio, truncated"},
    {&Settings::background_pool, "background_pool", 1, 0, 10'000, "neurons behind the background input"},
    {&Settings::convergence_runs, "convergence_runs", 10, 1, 1000,
     "runs over which converged conductances stay the same"},
};

Parameter number(const RealKey& key) {
    return (key.above_minimum ? declare::real_above : declare::real)(key.name, key.fallback, key.minimum, key.maximum,
                                                                     key.unit, key.description);
}

Parameter number(const IntegerKey& key) {
    return declare::integer(key.name, key.fallback, static_cast<double>(key.minimum), static_cast<double>(key.maximum),
                            key.description);
}

std::vector<Parameter> make_parameters() {
    using namespace declare;
    std::vector<Parameter> list;
    list.push_back(integer("seed", 1, 0, 9.0e15, "seed of the patterns and of the input spikes"));
    list.push_back(choice("precision", "double", {"single", "double"},
                          "arithmetic of the neuron; sums of energy are always double"));
    list.push_back(choice("variant", "none", {"none", "local-local", "local-global", "global-global"},
                          "trigger and extent of consolidation; none: no cache"));
    list.push_back(real("threshold", 0.0, 0.0, infinity, "siemens", "consolidation threshold, exceeded strictly"));
    list.push_back(
        real("tau", infinity, 1.0, infinity, "presentations", "decay time constant of the transient part of g_A"));
    list.push_back(
        choice("decay_form", "linear", {"linear", "exponential"}, "1 - 1/tau or exp(-1/tau) in each presentation"));
    for (const IntegerKey& key : integer_keys) {
        list.push_back(number(key));
    }
    for (const RealKey& key : real_keys) {
        list.push_back(number(key));
    }
    list.push_back(file("patterns_file",
                        "CSV file of patterns: pattern, active_auditory_inputs (separated by spaces), "
                        "visual_rate_ratio"));
    list.push_back(file("input_spikes_file",
                        "CSV file of recorded input spikes, instead of random ones: run, pattern, step, source (a<k>, "
                        "v0, b0), count"));
    return list;
}

const Value& value_of(const std::vector<Value>& values, std::string_view name) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (parameters()[i].name == name) {
            return values[i];
        }
    }
    throw std::out_of_range(fmt::format("no parameter {}", name));
}

void require(bool met, const std::string& found, const std::string& allowed) {
    if (!met) {
        throw std::invalid_argument(fmt::format("{}; allowed: {}", found, allowed));
    }
}

void check_window(const char* name, double onset, double offset, double end) {
    require(onset <= offset && offset <= end, fmt::format("{0}_onset = {1}, {0}_offset = {2}", name, onset, offset),
            fmt::format("onset <= offset <= presentation_time = {}", end));
}

}  // namespace

const std::vector<Parameter>& parameters() {
    static const std::vector<Parameter> list = make_parameters();
    return list;
}

int Settings::steps() const { return static_cast<int>(std::lround(presentation_time / time_step)) - 1; }

Settings read_settings(const std::vector<Value>& values) {
    Settings s{};
    s.seed = static_cast<std::uint64_t>(std::get<std::int64_t>(value_of(values, "seed")));
    s.single = std::get<std::string>(value_of(values, "precision")) == "single";
    s.policy = policy_of(std::get<std::string>(value_of(values, "variant")));
    s.threshold = std::get<double>(value_of(values, "threshold"));
    s.decay = s.policy == Policy::immediate
                  ? 1.0
                  : decay_factor(std::get<double>(value_of(values, "tau")),
                                 std::get<std::string>(value_of(values, "decay_form")) == "linear");
    for (const IntegerKey& key : integer_keys) {
        s.*key.member = std::get<std::int64_t>(value_of(values, key.name));
    }
    for (const RealKey& key : real_keys) {
        s.*key.member = std::get<double>(value_of(values, key.name));
    }
    return s;
}

Settings read_settings(const Trial& trial) {
    Settings s = read_settings(trial.values());
    s.patterns_file = trial.path("patterns_file");
    s.input_spikes_file = trial.path("input_spikes_file");
    return s;
}

void check(const Settings& s) {
    require(s.active_inputs <= s.auditory_inputs, fmt::format("active_inputs = {}", s.active_inputs),
            fmt::format("at most auditory_inputs = {}", s.auditory_inputs));
    require(s.initial_conductance <= s.max_conductance, fmt::format("initial_conductance = {}", s.initial_conductance),
            fmt::format("at most max_conductance = {}", s.max_conductance));
    require(s.spike_threshold > s.leak_reversal, fmt::format("spike_threshold = {}", s.spike_threshold),
            fmt::format("above leak_reversal = {}", s.leak_reversal));
    require(s.presentation_time / s.time_step >= 2.0 && s.presentation_time / s.time_step <= 100'000.0,
            fmt::format("presentation_time = {}, time_step = {}", s.presentation_time, s.time_step),
            "2 to 100000 time steps in a presentation");
    if (s.input_spikes_file.empty()) {  // a recording has its own times
        check_window("auditory", s.auditory_onset, s.auditory_offset, s.presentation_time);
        check_window("visual", s.visual_onset, s.visual_offset, s.presentation_time);
    }
    for (const auto& [name, time] :
         {std::pair{"adaptation_time", s.adaptation_time}, std::pair{"synaptic_time", s.synaptic_time},
          std::pair{"potentiation_time", s.potentiation_time}, std::pair{"depression_time", s.depression_time}}) {
        require(time >= s.time_step, fmt::format("{} = {}", name, time),
                fmt::format("at least time_step = {}", s.time_step));
    }
    for (const auto& [name, rate] :
         {std::pair{"auditory_rate", s.auditory_rate}, std::pair{"visual_rate", s.visual_rate},
          std::pair{"background_rate", s.background_rate}}) {
        require(rate * s.time_step <= 1.0, fmt::format("{} = {}", name, rate),
                fmt::format("at most one spike per neuron and time_step, {}", 1.0 / s.time_step));
    }
}

std::string constants_name(const Settings& s) {
    std::string name = s.single ? "single" : "double";
    for (const IntegerKey& key : integer_keys) {
        if (key.member != &Settings::patterns && key.member != &Settings::max_runs) {
            fmt::format_to(std::back_inserter(name), " {}", s.*key.member);
        }
    }
    for (const RealKey& key : real_keys) {
        fmt::format_to(std::back_inserter(name), " {}", s.*key.member);
    }
    return name;
}

std::string trajectory_name(const Settings& s) {
    if (s.decay != 1.0) {
        return "";
    }
    return fmt::format("{} | {} {} {} {} {}", constants_name(s), s.seed, s.patterns, s.max_runs,
                       s.patterns_file.string(), s.input_spikes_file.string());
}

}  // namespace syncache::spiking
