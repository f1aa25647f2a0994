"""Runs: what they are asked for, what they tell, how they end."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from syncache import _core
from syncache._core import Progress
from syncache._errors import Interrupted, warn, words_of_python

ProgressChoice = Union[None, bool, "Callable[[Progress], object]"]

_units = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}


@dataclass(frozen=True)
class Plan:
    """What a run would do."""

    trials: int
    """of this shard, done ones included"""
    done: int
    """trials that the results file has already"""
    batches: int
    """of the trials to train"""
    data_sets: int
    """distinct data (patterns, images) that trials share"""
    data_bytes: float
    """of the largest shared data"""
    trial_bytes: float
    """of the largest trial while it is trained"""
    peak_bytes: float
    """that the whole process is expected to hold at most"""
    seconds: float
    """expected on `threads` CPU threads"""
    is_bound: bool
    """whether `seconds` is the most that it may take: trainings that end at a target mostly end much earlier"""
    scatter: float
    """single trials may take so many times what is expected of them; at least 1, near capacity much more"""
    threads: int
    backend: str
    """cpu, cuda, or cpu+cuda"""
    device: str
    """names of processor and GPUs"""
    state: str
    """of the results file: none yet, of another experiment, complete, incomplete"""
    retrain: str
    """what stored trials lack, so that they wait for retrain=True; empty: nothing"""
    left_out: tuple[str, ...]
    """GPUs that are not used, and why"""

    def __str__(self) -> str:
        retrain = f"\nretrain: {self.retrain}; wants retrain=True" if self.retrain else ""
        return (
            f"trials:  {self.trials} ({self.done} done, {self.trials - self.done} to train), {self.batches} batches\n"
            f"backend: {self.backend} ({self.device})\n"
            f"memory:  {self.peak_bytes / 1e6:.3g} MB at the peak\n"
            f"time:    {'at most' if self.is_bound else 'about'} {self.seconds:.2g} s on {self.threads} CPU thread{'' if self.threads == 1 else 's'}{retrain}"
        )


def request(
    text: str,
    results: str,
    threads: int | None,
    backend: str,
    devices: Iterable[int] | None,
    memory: int | str | None,
    shard: str | tuple[int, int] | None,
) -> _core.Request:
    """The options of a run, checked; see Experiment.run."""
    if backend not in ("auto", "cpu", "cuda"):
        nearest = _core.nearest(backend, ["auto", "cpu", "cuda"])
        raise ValueError(f"backend = {backend!r}; {nearest}allowed: auto, cpu, cuda")
    if threads is not None and not 1 <= threads <= 4096:
        raise ValueError(f"threads = {threads}; allowed: 1 to 4096, or None, all cores")
    asked = _core.Request()
    asked.text, asked.results = text, results
    asked.backend, asked.threads = backend, threads or 0
    asked.devices = list(devices or [])
    asked.memory = _bytes(memory)
    if shard is not None:
        asked.shard = shard if isinstance(shard, str) else f"{shard[0]}/{shard[1]}"
    return asked


def _bytes(memory: int | str | None) -> int:
    if memory is None:
        return 0
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?(?:e\d+)?)\s*([kmgt]?b|)\s*", str(memory).lower())
    size = int(float(match[1]) * _units[match[2]]) if match else 0
    if not 0 < size < 2**63:
        raise ValueError(f"memory = {memory!r}; allowed: bytes, or a text such as 8GB or 500MB")
    return size


def plan_of(asked: _core.Request, folder: Path) -> Plan:
    """The plan; what the data files hold that is hardly meant comes as warnings. folder: where relative paths start."""
    asked.folder = str(folder)
    with words_of_python():
        plan = _core.plan(asked, warn)
    return Plan(**{**plan, "left_out": tuple(plan["left_out"])})


def train(asked: _core.Request, folder: Path, progress: ProgressChoice, name: str) -> None:
    """Runs, with progress, until all is done or somebody interrupts."""
    asked.folder = str(folder)
    with _shown(progress, name) as tell:
        try:
            with words_of_python():
                _core.run(asked, tell, warn, lambda line: print(line, file=sys.stderr))
        except KeyboardInterrupt:
            raise Interrupted(f"{asked.results}: {_stored(asked.results)}; the same run goes on from there") from None


def _stored(results: str) -> str:
    try:
        planned, done = _core.complete(results)
    except (ValueError, RuntimeError):
        return "nothing is stored yet"
    return f"{done} of {planned} trials are stored"


@contextmanager
def _shown(progress: ProgressChoice, name: str) -> Iterator[Callable[[Progress], object]]:
    """What to call with each state of a run."""
    if progress is None:
        progress = sys.stderr.isatty() or "ipykernel" in sys.modules
    if callable(progress):
        yield progress
        return
    if not progress:
        yield lambda state: None
        return
    bar = _bar(name)
    try:
        yield bar if bar is not None else _print
    finally:
        if bar is not None:
            bar.close()


class _Bar:
    """tqdm's bar, of trials; the time left is the library's, which knows what each trial costs."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def __call__(self, state: Progress) -> None:
        self._bar.total = state.total
        self._bar.n = state.trained
        left = "?" if state.left is None else f"{state.left:.0f} s"
        self._bar.set_postfix_str(f"{100 * state.fraction:.0f} % of the work, {left} left")

    def close(self) -> None:
        self._bar.close()


def _bar(name: str) -> _Bar | None:
    try:
        tqdm = importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return None
    return _Bar(tqdm(desc=name, unit="trial"))


def _print(state: Progress) -> None:
    """A line that is redrawn on a terminal; elsewhere the last word alone."""
    if sys.stderr.isatty():
        print(f"\r\033[K{state}", end="\n" if state.is_over else "", file=sys.stderr, flush=True)
    elif state.is_over:
        print(state, file=sys.stderr)
