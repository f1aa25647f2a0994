#include <algorithm>

#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/common/cuda/shared_memory.cuh"
#include "kernels/common/cuda/stop_flag.cuh"
#include "kernels/common/cuda/team.cuh"
#include "kernels/mlp/evaluate.hpp"
#include "kernels/mlp/mlp_cuda.hpp"
#include "kernels/mlp/mlp_kernel.cuh"
#include "kernels/mlp/on_chip.cuh"

namespace syncache {
namespace {

static_assert(pack_width == mlp_cuda_pack_width);

// Blocks that a multiprocessor is to hold at least: the compiler keeps to the registers that this leaves a thread, 128
// and 168, which hold the weights of a batch of inputs.
template <class Number>
constexpr int least_blocks = sizeof(Number) == 4 ? 4 : 3;

// One block for each network of the round, all of them general or none.
template <class Number, bool general>
__global__ void __launch_bounds__(lanes, least_blocks<Number>) train_kernel(MlpRound<Number> round) {
    __shared__ CudaTeam::Scratch scratch;
    __shared__ typename OnChip<Number>::Homes homes;
    __shared__ MlpTask<Number> task;
    CudaTeam team(scratch);
    const int slot = round.active[blockIdx.x];
    if (team.leader()) {
        task = round.tasks[slot];
    }
    __syncthreads();
    OnChip<Number> on_chip(team, task, homes, dynamic_shared(), round.chip_bytes);
    train<general>(team, task, round.n[slot]);
    close_round(team, task, round, slot);
    on_chip.put_back(team, task);
    if (team.leader()) {
        round.tasks[slot] = task;
    }
}

// Blocks of test images of the networks of `chosen`: item = network * blocks of images + block of images.
template <class Number>
__global__ void __launch_bounds__(lanes)
    evaluate_kernel(const MlpTask<Number>* tasks, const int* chosen, int n_chosen, ImageView<Number> images,
                    const Number* weights, std::size_t weight_stride, Number* room, std::size_t room_stride,
                    unsigned long long* n_correct) {
    __shared__ CudaTeam::Scratch scratch;
    CudaTeam team(scratch);
    const std::int64_t n_blocks = (images.n_images + evaluation_block - 1) / evaluation_block;
    for (std::int64_t item = blockIdx.x; item < n_chosen * n_blocks; item += gridDim.x) {
        const int slot = chosen[item / n_blocks];
        const std::int64_t first = item % n_blocks * evaluation_block;
        const std::int64_t left = images.n_images - first;
        const int n = left < evaluation_block ? static_cast<int>(left) : evaluation_block;
        const int correct = n_correct_in_block(team, tasks[slot], weights + slot * weight_stride, images, first, n,
                                               room + blockIdx.x * room_stride);
        if (team.leader()) {
            atomicAdd(n_correct + slot, static_cast<unsigned long long>(correct));
        }
    }
}

template <class Number>
struct DeviceImages {
    DeviceBuffer<std::int64_t> begin;
    DeviceBuffer<std::uint16_t> pixel;
    DeviceBuffer<Number> value;
    DeviceBuffer<std::int16_t> labels;
    double mean;
    std::int32_t is_signed;

    explicit DeviceImages(const ImageView<Number>& view)
        : begin(std::span(view.begin, static_cast<std::size_t>(view.n_images) + 1)),
          pixel(std::span(view.pixel, static_cast<std::size_t>(view.begin[view.n_images]))),
          value(std::span(view.value, static_cast<std::size_t>(view.begin[view.n_images]))),
          labels(std::span(view.labels, static_cast<std::size_t>(view.n_images))),
          mean(view.mean),
          is_signed(view.is_signed) {}

    ImageView<Number> view() const {
        return {begin.data(), pixel.data(), value.data(), labels.data(), static_cast<std::int64_t>(labels.size()),
                mean,         is_signed};
    }
};

// Shared memory for weights: all of them where the network fits on a multiprocessor, otherwise room for output layers
// only, so that many blocks stay in flight and hide the latency of the others' weights.
template <class Number>
std::size_t chip_bytes_for(const MlpSlotSize& size) {
    constexpr std::size_t output_layers = 16384;  // 10 x 200 synapses in single precision, both arrays
    const std::size_t all = 2 * size.synapses * sizeof(Number) + 2 * 16 * max_mlp_layers;
    const auto most = static_cast<std::size_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin));
    return all + mlp_cuda_reserve <= most ? all : output_layers;
}

}  // namespace

