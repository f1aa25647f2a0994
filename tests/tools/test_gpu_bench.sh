#!/usr/bin/env bash
# tools/gpu-bench without a GPU: stand-ins for the programs and for the peers. What is not measured must never look measured.
# shellcheck disable=SC2016  # the stand-ins expand what is in their quotes
set -euo pipefail
# shellcheck source=tests/tools/stand_ins.sh
source "$(dirname "${BASH_SOURCE[0]}")/stand_ins.sh"

# A machine with a GPU, and a Python that has both peers. Calls are written down.
new_machine() {
    rm -rf "${folder:?}"/*
    mkdir "$folder/programs"
    stand_in programs/syncache "echo \"syncache \$*\" >>$folder/calls; case \$1 in
        devices) printf '%s\n' 'cpu     One' 'cuda 0  Stand-in, 80 GB';; --version) printf '%s\n' 'syncache 1' 'commit 0123';;
        data) echo 'mnist          $folder/mnist';; esac"
    benchmark perf_gpu '"networks": 64, "presentations": 6000, "presentations_per_second": 3000, "seconds": 2, "seconds_low": 1.5, "seconds_high": 2.5, "repeats": 3'
    benchmark perf_ceilings '"bytes_per_second": 3e12, "seconds": 1, "seconds_low": 1, "seconds_high": 1, "repeats": 20'
    stand_in python "echo \"python \$*\" >>$folder/calls; case \$1 in *check_peers.py) echo 'ok   all';;
        *) echo '{\"device\": \"Stand-in\", \"presentations_per_second\": 30, \"seconds\": 4, \"seconds_low\": 4, \"seconds_high\": 4, \"repeats\": 3}';; esac"
}

benchmark() {
    stand_in "programs/$1" "echo \"$1 \$*\" >>$folder/calls; echo '{\"benchmarks\": [{$2}]}'"
}

# Runs tools/gpu-bench there: its output in $folder/output, its exit status in $status.
gpu_bench() {
    status=0
    : >"$folder/calls"
    bash "$repository/tools/gpu-bench" --programs "$folder/programs" --python "$folder/python" -o "$folder/results.json" "$@" \
        >"$folder/output" 2>&1 </dev/null || status=$?
}

says() { grep -qF -- "$1" "$folder/output" || fail "$2: it does not say: $1"; }
expect_status() { [ "$status" = "$1" ] || fail "$2: the exit status is $status, not $1"; }

only=(--part perceptron --only 'local-global/patterns:500/networks:64/')
new_machine
gpu_bench "${only[@]}"
expect_status 0 "all is well"
says '| perceptron/local-global/patterns:500 | 64 | 3e+03 (50%, 3) | 3e+03 (50%, 3) | 30 (0%, 3) | 30 (0%, 3) | 1 | 100 | 100 |' "all is well"
says 'gpu: cuda 0  Stand-in, 80 GB' "all is well"
grep -q 'perf_gpu --benchmark_filter=^perceptron/local-global/patterns:500/networks:64/cuda/iterations:1/manual_time\$' "$folder/calls" ||
    fail "it does not ask perf_gpu for that measurement alone"
[ "$(grep -n check_peers "$folder/calls" | head -n 1 | cut -d: -f1)" -lt "$(grep -n time_peers "$folder/calls" | head -n 1 | cut -d: -f1)" ] ||
    fail "a peer is timed before its energies are checked"

gpu_bench "${only[@]}"
expect_status 0 "the same again"
! grep -q 'perf_gpu\|peers' "$folder/calls" || fail "it measures again what is stored"
gpu_bench "${only[@]}" --again
grep -q perf_gpu "$folder/calls" || fail "--again, but it does not measure again"
gpu_bench --part ceilings
expect_status 0 "a second part"
says '| copy | 3e+12 bytes/s |' "a second part"
says '| perceptron/local-global/patterns:500 | 64 | 3e+03' "a second part: the first one is gone"
gpu_bench --table
expect_status 0 "--table"
says '| copy | 3e+12 bytes/s |' "--table"
[ ! -s "$folder/calls" ] || fail "--table, but it runs programs"
gpu_bench --part figures
expect_status 0 "figures"
grep -q "run $repository/experiments/fig1/experiment.toml --backend cuda --quiet --set seed=1" "$folder/calls" || fail "it does not run Fig. 1"

# Without MNIST its figure is missing, and other digits are not mixed with it.
sed -i "s|mnist          $folder/mnist|mnist          not here|" "$folder/programs/syncache"
gpu_bench "${only[@]}"
expect_status 1 "other digits"
says "was measured with digits 'mnist', and here is 'synthetic'" "other digits"
new_machine
sed -i "s|mnist          $folder/mnist|mnist          not here|" "$folder/programs/syncache"
gpu_bench --part figures --only fig5b
expect_status 1 "no MNIST"
says 'missing: MNIST is not here' "no MNIST"
new_machine
gpu_bench "${only[@]}"

# What a measurement has started ends with it when it takes too long.
stand_in programs/perf_ceilings 'sleep 60 & wait'
started=$SECONDS
gpu_bench --part ceilings --only copy --timeout 1
[ $((SECONDS - started)) -lt 30 ] || fail "a measurement that takes too long holds up the others"
says 'took more than 1 s' "a measurement that takes too long"
new_machine
gpu_bench "${only[@]}"

# Results of another commit are not mixed with these.
sed -i 's/commit 0123/commit 4567/' "$folder/programs/syncache"
gpu_bench "${only[@]}"
expect_status 1 "another commit"
says 'name another file with -o' "another commit"

# Things go wrong: exit status 1, the reason is said, and no number appears.
new_machine
stand_in python 'echo "check_peers.py: Skipped"; echo "jax is not installed"; exit 77'
gpu_bench "${only[@]}"
expect_status 1 "no peers"
says 'networks:64/jax ... missing: jax is not installed' "no peers"
says '| 3e+03 (50%, 3) | 3e+03 (50%, 3) | missing | missing | 1 | - | - |' "no peers"
stand_in python "echo \"python \$*\" >>$folder/calls; echo 'jax: 3 numbers differ'; exit 1"
gpu_bench "${only[@]}"
expect_status 1 "wrong energies"
says 'failed: not timed, since the check of its energies failed' "wrong energies"
! grep -q time_peers "$folder/calls" || fail "a peer with wrong energies is timed"
stand_in python "case \$1 in *check_peers.py) ;; *) echo '{\"device\": \"cpu\", \"seconds\": 4}';; esac"
gpu_bench "${only[@]}"
says 'missing: jax here has no GPU' "a peer without a GPU"
benchmark perf_gpu '"error_occurred": true, "error_message": "out of memory"'
gpu_bench "${only[@]}" --again
expect_status 1 "out of memory"
says 'networks:64/cuda ... failed: out of memory' "out of memory"
says '| failed | failed | missing | missing | - | - | - |' "out of memory"
stand_in programs/perf_gpu 'exec sleep 20'
gpu_bench "${only[@]}" --timeout 1
expect_status 1 "a measurement that hangs"
says 'networks:64/cuda ... failed: took more than 1 s' "a measurement that hangs"
rm "$folder/programs/perf_ceilings"
gpu_bench --part ceilings
expect_status 1 "no program"
says 'ceilings/copy ... missing: there is no program perf_ceilings' "no program"
if ! command -v ncu >/dev/null && [ ! -e /usr/local/cuda/bin/ncu ]; then
    gpu_bench --part ncu
    expect_status 1 "no ncu"
    says 'missing: there is no ncu' "no ncu"
fi

new_machine
stand_in programs/syncache 'printf "%s\n" "cpu     One" "cuda    none: no CUDA device: no driver"'
gpu_bench
expect_status 1 "no GPU"
says 'nothing is measured: no CUDA device: no driver' "no GPU"
[ ! -e "$folder/results.json" ] || fail "no GPU, but there are results"

for words in "--nonsense" "--part nonsense" "--only (" "--timeout soon"; do
    # shellcheck disable=SC2086  # an option and its value
    gpu_bench $words
    expect_status 2 "$words"
done

# perf_gpu has every workload that is asked for.
if [ -x "${1:-}" ]; then
    missing=$(comm -13 <("$1" --benchmark_list_tests | sed 's|/iterations:1/manual_time$||' | sort) \
        <(bash "$repository/tools/gpu-bench" --programs "$folder/programs" --list --part perceptron --part mlp --part variants | grep -v 'jax$\|torch$' | sort))
    [ -z "$missing" ] || { echo "FAILED: perf_gpu has no such workloads:"; echo "$missing"; exit 1; }
fi
