#include "host/models/mlp/cuda_trainer.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "host/models/kernel_prices.hpp"
#include "host/models/mlp/model.hpp"
#include "host/models/mlp/network.hpp"
#include "host/models/mlp/recording.hpp"
#include "kernels/mlp/mlp_cuda.hpp"
#include "kernels/mlp/part_layout.hpp"

namespace syncache {
namespace {

constexpr int width = mlp_cuda_pack_width;

// A network in a slot.
struct Flight {
    std::size_t trial;
    std::vector<int> sizes;
    MlpCourse course;
    MlpRecording recording;
    std::int64_t presentations = 0;
};

template <class Number>
std::vector<int> network_sizes(const MlpSettings& settings, const TrainAndTest<Number>& images) {
    return layer_sizes(settings, images.train.inputs(), images.train.n_classes);
}

template <class Number>
MlpTask<Number> empty_task_of(const MlpSettings& settings, const std::vector<int>& sizes,
                              const std::vector<Price>& prices, const Tallies& tallies,
                              const ImageView<Number>& train) {
    auto task = mlp_task<Number>(settings, static_cast<int>(sizes.size()) - 1);
    set_tallies(task, settings, tallies, prices.size(), train);
    return task;
}

// Makes `largest` large enough for one more network.
template <class Number>
void add_network(MlpSlotSize& largest, const MlpSettings& settings, const std::vector<int>& sizes,
                 const std::vector<Price>& prices, const Tallies& tallies, const ImageView<Number>& train) {
    MlpTask<Number> task = empty_task_of<Number>(settings, sizes, prices, tallies, train);
    largest.bytes = std::max(largest.bytes, lay_out_network(task, nullptr, sizes, tallies, width));
    std::size_t synapses = 0;
    for (int k = 0; k < task.n_layers; ++k) {
        synapses += static_cast<std::size_t>(task.layers[k].n_synapses);
    }
    largest.synapses = std::max(largest.synapses, synapses);
    largest.widest =
        std::max(largest.widest, static_cast<std::size_t>(*std::max_element(sizes.begin() + 1, sizes.end())));
    largest.by_synapse = tallies.records("weights");
    largest.general = largest.general || task.general != 0;
    largest.fewest_units = std::min(largest.fewest_units, sizes[1]);
    for (int n = 2; n <= std::min(most_mlp_parts, sizes[1]); ++n) {
        largest.part_bytes[n] = std::max(largest.part_bytes[n], part_bytes(task, n));
    }
}

// A copy of a slot's network in this machine's memory.
template <class Number>
class LaidOut {
  public:
    LaidOut(const MlpCuda<Number>& cuda, int slot, const std::vector<int>& sizes, const Tallies& tallies)
        : task_(cuda.task(slot)) {
        const std::vector<std::byte> bytes = cuda.memory(slot);
        memory_ = AlignedBuffer<std::byte>(bytes.size());
        std::memcpy(memory_.data(), bytes.data(), bytes.size());
        lay_out_network(task_, memory_.data(), sizes, tallies, width);
    }
    const MlpTask<Number>& task() const { return task_; }

  private:
    MlpTask<Number> task_;
    AlignedBuffer<std::byte> memory_;
};

// The trials of one batch that share number type and images.
template <class Number>
class CudaRun {
  public:
    CudaRun(MlpCuda<Number>& cuda, const TrainAndTest<Number>& images, const std::vector<MlpSettings>& settings,
            std::vector<std::size_t> trials, const Tallies& tallies)
        : cuda_(cuda),
          images_(images),
          settings_(settings),
          waiting_(std::move(trials)),
          tallies_(tallies),
          prices_(kernel_prices(tallies)) {
        std::ranges::reverse(waiting_);  // taken from the end
        cuda_.use_images(settings_[waiting_[0]].images.name(), images_.train.view(), images_.test.view());
        const int n_slots = cuda_.make_slots(static_cast<int>(waiting_.size()), slot_size(), prices_);
        flights_.resize(static_cast<std::size_t>(n_slots));
    }

