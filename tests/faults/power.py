#!/usr/bin/env python3
"""Simulates power loss: records what a command does to its results file, to the journals beside it and to their folder, and makes the images
that a disk could hold after each step. See README.md of this folder."""

import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time

from program import Program, stored_trials

SWEEP = """name = "power"
model = "perceptron"
[fixed]
inputs = 400
patterns = 560
variant = "local-local"
tau = 300.0
max_epochs = 100
[axes]
threshold = [1.0, 4.0]
seed = { from = 1, to = 60 }
"""
SECTOR = 512  # bytes that a disk writes as a whole
RUN = ["run", "e.toml", "--backend", "cpu", "--quiet", "--threads", "1", "-o", "out.sqlite"]


@dataclasses.dataclass
class Scenario:
    name: str
    words: list
    files: dict  # as in inject.py
    table: str
    keeps_every_commit: bool  # not only those before the last sync


SCENARIOS = [
    Scenario("log", RUN, {}, "whole.csv", False),
    Scenario("journal", [*RUN, "--shard", "1/2"], {}, "a.csv", True),
    Scenario("resume", RUN, {"out.sqlite": "a.sqlite"}, "whole.csv", False),
    Scenario("merge", ["merge", "out.sqlite", "a.sqlite", "b.sqlite"], {"a.sqlite": "a.sqlite", "b.sqlite": "b.sqlite"}, "whole.csv", False),
]


@dataclasses.dataclass
class Step:
    operation: str
    name: str
    offset: int
    data: bytes


def read_log(file):
    data, steps = file.read_bytes(), []
    while data:
        line, _, data = data.partition(b"\n")
        operation, name, offset, size = line.decode().split(" ")
        steps.append(Step(operation, name, int(offset), data[: int(size)]))
        data = data[int(size) :]
    return steps


def apply(content, change):
    """A write (offset, data), or a truncation (size, None)."""
    offset, data = change
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


class File:
    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.pending = []  # changes since the last sync

    def image(self, choose):
        content = bytearray(self.durable)
        for change in choose(self.pending):
            apply(content, change)
        return bytes(content)


class Disk:
    """A folder as its programs see it, and what of it must have reached the disk."""

    def __init__(self, files):
        self.names = {name: File(content) for name, content in files.items()}
        self.durable_names = dict(self.names)
        self.changed_names = []  # (name, file or None) since the folder's last sync

    def take(self, step):
        if step.operation == "create":
            self.names[step.name] = File()
            self.changed_names.append((step.name, self.names[step.name]))
        elif step.operation == "remove":
            self.names.pop(step.name, None)
            self.changed_names.append((step.name, None))
        elif step.operation == "sync" and step.name == ".":
            self.durable_names, self.changed_names = dict(self.names), []
        elif step.operation == "sync":
            file = self.names[step.name]
            file.durable, file.pending = bytearray(file.image(list)), []
        elif step.operation == "write":
            self.names[step.name].pending.append((step.offset, step.data))
        elif step.operation == "truncate":
            self.names[step.name].pending.append((step.offset, None))

    def image(self, choose, choose_name):
        """File contents after power loss: of changes that nobody waited for, those that are chosen."""
        names = dict(self.durable_names)
        versions = collections.defaultdict(list)
        for name, file in self.changed_names:
            versions[name].append(file)
        for name, files in versions.items():
            names[name] = choose_name([names.get(name), *files])
        return {name: file.image(choose) for name, file in names.items() if file is not None}


def sectors(change):
    offset, data = change
    if data is None:
        return [change]
    cuts = [0, *range(SECTOR - offset % SECTOR, len(data), SECTOR), len(data)]
    return [(offset + a, data[a:b]) for a, b in zip(cuts, cuts[1:])]


