#include "tests/support/reference_mlp.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace syncache::test {

namespace {

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

double ReferenceCheckpoint::total(double ReferenceEnergies::* part) const {
    double sum = 0.0;
    for (const ReferenceEnergies& layer : layers) {
        sum += layer.*part;
    }
    return sum;
}

ReferenceMlp::ReferenceMlp(ReferenceMlpSettings settings, std::vector<int> sizes,
                           const std::vector<std::vector<double>>& initial)
    : settings_(std::move(settings)) {
    for (std::size_t k = 0; k + 1 < sizes.size(); ++k) {
        const std::vector<double> zero(initial[k].size());
        layers_.push_back({sizes[k], sizes[k + 1], initial[k], zero, zero, initial[k]});
        active_.emplace_back(sizes[k]);
        activity_.emplace_back(sizes[k + 1]);
        delta_.emplace_back(sizes[k + 1]);
    }
    energies_.resize(layers_.size());
}

double ReferenceMlp::price(double change) const {
    if (change == 0.0 || (settings_.potentiation_only && change < 0.0)) {
        return 0.0;
    }
    const double size = std::fabs(change);
    return settings_.exponent == 1.0 ? size : std::pow(size, settings_.exponent);
}

const std::vector<double>& ReferenceMlp::outputs(const double* x) {
    const double* input = x;
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        const ReferenceLayer& layer = layers_[k];
        for (int j = 0; j < layer.units; ++j) {
            double field = 0.0;
            for (int i = 0; i < layer.inputs; ++i) {
                const int synapse = j * layer.inputs + i;
                field += (layer.persistent[synapse] + layer.transient[synapse]) * input[i];
            }
            activity_[k][j] = logistic(field);
        }
        input = activity_[k].data();
    }
    return activity_.back();
}

void ReferenceMlp::propagate_back(int label) {
    const bool cross_entropy = settings_.cost == "cross-entropy";
    const bool published = settings_.backprop == "published";
    const std::size_t last = layers_.size() - 1;
    // What each layer hands to the one below: delta, or, as published, an error without the derivative of the output
    // unit.
    std::vector<double> error(layers_[last].units);
    for (int k = 0; k < layers_[last].units; ++k) {
        const double y = activity_[last][k];
        error[k] = (k == label ? settings_.target_high : settings_.target_low) - y;
        delta_[last][k] = cross_entropy ? error[k] : error[k] * y * (1.0 - y);
    }
    std::vector<double> handed_down = published ? error : delta_[last];
    for (std::size_t k = last; k-- > 0;) {
        const ReferenceLayer& above = layers_[k + 1];
        for (int j = 0; j < layers_[k].units; ++j) {
            double sum = 0.0;
            for (int u = 0; u < above.units; ++u) {
                const int synapse = u * above.inputs + j;
                sum += (above.persistent[synapse] + above.transient[synapse]) * handed_down[u];
            }
            const double h = activity_[k][j];
            delta_[k][j] = sum * (cross_entropy && published ? h : h * (1.0 - h));
        }
        handed_down = delta_[k];
    }
}

std::vector<std::vector<double>> ReferenceMlp::negative_gradient(const double* x, int label) {
    outputs(x);
    propagate_back(label);
    std::vector<std::vector<double>> gradient;
    const double* input = x;
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        std::vector<double>& of_layer = gradient.emplace_back(layers_[k].persistent.size());
        for (int j = 0; j < layers_[k].units; ++j) {
            for (int i = 0; i < layers_[k].inputs; ++i) {
                of_layer[j * layers_[k].inputs + i] = delta_[k][j] * input[i];
            }
        }
        input = activity_[k].data();
    }
    return gradient;
}

void ReferenceMlp::learn(const double* x) {
    const double* input = x;
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        ReferenceLayer& layer = layers_[k];
        for (int i = 0; i < layer.inputs; ++i) {
            active_[k][i] = input[i] != 0.0;
        }
        for (int j = 0; j < layer.units; ++j) {
            for (int i = 0; i < layer.inputs; ++i) {
                const int synapse = j * layer.inputs + i;
                const double step =
                    settings_.learning_rate * delta_[k][j] * input[i] + settings_.momentum * layer.step[synapse];
                layer.step[synapse] = step;
                layer.transient[synapse] += step;
                energies_[k].uncached += price(step);
                energies_[k].n_changes += step != 0.0;
            }
        }
        input = activity_[k].data();
    }
}

double ReferenceMlp::threshold() const {
    if (settings_.schedule == "exponential") {
        return settings_.threshold_end +
               (settings_.threshold - settings_.threshold_end) * std::exp(-presentations_ / settings_.threshold_time);
    }
    return settings_.schedule == "error-rate" ? settings_.threshold * error_rate_ : settings_.threshold;
}

// Only a synapse whose input is active is looked at.
bool ReferenceMlp::exceeds(std::size_t k, int synapse, double threshold) const {
    return active_[k][synapse % layers_[k].inputs] && std::fabs(layers_[k].transient[synapse]) > threshold;
}

