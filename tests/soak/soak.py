#!/usr/bin/env python3
"""Runs sweeps under random mishaps for an hour: kills, requests to stop, suspends, clock steps, a full disk, memory limits, merges; each time
the table in the end is that of an undisturbed run, byte by byte. One more process lives all the time, and its memory is recorded. See tests/README.md."""

import argparse
import contextlib
import csv
import ctypes
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

SWEEP = """name = "soak"
model = "perceptron"
[fixed]
inputs = 300
variant = "local-local"
tau = 300.0
max_epochs = 300
[axes]
seed = {{ from = 1, to = {n_seeds} }}
patterns = [200, 260, 320]
threshold = [1.0, 4.0]
[accounting]
maintenance_cost = [0.0, 0.01]
"""

# Its records fill the 64 MiB of pages that a run keeps of its file within the first quarter of an hour.
ENDURING_SWEEP = """name = "enduring"
model = "perceptron"
record = ["weights"]
[fixed]
inputs = 300
patterns = 400
variant = "local-global"
tau = 300.0
max_epochs = 100
[axes]
seed = {{ from = 1, to = {n_seeds} }}
threshold = [1.0, 2.0]
"""

DISK_BYTES = 64 << 20
KEPT_BYTES = 64 << 20  # of its results file that a run holds in memory


class Failure(Exception):
    pass


