#include <algorithm>
#include <stdexcept>

#include "kernels/common/cuda/cublas_library.hpp"
#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/common/cuda/shared_memory.cuh"
#include "kernels/common/cuda/stop_flag.cuh"
#include "kernels/perceptron/cuda_patterns.cuh"
#include "kernels/perceptron/cuda_recording.cuh"
#include "kernels/perceptron/perceptron_cuda.hpp"
#include "kernels/perceptron/perceptron_kernel.cuh"

namespace syncache {
namespace {

template <class Number>
PerceptronKernel<Number> kernel_for(PerceptronCudaVariant variant, int n_patterns) {
    switch (variant) {
        case PerceptronCudaVariant::block:
            return block_kernel<Number>();
        case PerceptronCudaVariant::block_registers:
            return block_registers_kernel<Number>(n_patterns);
        case PerceptronCudaVariant::block_cache_ahead:
            return block_ahead_kernel<Number>(Ahead::cache);
        case PerceptronCudaVariant::block_registers_ahead:
            return block_ahead_kernel<Number>(Ahead::registers);
        case PerceptronCudaVariant::warp:
            return warp_kernel<Number>();
        case PerceptronCudaVariant::warp_registers:
            return warp_registers_kernel<Number>();
    }
    throw std::invalid_argument("no such variant");
}

}  // namespace

struct PerceptronCuda::Device {
    int index = 0;
    PerceptronCudaOptions options;
    CudaPatternSets patterns;
    MappedFlag stop;  // ends first

    Device(int device, const PerceptronCudaOptions& chosen) : index(device), options(chosen), patterns(chosen) {}
};

namespace {

// One launch over jobs of one number type.
template <class Number>
class JobsRun {
  public:
    JobsRun(const CudaPatternSets& patterns, PerceptronCudaVariant variant, const std::vector<CudaPerceptronJob*>& jobs,
            const CudaPerceptronTallies& tallies, std::int64_t capacity)
        : jobs_(jobs),
          tallies_(tallies),
          kernel_(kernel_for<Number>(variant, largest_number_of_patterns(jobs))),
          n_members_(count_members(jobs)),
          prices_(tallies.prices),
          sums_(n_members_),
          priced_(n_members_ * tallies.prices.size()),
          endings_(jobs.size()),
          epochs_(tallies.record_epochs, n_members_, capacity, epoch_columns),
          traces_(tallies.record_traces, n_members_, capacity, trace_columns),
          distributions_(tallies.record_distribution, n_members_, capacity / epochs_per_distribution,
                         distribution_bins),
          distribution_counts_(tallies.record_distribution ? n_members_ * distribution_bins : 0),
          traced_(all_traced(jobs)) {
        make_members();
        make_tasks(patterns);
    }

    void train(const std::atomic<bool>& stop, MappedFlag& flag) {
        for (Task<Number>& task : tasks_) {
            task.stop = flag.device();
        }
        flag.set(stop);
        const DeviceBuffer<Task<Number>> tasks(tasks_);
        DeviceBuffer<int> queue(1);
        queue.clear();
        Launch<Number> parameters{tasks.data(), static_cast<int>(tasks_.size()), queue.data(), nullptr, largest_state_,
                                  nullptr};
        const DeviceBuffer<Number*> weights(weight_places_);
        parameters.weights = tallies_.record_weights ? weights.data() : nullptr;
        const auto [blocks, shared_bytes] = occupancy();
        const int grid = std::min<int>(blocks, static_cast<int>(tasks_.size()));  // with few tasks some teams have none
        DeviceBuffer<std::byte> slots;
        if (shared_bytes == 0) {
            slots = DeviceBuffer<std::byte>(static_cast<std::size_t>(grid * kernel_.teams_per_block) * largest_state_);
            parameters.slots = slots.data();
        }
        start_kernel(block_launch(dim3(static_cast<unsigned>(grid)), dim3(lanes), shared_bytes, nullptr),
                     kernel_.function, parameters);
        wait_for(nullptr, stop, flag);
    }

    // Hands out the results; returns the jobs whose records need more room.
    std::vector<CudaPerceptronJob*> collect() {
        const std::vector<MemberSums> sums = sums_.download();
        const std::vector<PricedSums> priced = priced_.download();
        const std::vector<Ending> endings = endings_.download();
        epochs_.fetch();
        traces_.fetch();
        distributions_.fetch();
        std::vector<CudaPerceptronJob*> again;
        std::size_t member = 0;
        for (std::size_t j = 0; j < jobs_.size(); ++j) {
            CudaPerceptronJob& job = *jobs_[j];
            const std::size_t n = job.policies.size();
            job.ending = endings[j];
            job.sums.assign(sums.begin() + static_cast<std::ptrdiff_t>(member),
                            sums.begin() + static_cast<std::ptrdiff_t>(member + n));
            const std::size_t prices = tallies_.prices.size();
            job.priced.assign(priced.begin() + static_cast<std::ptrdiff_t>(member * prices),
                              priced.begin() + static_cast<std::ptrdiff_t>((member + n) * prices));
            if (job.ending.stopped == 0 && !collect_records(job, member)) {
                again.push_back(&job);
            }
            if (tallies_.record_weights && job.ending.stopped == 0) {
                collect_weights(job, j);
            }
            member += n;
        }
        return again;
    }