    // Ends early, with some trials not delivered, once `stop` is true.
    void run(const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        fill();
        while (std::ranges::any_of(flights_, [](const auto& flight) { return flight.has_value(); })) {
            std::vector<std::int64_t> n(flights_.size());
            std::vector<char> arrives(flights_.size());
            plan_round(n, arrives);
            if (!cuda_.train(n, arrives, stop)) {
                return;
            }
            for (std::size_t slot = 0; slot < flights_.size(); ++slot) {
                if (flights_[slot]) {
                    advance(slot, n[slot], arrives[slot] != 0, deliver);
                }
            }
            fill();
        }
    }

  private:
    std::vector<int> sizes_of(const MlpSettings& settings) const { return network_sizes(settings, images_); }

    MlpTask<Number> empty_task(const MlpSettings& settings, const std::vector<int>& sizes) const {
        return empty_task_of<Number>(settings, sizes, prices_, tallies_, images_.train.view());
    }

    MlpSlotSize slot_size() const {
        MlpSlotSize largest;
        for (const std::size_t trial : waiting_) {
            add_network<Number>(largest, settings_[trial], sizes_of(settings_[trial]), prices_, tallies_,
                                images_.train.view());
        }
        return largest;
    }

    // Puts waiting trials into empty slots.
    void fill() {
        for (std::size_t slot = 0; slot < flights_.size() && !waiting_.empty(); ++slot) {
            if (!flights_[slot]) {
                const std::size_t trial = waiting_.back();
                waiting_.pop_back();
                const MlpSettings& settings = settings_[trial];
                const std::vector<int> sizes = sizes_of(settings);
                flights_[slot].emplace(Flight{trial, sizes, MlpCourse(settings, images_.train.size()),
                                              MlpRecording(settings, sizes, tallies_)});
                place(static_cast<int>(slot), *flights_[slot]);
            }
        }
    }

    void place(int slot, const Flight& flight) {
        const MlpSettings& settings = settings_[flight.trial];
        MlpTask<Number> task = empty_task(settings, flight.sizes);
        AlignedBuffer<std::byte> memory(lay_out_network(task, nullptr, flight.sizes, tallies_, width));
        std::memset(memory.data(), 0, memory.bytes());
        lay_out_network(task, memory.data(), flight.sizes, tallies_, width);
        place_initial_weights(task, initial_weights(settings, flight.sizes), width);
        place_competition(task, width);
        place_traced(task, settings, flight.sizes);
        lay_out_network(task, cuda_.slot_memory(slot), flight.sizes, tallies_, width);
        cuda_.place(slot, task, {memory.data(), memory.bytes()});
    }

    // How far each network goes in the next round: all of them about as far as the one nearest to its checkpoint, so
    // that none waits long for the others; which rounds there are changes no result.
    void plan_round(std::vector<std::int64_t>& n, std::vector<char>& arrives) const {
        constexpr std::int64_t shortest = 256;  // presentations that are worth a launch
        std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
        for (const auto& flight : flights_) {
            nearest = flight ? std::min(nearest, to_checkpoint(*flight)) : nearest;
        }
        for (std::size_t slot = 0; slot < flights_.size(); ++slot) {
            if (flights_[slot]) {
                const std::int64_t left = to_checkpoint(*flights_[slot]);
                n[slot] = std::min(left, std::max(nearest, shortest));
                arrives[slot] = n[slot] == left ? 1 : 0;
            }
        }
    }

    static std::int64_t to_checkpoint(const Flight& flight) {
        return flight.course.last().presentations + flight.course.next() - flight.presentations;
    }

    void advance(std::size_t slot, std::int64_t n, bool arrives, const OutcomeSink& deliver) {
        Flight& flight = *flights_[slot];
        flight.presentations += n;
        if (tallies_.records("traces")) {
            flight.recording.add_traces(cuda_.traces(static_cast<int>(slot), n));
        }
        if (!arrives) {
            return;
        }
        MlpCudaCheckpoint found = cuda_.checkpoint(static_cast<int>(slot));
        MlpCheckpoint point;
        point.presentations = flight.presentations;
        point.accuracy = static_cast<double>(found.n_correct) / static_cast<double>(images_.test.size());
        set_learned(point, cuda_.task(static_cast<int>(slot)));
        point.sums = std::move(found.sums);
        point.priced = std::move(found.priced);
        flight.course.arrive(std::move(point));
        if (flight.recording.wants_weights() && flight.course.at_checkpoint()) {
            flight.recording.add_weights(weights_of(static_cast<int>(slot)));
        }
        if (flight.course.finished()) {
            deliver(flight.trial, outcome_of(static_cast<int>(slot), flight));
            flights_[slot].reset();
        }
    }

