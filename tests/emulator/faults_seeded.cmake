# Barriers.
syncache_fault(for_each_without_barrier race perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[            f(i);
        }
        __syncthreads();
    }

    template <class T, class F>
    __device__ T sum(]] [[            f(i);
        }
    }

    template <class T, class F>
    __device__ T sum(]])
syncache_fault(first_index_without_barrier race perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[__ffs(static_cast<int>(hits)) - 1 : INT_MAX;
            }
            __syncthreads();]] [[__ffs(static_cast<int>(hits)) - 1 : INT_MAX;
            }]])
syncache_fault(broadcast_without_barrier uninitialised perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[            *slot = value;
        }
        __syncthreads();]] [[            *slot = value;
        }]])
syncache_fault(fold_without_barrier race perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[        lane_b[lane_] = b;
        __syncthreads();]] [[        lane_b[lane_] = b;]])
syncache_fault(rows_not_in_turn race perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[        row_ ^= 1;
        return reinterpret_cast]] [[        return reinterpret_cast]])
syncache_fault(ballot_of_a_part_of_the_warp divergence perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[const unsigned hits = __ballot_sync(whole_warp, i < end && f(i));]] [[const unsigned hits = i < end ? __ballot_sync(whole_warp, f(i)) : 0u;]])
syncache_fault(warp_team_without_syncwarp race perceptron/warp_kernel.cu "perceptron warp ${perceptron}"
  common/cuda/warp_team.cuh [[            f(i);
        }
        __syncwarp();]] [[            f(i);
        }]])
