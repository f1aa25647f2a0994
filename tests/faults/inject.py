#!/usr/bin/env python3
"""Makes every n-th call of a kind fail, one call and then all calls from it on, in each command of the program, for every n until the
command ends without reaching the fault. See README.md of this folder."""

import argparse
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time

from program import CLAIMS, KINDS, SWEEP, Program, stored_trials


@dataclasses.dataclass
class Scenario:
    """A command in a folder that holds some files of the store of undisturbed ones."""

    name: str
    words: list
    files: dict  # its name in the folder: its name in the store
    output: str = ""  # the results file that it writes, if it writes one
    table: str = ""  # of the store: what the output exports once the command has succeeded


RUN = ["run", "e.toml", "--backend", "cpu", "-o", "out.sqlite", "--quiet", "--threads", "1"]
SCENARIOS = [
    Scenario("run", RUN, {"e.toml": "e.toml"}, "out.sqlite", "whole.csv"),
    Scenario("shard", [*RUN, "--shard", "1/2"], {"e.toml": "e.toml"}, "out.sqlite", "a.csv"),
    Scenario("resume", RUN, {"e.toml": "e.toml", "out.sqlite": "a.sqlite"}, "out.sqlite", "whole.csv"),
    Scenario("threads", [*RUN[:-3], "--threads", "3", "--batch", "1"], {"e.toml": "e.toml"}, "out.sqlite", "whole.csv"),
    Scenario("merge", ["merge", "out.sqlite", "a.sqlite", "b.sqlite"], {f: f for f in ("a.sqlite", "b.sqlite")}, "out.sqlite", "whole.csv"),
    Scenario("merge-into", ["merge", "out.sqlite", "b.sqlite"], {"out.sqlite": "a.sqlite", "b.sqlite": "b.sqlite"}, "out.sqlite", "whole.csv"),
    Scenario("copy", ["copy", "in.sqlite", "out.sqlite"], {"in.sqlite": "whole.sqlite"}, "out.sqlite", "whole.csv"),
    Scenario("export", ["export", "in.sqlite"], {"in.sqlite": "whole.sqlite"}),
    Scenario("export-mean", ["export", "in.sqlite", "--mean", "seed", "--format", "json"], {"in.sqlite": "whole.sqlite"}),
    Scenario("export-file", ["export", "in.sqlite", "-o", "out.csv"], {"in.sqlite": "whole.sqlite"}),
    Scenario("export-packed", ["export", "in.sqlite", "--table", "epochs", "--varying", "-o", "out.csv.gz"], {"in.sqlite": "whole.sqlite"}),
    Scenario("export-weights", ["export", "in.sqlite", "--weights", "out"], {"in.sqlite": "whole.sqlite"}),
    Scenario("optimum", ["optimum", "in.sqlite"], {"in.sqlite": "whole.sqlite"}),
    Scenario("status", ["status", "in.sqlite"], {"in.sqlite": "whole.sqlite"}),
    Scenario("verify", ["verify", ".", "--results", "in.sqlite"], {"in.sqlite": "whole.sqlite", "claims.toml": "claims.toml"}),
]


WORDS = {0: "recovered", 1: "failed", None: "hung"}
FREQUENT = ["alloc", "read", "write", "lock"]
PROGRESS = re.compile(r"tiny: 12 trials, |.* % of the work |(failed|interrupted|finished|stopping): ")


def make_store(program, store):
    """The undisturbed files that commands begin with and are compared with."""
    (store / "e.toml").write_text(SWEEP)
    (store / "claims.toml").write_text(CLAIMS)
    for name, more in (("whole", []), ("a", ["--shard", "1/2"]), ("b", ["--shard", "2/2"])):
        program.succeed([word.replace("out", name) for word in RUN] + more, store)
        (store / f"{name}.csv").write_bytes(program.succeed(["export", f"{name}.sqlite"], store).out)


def fill(folder, scenario, store):
    for name, stored in scenario.files.items():
        shutil.copyfile(store / stored, folder / name)


