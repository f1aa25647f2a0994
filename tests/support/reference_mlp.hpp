#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// The multilayer perceptron of model.md section 3 as it stands there: dense, double, one loop for each step. It shares
// no code with kernels/; tests compare the engine with it, and tests/perf measures the engine's speed against it.
namespace syncache::test {

struct ReferenceMlpSettings {
    std::string variant = "none";
    std::string backprop = "published";
    std::string cost = "mse";
    double learning_rate = 0.1;
    double momentum = 0.0;
    double threshold = 0.0;
    std::string schedule = "constant";  // of the threshold: "exponential", to threshold_end; "error-rate"
    double threshold_end = 0.0, threshold_time = 0.0;
    std::vector<double> threshold_factors;  // [layer]; empty: 1
    double decay_factor = 1.0;              // s is multiplied by it after every presentation
    double target_low = 0.01;
    double target_high = 0.99;
    double target_accuracy = 1.0;
    std::int64_t checkpoint_every = 1000;
    std::int64_t patience = 3;
    std::int64_t max_epochs = 1;
    double exponent = 1.0;
    bool potentiation_only = false;
    std::function<std::int64_t(std::int64_t epoch, std::int64_t i)> order;  // empty: file order
};

// Images are row-major, [image][pixel].
struct ReferenceMlpData {
    std::int64_t pixels = 0;
    std::vector<double> train_images, test_images;
    std::vector<int> train_labels, test_labels;
};

// The sums of model.md section 1, of one layer.
struct ReferenceEnergies {
    double uncached = 0.0, minimal = 0.0, consolidation = 0.0, transient_change = 0.0, maintenance = 0.0,
           persistent = 0.0;
    std::int64_t n_changes = 0;       // synaptic changes by learning that are not zero
    std::int64_t n_consolidated = 0;  // changes of persistent weights that are not zero
};

struct ReferenceCheckpoint {
    std::int64_t presentations = 0, epoch = 0;
    double accuracy = 0.0;
    std::vector<ReferenceEnergies> layers;  // as if all of s were consolidated now
    double total(double ReferenceEnergies::* part) const;
};

struct ReferenceLayer {
    int inputs = 0, units = 0;
    std::vector<double> persistent, transient, step, initial;  // [unit][input]
};

struct ReferenceMlpResult {
    bool converged = false;
    std::int64_t epochs = 0, presentations = 0;
    double accuracy = 0.0;
    std::vector<ReferenceCheckpoint> checkpoints;
    std::vector<ReferenceLayer> layers;
};

class ReferenceMlp {
  public:
    // initial: for each layer [unit][input]; sizes: pixels, hidden units, ..., outputs.
    ReferenceMlp(ReferenceMlpSettings settings, std::vector<int> sizes,
                 const std::vector<std::vector<double>>& initial);

    // One presentation, all six steps. x: pixels in [0, 1].
    void present(const double* x, int label);
    // The outputs for one image.
    const std::vector<double>& outputs(const double* x);
    double accuracy(const std::vector<double>& images, const std::vector<int>& labels);
    ReferenceCheckpoint checkpoint() const;
    const std::vector<ReferenceLayer>& layers() const { return layers_; }
    // Minus the gradient of the cost in every weight of every layer, as the chosen backprop has it.
    std::vector<std::vector<double>> negative_gradient(const double* x, int label);

  private:
    void propagate_back(int label);
    void learn(const double* x);
    void consolidate();
    void consolidate_neuron(std::size_t k, int unit, bool whole, double threshold);
    bool exceeds(std::size_t k, int synapse, double threshold) const;
    double threshold() const;
    double price(double change) const;

    ReferenceMlpSettings settings_;
    std::vector<ReferenceLayer> layers_;
    std::vector<ReferenceEnergies> energies_;
    std::vector<std::vector<double>> activity_, delta_;  // [layer][unit]
    std::vector<std::vector<char>> active_;              // [layer][input]: whether it is not 0
    double presentations_ = 0.0, error_rate_ = 1.0;      // before the present one
};

// Trains with checkpoints and the stopping rules.
ReferenceMlpResult train_reference_mlp(const ReferenceMlpSettings& settings, const std::vector<int>& sizes,
                                       const std::vector<std::vector<double>>& initial, const ReferenceMlpData& data);

}  // namespace syncache::test