  private:
    static std::size_t count_members(const std::vector<CudaPerceptronJob*>& jobs) {
        std::size_t n = 0;
        for (const CudaPerceptronJob* job : jobs) {
            n += job->policies.size();
        }
        return n;
    }

    // The synapses to trace of one job after the other.
    static std::vector<std::int32_t> all_traced(const std::vector<CudaPerceptronJob*>& jobs) {
        std::vector<std::int32_t> traced;
        for (const CudaPerceptronJob* job : jobs) {
            traced.insert(traced.end(), job->traced.begin(), job->traced.end());
        }
        return traced;
    }

    void make_members() {
        std::vector<Member<Number>> members;
        std::vector<Pathway> pathways;
        for (const CudaPerceptronJob* job : jobs_) {
            for (std::size_t m = 0; m < job->policies.size(); ++m) {
                members.push_back(new_member<Number>(job->policies[m], job->thresholds[m], job->schedules[m]));
                members.back().n_pathways = static_cast<std::int32_t>(job->pathways[m].size());
                pathways.insert(pathways.end(), job->pathways[m].begin(), job->pathways[m].end());
            }
        }
        pathways_ = DeviceBuffer<Pathway>(pathways);
        std::size_t first = 0;
        for (Member<Number>& member : members) {
            if (member.n_pathways > 0) {
                member.pathways = pathways_.data() + first;
                first += static_cast<std::size_t>(member.n_pathways);
            }
        }
        members_ = DeviceBuffer<Member<Number>>(members);
    }

    void make_tasks(const CudaPatternSets& patterns) {
        std::size_t member = 0, traced = 0;
        for (std::size_t j = 0; j < jobs_.size(); ++j) {
            const CudaPerceptronJob& job = *jobs_[j];
            Task<Number> task{};
            task.view = patterns.view(job.patterns);
            task.rule = job.rule;
            task.n_patterns = job.n_patterns;
            task.max_epochs = static_cast<std::int32_t>(job.max_epochs);
            task.step = job.step;
            task.offset = job.offset;
            task.decay = job.decay;
            task.margin = job.margin;
            task.n_members = static_cast<std::int32_t>(job.policies.size());
            task.has_pathways =
                std::ranges::any_of(job.pathways, [](const auto& pathways) { return !pathways.empty(); });
            task.n_prices = static_cast<std::int32_t>(tallies_.prices.size());
            task.prices = prices_.data();
            task.potentiation = std::any_of(tallies_.prices.begin(), tallies_.prices.end(),
                                            [](const Price& price) { return price.potentiation_only != 0; });
            task.eager_persistent = tallies_.persistent_sum || tallies_.record_traces;
            task.n_traced = static_cast<std::int32_t>(job.traced.size());
            task.traced = traced_.data() + traced;
            traced += job.traced.size();
            task.members = members_.data() + member;
            task.sums = sums_.data() + member;
            task.priced = priced_.data() + member * tallies_.prices.size();
            task.epoch_records = epochs_.recorders(member);
            task.trace_records = traces_.recorders(member);
            task.distribution_records = distributions_.recorders(member);
            task.distribution =
                tallies_.record_distribution ? distribution_counts_.data() + member * distribution_bins : nullptr;
            task.distribution_width = job.distribution_width;
            task.ending = endings_.data() + j;
            tasks_.push_back(task);
            largest_state_ =
                std::max(largest_state_, task_layout(task, kernel_.fields_in_memory, job.policies[0]).total);
            const std::size_t n_weights = job.policies.size() * static_cast<std::size_t>(task.view.inputs + 1);
            weights_.emplace_back(tallies_.record_weights ? n_weights : 0);
            weight_places_.push_back(weights_.back().data());
            member += job.policies.size();
        }
    }

    static int largest_number_of_patterns(const std::vector<CudaPerceptronJob*>& jobs) {
        int n = 0;
        for (const CudaPerceptronJob* job : jobs) {
            n = std::max(n, job->n_patterns);
        }
        return n;
    }

    // Blocks that the device holds at once, and the shared memory of each: the whole state where it fits, else none.
    std::pair<int, std::size_t> occupancy() const {
        const auto most_shared = static_cast<std::size_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin));
        std::size_t shared = largest_state_ * static_cast<std::size_t>(kernel_.teams_per_block);
        constexpr std::size_t reserve = 4096;  // the kernel's own shared variables
        if (shared + reserve > most_shared) {
            shared = 0;
        }
        allow_all_shared_memory(kernel_.function);
        return {resident_blocks(kernel_.function, lanes, shared), shared};
    }

