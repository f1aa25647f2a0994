#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/models/model.hpp"
#include "host/models/spiking/task_set_impl.hpp"

// What the CPU's and the GPU's trainer of spiking neurons share.
namespace syncache::spiking {

// Tables and inputs by name, the last ones used.
template <class Number>
class JobMaker {
  public:
    // Groups the trials of this number type by trajectory, in the order of the batch.
    std::vector<Job<Number>> make(const std::vector<Settings>& settings);

  private:
    std::string tables_name_, inputs_name_;
    std::shared_ptr<const ConstantTables<Number>> tables_;
    std::shared_ptr<const Inputs> inputs_;
};

extern template class JobMaker<float>;
extern template class JobMaker<double>;

std::vector<Settings> read_all(std::span<const Trial> trials);

// Trains on this thread, for tests and benchmarks: one outcome for each setting, in that order.
std::vector<Outcome> train(const std::vector<Settings>& settings, const Tallies& tallies = {});

std::unique_ptr<Trainer> cpu_trainer();
std::unique_ptr<Trainer> cuda_trainer(int device);

}  // namespace syncache::spiking