syncache_fault(share_without_first_cluster_barrier race mlp/mlp_cluster_kernel.cu "mlp cluster ${mlp}"
  common/cuda/cluster_team.cuh [[share(T* values, int first, int n) const {
        cluster_sync();]] [[share(T* values, int first, int n) const {]])
syncache_fault(parts_not_back race mlp/mlp_cluster_kernel.cu "mlp cluster ${mlp}"
  mlp/mlp_cluster_kernel.cu [[    cluster_sync();  // all parts are back]] "")
syncache_fault(slabs_overwritten race perceptron/perceptron_cuda.cu "perceptron block inputs=100 patterns=29 variant='\"none\"' max_epochs=1"
  perceptron/gram_kernel.cuh [[        __syncthreads();  // before the slabs are loaded anew]] "")
syncache_fault(slabs_read_too_early race perceptron/perceptron_cuda.cu "perceptron block ${integer}"
  perceptron/gram_kernel.cuh [[        __syncthreads();
#pragma unroll]] [[#pragma unroll]])
syncache_fault(threads_end_before_a_barrier "exited threads" perceptron/perceptron_cuda.cu "perceptron block ${integer}"
  perceptron/gram_kernel.cuh [[    if (blockIdx.x < blockIdx.y) {]] [[    if (blockIdx.x < blockIdx.y || threadIdx.x > 100) {]])

syncache_fault(leader_at_a_barrier_of_its_own divergence perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[            *slot = value;
        }
        __syncthreads();]] [[            *slot = value;
            __syncthreads();
        } else {
            __syncthreads();
        }]])
syncache_fault(leaders_at_a_cluster_barrier_of_their_own divergence mlp/mlp_cluster_kernel.cu "mlp cluster ${mlp}"
  mlp/mlp_cluster_kernel.cu [[    cluster_sync();  // all parts are back]] [[    if (team.leader()) {
        cluster_sync();
    } else {
        cluster_sync();
    }]])

# Atomics and warps.
syncache_fault(queue_without_atomic race perceptron/block_kernel.cu
  "perceptron block patterns=9 variant='\"none\"' max_epochs=1 inputs=10 [axes] seed=[1,2,3,4,5,6]"
  perceptron/perceptron_kernel.cuh [[taken = atomicAdd(launch.queue, 1);]] [[taken = (*launch.queue)++;]])
syncache_fault(correct_without_atomic race mlp/mlp_cuda.cu "mlp block ${mlp}"
  mlp/mlp_cuda.cu [[atomicAdd(n_correct + slot, static_cast<unsigned long long>(correct));]] [[n_correct[slot] += static_cast<unsigned long long>(correct);]])
syncache_fault(half_a_mask mask perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/warp.cuh [[__shfl_down_sync(whole_warp, value, width)]] [[__shfl_down_sync(0x0000ffffu, value, width)]])
syncache_fault(shuffle_of_the_first_half mask perceptron/warp_kernel.cu "perceptron warp ${perceptron}"
  common/cuda/warp_team.cuh [[__shfl_sync(whole_warp, value, 0)]] [[__shfl_sync(thread_ < 16 ? 0xffffu : 0xffff0000u, value, 0)]])

# Memory that is no constant.
syncache_fault(weights_as_constants constant perceptron/block_kernel.cu "perceptron block ${perceptron}"
  perceptron/learn.hpp [[SynapseChange<Number>{transient[i], change}]] [[SynapseChange<Number>{constant(transient + i), change}]])
syncache_fault(activities_as_constants constant mlp/mlp_cuda.cu "mlp block ${mlp}"
  mlp/propagate.hpp [[dense ? x.value[first + j] : constant(x.value + first + j)]] [[constant(x.value + first + j)]])

# Memory that is not initialised.
syncache_fault(wrong_place_in_scratch uninitialised perceptron/block_kernel.cu "perceptron block ${perceptron}"
  common/cuda/team.cuh [[scratch_->first[row_][warp] =]] [[scratch_->first[row_][warp + 1] =]])
syncache_fault(field_not_cleared uninitialised perceptron/block_kernel.cu "perceptron block ${perceptron}"
  perceptron/fields.hpp [[            persistent[p] = initial;
            if constexpr (decays) {
                transient[p] = Number{};
            }]] [[            persistent[p] = initial;]])
syncache_fault(part_not_cleared uninitialised mlp/mlp_cluster_kernel.cu "mlp cluster ${mlp}"
  mlp/part.hpp [[[=](int j) { at_once[j] = Number{}; }]] [[[=](int) { (void)at_once; }]])
syncache_fault(queue_not_cleared uninitialised spiking/spiking_cuda.cu "spiking default ${spiking}"
  spiking/spiking_cuda.cu [[    queue.clear();]] "")
syncache_fault(results_not_cleared uninitialised spiking/spiking_cuda.cu "spiking default ${spiking}"
  spiking/spiking_cuda.cu [[    results_block.clear();  // runs that are not made write no rows]] "")

# Memory that is not there.
syncache_fault(buffer_too_small "out of bounds" spiking/spiking_cuda.cu "spiking default ${spiking}"
  common/cuda/device_buffer.cuh [[n * sizeof(T), cudaStreamPerThread]] [[(n - 1) * sizeof(T), cudaStreamPerThread]])
syncache_fault(tasks_of_the_host "out of bounds" perceptron/perceptron_cuda.cu "perceptron block ${integer}"
  perceptron/perceptron_cuda.cu [[Launch<Number> parameters{tasks.data(),]] [[Launch<Number> parameters{tasks_.data(),]])
syncache_fault(prefetch_beyond_the_matrix "out of bounds" perceptron/block_ahead_kernel.cu "perceptron block-cache-ahead ${integer}"
  perceptron/register_fields.cuh [[entry_bytes * static_cast<std::uint32_t>(task_.view.gram_stride));]] [[4096 * entry_bytes * static_cast<std::uint32_t>(task_.view.gram_stride));]])
syncache_fault(weights_freed_before_the_launch "use after free" perceptron/perceptron_cuda.cu "perceptron block ${integer}"
  perceptron/perceptron_cuda.cu [[        const DeviceBuffer<Number*> weights(weight_places_);
]] "" perceptron/perceptron_cuda.cu [[tallies_.record_weights ? weights.data() : nullptr]] [[tallies_.record_weights ? DeviceBuffer<Number*>(weight_places_).data() : nullptr]])
syncache_fault(block_that_has_ended "ended block" mlp/mlp_cluster_kernel.cu "mlp cluster ${mlp}"
  mlp/mlp_cluster_kernel.cu [[    close_round(team, whole, round, slot);
]] [[    close_round(team, whole, round, slot);
    if (team.leader()) {
        give_progress_back(*cluster_map(&part, 1), round.tasks[slot]);
    }
]])
syncache_fault(row_at_an_odd_place misaligned perceptron/block_registers_kernel.cu "perceptron block-registers ${integer}"
  perceptron/register_fields.cuh [[(from + pattern(c * chunk));]] [[(from + pattern(c * chunk) + 1);]])
syncache_fault(never_freed leak spiking/spiking_cuda.cu "spiking default ${spiking}"
  common/cuda/device_buffer.cuh [[cudaFreeAsync(data_, cudaStreamPerThread)]] [[cudaSuccess]])

# The host's side.
syncache_fault(launch_on_another_stream uninitialised perceptron/perceptron_cuda.cu "perceptron block ${integer}"
  common/cuda/check.cuh [[    config.stream = stream;
]] [[    static thread_local cudaStream_t other = nullptr;
    if (other == nullptr) {
        (void)cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking);
    }
    config.stream = other;
]])
syncache_fault(copy_back_without_a_wait "asynchronous copy" spiking/spiking_cuda.cu "spiking default ${spiking}"
  common/cuda/device_buffer.cuh [[cudaMemcpy(values.data(), data_, bytes(), cudaMemcpyDeviceToHost)]] [[cudaMemcpyAsync(values.data(), data_, bytes(), cudaMemcpyDeviceToHost, cudaStreamPerThread)]])
syncache_fault(launch_that_nobody_checks launch spiking/spiking_cuda.cu "spiking default ${spiking}"
  common/cuda/check.cuh [[SYNCACHE_CHECK(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...));]] [[cudaLaunchConfig_t too_large = config;
    too_large.blockDim = dim3(2048);
    (void)cudaLaunchKernelEx(&too_large, kernel, std::forward<Arguments>(arguments)...);]]
  common/cuda/check.cuh [[    SYNCACHE_CHECK(cudaGetLastError());]] "")
syncache_fault(bound_of_half_a_block launch perceptron/perceptron_cuda.cu "perceptron block ${integer}"
  perceptron/gram_kernel.cuh [[__launch_bounds__(gram_threads)]] [[__launch_bounds__(gram_threads / 2)]])

# From one array into the next, within one allocation.
syncache_fault(one_field_too_many gap perceptron/block_kernel.cu "perceptron block ${perceptron}"
  perceptron/fields.hpp [[team.for_each(task.n_patterns, [=](int p) {
            persistent[p] = initial;]] [[team.for_each(task.n_patterns + 1, [=](int p) {
            persistent[p] = initial;]])
syncache_fault(one_weight_too_many gap mlp/mlp_cuda.cu "mlp block ${mlp}"
  mlp/on_chip.cuh [[team.for_each(n, [=](int i) { to[i] = from[i]; });
        if (team.leader()) {
            home]] [[team.for_each(n + 1, [=](int i) { to[i] = from[i]; });
        if (team.leader()) {
            home]])
syncache_fault(one_unit_too_many gap mlp/mlp_cluster_kernel.cu "mlp cluster ${mlp}"
  mlp/part.hpp [[team.for_each(units, [=](int j)]] [[team.for_each(units + 1, [=](int j)]])

