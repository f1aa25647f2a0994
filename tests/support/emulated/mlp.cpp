#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

#include "tests/support/emulated_block.hpp"
// after the emulation
#include "kernels/common/cuda/cluster_team.cuh"
#include "kernels/mlp/part.hpp"
#include "tests/support/mlp_emulated.hpp"

namespace syncache::test {
namespace {

// A block's shared memory, before that for the weights.
template <class Number>
struct alignas(64) Shared {
    ClusterTeam::Scratch scratch;
    MlpTask<Number> part;
};

// The blocks' shared memory, one after the other, filled with something that is not 0.
class Chips {
  public:
    Chips(int n_blocks, std::size_t bytes) : bytes_((bytes + 63) / 64 * 64), pieces_(size(n_blocks) / sizeof(Piece)) {
        std::memset(pieces_.data(), 0x7f, size(n_blocks));
        set_shared_memory(of(0), bytes_);
    }
    std::byte* of(int block) { return reinterpret_cast<std::byte*>(pieces_.data()) + size(block); }

  private:
    struct alignas(64) Piece {
        std::byte bytes[64];
    };
    std::size_t size(int n_blocks) const { return static_cast<std::size_t>(n_blocks) * bytes_; }

    std::size_t bytes_;
    std::vector<Piece> pieces_;
};

// As the kernel does; see mlp_cluster_kernel.cu.
template <class Number, int n_parts>
void train_in_parts(MlpTask<Number>& whole, std::int64_t n) {
    Chips chips(n_parts, sizeof(Shared<Number>) + part_bytes(whole, n_parts));
    const MlpLayer<Number>& first_layer = whole.layers[0];
    const bool tallies = first_layer.account.by_synapse != nullptr;
    std::vector<double> by_synapse(tallies ? static_cast<std::size_t>(first_layer.n_synapses) : 0, NAN);
    run_emulated(n_parts, lanes, static_cast<std::uint64_t>(whole.presentations), [&] {
        auto* shared = reinterpret_cast<Shared<Number>*>(chips.of(cluster_rank()));
        ClusterTeam team(shared->scratch);
        if (team.leader()) {
            shared->part = whole;
            lay_out_part(shared->part, reinterpret_cast<std::byte*>(shared + 1), whole, team.part(), n_parts);
            MlpLayer<Number>& layer = shared->part.layers[0];
            layer.account.by_synapse = tallies ? by_synapse.data() + layer.first_unit * layer.inputs : nullptr;
        }
        __syncthreads();
        take_part(team, shared->part, whole);
        train(team, shared->part, n);
        give_part_back(team, shared->part, whole, team.part());
    });
    give_progress_back(reinterpret_cast<Shared<Number>*>(chips.of(0))->part, whole);
}

template <int n_parts>
MlpCpuKernels with_cluster(MlpCpuKernels kernels) {
    kernels.in_single.train = train_in_parts<float, n_parts>;
    kernels.in_double.train = train_in_parts<double, n_parts>;
    return kernels;
}

}  // namespace

MlpCpuKernels emulated_mlp_cluster(int n_parts, const MlpCpuKernels& others) {
    switch (n_parts) {
        case 2:
            return with_cluster<2>(others);
        case 3:
            return with_cluster<3>(others);
        default:
            throw std::invalid_argument("2 or 3 parts");
    }
}

}  // namespace syncache::test