    Outcome outcome_of(int slot, Flight& flight) const {
        Outcome outcome = mlp_outcome(flight.course, tallies_);
        if (tallies_.records("weights")) {
            outcome.weights = arrays_of(slot, flight);
        }
        if (tallies_.records("changes")) {
            const LaidOut laid_out(cuda_, slot, flight.sizes, tallies_);
            add_changes(outcome, flight.sizes, changes_by_synapse(laid_out.task(), width));
        }
        std::move(flight.recording).put_into(outcome);
        return outcome;
    }

    // As they were at the last checkpoint: [layer][unit][input].
    std::vector<std::vector<double>> weights_of(int slot) const {
        const MlpTask<Number> task = cuda_.task(slot);
        const std::vector<Number> synapses = cuda_.whole_weights(slot);
        std::vector<std::vector<double>> weights;
        const Number* of_layer = synapses.data();
        for (int k = 0; k < task.n_layers; ++k) {
            weights.push_back(by_unit(task.layers[k], of_layer, width));
            of_layer += task.layers[k].n_synapses;
        }
        return weights;
    }

    std::vector<RecordedArray> arrays_of(int slot, const Flight& flight) const {
        const LaidOut laid_out(cuda_, slot, flight.sizes, tallies_);
        return mlp_arrays(flight.sizes, weights_of(slot), consolidation_by_input(laid_out.task(), width),
                          images_.train.rows, images_.train.columns);
    }

    MlpCuda<Number>& cuda_;
    const TrainAndTest<Number>& images_;
    const std::vector<MlpSettings>& settings_;
    std::vector<std::size_t> waiting_;
    const Tallies& tallies_;
    std::vector<Price> prices_;
    std::vector<std::optional<Flight>> flights_;
};

class MlpCudaTrainer : public Trainer {
  public:
    MlpCudaTrainer(int device, MlpCudaVariant variant) : singles_(device, variant), doubles_(device, variant) {}

    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        std::vector<MlpSettings> settings;
        // By number type and images, and general networks apart: they have a kernel of their own.
        std::map<std::tuple<bool, bool, std::string>, std::vector<std::size_t>> groups;
        for (std::size_t i = 0; i < trials.size(); ++i) {
            settings.push_back(mlp_settings(trials[i]));
            groups[{settings[i].single, settings[i].is_general(), settings[i].images.name()}].push_back(i);
        }
        for (const auto& [group, members] : groups) {
            if (stop) {
                return;
            }
            if (std::get<0>(group)) {
                train_group(singles_, held_singles_, settings, members, tallies, stop, deliver);
            } else {
                train_group(doubles_, held_doubles_, settings, members, tallies, stop, deliver);
            }
        }
    }

  private:
    // `held` keeps the images for the next batch, which as a rule wants the same ones.
    template <class Number>
    static void train_group(MlpCuda<Number>& cuda, std::shared_ptr<const TrainAndTest<Number>>& held,
                            const std::vector<MlpSettings>& settings, const std::vector<std::size_t>& members,
                            const Tallies& tallies, const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        held = shared_images<Number>(settings[members[0]].images);
        CudaRun<Number>(cuda, *held, settings, members, tallies).run(stop, deliver);
    }

    MlpCuda<float> singles_;
    MlpCuda<double> doubles_;
    std::shared_ptr<const TrainAndTest<float>> held_singles_;
    std::shared_ptr<const TrainAndTest<double>> held_doubles_;
};

}  // namespace

std::unique_ptr<Trainer> mlp_cuda_trainer(int device, MlpCudaVariant variant) {
    return std::make_unique<MlpCudaTrainer>(device, variant);
}

std::string why_not(MlpCudaVariant variant, const MlpSettings& settings, const Tallies& tallies) {
    const auto of_type = [&]<class Number>(Number) {
        MlpSlotSize size;
        const auto images = shared_images<Number>(settings.images);
        add_network<Number>(size, settings, network_sizes(settings, *images), kernel_prices(tallies), tallies,
                            images->train.view());
        return why_not(variant, size, hopper_shared_bytes);
    };
    return settings.single ? of_type(float{}) : of_type(double{});
}

}  // namespace syncache