    bool collect_records(CudaPerceptronJob& job, std::size_t first_member) {
        job.epoch_rows.clear();
        job.trace_rows.clear();
        job.distribution_rows.clear();
        for (std::size_t m = first_member; m < first_member + job.policies.size(); ++m) {
            if (epochs_.overflowed(m) || traces_.overflowed(m) || distributions_.overflowed(m)) {
                return false;
            }
            if (tallies_.record_epochs) {
                job.epoch_rows.push_back(epochs_.rows(m));
            }
            if (tallies_.record_traces) {
                job.trace_rows.push_back(traces_.rows(m));
            }
            if (tallies_.record_distribution) {
                job.distribution_rows.push_back(distributions_.rows(m));
            }
        }
        return true;
    }

    void collect_weights(CudaPerceptronJob& job, std::size_t j) {
        const std::vector<Number> all = weights_[j].download();
        const std::size_t n = all.size() / job.policies.size();
        job.weights.clear();
        for (std::size_t m = 0; m < job.policies.size(); ++m) {
            job.weights.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(m * n),
                                     all.begin() + static_cast<std::ptrdiff_t>((m + 1) * n));
        }
    }

    const std::vector<CudaPerceptronJob*>& jobs_;
    const CudaPerceptronTallies& tallies_;
    PerceptronKernel<Number> kernel_;
    std::size_t n_members_;
    DeviceBuffer<Price> prices_;
    DeviceBuffer<Pathway> pathways_;
    DeviceBuffer<Member<Number>> members_;
    DeviceBuffer<MemberSums> sums_;
    DeviceBuffer<PricedSums> priced_;
    DeviceBuffer<Ending> endings_;
    DeviceRecording epochs_, traces_, distributions_;
    DeviceBuffer<unsigned long long> distribution_counts_;
    DeviceBuffer<std::int32_t> traced_;
    std::vector<DeviceBuffer<Number>> weights_;
    std::vector<Number*> weight_places_;
    std::vector<Task<Number>> tasks_;
    std::size_t largest_state_ = 0;
};

template <class Number>
void train_jobs(const CudaPatternSets& patterns, PerceptronCudaVariant variant, std::vector<CudaPerceptronJob*> jobs,
                const CudaPerceptronTallies& tallies, const std::atomic<bool>& stop, MappedFlag& flag) {
    for (std::int64_t capacity = first_capacity; !jobs.empty(); capacity *= 4) {
        JobsRun<Number> run(patterns, variant, jobs, tallies, capacity);
        run.train(stop, flag);
        jobs = run.collect();
    }
}

}  // namespace

PerceptronCuda::PerceptronCuda(int device, const PerceptronCudaOptions& options) {
    SYNCACHE_CHECK(cudaSetDevice(device));
    const int capability = device_attribute(cudaDevAttrComputeCapabilityMajor);
    if (options.variant == PerceptronCudaVariant::block_cache_ahead && capability < 9) {
        throw cuda_error("block-cache-ahead needs a GPU of compute capability 9.0 or newer, this one has " +
                         std::to_string(capability));
    }
    if (options.gram == GramProduct::cublas) {
        load_cublas();  // its absence shows here, before any work is done
    }
    device_ = std::make_unique<Device>(device, options);
}

PerceptronCuda::~PerceptronCuda() = default;

bool PerceptronCuda::has(const std::string& name, int n_patterns) const {
    return device_->patterns.has(name, n_patterns);
}

void PerceptronCuda::upload(const std::string& name, const PatternView& host_view, int n_patterns,
                            const std::vector<std::string>& keep) {
    SYNCACHE_CHECK(cudaSetDevice(device_->index));
    device_->patterns.keep_only(keep);
    device_->patterns.upload(name, host_view, n_patterns);
}

std::vector<std::int16_t> PerceptronCuda::gram(const std::string& name) const { return device_->patterns.gram(name); }

void PerceptronCuda::train(std::vector<CudaPerceptronJob>& jobs, const CudaPerceptronTallies& tallies,
                           const std::atomic<bool>& stop) {
    SYNCACHE_CHECK(cudaSetDevice(device_->index));
    const PerceptronCudaVariant variant = device_->options.variant;
    for (const CudaPerceptronJob& job : jobs) {
        const std::string reason = why_not(variant, job);
        if (!reason.empty()) {
            throw std::invalid_argument(reason);
        }
    }
    const auto of_type = [&](NumberType number) {
        std::vector<CudaPerceptronJob*> chosen;
        for (CudaPerceptronJob& job : jobs) {
            if (job.number == number) {
                chosen.push_back(&job);
            }
        }
        return chosen;
    };
    const CudaPatternSets& sets = device_->patterns;
    MappedFlag& flag = device_->stop;
    train_jobs<std::int32_t>(sets, variant, of_type(NumberType::integer), tallies, stop, flag);
    train_jobs<float>(sets, variant, of_type(NumberType::single_precision), tallies, stop, flag);
    train_jobs<double>(sets, variant, of_type(NumberType::double_precision), tallies, stop, flag);
}

}  // namespace syncache
