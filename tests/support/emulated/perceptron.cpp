#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "tests/support/emulated_block.hpp"
// after the emulation
#include "kernels/common/cuda/team.cuh"
#include "kernels/common/cuda/warp_team.cuh"
#include "kernels/perceptron/register_fields.hpp"
#include "kernels/perceptron/train.hpp"
#include "tests/support/perceptron_emulated.hpp"

namespace syncache::test {
namespace {

// The Gram matrix as it lies on a GPU: rows padded to whole pieces that a thread loads.
struct PaddedGram {
    struct alignas(2 * row_alignment) Row {
        std::int16_t value[row_alignment];
    };
    std::vector<Row> rows;

    explicit PaddedGram(PatternView& view, int n_patterns) {
        const int per_row = (n_patterns + row_alignment - 1) / row_alignment;
        rows.resize(static_cast<std::size_t>(n_patterns) * static_cast<std::size_t>(per_row));
        for (int q = 0; q < n_patterns; ++q) {
            std::memcpy(rows[static_cast<std::size_t>(q) * static_cast<std::size_t>(per_row)].value, gram_row(view, q),
                        static_cast<std::size_t>(n_patterns) * sizeof(std::int16_t));
        }
        view.gram = rows.data()->value;
        view.gram_stride = per_row * row_alignment;
    }
};

template <class Team, class Place, class Number>
void train_emulated(const Task<Number>& given) {
    Task<Number> task = given;
    const PaddedGram gram(task.view, task.n_patterns);
    typename Team::Scratch scratch;
    run_emulated(1, Team::n_threads, static_cast<std::uint64_t>(task.n_patterns), [&] {
        Team team(scratch);
        train<Place>(team, task);
    });
}

template <class Team, class Place>
PerceptronCpuKernels kernels_of() {
    PerceptronCpuKernels kernels{};
    kernels.train_integer = train_emulated<Team, Place, std::int32_t>;
    kernels.train_single = train_emulated<Team, Place, float>;
    kernels.train_double = train_emulated<Team, Place, double>;
    return kernels;
}

}  // namespace

PerceptronCpuKernels emulated_perceptrons(PerceptronCudaVariant variant) {
    switch (variant) {
        case PerceptronCudaVariant::block:
            return kernels_of<CudaTeam, FieldsInMemory>();
        case PerceptronCudaVariant::block_registers:
            return kernels_of<CudaTeam, FieldsInRegisters<CudaTeam, 16, Ahead::nowhere>>();
        case PerceptronCudaVariant::block_cache_ahead:
            return kernels_of<CudaTeam, FieldsInRegisters<CudaTeam, 16, Ahead::cache>>();
        case PerceptronCudaVariant::block_registers_ahead:
            return kernels_of<CudaTeam, FieldsInRegisters<CudaTeam, 16, Ahead::registers>>();
        case PerceptronCudaVariant::warp:
            return kernels_of<WarpTeam, FieldsInMemory>();
        case PerceptronCudaVariant::warp_registers:
            return kernels_of<WarpTeam, FieldsInRegisters<WarpTeam, 8, Ahead::nowhere>>();
    }
    throw std::invalid_argument("no such variant");
}

}  // namespace syncache::test