def losses(dice):
    """Ways to lose what is pending: how changes are chosen, and which version of a name."""
    def some(changes):
        return [change for change in changes if dice.random() < 0.5]

    def torn(changes):
        return some([piece for change in changes for piece in sectors(change)])

    def shuffled(changes):
        pieces = [piece for change in changes for piece in sectors(change)]
        dice.shuffle(pieces)  # a cache that keeps no order writes an older version of a sector last
        return pieces[: dice.randint(0, len(pieces))]

    def up_to(changes):
        return changes[: dice.randint(0, len(changes))]

    return {
        "nothing reached the disk": (lambda changes: [], lambda versions: versions[0]),
        "data alone": (list, lambda versions: versions[0]),
        "names alone": (lambda changes: [], lambda versions: versions[-1]),
        "some": (some, dice.choice),
        "torn": (torn, dice.choice),
        "shuffled": (shuffled, dice.choice),
        "prefix of each": (up_to, dice.choice),
    }


@dataclasses.dataclass
class Image:
    step: int
    loss: str
    files: dict
    committed: int  # trials that have to be there


def promised(steps, n, keeps_every_commit):
    """Trials that have to survive a power loss after n steps: those committed before the last sync, or at all."""
    last = n if keeps_every_commit else max((i for i in range(n) if steps[i].operation == "sync"), default=0)
    return max((step.offset for step in steps[:last] if step.operation == "commit"), default=0)


def images_of(steps, scenario, files, options):
    """All prefixes of what was done, and seeded ways to lose what was pending at each; each image once."""
    disk, seen, dice = Disk(files), set(), random.Random(f"{options.seed} {scenario.name}")
    for n, step in enumerate(steps, 1):
        disk.take(step)
        ways = {"prefix": (list, lambda versions: versions[-1])}
        for repeat in range(options.repeats):
            ways |= {f"{name} {repeat}": way for name, way in losses(dice).items()}
        for loss, (choose, choose_name) in ways.items():
            image = disk.image(choose, choose_name)
            committed = promised(steps, n, scenario.keeps_every_commit)
            digest = hashlib.sha256(repr((sorted(image.items()), committed)).encode()).digest()
            if digest not in seen:
                seen.add(digest)
                yield Image(n, loss, image, committed)


class Problem(Exception):
    pass


def check(program, scenario, image, order, store):
    """The image opens, holds what was promised, and the command completes it. Returns None, or what is wrong."""
    with tempfile.TemporaryDirectory(prefix="syncache-power-") as name:
        folder = pathlib.Path(name)
        for file, stored in {"e.toml": "e.toml", **scenario.files}.items():
            shutil.copyfile(store / stored, folder / file)
        (folder / "out.sqlite").unlink(missing_ok=True)
        twin = folder / "twin"  # for SQLite alone
        twin.mkdir()
        for file, content in image.files.items():
            (folder / file).write_bytes(content)
            (twin / file).write_bytes(content)
        try:
            check_trials(twin / "out.sqlite", image, order)
            again = program.run(scenario.words, folder)
            if again.code != 0:
                raise Problem(f"does not go on: {again.code}: {again.err.strip()}")
            table = program.run(["export", "out.sqlite"], folder)
            if table.out != (store / scenario.table).read_bytes():
                raise Problem(f"another table in the end: {table.err.strip()}")
            left = {file.name for file in folder.iterdir() if file.name.startswith("out.") and file.name != "out.sqlite"}
            if left:
                raise Problem(f"leaves {left}")
        except Problem as problem:
            return str(problem)
    return None


def check_trials(file, image, order):
    try:
        trials = stored_trials(file) if file.exists() and file.stat().st_size > 0 else {}
    except sqlite3.Error as error:
        raise Problem(f"is damaged: {error}") from error
    known = dict(order)
    for key, trial in trials.items():
        if known.get(key) != trial:
            raise Problem(f"a trial is wrong: {trial}")
    lost = [key for key, _ in order[: image.committed] if key not in trials]
    if lost:
        raise Problem(f"{len(lost)} of {image.committed} committed trials are lost")