def contents(folder, scenario):
    """All files but results files, byte by byte; of those, that they are there."""
    files = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            files[str(file.relative_to(folder))] = b"" if file.suffix == ".sqlite" else file.read_bytes()
    return files


class Undisturbed:
    def __init__(self, program, scenario, store, folder):
        fill(folder, scenario, store)
        self.done = program.run(scenario.words, folder, fault="none")
        if self.done.code != 0:
            raise RuntimeError(f"{scenario.name}: {self.done}")
        self.files = contents(folder, scenario)
        self.trials = stored_trials(folder / scenario.output) if scenario.output else {}


def trials_or_none(file):
    """Trials of a results file that need not be there yet."""
    return stored_trials(file) if file.exists() and file.stat().st_size > 0 else {}


class Problem(Exception):
    pass


def check_message(done, expected):
    """One line, and exit code 1; or all as if nothing had happened."""
    if done.code is None:
        raise Problem("hangs")
    if done.code not in (0, 1):
        raise Problem(f"exit code {done.code}: {done.err!r}")
    if done.code == 1 and b"not measured (" not in done.out:  # a claim that cannot be measured has failed, and says why
        others = expected.err.splitlines()
        complaints = [line for line in done.err.splitlines() if line not in others and not PROGRESS.match(line)]
        if len(complaints) != 1 or not complaints[0].startswith("syncache: ") or "bad_alloc" in complaints[0]:
            raise Problem(f"exit code 1 with the message {done.err!r}")
        if len(complaints[0]) > 300:
            raise Problem(f"a long message: {done.err!r}")


def check_output(done, expected, folder, scenario):
    """Nothing is wrong after exit code 0; after exit code 1 nothing half-done bears the output's name."""
    files = contents(folder, scenario)
    if done.code == 0:
        if done.out != expected.done.out:
            raise Problem("exit code 0 with another output")
        missing = {name for name in expected.files if files.get(name) != expected.files[name]}
        if missing:
            raise Problem(f"exit code 0 with other files: {missing}")
    for name, data in files.items():
        if name.startswith("out") and not name.endswith(".sqlite") and name in expected.files and data != expected.files[name]:
            raise Problem(f"{name} is wrong")


def check_results(program, done, expected, folder, scenario, store):
    """The results file holds what was committed, and the same command completes it."""
    file = folder / scenario.output
    before = len(trials_or_none(store / scenario.files[scenario.output])) if scenario.output in scenario.files else 0
    try:
        trials = trials_or_none(file)
    except sqlite3.Error as error:
        raise Problem(f"the results file is damaged: {error}") from error
    if len(trials) < max(before, done.counts.stored):
        raise Problem(f"{len(trials)} trials are left of {max(before, done.counts.stored)}")
    for key, trial in trials.items():
        if expected.trials.get(key) != trial:
            raise Problem(f"a trial is wrong: {trial}, not {expected.trials.get(key)}")
    if scenario.name == "copy":
        file.unlink(missing_ok=True)
    again = program.run(scenario.words, folder)
    if again.code != 0:
        raise Problem(f"does not go on: {again.code}: {again.err}")
    table = program.run(["export", scenario.output], folder)
    if table.code != 0 or table.out != (store / scenario.table).read_bytes():
        raise Problem(f"another table in the end: {table.code} {table.err}")


def check_once(program, scenario, expected, store, fault, errno):
    """Runs one command with one fault. Returns how it ended; None if it did not reach the fault."""
    with tempfile.TemporaryDirectory(prefix="syncache-faults-") as name:
        folder = pathlib.Path(name)
        fill(folder, scenario, store)
        done = program.run(scenario.words, folder, fault=fault, environment={"SYNCACHE_FAULT_ERRNO": str(errno)} if errno else None)
        try:
            check_message(done, expected.done)
            check_output(done, expected, folder, scenario)
            if scenario.output:
                check_results(program, done, expected, folder, scenario, store)
            # A reader that may not lock or remove it leaves the log to the next one; a file without its name yet stays where memory ends in a destructor.
            left = {name for name in contents(folder, scenario) if name not in expected.files and not name.startswith("in.sqlite-")}
            if "out of memory" in done.err:
                left = {name for name in left if not name.endswith(".part")}
            if left:
                raise Problem(f"leaves {left}")
        except Problem as problem:
            return done, str(problem)
        return done, None


