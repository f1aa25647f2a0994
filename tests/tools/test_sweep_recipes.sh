#!/usr/bin/env bash
# The recipes of docs/sweeps.md for other schedulers, with the program given: shards that find their place by each scheduler's
# variables give the same bytes as one run. Snakemake and the schema of Kubernetes are tried where Python has them.
# shellcheck disable=SC1083  # {i} is text that `same` fills in
set -euo pipefail
program=$1
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "$*" >&2; exit 1; }
cat >sweep.toml <<'TOML'
name = "sweep"
model = "perceptron"
[fixed]
inputs = 20
[axes]
patterns = [10, 20]
threshold = [1.0, 4.0]
seed = { from = 1, to = 4 }
TOML
"$program" run sweep.toml -o whole.sqlite --quiet
"$program" export whole.sqlite >whole.csv

# same NAME VARIABLE... : runs three shards, with {i} and {i-1} in the variables replaced, merges and compares.
same() {
    local name=$1 shard=$2 i variables
    shift 2
    for i in 1 2 3; do
        variables=("${@//\{i\}/$i}")
        variables=("${variables[@]//\{i-1\}/$((i - 1))}")
        env "${variables[@]}" "$program" run sweep.toml --shard "$shard" -o "$name-$i.sqlite" --quiet 2>said
        grep -q "^shard $i/3: " said || fail "$name: does not say what it took: $(cat said)"
    done
    "$program" merge "$name.sqlite" "$name"-?.sqlite >/dev/null
    "$program" export "$name.sqlite" | cmp - whole.csv || fail "$name: other bytes"
}
same slurm auto SLURM_ARRAY_TASK_ID={i} SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3
same pbs auto/3 PBS_ARRAY_INDEX={i}
same sge auto SGE_TASK_ID={i} SGE_TASK_FIRST=1 SGE_TASK_LAST=3 SGE_TASK_STEPSIZE=1
same lsf auto LSB_JOBINDEX={i} LSB_JOBINDEX_END=3 LSB_JOBINDEX_STEP=1
same kubernetes auto/3 JOB_COMPLETION_INDEX={i-1}

# What tools/slurm/submit would do can be read without a Slurm.
mkdir bin
for tool in bash env dirname basename realpath cat sed cmp printf mktemp; do ln -s "$(type -P $tool)" "bin/$tool"; done
PATH=$folder/bin "$source/tools/slurm/submit" sweep.toml --shards 3 --program "$program" --dry-run >said 2>&1 ||
    fail "submit --dry-run without sbatch: $(cat said)"
grep -q '^sbatch .*--array=1\\,2\\,3 ' said || fail "submit --dry-run does not show the array: $(cat said)"
grep -q 'dependency=afterok' said || fail "submit --dry-run does not show the merge"

python=$source/build/python/bin/python
[ -x "$python" ] || python=${SYNCACHE_PYTHON:-python3}
left_out=''
if "$python" -c 'import snakemake' 2>/dev/null; then
    export PYTHONDONTWRITEBYTECODE=1 XDG_CACHE_HOME=$folder/cache
    snakemake() { "$python" -m snakemake --cores 2 --snakefile "$source/docs/sweeps/Snakefile" --config syncache="$1" shards=3 >snakemake.log 2>&1; }
    # A program that fails once, after it has stored something: the next try goes on from there.
    cat >flaky <<SH
#!/bin/sh
if [ "\$1" = run ] && [ ! -e failed ]; then
    touch failed
    "$program" "\$@"
    exit 1
fi
exec "$program" "\$@"
SH
    chmod +x flaky
    ! snakemake "$folder/flaky" || fail "snakemake: a failed shard went unnoticed"
    ls shards/*.sqlite >/dev/null || fail "snakemake: the results of a failed shard are gone"
    snakemake "$folder/flaky" || { cat snakemake.log >&2; fail "snakemake failed"; }
    "$program" export merged.sqlite | cmp - whole.csv || fail "snakemake: other bytes"
else
    left_out="no Python package snakemake"
fi
if "$python" -c 'import kubernetes_validate' 2>/dev/null; then
    "$python" - "$source/docs/sweeps/kubernetes.yaml" <<'PYTHON' || fail "kubernetes.yaml does not fit its schema"
import sys
import kubernetes_validate, yaml
with open(sys.argv[1]) as file:
    manifest = yaml.safe_load(file)
kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
assert manifest["spec"]["completions"] == 8 and "--shard auto/8" in manifest["spec"]["template"]["spec"]["containers"][0]["args"][0]
PYTHON
else
    left_out="${left_out:+$left_out, }no Python package kubernetes-validate"
fi
[ -z "$left_out" ] || { echo "$left_out"; exit 77; }
