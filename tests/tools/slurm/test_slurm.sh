#!/usr/bin/env bash
# tools/slurm on a real Slurm of its own on the loopback: eight shards, one killed, one requeued by the signal before the time limit,
# one cancelled; submitted again, merged, and equal to a single run byte for byte. Needs root, slurmctld, slurmd and Python.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
program=$1

skip() { printf '%s\n' "test_slurm.sh: Skipped" "$*"; exit 77; }
PATH=$PATH:/usr/sbin
[ "$(id -u)" = 0 ] || skip "a Slurm of one's own needs root"
for tool in slurmctld slurmd sbatch scontrol squeue python3; do command -v $tool >/dev/null || skip "no $tool"; done

folder=$(mktemp -d)
fail() {
    echo "FAILED: $*"
    squeue -o '%i %j %T %r' || true
    tail -n 5 "$folder"/*.log "$folder"/out/*.log || true
    exit 1
}
finish() {
    scancel -u root 2>/dev/null || true
    for ((i = 0; i < 20; i++)); do                  # KillWait and some; slurmd does not end while tasks run
        [ -n "$(timeout 5 squeue -h 2>/dev/null)" ] || break
        sleep 0.5
    done
    pkill -P $$ || true
    wait || true
    rm -rf "$folder"
}
trap finish EXIT

port=$((20000 + RANDOM % 20000))
node=$(hostname -s)
export SLURM_CONF=$folder/slurm.conf
mkdir -p "$folder/state" "$folder/spool"
cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SlurmUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_min_interval=0,sched_interval=1,batch_sched_delay=0
ReturnToService=2
KillWait=5
MaxArraySize=101
NodeName=$node NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -D >/dev/null 2>&1 &
slurmd -D >/dev/null 2>&1 &
for ((i = 0; i < 100; i++)); do
    [ "$(timeout 5 sinfo -h -o %T 2>/dev/null)" != idle ] || break
    sleep 0.2
done
[ "$(timeout 5 sinfo -h -o %T 2>/dev/null)" = idle ] || skip "a Slurm on the loopback does not start here: $(tail -n 1 "$folder/slurmctld.log")"

cd "$folder"
cat >sweep.toml <<'TOML'
name = "sweep"
model = "perceptron"
[fixed]
inputs = 600
variant = "local-local"
tau = 300
max_epochs = 300
[axes]
patterns = { from = 300, to = 900, step = 200 }
threshold = [1.0, 2.0, 3.0, 4.0]
seed = { from = 1, to = 60, step = 1 }
TOML
# What it printed is in the file `submitted`. (A pipe into grep -q would end it too early.)
submit() { "$repository/tools/slurm/submit" "$folder/sweep.toml" --shards 8 --out "$folder/out" --program "$program" "$@" >submitted; }

! "$repository/tools/slurm/submit" sweep.toml --shards 101 --program "$program" 2>refused || fail "more shards than MaxArraySize allows"
grep -q 'allowed here: at most 100' refused || fail "the refusal does not name the limit: $(cat refused)"
[ ! -e out ] || fail "a refused submission left a folder"

! submit --notice 5 2>refused || fail "no time to finish a trial"
grep -q -e '--notice 5; allowed: 60 or more' refused || fail "the refusal does not name the limit: $(cat refused)"

says() { grep -q -- "$1" submitted; }
submit --dry-run || fail "submit --dry-run"
says 'array=1\\,2\\,3\\,4\\,5\\,6\\,7\\,8' || fail "--dry-run does not show the array"
submit --dry-run --notice=300 || fail "submit --notice"
says 'signal=B:USR1@300' || fail "--notice is not heard"
submit --cpus-per-task=1 || fail "submit"

# Waits until the condition holds.
wait_until() {
    local i
    for ((i = 0; i < 600; i++)); do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "waited in vain for: $*"
}
process_of() { pgrep -f "^$program run $folder/sweep.toml -o $folder/out/shard-$1.sqlite"; }
job_of() { squeue -h -t R -n sweep -o '%K %i' | awk -v shard="$1" '$1 == shard { print $2 }'; }
first_three() { process_of 1 && process_of 2 && process_of 3 && "$program" status out/shard-2.sqlite; }
wait_until first_three >/dev/null 2>&1
# A user's cancellation; a process that dies, whose task fails; and the signal that Slurm sends before the time limit, which it
# delivers although it calls the job one that cannot be altered now; scancel would go on trying for a minute and a half.
timeout 2 scancel "$(job_of 3)" 2>refused || true
kill -KILL "$(process_of 1)"
timeout 2 scancel --batch --signal=USR1 "$(job_of 2)" 2>refused || true
! submit 2>refused || fail "the array was submitted twice"
grep -q 'array job 1 of .*/out is not over' refused || fail "the refusal does not name the job: $(cat refused)"
# The signalled task queues again. Slurm would wait two minutes, counted from the end of its first run.
start_again() {
    scontrol update "JobId=$(squeue -h -t PD -n sweep -o '%K %A' | awk '$1 == 2 { print $2 }')" StartTime=now 2>refused || true
    grep -q 'start 1' out/shard-2.log
}
wait_until start_again 2>/dev/null
settled() { [ -z "$(squeue -h -t R,PD,CF,CG -n sweep -o %A)" ]; }
wait_until settled
given_up() { [ -z "$(squeue -h -n sweep-merge -o %A)" ]; }
wait_until given_up                                             # its dependency can never be met now
[ ! -e out/merged.sqlite ] || fail "a merge without all shards"
grep -q 'shard 2: exit code 130' out/shard-2.log || fail "the signalled shard did not end in good order"
# A kill may also come between the creation of a file and the beginning of its run.
python3 - out/shard-8.sqlite <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    for table in ("sums", "trials", "runs", "current_experiment", "experiments"):
        database.execute(f"DELETE FROM {table}")
PYTHON
"$program" status out || true
submit --dry-run --set max_epochs=299 || fail "submit --set"
says 'array=1\\,2\\,3\\,4\\,5\\,6\\,7\\,8 ' || fail "another experiment's shards count as complete"
submit --cpus-per-task=1 || fail "submitting again"
says 'shards 1,3,8 of 8' || fail "it does not submit what is missing, and nothing else"
over() { settled && given_up; }
wait_until over
[ -e out/merged.sqlite ] || fail "no merged file: $(cat out/merge.log)"

# Compares the merged table with that of a single run.
compare() {
    "$program" run sweep.toml -o single.sqlite --backend cpu --quiet "$@"
    "$program" export single.sqlite >single.csv
    "$program" export out/merged.sqlite >merged.csv
    cmp single.csv merged.csv || fail "the merged table is not that of a single run $*"
}
compare
[ "$(wc -l <merged.csv)" = 961 ] || fail "$(wc -l <merged.csv) lines instead of 961"
"$program" status out | grep -q '^8 files: 960 of 960 trials done, 0 missing, 0 failed, ' || fail "status: $("$program" status out)"

# Other prices: nothing to train, but the tables are others. What was merged before is kept.
submit --cpus-per-task=1 || fail "submitting what is complete"
says 'All 8 shards are complete' || fail "complete shards do not count as such"
wait_until over
submit --cpus-per-task=1 --set 'maintenance_cost=[0.0, 0.5]' || fail "submitting with other prices"
says 'shards 1,2,3,4,5,6,7,8 of 8' || fail "shards with other prices count as complete"
wait_until over
compare --set 'maintenance_cost=[0.0, 0.5]'
[ "$(wc -l <merged.csv)" = 1921 ] || fail "$(wc -l <merged.csv) lines instead of 1921"
"$program" export out/merged.sqlite.before-* | wc -l | grep -x -q '961' || fail "the earlier merged file is not kept"
echo "passed"
