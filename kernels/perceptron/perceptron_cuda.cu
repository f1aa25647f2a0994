#include <algorithm>
#include <cstring>

#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/common/cuda/stop_flag.cuh"
#include "kernels/common/cuda/team.cuh"
#include "kernels/perceptron/cuda_patterns.cuh"
#include "kernels/perceptron/perceptron_cuda.hpp"
#include "kernels/perceptron/train.hpp"

namespace syncache {
namespace {

// All trajectories of one launch. Their tasks' state pointers are set by the block that takes them.
template <class Number>
struct Launch {
    const Task<Number>* tasks;
    int n_tasks;
    int* queue;        // next task to take
    std::byte* slots;  // [block][slot_bytes], or null: the state lies in shared memory
    std::size_t slot_bytes;
    Number* const* weights;  // [task]: [member][inputs + 1], or null
};

template <class Number>
__device__ void place_state(Task<Number>& task, std::byte* memory) {
    const Member<Number>* members = task.members;
    const StateLayout layout =
        state_layout(task.view.inputs, task.n_patterns, task.n_members,
                     uses_gram(task.rule, members[0].policy, task.decay), task.decay != 1.0, sizeof(Number));
    task.counts = reinterpret_cast<std::int32_t*>(memory + layout.counts);
    task.persistent_field = reinterpret_cast<Number*>(memory + layout.persistent_field);
    task.transient_field = reinterpret_cast<Number*>(memory + layout.transient_field);
    task.powers = reinterpret_cast<Number*>(memory + layout.powers);
    for (int m = 0; m < task.n_members; ++m) {
        std::byte* arrays = memory + layout.member_arrays + m * layout.member_stride;
        task.members[m].transient = reinterpret_cast<Number*>(arrays);
        task.members[m].persistent = reinterpret_cast<Number*>(arrays + layout.member_stride / 2);
    }
}

template <class Number>
__global__ void __launch_bounds__(lanes) perceptron_kernel(Launch<Number> launch) {
    extern __shared__ __align__(64) std::byte shared_state[];
    __shared__ CudaTeam::Scratch scratch;
    __shared__ Task<Number> task;
    __shared__ int taken;
    CudaTeam team(scratch);
    std::byte* memory = launch.slots == nullptr ? shared_state : launch.slots + blockIdx.x * launch.slot_bytes;
    for (;;) {
        if (team.leader()) {
            taken = atomicAdd(launch.queue, 1);
            if (taken < launch.n_tasks) {
                task = launch.tasks[taken];
                place_state(task, memory);
            }
        }
        __syncthreads();
        if (taken >= launch.n_tasks) {
            return;
        }
        train(team, task);
        if (launch.weights != nullptr && launch.weights[taken] != nullptr) {
            const int n = task.view.inputs + 1;
            for (int m = 0; m < task.n_members; ++m) {
                Number* out = launch.weights[taken] + static_cast<std::size_t>(m) * n;
                const Number* persistent = task.members[m].persistent;
                team.for_each(n, [=](int i) { out[i] = persistent[i]; });
            }
        }
        __syncthreads();
    }
}

// Room on the device for recorded rows of all members of all jobs.
class DeviceRecording {
  public:
    DeviceRecording(bool wanted, std::size_t n_members, std::int64_t capacity, int columns)
        : capacity_(capacity), columns_(columns) {
        if (!wanted) {
            return;
        }
        rows_ = DeviceBuffer<double>(n_members * static_cast<std::size_t>(capacity * columns));
        std::vector<Recorder> recorders;
        for (std::size_t m = 0; m < n_members; ++m) {
            recorders.push_back({rows_.data() + m * static_cast<std::size_t>(capacity * columns), capacity, 0});
        }
        recorders_ = DeviceBuffer<Recorder>(recorders);
    }

    Recorder* recorders(std::size_t first_member) const {
        return recorders_.data() == nullptr ? nullptr : recorders_.data() + first_member;
    }

    void fetch() { fetched_ = recorders_.download(); }

    bool overflowed(std::size_t member) const { return !fetched_.empty() && fetched_[member].count > capacity_; }

