#!/usr/bin/env bash
# Follows docs/own_model.md: installs the build, builds the page's model against it in another project, and runs the
# page's commands. test_own_model.sh SOURCE_DIR BINARY_DIR WORK_DIR (emptied)
set -euo pipefail
page=$1/docs/own_model.md binary=$2 work=$3

# The n-th code block of the page in that language.
block() {
    awk -v fence="\`\`\`$1" -v wanted="$2" '
        $0 == fence { inside = ++n == wanted; next }
        /^```/ { inside = 0; next }
        inside' "$page"
}

fail() {
    echo "own model: $*"
    exit 1
}

rm -rf "$work"
mkdir -p "$work/project"
cd "$work/project"
cmake --install "$binary" --prefix "$work/prefix" > "$work/install.log"
block cmake 1 > CMakeLists.txt
block cpp 1 > teacher.cpp
block toml 1 > teacher.toml
block toml 2 > claims.toml
cmake -S . -B build -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra" > "$work/configure.log"
cmake --build build

block bash 1 > commands.sh
[ -s commands.sh ] || fail "the page has no commands"
bash -exuo pipefail commands.sh > output.txt

grep -q "20 of 20 trials done, 0 missing, 0 failed, 0 not converged" output.txt || fail "the status is wrong"
[ "$(build/teacher status teacher.sqlite | grep -c '  run ')" -ge 1 ] || fail "no run is recorded"
[ "$(wc -l < outcomes.csv)" -eq 21 ] || fail "outcomes.csv has not a row for each of 20 trials"
head -1 outcomes.csv | grep -q '^trial,seed,inputs,threshold,.*,error,maintenance,' || fail "columns: $(head -1 outcomes.csv)"
head -1 epochs.csv | grep -q '^trial,seed,inputs,.*,epoch,error$' || fail "columns: $(head -1 epochs.csv)"
[ "$(wc -l < optimum.csv)" -eq 2 ] || fail "optimum.csv has not one row"
[ "$(grep -c '^PASS' output.txt)" -eq 2 ] || fail "not both claims passed"

# A threshold of 0 is learning without a cache.
awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next }
    $at["threshold"] == 0 && ++n && ($at["consolidation"] != $at["uncached"] || $at["maintenance"] != 0) { exit 1 }
    END { if (n != 4) exit 1 }' outcomes.csv || fail "without a cache, what is consolidated is not what was learned"

# What was not done before is done, and what was done is not done again.
build/teacher run teacher.toml --quiet --set 'seed=[1, 2]' -o resumed.sqlite
build/teacher run teacher.toml --quiet -o resumed.sqlite
build/teacher export resumed.sqlite | cmp - outcomes.csv || fail "a resumed run gives another table"

# A model without a trainer for GPUs is refused there.
status=0
build/teacher run teacher.toml --backend cuda -o none.sqlite 2> error.txt || status=$?
grep -q '^syncache: --backend cuda: model teacher has no trainer for GPUs; allowed: --backend cpu$' error.txt ||
    fail "on a GPU: $(cat error.txt)"
if [ "$status" -ne 2 ] || [ -e none.sqlite ]; then
    fail "on a GPU: exit code $status"
fi
