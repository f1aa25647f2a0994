#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/emulator/counts.hpp"
#include "tests/emulator/devices.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/settings.hpp"

// What tests ask of the emulator; see README.md. The rest of this folder is its inside.
namespace emulator {

// Whether the program's kernels are compiled so that their accesses are watched.
bool kernels_are_checked();

// The k-th allocation of device memory from now on fails; 0: none does.
void fail_allocation(std::int64_t k);

// What the launches of all kernels whose readable name contains `name` have done since the program began.
Counts counts_of(const std::string& name);

// Bytes copied between host and devices since the program began.
struct BusBytes {
    std::uint64_t up = 0, down = 0;
};
BusBytes bus_bytes();

// What nobody has freed, an error of a launch that nobody has looked at: for the end of a test or a program. The
// calling thread's streams are done with first.
void report_what_is_left();

// Other devices for the length of a test; brings lost ones back.
class WithDevices {
  public:
    explicit WithDevices(const std::vector<std::string>& words);
    ~WithDevices();
    WithDevices(const WithDevices&) = delete;
    WithDevices& operator=(const WithDevices&) = delete;

  private:
    std::vector<DeviceType> before_;
};

}  // namespace emulator