    std::vector<double> rows(std::size_t member) const {
        std::vector<double> values(static_cast<std::size_t>(fetched_[member].count * columns_));
        if (!values.empty()) {
            SYNCACHE_CHECK(cudaMemcpy(values.data(),
                                      rows_.data() + member * static_cast<std::size_t>(capacity_ * columns_),
                                      values.size() * sizeof(double), cudaMemcpyDeviceToHost));
        }
        return values;
    }

  private:
    std::int64_t capacity_;
    int columns_;
    DeviceBuffer<double> rows_;
    DeviceBuffer<Recorder> recorders_;
    std::vector<Recorder> fetched_;
};

}  // namespace

struct PerceptronCuda::Device {
    int index = 0;
    CudaPatternSets patterns;
    MappedFlag stop;

    explicit Device(int device) : index(device) {}
};

namespace {

// One launch over jobs of one number type.
template <class Number>
class JobsRun {
  public:
    JobsRun(const CudaPatternSets& patterns, const std::vector<CudaPerceptronJob*>& jobs,
            const CudaPerceptronTallies& tallies, std::int64_t capacity)
        : jobs_(jobs),
          tallies_(tallies),
          n_members_(count_members(jobs)),
          prices_(tallies.prices),
          sums_(n_members_),
          priced_(n_members_ * tallies.prices.size()),
          endings_(jobs.size()),
          epochs_(tallies.record_epochs, n_members_, capacity, epoch_columns),
          traces_(tallies.record_traces, n_members_, capacity, trace_columns) {
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
        const int grid = std::min<int>(blocks, static_cast<int>(tasks_.size()));
        DeviceBuffer<std::byte> slots;
        if (shared_bytes == 0) {
            slots = DeviceBuffer<std::byte>(static_cast<std::size_t>(grid) * largest_state_);
            parameters.slots = slots.data();
        }
        launch(perceptron_kernel<Number>, dim3(static_cast<unsigned>(grid)), dim3(lanes), shared_bytes, nullptr,
               parameters);
        wait_for(nullptr, stop, flag);
    }

