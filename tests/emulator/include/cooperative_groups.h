#pragma once

#include "cuda_runtime.h"

namespace cooperative_groups {

struct cluster_group {
    unsigned block_rank() const { return emulator::cluster_rank(); }
    unsigned num_blocks() const { return emulator::cluster_size(); }
    [[gnu::always_inline]] void sync() const { emulator::wait_cluster(); }
    template <class T>
    T* map_shared_rank(T* mine, unsigned rank) const {
        return static_cast<T*>(emulator::map_rank(mine, rank));
    }
};
inline cluster_group this_cluster() { return {}; }

}  // namespace cooperative_groups