// What the last round has found of every slot, on the host.
struct FoundAtCheckpoint {
    std::vector<unsigned long long> n_correct;
    std::vector<LayerSums> sums;      // [slot][max_mlp_layers]
    std::vector<LayerPriced> priced;  // [slot][max_mlp_layers][price]

    void resize(std::size_t slots, std::size_t n_prices) {
        n_correct.resize(slots);
        sums.resize(slots * max_mlp_layers);
        priced.resize(slots * max_mlp_layers * n_prices);
    }
};

template <class Number>
struct MlpCuda<Number>::Device {
    int index = 0;
    MlpCudaVariant variant;
    std::string images_name;
    std::unique_ptr<DeviceImages<Number>> train_images, test_images;
    MlpSlotSize size;
    std::size_t chip_bytes = 0, room_stride = 0;
    int n_slots = 0, evaluation_blocks = 0, cluster_blocks = 1;
    DeviceBuffer<Price> prices;
    DeviceBuffer<std::byte> memory;
    DeviceBuffer<MlpTask<Number>> tasks;
    DeviceBuffer<Number> weights, room;
    DeviceBuffer<double> by_synapse;
    DeviceBuffer<LayerSums> sums;
    DeviceBuffer<LayerPriced> priced;
    DeviceBuffer<std::int64_t> n;
    DeviceBuffer<int> active, chosen;
    DeviceBuffer<unsigned long long> n_correct;
    std::vector<MlpTask<Number>> host_tasks;
    FoundAtCheckpoint found;
    MappedFlag stop;  // ends first

    Device(int device, MlpCudaVariant chosen_variant) : index(device), variant(chosen_variant) {}
    void use() const { SYNCACHE_CHECK(cudaSetDevice(index)); }

    std::size_t bytes_of_a_slot() const {
        return size.bytes + size.synapses * (sizeof(Number) + (parts_by_synapse() ? sizeof(double) : 0)) +
               sizeof(MlpTask<Number>) + max_mlp_layers * (sizeof(LayerSums) + prices.size() * sizeof(LayerPriced)) +
               64;
    }
    bool parts_by_synapse() const { return variant == MlpCudaVariant::cluster && size.by_synapse; }

    // The big arrays go before their successors come.
    void release_slots() {
        weights = DeviceBuffer<Number>();
        room = DeviceBuffer<Number>();
        memory = DeviceBuffer<std::byte>();
        by_synapse = DeviceBuffer<double>();
    }

    double free_bytes() const {
        std::size_t free = 0, total = 0;
        SYNCACHE_CHECK(cudaStreamSynchronize(cudaStreamPerThread));  // what was freed counts as free from here on
        SYNCACHE_CHECK(cudaMemGetInfo(&free, &total));
        return static_cast<double>(free);
    }

    // What the evaluation of up to so many networks at once works in.
    void make_room(int n_networks) {
        const auto n_images = static_cast<std::int64_t>(test_images->labels.size());
        const std::int64_t items = n_networks * ((n_images + evaluation_block - 1) / evaluation_block);
        room_stride = 2 * static_cast<std::size_t>(evaluation_block) * size.widest;
        evaluation_blocks = mlp_evaluation_blocks(resident_blocks(evaluate_kernel<Number>, lanes, 0), items,
                                                  static_cast<double>(room_stride * sizeof(Number)), free_bytes());
        room = DeviceBuffer<Number>(static_cast<std::size_t>(evaluation_blocks) * room_stride);
    }

    void allocate_slots(std::size_t slots) {
        memory = DeviceBuffer<std::byte>(slots * size.bytes);
        memory.clear();  // a network may be smaller than its slot, which is copied back whole
        weights = DeviceBuffer<Number>(slots * size.synapses);
        by_synapse = DeviceBuffer<double>(parts_by_synapse() ? slots * size.synapses : 0);
        host_tasks.assign(slots, MlpTask<Number>{});
        tasks = DeviceBuffer<MlpTask<Number>>(host_tasks);
        sums = DeviceBuffer<LayerSums>(slots * max_mlp_layers);
        sums.clear();
        priced = DeviceBuffer<LayerPriced>(slots * max_mlp_layers * prices.size());
        priced.clear();
        n = DeviceBuffer<std::int64_t>(slots);
        active = DeviceBuffer<int>(slots);
        chosen = DeviceBuffer<int>(slots);
        n_correct = DeviceBuffer<unsigned long long>(slots);
        found.resize(slots, prices.size());
    }

    auto block_kernel() const { return size.general ? train_kernel<Number, true> : train_kernel<Number, false>; }