// Every synapse onto the neuron, or those above the threshold, or none.
void ReferenceMlp::consolidate_neuron(std::size_t k, int unit, bool whole, double threshold) {
    ReferenceLayer& layer = layers_[k];
    for (int synapse = unit * layer.inputs; synapse < (unit + 1) * layer.inputs; ++synapse) {
        const double s = layer.transient[synapse];
        const double step = layer.step[synapse];
        if (whole || (settings_.variant == "local-local" && exceeds(k, synapse, threshold))) {
            energies_[k].consolidation += price(s);
            energies_[k].n_consolidated += s != 0.0;
            layer.persistent[synapse] += s;
            layer.transient[synapse] = 0.0;
        } else if (!(settings_.potentiation_only && step < 0.0)) {
            energies_[k].transient_change += std::fabs(step);
        }
    }
}

void ReferenceMlp::consolidate() {
    const double of_network = threshold();
    double pending = 0.0;
    for (const ReferenceLayer& layer : layers_) {
        for (const double s : layer.transient) {
            pending += std::fabs(s);
        }
    }
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        const int inputs = layers_[k].inputs, units = layers_[k].units;
        const double theta =
            settings_.threshold_factors.empty() ? of_network : settings_.threshold_factors[k] * of_network;
        const auto any_exceeds = [&](int first_unit, int n_units) {
            for (int synapse = first_unit * inputs; synapse < (first_unit + n_units) * inputs; ++synapse) {
                if (exceeds(k, synapse, theta)) {
                    return true;
                }
            }
            return false;
        };
        const bool layer_exceeds = any_exceeds(0, units);
        for (int j = 0; j < units; ++j) {
            const bool whole = settings_.variant == "none" ||
                               (settings_.variant == "local-neuron" && any_exceeds(j, 1)) ||
                               (settings_.variant == "local-layer" && layer_exceeds) ||
                               (settings_.variant == "global-global" && pending > of_network);
            consolidate_neuron(k, j, whole, theta);
        }
    }
}

void ReferenceMlp::present(const double* x, int label) {
    outputs(x);
    propagate_back(label);
    learn(x);
    consolidate();
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        for (const double s : layers_[k].transient) {
            energies_[k].maintenance += std::fabs(s);
        }
        for (const double l : layers_[k].persistent) {
            energies_[k].persistent += std::fabs(l);
        }
        for (double& s : layers_[k].transient) {
            s *= settings_.decay_factor;
        }
    }
    const std::vector<double>& y = activity_.back();
    const bool error = std::max_element(y.begin(), y.end()) - y.begin() != label;
    const double kept = std::exp(-1.0 / settings_.threshold_time);
    error_rate_ = kept * error_rate_ + (1.0 - kept) * (error ? 1.0 : 0.0);
    presentations_ += 1.0;
}

double ReferenceMlp::accuracy(const std::vector<double>& images, const std::vector<int>& labels) {
    std::int64_t correct = 0;
    for (std::size_t n = 0; n < labels.size(); ++n) {
        const std::vector<double>& y = outputs(images.data() + n * layers_.front().inputs);
        correct += std::max_element(y.begin(), y.end()) - y.begin() == labels[n];
    }
    return static_cast<double>(correct) / static_cast<double>(labels.size());
}

ReferenceCheckpoint ReferenceMlp::checkpoint() const {
    ReferenceCheckpoint result;
    result.layers = energies_;
    for (std::size_t k = 0; k < layers_.size(); ++k) {
        const ReferenceLayer& layer = layers_[k];
        for (std::size_t i = 0; i < layer.transient.size(); ++i) {
            result.layers[k].consolidation += price(layer.transient[i]);
            result.layers[k].n_consolidated += layer.transient[i] != 0.0;
            result.layers[k].minimal += price(layer.persistent[i] + layer.transient[i] - layer.initial[i]);
        }
    }
    return result;
}

ReferenceMlpResult train_reference_mlp(const ReferenceMlpSettings& settings, const std::vector<int>& sizes,
                                       const std::vector<std::vector<double>>& initial, const ReferenceMlpData& data) {
    ReferenceMlp network(settings, sizes, initial);
    ReferenceMlpResult result;
    std::vector<double> accuracies;
    const auto n_train = static_cast<std::int64_t>(data.train_labels.size());
    bool stop = false;
    while (!stop && result.epochs < settings.max_epochs) {
        for (std::int64_t i = 0; i < n_train; ++i) {
            const std::int64_t image = settings.order ? settings.order(result.epochs, i) : i;
            network.present(data.train_images.data() + image * data.pixels, data.train_labels[image]);
            if (++result.presentations % settings.checkpoint_every == 0) {
                ReferenceCheckpoint& point = result.checkpoints.emplace_back(network.checkpoint());
                point.presentations = result.presentations;
                point.epoch = result.epochs;
                point.accuracy = network.accuracy(data.test_images, data.test_labels);
            }
        }
        ++result.epochs;
        result.accuracy = network.accuracy(data.test_images, data.test_labels);
        result.converged = result.accuracy > settings.target_accuracy;
        const auto patience = static_cast<std::ptrdiff_t>(settings.patience);
        stop =
            result.converged || (result.epochs > patience + 1 &&
                                 result.accuracy <= *std::min_element(accuracies.end() - patience, accuracies.end()));
        accuracies.push_back(result.accuracy);
    }
    result.layers = network.layers();
    return result;
}

}  // namespace syncache::test
