#include "tests/emulator/shared.hpp"

#include <cstddef>
#include <cstring>

#include "tests/emulator/launch.hpp"
#include "tests/emulator/report.hpp"
#include "tests/emulator/runner.hpp"
#include "tests/emulator/symbols.hpp"

namespace syncache {

// What dynamic_shared() of kernels/common/cuda/shared_memory.cuh gives.
alignas(128) thread_local std::byte dynamic_shared_memory[emulator::most_shared];

}  // namespace syncache

namespace emulator {
namespace {

std::size_t dynamic_offset() {
    static const std::size_t offset = static_cast<std::size_t>(syncache::dynamic_shared_memory - thread_locals());
    return offset;
}

}  // namespace

void poison_shared(const Block& block) {
    std::byte* shared = block.runner->shared;
    for (const Variable& variable : block.launch->kernel->shared) {
        std::memset(shared + variable.offset, settings().poison, variable.size);
    }
    std::memset(shared + dynamic_offset(), settings().poison, block.launch->config.dynamicSmemBytes);
}

bool in_shared(const Block& block, std::size_t offset, std::size_t bytes) {
    const std::size_t dynamic = dynamic_offset();
    if (offset >= dynamic && offset + bytes <= dynamic + block.launch->config.dynamicSmemBytes) {
        return true;
    }
    for (const Variable& variable : block.launch->kernel->shared) {
        if (offset >= variable.offset && offset + bytes <= variable.offset + variable.size) {
            return true;
        }
    }
    return false;
}

Block* owner_of_shared(const Block& block, const std::byte* at) {
    const auto holds = [at](const Block& one) {
        return at >= one.runner->shared && at < one.runner->shared + thread_local_bytes();
    };
    if (holds(block)) {
        return const_cast<Block*>(&block);
    }
    if (block.launch->cluster_size == 1) {
        return nullptr;
    }
    for (const auto& other : own_cluster(block).blocks) {
        if (holds(*other)) {
            return other.get();
        }
    }
    return nullptr;
}

}  // namespace emulator