def faults_of(kind, n_calls, options):
    """Which calls of a kind are to fail: all, each alone and with all after it; else one or the other, and of the frequent kinds a sample."""
    if options.all:
        return [f"{kind}:{n}{mode}" for n in range(1, n_calls + 1) for mode in ("", "+")]
    dice = random.Random(f"{options.seed} {kind} {n_calls}")
    calls = range(1, n_calls + 1)
    if kind in FREQUENT and n_calls > options.sample:
        calls = sorted(dice.sample(calls, options.sample))
    return [f"{kind}:{n}{dice.choice(['', '+'])}" for n in calls]


class Command:
    """One command under all its faults."""

    def __init__(self, program, scenario, store, options):
        self.program, self.scenario, self.store, self.options = program, scenario, store, options
        with tempfile.TemporaryDirectory(prefix="syncache-faults-") as folder:
            self.expected = Undisturbed(program, scenario, store, pathlib.Path(folder))

    def check(self, fault):
        return check_once(self.program, self.scenario, self.expected, self.store, fault, self.options.errno)

    def fail_each(self, kind, pool):
        """Makes the calls of a kind fail. Returns how often the command ended how, and how often that was wrong."""
        endings, n_wrong = collections.Counter(), 0
        faults = faults_of(kind, self.expected.done.counts.calls[kind], self.options)
        for fault, (done, problem) in zip(faults, pool.map(self.check, faults)):
            endings["not reached" if done.counts.faults == 0 else done.code] += 1
            if problem:
                n_wrong += 1
                print(f"FAILED {self.scenario.name} {fault}: {problem}", flush=True)
            elif self.options.verbose:
                print(f"       {self.scenario.name} {fault}: {done.code} {done.err.strip()}", flush=True)
        return endings, n_wrong


def go_through(program, options, store, pool):
    all_endings, n_wrong = collections.Counter(), 0
    for scenario in SCENARIOS:
        if options.command and scenario.name not in options.command:
            continue
        start = time.monotonic()
        command = Command(program, scenario, store, options)
        texts = []
        for kind in options.kind or KINDS:
            endings, wrong = command.fail_each(kind, pool)
            n_wrong += wrong
            all_endings.update(endings)
            if endings:
                n_calls = command.expected.done.counts.calls[kind]
                texts.append(f"{kind} {n_calls}: " + ", ".join(f"{n} {WORDS.get(code, code)}" for code, n in sorted(endings.items(), key=str)))
        print(f"{scenario.name} ({time.monotonic() - start:.0f} s): " + "; ".join(texts), flush=True)
    return all_endings, n_wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="syncache, as built")
    parser.add_argument("--library", required=True, help="libsyncache_faults.so, as built")
    parser.add_argument("--all", action="store_true", help="every call, alone and with all after it: hours for allocations, ten minutes for the rest")
    parser.add_argument("--sample", type=int, default=6, help=f"how many calls of {', '.join(FREQUENT)} fail in a command without --all (default: %(default)s)")
    parser.add_argument("--command", action="append", choices=[s.name for s in SCENARIOS], help="these commands alone")
    parser.add_argument("--kind", action="append", choices=KINDS, help="these kinds of calls alone")
    parser.add_argument("--errno", type=int, default=0, help="the error that calls fail with, instead of the usual one of their kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many commands at once (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="print every message")
    options = parser.parse_args()
    program = Program(options.program, options.library)
    with tempfile.TemporaryDirectory(prefix="syncache-faults-") as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        store = pathlib.Path(folder)
        make_store(program, store)
        endings, n_wrong = go_through(program, options, store, pool)
    print(f"{sum(endings.values())} faults: {endings[1]} failed with a line, {endings[0]} were recovered from, {endings['not reached']} were not reached; {n_wrong} went wrong")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