class Soak:
    """What all parts share: the program, its wrong clock, how long it goes on, what has happened so far."""

    def __init__(self, options, folder):
        self.program = str(options.program.resolve())
        self.folder = folder
        self.minutes = options.minutes
        self.start = time.monotonic()
        self.random = random.Random(options.seed)
        self.clock = folder / "clock"
        self.clock.write_bytes(struct.pack("q", 0))
        self.environment = os.environ | {
            "LD_PRELOAD": str(options.library.resolve()),
            "SYNCACHE_CLOCK_OFFSET": str(self.clock),
            "LC_ALL": "C",
        }
        self.counts = {}
        self.lock = threading.Lock()
        self.failures = []
        self.least_addresses = self.addresses_to_begin()

    def seconds(self):
        return time.monotonic() - self.start

    def is_over(self):
        return self.seconds() > 60 * self.minutes or self.failures

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def run(self, words, folder):
        """What a command without mishaps prints."""
        done = subprocess.run([self.program, *words], cwd=folder, env=self.environment, capture_output=True, timeout=1200, check=False)
        if done.returncode != 0:
            raise Failure(f"syncache {' '.join(words)}: exit code {done.returncode}: {done.stderr.decode()}")
        return done.stdout

    def begin(self, words, folder, limit=lambda: None):
        return subprocess.Popen(
            [self.program, *words], cwd=folder, env=self.environment, preexec_fn=limit, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def addresses_to_begin(self):
        """Bytes of addresses in which the program begins: with fewer the system cannot load it, and ends it by a signal."""
        for size in range(16 << 20, 4 << 30, 4 << 20):
            begun = subprocess.run([self.program, "--version"], env=self.environment, preexec_fn=limit_addresses(size), capture_output=True, check=False)
            if begun.returncode == 0:
                return size + (4 << 20)
        raise Failure("syncache --version does not run in 4 GB")

    def step_clock(self):
        """To anywhere within ten years of now."""
        longest = self.random.choice([2, 3600, 86400, 10 * 365 * 86400])
        with open(self.clock, "r+b") as clock:  # in place: processes have it mapped
            clock.write(struct.pack("q", self.random.randint(-longest, longest)))
        self.count("clock steps")


class Disk:
    """A small file system of its own that can be filled; without root, a folder, and a limit on the size of files."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        libc = ctypes.CDLL(None, use_errno=True)
        self.is_mounted = libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={DISK_BYTES}".encode()) == 0
        self.n_fills = 0
        self.is_full = False

    def fill(self, but=0):
        """Takes what is free but for so many bytes. Those who write from now on meet a full disk."""
        self.n_fills += 1
        self.is_full = True
        if self.is_mounted:
            free = os.statvfs(self.folder)
            with open(self.folder / "ballast", "wb") as ballast, contextlib.suppress(OSError):
                os.posix_fallocate(ballast.fileno(), 0, max(1, free.f_bavail * free.f_frsize - but))

    def empty(self):
        (self.folder / "ballast").unlink(missing_ok=True)
        self.is_full = False

    def clear(self):
        for file in self.folder.iterdir():
            file.unlink()

    def remove(self):
        if self.is_mounted:
            ctypes.CDLL(None).umount2(str(self.folder).encode(), 2)  # MNT_DETACH


class MemoryLimit:
    """For one process: a control group of its own where there are any, or a limit on its addresses."""

    def __init__(self, soak, size):
        self.size = size
        self.group = None
        for parent, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
            group = pathlib.Path(parent, f"syncache-soak-{os.getpid()}-{threading.get_ident()}")
            with contextlib.suppress(OSError):
                group.mkdir()
                self.group = group
                (group / limit).write_text(str(size))
                soak.count("memory limits by control group")
                return
            self.remove()

    def apply(self):
        if self.group:
            (self.group / "cgroup.procs").write_text(str(os.getpid()))
        else:
            resource.setrlimit(resource.RLIMIT_AS, (4 * self.size, 4 * self.size))

    def remove(self):
        if self.group:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    self.group.rmdir()
                    break
                time.sleep(0.05)
            self.group = None


def limit_file_size(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def limit_addresses(size):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))


def done_trials(soak, file):
    """Trials that the file tells of; 0 while there is none, or where it cannot be read now: a full disk has no room for what a killed run left to take back."""
    status = subprocess.run([soak.program, "status", "--json", str(file)], env=soak.environment, capture_output=True, text=True, timeout=120, check=False)
    if status.returncode != 0:
        return 0
    told = json.loads(status.stdout)
    return told["done"] if "done" in told else told["files"][0]["done"]


def check_ending(code, err, may_be_killed, may_be_stopped, may_fail):
    """Only the ending that the mishap asks for, with one line where it is a failure."""
    lines = err.splitlines()
    if code == 0 or (code == -signal.SIGKILL and may_be_killed) or (code == 130 and may_be_stopped):
        return
    one_line = len(lines) == 1 and lines[0].startswith("syncache: ")
    if code == 1 and may_fail and one_line and any(reason in lines[0] for reason in ("disk is full", "emory", "cannot be ", "cannot start a thread", "No space")):
        return
    raise Failure(f"exit code {code}: {err!r}")


MISHAPS = ["kill", "kill", "stop", "stop twice", "full disk", "memory", "addresses", "none"]


def disturb(soak, dice, disk, words, longest):
    """Runs a command on the disk's files under one random mishap, with suspends on the way; returns whether it has ended well."""
    mishap = dice.choice(MISHAPS)
    soak.count(mishap)
    limit, memory = (lambda: None), None
    n_fills, was_full = disk.n_fills, disk.is_full
    if mishap == "full disk" and not disk.is_mounted:
        limit = limit_file_size(dice.randint(4096, 200_000))
    elif mishap == "memory":
        memory = MemoryLimit(soak, dice.randint(4 << 20, 30 << 20))
        limit = memory.apply
    elif mishap == "addresses":
        limit = limit_addresses(soak.least_addresses + dice.randint(0, 95 << 20))
    process = soak.begin(words, disk.folder, limit)
    end = time.monotonic() + dice.uniform(0, longest)
    while time.monotonic() < end and process.poll() is None:
        time.sleep(dice.uniform(0, longest / 4))
        if dice.random() < 0.4:
            process.send_signal(signal.SIGSTOP)
            soak.count("suspends")
            time.sleep(dice.uniform(0, longest / 2))
            process.send_signal(signal.SIGCONT)
        if dice.random() < 0.3:
            soak.step_clock()
    if mishap == "kill":
        process.kill()
    elif mishap.startswith("stop"):
        process.send_signal(dice.choice([signal.SIGINT, signal.SIGTERM, signal.SIGUSR1]))
        if mishap == "stop twice":
            time.sleep(dice.uniform(0, 0.05))
            process.send_signal(dice.choice([signal.SIGINT, signal.SIGTERM]))
    elif mishap == "full disk" and disk.is_mounted and not soak.is_over():
        disk.fill(but=dice.randint(0, 100_000))
        time.sleep(dice.uniform(0, longest))
        disk.empty()
    _, err = process.communicate(timeout=600)
    if memory:
        memory.remove()
    may_fail = mishap in ("full disk", "memory", "addresses") or was_full or disk.n_fills > n_fills
    # SIGUSR1 may come before the program has said what it does on it.
    early_signals = (-signal.SIGINT, -signal.SIGTERM, -signal.SIGUSR1)
    if not (mishap.startswith("stop") and process.returncode in early_signals):
        try:
            check_ending(process.returncode, err, mishap in ("kill", "memory"), mishap.startswith("stop"), may_fail)
        except Failure as failure:
            raise Failure(f"{' '.join(words)}; {mishap}: {failure}") from None
    soak.count(f"ended with {process.returncode}")
    return process.returncode == 0


def train(soak, dice, disk, file, more, longest):
    """Runs a sweep again and again until one ends well; what the file tells of never becomes less."""
    words = ["run", str(soak.folder / "e.toml"), "--backend", "cpu", "--quiet", "-o", file, *more]
    told = 0
    while not soak.is_over():
        is_done = disturb(soak, dice, disk, words, longest)
        n_fills, was_full = disk.n_fills, disk.is_full
        now = done_trials(soak, disk.folder / file)
        if now < told and not was_full and disk.n_fills == n_fills:
            raise Failure(f"{file}: {now} trials are left of {told}")
        told = max(now, told)
        if is_done:
            return
    while disk.is_full:  # for the other shard
        time.sleep(0.1)
    soak.run(words, disk.folder)


def merge(soak, dice, disk, inputs, longest):
    words = ["merge", "whole.sqlite", *inputs]
    for _ in range(dice.randint(1, 4)):
        if soak.is_over() or disturb(soak, dice, disk, words, longest):
            break
    soak.run(words, disk.folder)


def play_round(soak, dice, disk, wanted, longest):
    """One sweep from nothing to its table: in two shards at once, which are merged, or in one file."""
    if dice.random() < 0.5:
        train(soak, dice, disk, "whole.sqlite", ["--threads", "2"], longest)
    else:
        shards = ["shard-1.sqlite", "shard-2.sqlite"]
        problems = []

        def one(k, own_dice):
            try:
                train(soak, own_dice, disk, shards[k], ["--threads", "1", "--shard", f"{k + 1}/2"], longest)
            except Exception as problem:
                problems.append(problem)

        threads = [threading.Thread(target=one, args=(k, random.Random(dice.random()))) for k in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise problems[0]
        if dice.random() < 0.5:
            merge(soak, dice, disk, shards[:1], longest)
        merge(soak, dice, disk, shards, longest)
    if soak.run(["export", "whole.sqlite"], disk.folder) != wanted:
        shutil.copyfile(disk.folder / "whole.sqlite", soak.folder / "different.sqlite")
        raise Failure(f"another table than that of the undisturbed run: {soak.folder}/different.sqlite")
    soak.count("rounds with equal tables")
    disk.clear()


def resident(process):
    with open(f"/proc/{process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


class Enduring:
    """One run that lives to the end: suspended, its clock stepped, its file copied. Its memory is recorded."""

    def __init__(self, soak):
        self.soak = soak
        self.dice = random.Random(soak.random.random())
        self.folder = soak.folder / "enduring"
        self.folder.mkdir()
        (self.folder / "e.toml").write_text(ENDURING_SWEEP.format(n_seeds=max(20_000, int(12_000 * soak.minutes))))
        self.memory = []  # seconds, megabytes, bytes of the results file
        self.copied = 0
        self.thread = threading.Thread(target=self.live)
        self.thread.start()

    def live(self):
        try:
            self.watch()
        except Exception as problem:
            self.soak.failures.append(f"enduring: {problem!r}")

    def watch(self):
        soak = self.soak
        pause = max(0.2, min(3.0, soak.minutes))  # seconds
        process = soak.begin(["run", "e.toml", "--backend", "cpu", "--quiet", "--threads", "1", "-o", "long.sqlite"], self.folder)
        next_copy = 0.0
        while not soak.is_over() and process.poll() is None:
            time.sleep(self.dice.uniform(0, pause))
            file = self.folder / "long.sqlite"
            self.memory.append((soak.seconds(), resident(process), file.stat().st_size if file.exists() else 0))
            process.send_signal(signal.SIGSTOP)
            soak.count("suspends")
            time.sleep(self.dice.uniform(0, 2 * pause))
            process.send_signal(signal.SIGCONT)
            if soak.seconds() > next_copy:
                self.copy()
                next_copy = soak.seconds() + soak.minutes * 60 / 12
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=600)
        if process.returncode not in (0, 130) or err:
            raise Failure(f"exit code {process.returncode}: {err!r}")
        self.compare()

    def copy(self):
        """The file as it is at one moment: whole, and no smaller than before."""
        copy = self.folder / "copy.sqlite"
        copy.unlink(missing_ok=True)
        if done_trials(self.soak, self.folder / "long.sqlite") == 0:
            return
        self.soak.run(["copy", "long.sqlite", "copy.sqlite"], self.folder)
        with contextlib.closing(sqlite3.connect(copy)) as database:
            if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise Failure("a copy is damaged")
            n = database.execute("SELECT count(*) FROM trials").fetchone()[0]
        if n < self.copied:
            raise Failure(f"a copy has {n} trials, an earlier one {self.copied}")
        self.copied = n
        self.soak.count("copies of a running file")

    def compare(self):
        """The trials of some seeds, which this run has, are those of a run of these seeds alone."""
        with contextlib.closing(sqlite3.connect(self.folder / "long.sqlite")) as database:
            trials = database.execute("SELECT json_extract(parameters, '$.seed') FROM trials ORDER BY random() LIMIT 300").fetchall()
        seeds = ", ".join(str(seed) for seed in sorted({int(trial[0]) for trial in trials}))
        self.soak.run(["run", "e.toml", "--set", f"seed=[{seeds}]", "--backend", "cpu", "--quiet", "--threads", "1", "-o", "some.sqlite"], self.folder)
        tables = []
        for file in ("long.sqlite", "some.sqlite"):
            rows = csv.DictReader(self.soak.run(["export", file, "--where", f"seed IN ({seeds})"], self.folder).decode().splitlines())
            tables.append({(row["seed"], row["threshold"]): {k: v for k, v in row.items() if k != "trial"} for row in rows})
        both = set(tables[0]) & set(tables[1])
        if not both or any(tables[0][key] != tables[1][key] for key in both):
            raise Failure(f"{len(both)} trials in common, and some differ")
        print(f"enduring run: {self.copied} trials or more; {len(both)} compared", flush=True)

    def flatness(self):
        """Greatest memory in the first and the last fifth of the time in which the file has more than the pages that a run keeps of it;
        None where that is less than five minutes."""
        since = next((seconds for seconds, _, size in self.memory if size > 1.1 * KEPT_BYTES), None)
        if since is None or self.memory[-1][0] - since < 300:
            return None
        fifth = (self.memory[-1][0] - since) / 5
        first = [mb for seconds, mb, _ in self.memory if since <= seconds < since + fifth]
        last = [mb for seconds, mb, _ in self.memory if seconds >= self.memory[-1][0] - fifth]
        return max(first), max(last)


def soak_for(options, folder):
    soak = Soak(options, folder)
    n_seeds = max(40, int(30 * options.minutes))
    (folder / "e.toml").write_text(SWEEP.format(n_seeds=n_seeds))
    start = time.monotonic()
    soak.run(["run", "e.toml", "--backend", "cpu", "--quiet", "--threads", "1", "-o", "undisturbed.sqlite"], folder)
    seconds = time.monotonic() - start
    wanted = soak.run(["export", "undisturbed.sqlite"], folder)
    print(f"seed {options.seed}: {6 * n_seeds} trials a round; undisturbed: {seconds:.1f} s", flush=True)
    soak.start = time.monotonic()
    enduring = Enduring(soak)
    disk = Disk(folder / "disk")
    dice = random.Random(options.seed + 1)
    try:
        while not soak.is_over():
            play_round(soak, dice, disk, wanted, max(0.3, seconds / 4))
            print(f"{soak.seconds():6.0f} s: round {soak.counts['rounds with equal tables']}; the enduring run holds {enduring.memory[-1][1]:.1f} MB", flush=True)
    except Exception as problem:
        soak.failures.append(f"round: {problem!r}")
    enduring.thread.join()
    disk.remove()
    return soak, enduring


def report(soak, enduring, options):
    print(", ".join(f"{what}: {n}" for what, n in sorted(soak.counts.items())))
    if options.record:
        options.record.write_text("seconds,megabytes,file\n" + "".join(f"{t:.0f},{mb:.2f},{size}\n" for t, mb, size in enduring.memory))
    flatness = enduring.flatness() if enduring.memory else None
    if flatness:
        print(f"memory of the enduring run, once its pages are full: at most {flatness[0]:.1f} MB at first, {flatness[1]:.1f} MB in the end")
        if flatness[1] > 1.02 * flatness[0]:
            soak.failures.append(f"memory grows: {flatness}")
    for failure in soak.failures:
        print(f"FAILED {failure}")
    print(f"{soak.seconds():.0f} s: {'failed' if soak.failures else 'passed'}")
    return 1 if soak.failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, type=pathlib.Path, help="syncache, as built")
    parser.add_argument("--library", required=True, type=pathlib.Path, help="libsyncache_faults.so, as built; it steps the clock")
    parser.add_argument("--minutes", type=float, default=60.0, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the mishaps (default: %(default)s)")
    parser.add_argument("--record", type=pathlib.Path, help="write the memory of the enduring run to this CSV file")
    parser.add_argument("--keep", action="store_true", help="keep the files where something fails")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="syncache-soak-"))
    soak, enduring = soak_for(options, folder)
    code = report(soak, enduring, options)
    if code == 0 or not options.keep:
        shutil.rmtree(folder)
    else:
        print(f"kept: {folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())
