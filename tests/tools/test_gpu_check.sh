#!/usr/bin/env bash
# tools/gpu-check without a GPU: stand-ins for the programs and for compute-sanitizer. What it must never do is to report
# success where something did not run.
# shellcheck disable=SC2016  # the stand-ins expand what is in their quotes
set -euo pipefail
# shellcheck source=tests/tools/stand_ins.sh
source "$(dirname "${BASH_SOURCE[0]}")/stand_ins.sh"

# A machine with a GPU on which all is well.
new_machine() {
    rm -rf "${folder:?}"/*
    mkdir "$folder/programs" "$folder/bin"
    local tool
    for tool in bash env dirname awk sed grep tail tee mkdir timeout tr cat sleep; do
        ln -s "$(type -P $tool)" "$folder/bin/$tool"
    done
    stand_in programs/syncache '[ "$1" = devices ] && printf "%s\n" "cpu     One" "cuda 0  Stand-in, 80 GB" || echo "commit 0123"'
    stand_in programs/syncache_tests "echo \"\$*\" >>$folder/calls
        echo \"\$SYNCACHE_REQUIRE_CUDA \$SYNCACHE_SOURCE_DIR\" >$folder/environment
        echo '[  PASSED  ] 12 tests.'"
    stand_in bin/compute-sanitizer 'tool=$2; shift 4; "$@"
        case $tool in racecheck) echo "========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)";;
            *) echo "========= ERROR SUMMARY: 0 errors";; esac'
}

# Runs tools/gpu-check there: its output in $folder/output, its exit status in $status.
gpu_check() {
    status=0
    env -i PATH="$folder/bin" HOME="$folder" "$(command -v bash)" "$repository/tools/gpu-check" \
        --programs "$folder/programs" --logs "$folder/logs" "$@" >"$folder/output" 2>&1 </dev/null || status=$?
}

says() { grep -q -- "$1" "$folder/output" || fail "$2: it does not say: $1"; }

new_machine
gpu_check
[ "$status" = 0 ] || fail "all is well, but the exit status is $status"
says '^8 of 8 parts passed' "all is well"
says '^PASSED   racecheck  *12 tests' "all is well"
says 'Stand-in, 80 GB' "all is well"
[ "$(cat "$folder/environment")" = "1 $repository" ] || fail "the tests are not told that a GPU is required, and where the repository is"
[ "$(grep -c PerceptronParity.CudaEqualsCpu "$folder/calls")" = 4 ] || fail "not every tool of compute-sanitizer saw the small cases"
grep -q -F -- '-*Parity*:*WithoutADevice*' "$folder/calls" || fail "it runs tests for machines without a GPU"
cmp -s "$folder/logs/summary.txt" <(tail -n "$(wc -l <"$folder/logs/summary.txt")" "$folder/output") || fail "summary.txt is not what it prints"

gpu_check --part parity-mlp --part parity-mlp
[ "$status" = 0 ] || fail "one part passed, but the exit status is $status"
says '^1 of 1 parts passed' "one part"
says '^not run  memcheck' "one part"

# No GPU.
stand_in programs/syncache 'printf "%s\n" "cpu     One" "cuda    none: no CUDA device: no driver"'
gpu_check
[ "$status" = 1 ] || fail "no GPU, but the exit status is $status"
says 'no CUDA device: no driver' "no GPU"
says 'nothing is proven: this machine has no GPU' "no GPU"
! grep -q PASSED "$folder/output" || fail "no GPU, but something passed"
stand_in programs/syncache 'printf "%s\n" "cpu     One" "cuda    not usable: device 0 (Old): compute capability 7.0"'
gpu_check
[ "$status" = 1 ] || fail "an old GPU alone, but the exit status is $status"
says 'device 0 (Old): compute capability 7.0' "an old GPU alone"
stand_in programs/syncache 'echo "cannot run" >&2; exit 127'
gpu_check
[ "$status" = 1 ] || fail "a program that does not run, but the exit status is $status"
# A built tree has its tests in a folder of their own.
mkdir "$folder/programs/tests"
mv "$folder/programs/syncache_tests" "$folder/programs/tests/"
stand_in programs/syncache 'printf "%s\n" "cpu     One" "cuda    none: no CUDA device: no driver"'
gpu_check
[ "$status" = 1 ] || fail "a built tree without a GPU, but the exit status is $status"
says "nothing is proven" "a built tree without a GPU"
mv "$folder/programs/tests/syncache_tests" "$folder/programs/"
rmdir "$folder/programs/tests"

rm "$folder/programs/syncache"
gpu_check
[ "$status" = 1 ] || fail "no program, but the exit status is $status"
says "there is no program $folder/programs/syncache" "no program"

# One thing after the other goes wrong; expected: exit status 1, and that part FAILED with this reason.
goes_wrong() {
    gpu_check --part "$1"
    [ "$status" = 1 ] || fail "$1 ($2), but the exit status is $status"
    says "^FAILED   $1 .*$2" "$1"
    says '^0 of 1 parts passed' "$1"
}
new_machine
stand_in programs/syncache_tests 'echo "[  PASSED  ] 0 tests."'
goes_wrong tests 'no test ran'
goes_wrong memcheck 'no test ran'
stand_in programs/syncache_tests 'printf "%s\n" "[  PASSED  ] 3 tests." "[  SKIPPED ] 2 tests, listed below:"'
goes_wrong tests '2 tests were skipped'
stand_in programs/syncache_tests 'printf "%s\n" "[  PASSED  ] 3 tests." "[  FAILED  ] 1 test, listed below:"; exit 1'
goes_wrong parity-perceptron '1 tests failed'
stand_in programs/syncache_tests 'echo "[  PASSED  ] 3 tests."; exit 3'
goes_wrong parity-spiking 'exit status 3'
stand_in programs/syncache_tests 'sleep 20; echo "[  PASSED  ] 3 tests."'
status=0
gpu_check --part tests --timeout 1
[ "$status" = 1 ] || fail "a part that hangs, but the exit status is $status"
says '^FAILED   tests .*took more than 1 s' "a part that hangs"

new_machine
stand_in bin/compute-sanitizer 'shift 4; "$@"; echo "========= ERROR SUMMARY: 7 errors"; exit 86'
goes_wrong memcheck 'ERROR SUMMARY: 7 errors'
stand_in bin/compute-sanitizer 'shift 4; "$@"; echo "========= RACECHECK SUMMARY: 1 hazard displayed (0 errors, 1 warning)"'
goes_wrong racecheck 'RACECHECK SUMMARY: 1 hazard'
stand_in bin/compute-sanitizer 'shift 4; "$@"'
goes_wrong synccheck 'compute-sanitizer gave no summary'
stand_in bin/compute-sanitizer 'echo "Device not supported"; exit 1'
goes_wrong initcheck 'exit status 1'
rm "$folder/bin/compute-sanitizer"
if [ ! -e /usr/local/cuda/bin/compute-sanitizer ]; then
    goes_wrong memcheck 'missing: there is no compute-sanitizer'
fi

# A program that was built elsewhere finds cuBLAS where the loader knows it, or among Python's
# packages; without it the tests are not run.
new_machine
stand_in programs/syncache 'case $1 in devices) echo "cuda 0  Stand-in";; *) printf "%s\n" "commit 0123" "build GNU 12 Release CUDA 99.1.2";; esac'
stand_in programs/syncache_tests "echo \"\${LD_LIBRARY_PATH:-unset}\" >$folder/environment; echo '[  PASSED  ] 1 test.'"
stand_in bin/ldconfig 'echo "	libcublas.so.9 (libc6,x86-64) => /lib/libcublas.so.9"'
stand_in bin/python3 "echo $folder/site"
gpu_check --part tests
[ "$status" = 1 ] || fail "cuBLAS is missing, but the exit status is $status"
says 'needs libcublas.so.99, which is neither in' "cuBLAS is missing"
library="$folder/site/nvidia/cu99/lib/libcublas.so.99"
mkdir -p "${library%/*}"
: >"$library"
gpu_check --part tests
[ "$status" = 0 ] || fail "cuBLAS is among Python's packages, but the exit status is $status"
[ "$(cat "$folder/environment")" = "${library%/*}" ] || fail "the tests are not told where cuBLAS is"
stand_in bin/ldconfig 'echo "	libcublas.so.99 (libc6,x86-64) => /lib/libcublas.so.99"'
gpu_check --part tests
[ "$(cat "$folder/environment")" = unset ] || fail "the loader knows cuBLAS, but the tests are told another folder"

# Wrong usage.
for words in "--nonsense" "--part nonsense" "--part" "--timeout 0" "--timeout soon"; do
    # shellcheck disable=SC2086  # an option and its value
    gpu_check $words
    [ "$status" = 2 ] || fail "$words: the exit status is $status"
done

# A test that skips itself where there is a GPU would fail the part `tests`; by its name it is left out.
mapfile -t files < <(grep -rl 'cuda_devices(' "$repository/tests" --include='test_*.cpp')
strays=$(awk '/^TEST(_P|_F)?\(/ { name = $0 } /GTEST_SKIP\(\) << "there is a CUDA device"/ && name !~ /WithoutADevice/ { print FILENAME ": " name }' "${files[@]}")
[ -z "$strays" ] || { echo "FAILED: tools/gpu-check would run tests that skip themselves where there is a GPU:"; echo "$strays"; exit 1; }

# Every test that needs a GPU is in one of the parts: its suite is called so.
mapfile -t files < <(grep -rl 'SYNCACHE_NEEDS_CUDA();' "$repository/tests" --include='*.cpp')
strays=$(awk '/^TEST(_P|_F)?\(/ { name = $0 } /SYNCACHE_NEEDS_CUDA\(\);/ && name !~ /Cuda|Parity/ { print FILENAME ": " name }' "${files[@]}")
[ -z "$strays" ] || { echo "FAILED: tools/gpu-check runs tests with Cuda or Parity in their names only, not:"; echo "$strays"; exit 1; }