    // Hands out the results; returns the jobs whose records need more room.
    std::vector<CudaPerceptronJob*> collect() {
        const std::vector<MemberSums> sums = sums_.download();
        const std::vector<PricedSums> priced = priced_.download();
        const std::vector<Ending> endings = endings_.download();
        epochs_.fetch();
        traces_.fetch();
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

    void make_members() {
        std::vector<Member<Number>> members;
        for (const CudaPerceptronJob* job : jobs_) {
            for (std::size_t m = 0; m < job->policies.size(); ++m) {
                members.push_back({job->policies[m], kernel_threshold<Number>(job->thresholds[m]), nullptr, nullptr});
            }
        }
        members_ = DeviceBuffer<Member<Number>>(members);
    }

    void make_tasks(const CudaPatternSets& patterns) {
        std::size_t member = 0;
        for (std::size_t j = 0; j < jobs_.size(); ++j) {
            const CudaPerceptronJob& job = *jobs_[j];
            Task<Number> task{};
            task.view = patterns.view(job.patterns);
            task.rule = job.rule;
            task.n_patterns = job.n_patterns;
            task.max_epochs = static_cast<std::int32_t>(job.max_epochs);
            task.offset = job.offset;
            task.decay = job.decay;
            task.n_members = static_cast<std::int32_t>(job.policies.size());
            task.n_prices = static_cast<std::int32_t>(tallies_.prices.size());
            task.prices = prices_.data();
            task.potentiation = std::any_of(tallies_.prices.begin(), tallies_.prices.end(),
                                            [](const Price& price) { return price.potentiation_only != 0; });
            task.eager_persistent = tallies_.persistent_sum || tallies_.record_traces;
            task.n_traced = job.n_traced;
            task.members = members_.data() + member;
            task.sums = sums_.data() + member;
            task.priced = priced_.data() + member * tallies_.prices.size();
            task.epoch_records = epochs_.recorders(member);
            task.trace_records = traces_.recorders(member);
            task.ending = endings_.data() + j;
            tasks_.push_back(task);
            const StateLayout layout =
                state_layout(task.view.inputs, job.n_patterns, task.n_members,
                             uses_gram(job.rule, job.policies[0], job.decay), job.decay != 1.0, sizeof(Number));
            largest_state_ = std::max(largest_state_, layout.total);
            const std::size_t n_weights = job.policies.size() * static_cast<std::size_t>(task.view.inputs + 1);
            weights_.emplace_back(tallies_.record_weights ? n_weights : 0);
            weight_places_.push_back(weights_.back().data());
            member += job.policies.size();
        }
    }

    // Blocks that the device holds at once, and the shared memory of each: the whole state where it fits, else none.
    std::pair<int, std::size_t> occupancy() const {
        int device = 0, multiprocessors = 0, most_shared = 0, blocks = 0;
        SYNCACHE_CHECK(cudaGetDevice(&device));
        SYNCACHE_CHECK(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
        SYNCACHE_CHECK(cudaDeviceGetAttribute(&most_shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
        std::size_t shared = largest_state_;
        constexpr std::size_t reserve = 4096;  // the kernel's own shared variables
        if (shared + reserve > static_cast<std::size_t>(most_shared)) {
            shared = 0;
        }
        // The same for all launches, since another worker's may be under way.
        SYNCACHE_CHECK(cudaFuncSetAttribute(perceptron_kernel<Number>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                            most_shared - static_cast<int>(reserve)));
        SYNCACHE_CHECK(
            cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, perceptron_kernel<Number>, lanes, shared));
        return {std::max(1, blocks) * multiprocessors, shared};
    }

    bool collect_records(CudaPerceptronJob& job, std::size_t first_member) {
        job.epoch_rows.clear();
        job.trace_rows.clear();
        for (std::size_t m = first_member; m < first_member + job.policies.size(); ++m) {
            if (epochs_.overflowed(m) || traces_.overflowed(m)) {
                return false;
            }
            if (tallies_.record_epochs) {
                job.epoch_rows.push_back(epochs_.rows(m));
            }
            if (tallies_.record_traces) {
                job.trace_rows.push_back(traces_.rows(m));
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
    std::size_t n_members_;
    DeviceBuffer<Price> prices_;
    DeviceBuffer<Member<Number>> members_;
    DeviceBuffer<MemberSums> sums_;
    DeviceBuffer<PricedSums> priced_;
    DeviceBuffer<Ending> endings_;
    DeviceRecording epochs_, traces_;
    std::vector<DeviceBuffer<Number>> weights_;
    std::vector<Number*> weight_places_;
    std::vector<Task<Number>> tasks_;
    std::size_t largest_state_ = 0;
};

template <class Number>
void train_jobs(const CudaPatternSets& patterns, std::vector<CudaPerceptronJob*> jobs,
                const CudaPerceptronTallies& tallies, const std::atomic<bool>& stop, MappedFlag& flag) {
    for (std::int64_t capacity = 4096; !jobs.empty(); capacity *= 4) {
        JobsRun<Number> run(patterns, jobs, tallies, capacity);
        run.train(stop, flag);
        jobs = run.collect();
    }
}

}  // namespace

PerceptronCuda::PerceptronCuda(int device) {
    SYNCACHE_CHECK(cudaSetDevice(device));
    device_ = std::make_unique<Device>(device);
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
    const auto of_type = [&](NumberType number) {
        std::vector<CudaPerceptronJob*> chosen;
        for (CudaPerceptronJob& job : jobs) {
            if (job.number == number) {
                chosen.push_back(&job);
            }
        }
        return chosen;
    };
    train_jobs<std::int32_t>(device_->patterns, of_type(NumberType::integer), tallies, stop, device_->stop);
    train_jobs<float>(device_->patterns, of_type(NumberType::single_precision), tallies, stop, device_->stop);
    train_jobs<double>(device_->patterns, of_type(NumberType::double_precision), tallies, stop, device_->stop);
}

}  // namespace syncache