    // Sets the shared memory of the variant's kernel, and returns how many networks it trains at once.
    int prepare_kernel() {
        if (variant == MlpCudaVariant::block) {
            chip_bytes = chip_bytes_for<Number>(size);
            allow_all_shared_memory(block_kernel());
            return resident_blocks(block_kernel(), lanes, chip_bytes);
        }
        const auto shared = static_cast<std::size_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin));
        const std::string reason = why_not(variant, size, shared);
        if (!reason.empty()) {
            throw std::invalid_argument(reason);
        }
        cluster_blocks = blocks_of_cluster(size, shared);
        chip_bytes = size.part_bytes[cluster_blocks];
        allow_all_shared_memory(cluster_kernel<Number>());
        cudaLaunchAttribute cluster;
        return resident_clusters(cluster_kernel<Number>(), launch_of(1, cluster));
    }

    // Of a kernel that trains so many networks. cluster: of the launch, if it has one.
    cudaLaunchConfig_t launch_of(int n_networks, cudaLaunchAttribute& cluster) const {
        const auto blocks = static_cast<unsigned>(n_networks * cluster_blocks);
        return variant == MlpCudaVariant::block
                   ? block_launch(dim3(blocks), dim3(lanes), chip_bytes, nullptr)
                   : cluster_launch(blocks, lanes, chip_bytes, static_cast<unsigned>(cluster_blocks), cluster);
    }

    void launch_round(int n_networks) {
        const MlpRound<Number> round{tasks.data(), active.data(), n.data(),       chip_bytes,   by_synapse.data(),
                                     sums.data(),  priced.data(), weights.data(), size.synapses};
        cudaLaunchAttribute cluster;
        start_kernel(launch_of(n_networks, cluster),
                     variant == MlpCudaVariant::block ? block_kernel() : cluster_kernel<Number>(), round);
    }
};

template <class Number>
MlpCuda<Number>::MlpCuda(int device, MlpCudaVariant variant) {
    SYNCACHE_CHECK(cudaSetDevice(device));
    const int capability = device_attribute(cudaDevAttrComputeCapabilityMajor);
    if (variant == MlpCudaVariant::cluster && capability < 9) {
        throw cuda_error("cluster needs a GPU of compute capability 9.0 or newer, this one has " +
                         std::to_string(capability));
    }
    device_ = std::make_unique<Device>(device, variant);
}

template <class Number>
MlpCuda<Number>::~MlpCuda() = default;

template <class Number>
void MlpCuda<Number>::use_images(const std::string& name, const ImageView<Number>& train,
                                 const ImageView<Number>& test) {
    Device& d = *device_;
    d.use();
    if (d.train_images && d.images_name == name) {
        return;
    }
    d.train_images.reset();  // the old ones' memory goes first
    d.test_images.reset();
    auto train_images = std::make_unique<DeviceImages<Number>>(train);
    d.test_images = std::make_unique<DeviceImages<Number>>(test);
    d.train_images = std::move(train_images);  // not before both are there: a copy that fails leaves none
    d.images_name = name;
}

template <class Number>
int MlpCuda<Number>::make_slots(int wanted, const MlpSlotSize& size, const std::vector<Price>& prices) {
    Device& d = *device_;
    d.use();
    d.release_slots();
    d.size = size;
    d.size.bytes = (size.bytes + 255) / 256 * 256;
    d.prices = DeviceBuffer<Price>(prices);
    const int resident = d.prepare_kernel();
    d.make_room(wanted);
    constexpr double part = 0.9;  // of the free memory; the driver needs some
    const auto fit = static_cast<int>(std::min(1e9, part * d.free_bytes() / static_cast<double>(d.bytes_of_a_slot())));
    d.n_slots = std::max(1, std::min({wanted, resident, fit}));
    d.allocate_slots(static_cast<std::size_t>(d.n_slots));
    return d.n_slots;
}

template <class Number>
std::byte* MlpCuda<Number>::slot_memory(int slot) const {
    return device_->memory.data() + static_cast<std::size_t>(slot) * device_->size.bytes;
}

template <class Number>
void MlpCuda<Number>::place(int slot, const MlpTask<Number>& task, std::span<const std::byte> memory) {
    Device& d = *device_;
    d.use();
    MlpTask<Number>& placed = d.host_tasks[static_cast<std::size_t>(slot)];
    placed = task;
    placed.images = d.train_images->view();
    placed.prices = d.prices.data();
    placed.n_prices = static_cast<std::int32_t>(d.prices.size());
    placed.stop = d.stop.device();
    SYNCACHE_CHECK(cudaMemcpy(slot_memory(slot), memory.data(), memory.size(), cudaMemcpyHostToDevice));
    SYNCACHE_CHECK(cudaMemcpy(d.tasks.data() + slot, &placed, sizeof placed, cudaMemcpyHostToDevice));
}