def record(program, scenario, store):
    """Runs the command undisturbed. Returns its steps, the files it began with, and the trials in the order in which they were stored."""
    with tempfile.TemporaryDirectory(prefix="syncache-power-") as name:
        folder = pathlib.Path(name).resolve() / "folder"
        folder.mkdir()
        for file, stored in {"e.toml": "e.toml", **scenario.files}.items():
            shutil.copyfile(store / stored, folder / file)
        files = {file.name: file.read_bytes() for file in folder.glob("out.*")}
        log = folder.parent / "log"
        done = program.run(scenario.words, folder, fault="none", environment={"SYNCACHE_RECORD": str(log), "SYNCACHE_RECORD_FOLDER": str(folder)})
        if done.code != 0:
            raise RuntimeError(f"{scenario.name}: {done}")
        steps = [step for step in read_log(log) if step.name in (".", "-") or step.name.startswith("out.")]
        return steps, files, list(stored_trials(folder / "out.sqlite").items())


def play(program, scenario, store, pool, options):
    start = time.monotonic()
    steps, files, order = record(program, scenario, store)
    images = list(images_of(steps, scenario, files, options))
    n_possible = len(images)
    if not options.all and n_possible > options.images:
        # Always those in which a commit has just returned and no name has reached the disk since: the removal of a journal is one.
        after_commits = [image for image in images if steps[image.step - 1].operation == "commit" and image.loss == "data alone 0"]
        images = after_commits + random.Random(options.seed).sample(images, max(0, options.images - len(after_commits)))
    problems = 0
    for image, problem in zip(images, pool.map(lambda image: check(program, scenario, image, order, store), images)):
        if problem:
            problems += 1
            print(f"FAILED {scenario.name}, after step {image.step} of {len(steps)} ({image.loss}): {problem}", flush=True)
            if options.keep:
                folder = options.keep / f"{scenario.name}-{image.step}-{image.loss.replace(' ', '-')}"
                folder.mkdir(parents=True, exist_ok=True)
                for name, content in image.files.items():
                    (folder / name).write_bytes(content)
    commits = [step.offset for step in steps if step.operation == "commit"]
    syncs = sum(step.operation == "sync" for step in steps)
    print(f"{scenario.name} ({time.monotonic() - start:.0f} s): {len(steps)} steps, {len(commits)} commits, {syncs} syncs; {len(images)} images of {n_possible}, {problems} wrong", flush=True)
    return len(images), problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="syncache, as built")
    parser.add_argument("--library", required=True, help="libsyncache_faults.so, as built; it records")
    parser.add_argument("--all", action="store_true", help="every image, instead of a sample")
    parser.add_argument("--images", type=int, default=60, help="how many of a command's images without --all (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=2, help="how often each way to lose is drawn at each step (default: %(default)s)")
    parser.add_argument("--command", action="append", choices=[s.name for s in SCENARIOS], help="these commands alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many images at once (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of losses and samples (default: %(default)s)")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the images that are wrong")
    options = parser.parse_args()
    program = Program(options.program, options.library)
    n_images = n_problems = 0
    with tempfile.TemporaryDirectory(prefix="syncache-power-") as name, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        store = pathlib.Path(name)
        (store / "e.toml").write_text(SWEEP)
        for file, more in (("whole", []), ("a", ["--shard", "1/2"]), ("b", ["--shard", "2/2"])):
            program.succeed([word.replace("out", file) for word in RUN] + more, store)
            (store / f"{file}.csv").write_bytes(program.succeed(["export", f"{file}.sqlite"], store).out)
        for scenario in SCENARIOS:
            if not options.command or scenario.name in options.command:
                images, problems = play(program, scenario, store, pool, options)
                n_images += images
                n_problems += problems
    print(f"{n_images} images, {n_problems} wrong")
    return 1 if n_problems else 0


if __name__ == "__main__":
    sys.exit(main())
