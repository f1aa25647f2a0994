#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "host/models/spiking/trainer.hpp"
#include "kernels/spiking/spiking_cuda.hpp"

namespace syncache::spiking {
namespace {

// What the recorded rows and results of one launch may take on the device; more trajectories go into further launches.
constexpr std::size_t most_result_bytes = std::size_t{1} << 30;

class CudaTrainer : public Trainer {
  public:
    explicit CudaTrainer(int device) : cuda_(device) {}

    void train(std::span<const Trial> trials, const Tallies& tallies, const std::atomic<bool>& stop,
               const OutcomeSink& deliver) override {
        const std::vector<Settings> settings = read_all(trials);
        train_as(single_, settings, tallies, stop, deliver);
        train_as(double_, settings, tallies, stop, deliver);
    }

  private:
    template <class Number>
    void train_as(JobMaker<Number>& maker, const std::vector<Settings>& settings, const Tallies& tallies,
                  const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        std::vector<Job<Number>> launch;
        std::size_t bytes = 0;
        for (Job<Number>& job : maker.make(settings)) {
            const std::vector<Job<Number>> one{job};
            const std::size_t more = TaskSet<Number>(settings, one, tallies).sizes().results;
            if (!launch.empty() && bytes + more > most_result_bytes) {
                train_launch(settings, launch, tallies, stop, deliver);
                launch.clear();
                bytes = 0;
            }
            bytes += more;
            launch.push_back(std::move(job));
        }
        if (!launch.empty()) {
            train_launch(settings, launch, tallies, stop, deliver);
        }
    }

    template <class Number>
    void train_launch(const std::vector<Settings>& settings, const std::vector<Job<Number>>& jobs,
                      const Tallies& tallies, const std::atomic<bool>& stop, const OutcomeSink& deliver) {
        if (stop) {
            return;
        }
        TaskSet<Number> set(settings, jobs, tallies);
        const BlockSizes sizes = set.sizes();
        const DeviceBlocks blocks = cuda_.allocate(sizes.shared, sizes.state, sizes.results);
        std::vector<std::byte> image(sizes.shared), results;
        set.bind({blocks.shared, blocks.state, blocks.results}, image.data());
        cuda_.train(set.tasks(), image, results, stop);
        for (std::size_t j = 0; j < jobs.size(); ++j) {
            for (std::size_t m = 0; m < jobs[j].trials.size() && set.tasks()[j].ending.finished != 0; ++m) {
                deliver(jobs[j].trials[m], set.outcome(j, m, results.data()));
            }
        }
    }

    Cuda cuda_;
    JobMaker<float> single_;
    JobMaker<double> double_;
};

}  // namespace

std::unique_ptr<Trainer> cuda_trainer(int device) { return std::make_unique<CudaTrainer>(device); }

}  // namespace syncache::spiking
