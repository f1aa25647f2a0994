#include "tests/emulator/devices.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace emulator {
namespace {

constexpr std::size_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;

std::vector<DeviceType> from_environment() {
    const char* text = std::getenv("EMULATOR_DEVICES");
    std::istringstream words(text == nullptr ? "small" : text);
    std::vector<DeviceType> result;
    for (std::string word; std::getline(words, word, ',');) {
        if (word != "none") {
            result.push_back(device_type(word));
        }
    }
    return result;
}

std::vector<DeviceType>& present() {
    static std::vector<DeviceType> all = from_environment();
    return all;
}

}  // namespace

const std::vector<DeviceType>& device_types() {
    static const std::vector<DeviceType> all = {
        // A Hopper GPU of few multiprocessors, so that a launch that fills it is quickly done.
        {"small", "Emulated GPU", 9, 0, 2, 228 * KiB, 227 * KiB, 256 * MiB, 2},
        {"h100", "Emulated H100", 9, 0, 132, 228 * KiB, 227 * KiB, 80 * GiB, 66},
        {"a100", "Emulated A100", 8, 0, 108, 164 * KiB, 163 * KiB, 40 * GiB, 0},
        {"workstation", "Emulated RTX A4000", 8, 6, 48, 100 * KiB, 99 * KiB, 16 * GiB, 0},
        {"mig", "Emulated H100 MIG 1g.10gb", 9, 0, 16, 228 * KiB, 227 * KiB, 10 * GiB, 0},
        {"display", "Emulated RTX A4000 with a display", 8, 6, 48, 100 * KiB, 99 * KiB, 16 * GiB, 0, true, true},
        {"volta", "Emulated V100", 7, 0, 80, 96 * KiB, 96 * KiB, 16 * GiB, 0},
        {"without-pools", "Emulated vGPU", 8, 0, 4, 164 * KiB, 163 * KiB, 256 * MiB, 0, false},
    };
    return all;
}

DeviceType device_type(const std::string& word) {
    std::string allowed;
    for (const DeviceType& type : device_types()) {
        if (type.word == word) {
            return type;
        }
        allowed += " " + type.word;
    }
    throw std::invalid_argument("emulated device " + word + ": allowed:" + allowed);
}

const std::vector<DeviceType>& devices() { return present(); }

void set_devices(const std::vector<DeviceType>& types) { present() = types; }

}  // namespace emulator
