"""What the drivers of this folder share: a tiny sweep, the program with the library before it, and what is known of a results file."""

import contextlib
import dataclasses
import os
import pathlib
import sqlite3
import struct
import subprocess

SWEEP = """name = "tiny"
model = "perceptron"
record = ["epochs", "weights"]
[fixed]
inputs = 20
variant = "local-global"
tau = 100.0
[axes]
patterns = [10, 15]
threshold = [1.0, 2.0, 4.0]
seed = [1, 2]
[accounting]
maintenance_cost = [0.0, 0.1]
exponent = [1.0, 2.0]
"""

CLAIMS = """[[claims]]
id = "cheaper"
claim = "A threshold saves energy."
where = "nowhere"
sql = "SELECT median(total / inefficiency(patterns, inputs)) FROM outcomes WHERE threshold = 4 AND maintenance_cost = 0"
low = 1.0
high = 1e6
reason = "It is a number."
form = "both"
"""

KINDS = ["alloc", "open", "read", "write", "sync", "truncate", "rename", "remove", "lock", "map", "thread", "message"]


@dataclasses.dataclass
class Counts:
    """What the library has counted (faults.cpp: Counts)."""

    calls: dict
    faults: int
    commits: int
    stored: int

    @classmethod
    def read(cls, file):
        numbers = struct.unpack(f"{len(KINDS) + 3}Q", file.read_bytes()) if file.exists() else (0,) * (len(KINDS) + 3)
        return cls(dict(zip(KINDS, numbers)), *numbers[len(KINDS) :])


@dataclasses.dataclass
class Done:
    """How a process has ended: its exit code is negative for a signal, None if it had to be stopped."""

    code: object
    out: bytes
    err: str
    counts: Counts


class Program:
    def __init__(self, program, library):
        self.program = str(pathlib.Path(program).resolve())
        self.library = str(pathlib.Path(library).resolve())

    def run(self, words, folder, fault=None, timeout=60, environment=None):
        """Runs the program in the folder; `fault` as the library wants it: "write:17", or "write:17+" for all from then on."""
        variables = os.environ | {"LC_ALL": "C"} | (environment or {})
        counts = folder / ".counts"
        counts.unlink(missing_ok=True)
        if fault is not None:
            variables |= {"LD_PRELOAD": self.library, "SYNCACHE_FAULT": fault, "SYNCACHE_FAULT_COUNTS": str(counts)}
            # The library stands before the sanitizer's, if there is one, and passes on to it.
            variables["ASAN_OPTIONS"] = variables.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:detect_leaks=0:allocator_may_return_null=1"
        try:
            done = subprocess.run([self.program, *words], cwd=folder, env=variables, capture_output=True, timeout=timeout, check=False)
            code, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            code, out, err = None, late.stdout or b"", late.stderr or b""
        seen = Counts.read(counts)
        counts.unlink(missing_ok=True)
        return Done(code, out, err.decode(errors="replace"), seen)

    def succeed(self, words, folder):
        """What it prints where nothing is in its way."""
        done = self.run(words, folder)
        if done.code != 0:
            raise RuntimeError(f"syncache {' '.join(words)}: {done.code}: {done.err}")
        return done


def stored_trials(file):
    """The trials of a results file by their key, with what is known of each; raises sqlite3.Error if SQLite finds it damaged."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        problems = [row[0] for row in database.execute("PRAGMA integrity_check")]
        if problems != ["ok"]:
            raise sqlite3.DatabaseError("; ".join(problems))
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'trials'").fetchone():
            return {}
        columns = [row[1] for row in database.execute("PRAGMA table_info(trials)") if row[1] not in ("id", "run", "position", "seconds")]
        names = ", ".join(f'"{column}"' for column in columns)
        return {row[0]: row for row in database.execute(f"SELECT parameters, {names} FROM trials")}
