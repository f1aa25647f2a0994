// The MLP, 784-100-10 on digits, one thread: the plain dense double reference and the engine in one run. Each training
// iteration is one presentation; each evaluation iteration 10,000 images. tests/perf/README.md has the counts of
// operations and bytes.
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

template <class Number>
struct Engine {
    explicit Engine(const MlpSettings& s)
        : images(shared_images<Number>(s.images)),
          sizes(layer_sizes(s, 784, 10)),
          initial(initial_weights(s, sizes)),
          network(s, Tallies{}, sizes, initial, images->train.view(), images->test.view(), {{1.0, 0}}) {
        network.train(warm_up, stop);
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
        engine.network.train(1, engine.stop);
    }
    state.SetLabel(settings(variant).images.data);
}

void train_single(benchmark::State& state, const std::string& variant) { train_engine<float>(state, variant); }
void train_double(benchmark::State& state, const std::string& variant) { train_engine<double>(state, variant); }

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
    std::int64_t i = 0;
    for (auto _ : state) {
        plain.network.present(plain.data.train_images.data() + i * 784,
                              plain.data.train_labels[static_cast<std::size_t>(i)]);
        i = (i + 1) % n_train;
    }
}

void evaluate_reference(benchmark::State& state) {
    Plain plain(settings("none"));
    for (auto _ : state) {
        benchmark::DoNotOptimize(plain.network.accuracy(plain.data.test_images, plain.data.test_labels));
    }
}

BENCHMARK_CAPTURE(train_reference_network, none, std::string("none"));
BENCHMARK_CAPTURE(train_reference_network, local_neuron, std::string("local-neuron"));
BENCHMARK_CAPTURE(train_single, none, std::string("none"));
BENCHMARK_CAPTURE(train_single, local_neuron, std::string("local-neuron"));
BENCHMARK_CAPTURE(train_single, local_local, std::string("local-local"));
BENCHMARK_CAPTURE(train_single, momentum, std::string("momentum"));
BENCHMARK_CAPTURE(train_double, none, std::string("none"));
BENCHMARK_CAPTURE(train_double, local_neuron, std::string("local-neuron"));
BENCHMARK(evaluate_reference)->Unit(benchmark::kMillisecond);
BENCHMARK(evaluate_engine<float>)->Unit(benchmark::kMillisecond);
BENCHMARK(evaluate_engine<double>)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace syncache::test
BENCHMARK_MAIN();
