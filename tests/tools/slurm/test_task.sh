#!/usr/bin/env bash
# tools/slurm/task with stand-ins for the program and for scontrol: when a task whose time is nearly over queues again.
# shellcheck disable=SC2016  # the stand-ins expand what is in their quotes
set -euo pipefail
# shellcheck source=tests/tools/stand_ins.sh
source "$(dirname "${BASH_SOURCE[0]}")/../stand_ins.sh"

# $1: how many trials are stored once the program was told to end.
signalled_task() {
    echo 3 >"$folder/stored"
    rm -f "$folder/requeued" "$folder/running"
    stand_in scontrol "echo \"\$*\" >$folder/requeued"
    stand_in program "case \$1 in
        status) echo \"shard-2.sqlite: e: \$(cat $folder/stored) of 9 trials done, 0 missing\";;
        run) trap 'echo $1 >$folder/stored; exit 130' USR1; echo \"\$*\" >$folder/running; while :; do sleep 0.05; done;;
        esac"
    status=0
    PATH=$folder:$PATH SLURM_ARRAY_TASK_ID=2 SLURM_JOB_ID=17 SLURM_CPUS_ON_NODE=4 SLURM_MEM_PER_NODE=500 \
        bash "$repository/tools/slurm/task" "$folder/program" e.toml "$folder" 8 cpu 60 >"$folder/output" 2>&1 &
    while [ ! -s "$folder/running" ]; do sleep 0.05; done
    kill -USR1 $!
    wait $! || status=$?
}

signalled_task 5
[ "$status" = 0 ] || fail "a task that goes on later: exit status $status"
[ "$(cat "$folder/requeued")" = "requeue 17" ] || fail "it does not queue again"
[ "$(cat "$folder/running")" = "run e.toml -o $folder/shard-2.sqlite --shard 2/8 --backend cpu --threads 4 --memory 500MiB" ] ||
    fail "it runs: $(cat "$folder/running")"

signalled_task 3
[ "$status" = 1 ] || fail "a task without progress: exit status $status"
[ ! -e "$folder/requeued" ] || fail "a task without progress queues again"
grep -q 'no trial was finished before the time was over' "$folder/output" || fail "it does not say why"
