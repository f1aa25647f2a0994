// The MLP, 784-100-10 on digits, one thread: the plain dense double reference, the sketch (mlp_sketch.hpp) and the
// engine in one run. An iteration is 1000 presentations, 100 of the reference, or 10,000 test images; "each" is the
// time of one presentation. Numbers of iterations are fixed, so that instructions can be counted (valgrind
// --tool=callgrind). tests/perf/README.md has the counts of operations and bytes.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "datasets/digit_files.hpp"
#include "host/models/mlp/network.hpp"
#include "tests/perf/mlp_sketch.hpp"
#include "tests/support/golden_mlp.hpp"

namespace syncache::test {
namespace {

constexpr std::int64_t n_train = 6000, n_test = 10000;
constexpr std::int64_t warm_up =
    6000;  // presentations before the clock starts: weights, errors and consolidations as in training

// MNIST where it is there, synthetic digits otherwise; both are sparse alike.
MlpSettings settings(const std::string& variant) {
    MlpSettings s;
    s.images.data = mnist_is_there() ? "mnist" : "synthetic";
    if (mnist_is_there()) {
        s.images.files = image_files(find_collection("mnist"));
    }
    s.images.train_count = n_train;
    s.images.test_count = n_test;
    s.rule = variant == "none" ? MlpRule::plain : variant == "momentum" ? MlpRule::momentum : MlpRule::caching;
    s.momentum = variant == "momentum" ? 0.9 : 0.0;
    s.learning_rate = variant == "momentum" ? 0.01 : 0.1;
    s.policy = variant == "local-local" ? Policy::local_local : Policy::local_global;
    s.threshold = 0.04;
    s.decay = s.rule == MlpRule::caching ? std::exp(-1.0 / 1000.0) : 1.0;
    return s;
}

constexpr std::int64_t at_once = 1000;

void count_presentations(benchmark::State& state, std::int64_t in_an_iteration) {
    state.counters["each"] = benchmark::Counter(static_cast<double>(state.iterations() * in_an_iteration),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class Number>
struct Engine {
    explicit Engine(const MlpSettings& s)
        : images(shared_images<Number>(s.images)),
          sizes(layer_sizes(s, images->train.inputs(), 10)),
          initial(initial_weights(s, sizes)),
          network(s, Tallies{}, sizes, initial, images->train.view(), images->test.view(), {{1.0, 0}}) {
        network.train(warm_up, stop);
    }
    // Energy of the changes of persistent weights, as if all of s were consolidated now.
    double consolidated() {
        double sum = 0.0;
        for (const std::vector<LayerPriced>& layer : network.checkpoint().priced) {
            sum += layer[0].consolidation;
        }
        return sum;
    }
    std::atomic<bool> stop{false};
    std::shared_ptr<const TrainAndTest<Number>> images;
    std::vector<int> sizes;
    std::vector<std::vector<double>> initial;
    MlpNetwork<Number> network;
};

template <class Number>
void train_engine(benchmark::State& state, const std::string& variant) {
    Engine<Number> engine(settings(variant));
    for (auto _ : state) {
        engine.network.train(at_once, engine.stop);
    }
    count_presentations(state, at_once);
    state.SetLabel(settings(variant).images.data);
}

void train_single(benchmark::State& state, const std::string& variant) { train_engine<float>(state, variant); }
void train_double(benchmark::State& state, const std::string& variant) { train_engine<double>(state, variant); }

std::unique_ptr<MlpSketch> sketch_here(const std::vector<std::vector<double>>& initial, bool caching) {
#ifdef SYNCACHE_MANY_ISAS
    switch (chosen_isa()) {
        case Isa::avx512:
            return avx512::make_mlp_sketch(initial, caching);
        case Isa::avx2:
            return avx2::make_mlp_sketch(initial, caching);
        case Isa::baseline:
            break;
    }
#endif
    return baseline::make_mlp_sketch(initial, caching);
}

// The sketch must do the engine's work: its energy is the engine's but for rounding.
void train_sketch(benchmark::State& state, const std::string& variant) {
    Engine<float> engine(settings(variant));
    const bool caching = variant != "none";
    const std::unique_ptr<MlpSketch> sketch = sketch_here(engine.initial, caching);
    const auto images = engine.images->train.view();
    sketch->train(images, 0, warm_up);
    const double got = sketch->energy(), want = engine.consolidated();
    if (!(std::abs(got - want) <= 0.001 * want)) {
        state.SkipWithError("the sketch's energy is not the engine's");
    }
    std::int64_t first = warm_up;
    for (auto _ : state) {
        sketch->train(images, first, at_once);
        first += at_once;
    }
    count_presentations(state, at_once);
}

template <class Number>
void evaluate_engine(benchmark::State& state) {
    Engine<Number> engine(settings("none"));
    for (auto _ : state) {
        benchmark::DoNotOptimize(engine.network.accuracy(engine.images->test.view()));
    }
}

struct Plain {
    explicit Plain(const MlpSettings& s)
        : data(reference_data(s.images)),
          sizes(layer_sizes(s, 784, 10)),
          network(reference_settings(s), sizes, initial_weights(s, sizes)) {}
    ReferenceMlpData data;
    std::vector<int> sizes;
    ReferenceMlp network;
};

void train_reference_network(benchmark::State& state, const std::string& variant) {
    Plain plain(settings(variant));
    constexpr std::int64_t n = 100;
    std::int64_t i = 0;
    for (auto _ : state) {
        for (const std::int64_t end = i + n; i < end; ++i) {
            plain.network.present(plain.data.train_images.data() + i % n_train * 784,
                                  plain.data.train_labels[static_cast<std::size_t>(i % n_train)]);
        }
    }
    count_presentations(state, n);
}

void evaluate_reference(benchmark::State& state) {
    Plain plain(settings("none"));
    for (auto _ : state) {
        benchmark::DoNotOptimize(plain.network.accuracy(plain.data.test_images, plain.data.test_labels));
    }
}

// Competition (docs/model.md, section 11), in the networks that it was studied with: 200 leaky-relu units, linear
// outputs. centred: no input is 0.
void train_competing(benchmark::State& state, Competition rule, bool centred) {
    MlpSettings s = settings("none");
    s.hidden = {200};
    s.learning_rate = 0.01;
    s.initial_sd = 0.03;
    s.activation = Activation::leaky_relu;
    s.output = Output::linear;
    s.backprop = Backprop::exact;
    s.bias_unit = true;
    s.target_low = 0.0;
    s.target_high = 1.0;
    s.images.has_bias = true;
    s.images.is_centred = centred;
    s.competition = rule;
    s.fractions = {0.1, 1.0};
    Engine<float> engine(s);
    for (auto _ : state) {
        engine.network.train(at_once, engine.stop);
    }
    count_presentations(state, at_once);
}

void train_gated(benchmark::State& state, Gate gate) {
    MlpSettings s = settings("none");
    s.gate = gate;
    Engine<float> engine(s);
    for (auto _ : state) {
        engine.network.train(at_once, engine.stop);
    }
    count_presentations(state, at_once);
}

#define COMPETING(name, rule, centred) \
    BENCHMARK_CAPTURE(train_competing, name, Competition::rule, centred)->Iterations(20)->Unit(benchmark::kMillisecond)

#define PRESENTATIONS(function, name, variant) \
    BENCHMARK_CAPTURE(function, name, std::string(variant))->Iterations(20)->Unit(benchmark::kMillisecond)

PRESENTATIONS(train_reference_network, none, "none");
PRESENTATIONS(train_reference_network, local_neuron, "local-neuron");
PRESENTATIONS(train_sketch, none, "none");
PRESENTATIONS(train_single, none, "none");
PRESENTATIONS(train_sketch, local_neuron, "local-neuron");
PRESENTATIONS(train_single, local_neuron, "local-neuron");
PRESENTATIONS(train_single, local_local, "local-local");
PRESENTATIONS(train_single, momentum, "momentum");
PRESENTATIONS(train_double, none, "none");
PRESENTATIONS(train_double, local_neuron, "local-neuron");
COMPETING(sparse_none, none, false);
COMPETING(sparse_random_units, random_units, false);
COMPETING(sparse_largest_error, largest_error, false);
COMPETING(sparse_largest_change, largest_change, false);
COMPETING(sparse_largest_change_unit, largest_change_unit, false);
COMPETING(sparse_largest_weight, largest_weight, false);
COMPETING(sparse_largest_weight_unit, largest_weight_unit, false);
COMPETING(centred_none, none, true);
COMPETING(centred_largest_change, largest_change, true);
BENCHMARK_CAPTURE(train_gated, none, Gate::none)->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train_gated, mistakes, Gate::mistakes)->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK(evaluate_reference)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(evaluate_engine<float>)->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK(evaluate_engine<double>)->Iterations(20)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace syncache::test
BENCHMARK_MAIN();
