#pragma once

#include <stdexcept>
#include <string>

namespace syncache {

// A failed CUDA or cuBLAS call, or a device that cannot be had.
class cuda_error : public std::runtime_error {
  public:
    explicit cuda_error(const std::string& what, bool out_of_memory = false)
        : std::runtime_error(what), out_of_memory_(out_of_memory) {}
    bool out_of_memory() const { return out_of_memory_; }

  private:
    bool out_of_memory_;
};

}  // namespace syncache