template <class Number>
bool MlpCuda<Number>::train(const std::vector<std::int64_t>& n, const std::vector<char>& at_checkpoint,
                            const std::atomic<bool>& stop) {
    Device& d = *device_;
    d.use();
    std::vector<int> active, chosen;
    for (int slot = 0; slot < d.n_slots; ++slot) {
        const auto place = static_cast<std::size_t>(slot);
        if (n[place] > 0) {
            active.push_back(slot);
        }
        if (n[place] > 0 && at_checkpoint[place] != 0) {
            chosen.push_back(slot);
        }
    }
    if (active.empty()) {
        return !stop;
    }
    d.n.upload(n);
    d.active.upload(active);
    d.chosen.upload(chosen);  // before the launch: a copy waits for all kernels before it, and nobody would see `stop`
    d.n_correct.clear();
    d.stop.set(stop);
    d.launch_round(static_cast<int>(active.size()));
    if (!chosen.empty()) {
        start_kernel(block_launch(dim3(static_cast<unsigned>(d.evaluation_blocks)), dim3(lanes), 0, nullptr),
                     evaluate_kernel<Number>, static_cast<const MlpTask<Number>*>(d.tasks.data()),
                     static_cast<const int*>(d.chosen.data()), static_cast<int>(chosen.size()), d.test_images->view(),
                     static_cast<const Number*>(d.weights.data()), d.size.synapses, d.room.data(), d.room_stride,
                     d.n_correct.data());
    }
    wait_for(nullptr, stop, d.stop);
    d.tasks.download(d.host_tasks);
    if (!chosen.empty()) {
        d.n_correct.download(d.found.n_correct);
        d.sums.download(d.found.sums);
        d.priced.download(d.found.priced);
    }
    return std::none_of(active.begin(), active.end(),
                        [&](int slot) { return d.host_tasks[static_cast<std::size_t>(slot)].stopped != 0; });
}

template <class Number>
MlpCudaCheckpoint MlpCuda<Number>::checkpoint(int slot) const {
    const Device& d = *device_;
    const auto place = static_cast<std::size_t>(slot);
    const auto n_layers = static_cast<std::size_t>(d.host_tasks[place].n_layers);
    const std::size_t n_prices = d.prices.size();
    MlpCudaCheckpoint result;
    result.n_correct = static_cast<std::int64_t>(d.found.n_correct[place]);
    const LayerSums* sums = d.found.sums.data() + place * max_mlp_layers;
    result.sums.assign(sums, sums + n_layers);
    const LayerPriced* priced = d.found.priced.data() + place * max_mlp_layers * n_prices;
    for (std::size_t k = 0; k < n_layers; ++k) {
        result.priced.emplace_back(priced + k * n_prices, priced + (k + 1) * n_prices);
    }
    return result;
}

template <class Number>
std::vector<Number> MlpCuda<Number>::whole_weights(int slot) const {
    const Device& d = *device_;
    d.use();
    std::vector<Number> weights(weight_numbers(d.host_tasks[static_cast<std::size_t>(slot)]));
    SYNCACHE_CHECK(cudaMemcpy(weights.data(), d.weights.data() + static_cast<std::size_t>(slot) * d.size.synapses,
                              weights.size() * sizeof(Number), cudaMemcpyDeviceToHost));
    return weights;
}

template <class Number>
std::vector<TracedWeight> MlpCuda<Number>::traces(int slot, std::int64_t n) const {
    device_->use();
    const MlpTask<Number>& task = device_->host_tasks[static_cast<std::size_t>(slot)];
    std::vector<TracedWeight> values(static_cast<std::size_t>(n * task.n_traced));
    if (!values.empty()) {
        SYNCACHE_CHECK(
            cudaMemcpy(values.data(), task.traces, values.size() * sizeof(TracedWeight), cudaMemcpyDeviceToHost));
    }
    return values;
}

template <class Number>
std::vector<std::byte> MlpCuda<Number>::memory(int slot) const {
    device_->use();
    std::vector<std::byte> bytes(device_->size.bytes);
    SYNCACHE_CHECK(cudaMemcpy(bytes.data(), slot_memory(slot), bytes.size(), cudaMemcpyDeviceToHost));
    return bytes;
}

template <class Number>
MlpTask<Number> MlpCuda<Number>::task(int slot) const {
    return device_->host_tasks[static_cast<std::size_t>(slot)];
}

template class MlpCuda<float>;
template class MlpCuda<double>;

}  // namespace syncache
