#pragma once

#include <vector>

#include "kernels/common/cuda/device_buffer.cuh"
#include "kernels/perceptron/task.hpp"

namespace syncache {

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

}  // namespace syncache
