"""Odd arguments and damaged results files for the Python package: only the exceptions that it promises may come out.

Each input is drawn from its number: --first N --runs 1 repeats one. Prints in the words of libFuzzer what tools/fuzz looks for.
"""

import argparse
import math
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import syncache as sc

# What docs/python.md and the docstrings promise for values that are wrong: of experiments, and of results files besides.
of_experiments = (ValueError, OSError)
of_results = (ValueError, OSError, RuntimeError, ImportError)

texts = ["", "a", "seed", "none", "local-global", "x.idx", "a,b", "inf", "1; DROP TABLE trials", "a" * 5000]
texts += ['quote"', "back\\slash", "line\nbreak", "nul\0", "\x7f", "ü", "😀", "\ud800"]
odd_objects = [True, False, None, b"bytes", Path("a.idx"), np.float32(0.1), np.int8(-3), np.bool_(True), np.str_("a")]
integers = [0, 1, -1, 2, 7, 100, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**30]
reals = [0.0, -0.0, 0.5, 1.0, -1.0, 1e-320, 1e308, math.inf, -math.inf, math.nan, 1e-5]
dtypes = [bool, np.int8, np.uint8, np.int16, np.int64, np.uint64, np.float16, np.float32, np.float64, complex, "U3", object]


def value(draw, depth=0):
    """Anything that somebody may pass for a value."""
    kind = draw.randrange(14 if depth < 2 else 5)
    if kind == 0:
        return draw.choice(integers)
    if kind == 1:
        return draw.choice(reals)
    if kind in (2, 3):
        return draw.choice(texts)
    if kind == 4:
        return draw.choice(odd_objects)
    if kind == 5:
        shape = tuple(draw.choice([0, 1, 2, 5]) for _ in range(draw.randrange(4)))
        array = np.zeros(shape, dtype=draw.choice(dtypes))
        return array[..., ::2] if array.ndim and draw.random() < 0.2 else array
    if kind == 6:
        return range(draw.randrange(-3, 4), draw.randrange(-3, 9), draw.choice([1, 2, -1]))
    if kind == 7:
        spread = {"from": value(draw, 2), "to": value(draw, 2), draw.choice(["step", "count"]): value(draw, 2)}
        return {**spread, "scale": draw.choice(["log", "linear", 1])} if draw.random() < 0.5 else spread
    if kind == 8:
        return {draw.choice(texts): value(draw, depth + 1)}
    return draw.choice([list, tuple])(value(draw, depth + 1) for _ in range(draw.randrange(4)))


def good_value(draw, parameter):
    """One that the parameter may well take."""
    if parameter.choices:
        return draw.choice(parameter.choices)
    if parameter.type == "integer":
        return draw.choice([1, 2, 3, 5])
    if parameter.type == "real":
        return draw.choice([0.0, 0.1, 1.0, 10.0, math.inf])
    if parameter.type == "boolean":
        return draw.random() < 0.5
    return parameter.default or value(draw)


def settings(draw, model, most, as_axes=False):
    """Names with values, good ones and odd ones."""
    names = list(model.parameters)
    table = {}
    for _ in range(draw.randrange(most)):
        name = draw.choice(names) if draw.random() < 0.97 else draw.choice(texts)
        known = model.parameters.get(name)
        one = (lambda known=known: good_value(draw, known)) if known and draw.random() < 0.85 else (lambda: value(draw))
        table[name] = [one() for _ in range(draw.randrange(1, 4))] if as_axes and draw.random() < 0.8 else one()
    return table


def experiment(draw):
    models = sc.models()
    model = draw.choice(list(models.values()))
    arguments = {"fixed": settings(draw, model, 6)}
    if draw.random() < 0.5:
        arguments["axes"] = settings(draw, model, 4, as_axes=True)
    if draw.random() < 0.2:
        arguments["points"] = [settings(draw, model, 3) for _ in range(draw.randrange(3))]
    if draw.random() < 0.2:
        arguments["zip"] = draw.choice([list(arguments.get("axes", {})), ["seed"], [["seed", "tau"], []], [draw.choice(texts)]])
    if draw.random() < 0.4:
        prices = draw.sample(["maintenance_cost", "exponent", "potentiation_only", "persistent_cost", "nonsense"], draw.randrange(3))
        arguments["accounting"] = {name: value(draw) if draw.random() < 0.3 else draw.choice([0, 0.1, [0, 1]]) for name in prices}
    if draw.random() < 0.3:
        arguments["record"] = draw.choice([[], ["epochs"], "weights", list(model.record), [draw.choice(texts)]])
    if draw.random() < 0.1:
        arguments["name"] = draw.choice(texts)
    name = model.name if draw.random() < 0.98 else draw.choice(texts)
    return lambda: sc.Experiment(name, **arguments)


def try_experiment(draw, folder):
    """An experiment, and what can be asked of it without training; written and read it is the same."""
    make = experiment(draw)
    try:
        made = make()
        if len(made) <= 100:
            made.plan()
        path = made.save(folder / "saved.toml")
        again = sc.load(path)
    except of_experiments:
        return
    if again.text != made.text or len(again) != len(made):
        raise AssertionError("an experiment is another once saved and loaded")


def try_text(draw, folder):
    """A file that was an experiment, with settings over it."""
    text = bytearray(b'name = "a"\nmodel = "perceptron"\n[fixed]\ninputs = 5\n[axes]\nseed = [1, 2]\npatterns = { from = 2, to = 4 }\n')
    for _ in range(draw.randrange(4)):
        text[draw.randrange(len(text))] = draw.randrange(256)
    (folder / "changed.toml").write_bytes(text)
    model = sc.models()["perceptron"]
    try:
        sc.load(folder / "changed.toml", **settings(draw, model, 3, as_axes=draw.random() < 0.5))
    except of_experiments:
        pass


def damage(draw, whole):
    damaged = bytearray(whole)
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(damaged))
        for k in range(at, min(at + draw.choice([1, 1, 2, 4, 50]), len(damaged))):
            damaged[k] = draw.randrange(256)
    return damaged[: draw.randrange(len(damaged))] if draw.random() < 0.05 else damaged


def try_results(draw, folder, whole):
    """A results file, damaged or asked for odd things."""
    path = folder / "damaged.sqlite"
    for suffix in ("-wal", "-shm", "-journal", ".lock"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    path.write_bytes(damage(draw, whole) if draw.random() < 0.6 else whole)
    text = draw.choice([*texts, "threshold", "trial", "converged", "total > 3", "seed"])
    calls = [
        lambda r: r.outcomes(),
        lambda r: r.outcomes([text], draw.choice(["", text]), draw.choice(["", "seed", text]), draw.random() < 0.5),
        lambda r: r.arrays(draw.choice(["epochs", "traces", "distribution", text]), columns=text),
        lambda r: r.reprice(**{draw.choice(["maintenance_cost", "exponent", "nonsense"]): value(draw)}).outcomes(),
        lambda r: r.optimum(over=text),
        lambda r: r.reach(draw.choice([0.1, [0.5, 0.6], 2, -1, math.nan, []]), draw.choice([None, text, [text]]), draw.choice([0, 1, -1, 10**7])),
        lambda r: r.theory(draw.choice(["outcomes", "epochs", "distribution", text])),
        lambda r: [r.weights()[trial] for trial in r.weights()],
        lambda r: r.weights(**{draw.choice(["seed", "threshold", "variant", text or "x"]): value(draw)}),
        lambda r: r.traces(draw.choice([None, [0, 1], [-1], [2**70]]), seed=1),
        lambda r: r.xarray(draw.choice([None, ["total"], [text]])),
        lambda r: (r.status(), r.missing, repr(r)),
        lambda r: sc.merge(folder / "merged.sqlite", [path, folder / "whole.sqlite"], draw.random() < 0.5, draw.random() < 0.5),
    ]
    try:
        results = sc.Results(path)
        draw.choice(calls)(results)
    except of_results:
        pass
    for left in folder.glob("merged.sqlite*"):
        left.unlink()


def whole_results(folder):
    made = sc.Experiment(
        "perceptron",
        fixed=dict(inputs=6, variant="local-global", tau=100, max_epochs=3),
        axes=dict(threshold=[0.5, 2.0], patterns=[3, 4], seed=[1, 2]),
        accounting=dict(maintenance_cost=[0, 0.01]),
        record=["epochs", "traces", "distribution", "weights"],
    )
    made.run(folder / "whole.sqlite", threads=1, progress=False)
    return (folder / "whole.sqlite").read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=math.inf)
    parser.add_argument("--runs", type=float, default=math.inf)
    parser.add_argument("--first", type=int, help="number of the first input (by default drawn from the clock)")
    parser.add_argument("--found", type=Path, default=Path("."), help="folder for the number of an input that was a finding")
    options = parser.parse_args()
    options.found = options.found.absolute()
    number = time.time_ns() // 1000 if options.first is None else options.first
    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp(prefix="syncache-fuzz-"))
    in_hand = options.found / f"python-ended-in-{os.getpid()}"  # stays where the process itself comes to an end
    os.chdir(folder)
    os.environ.pop("SYNCACHE_DATA", None)
    end, n_runs, status = time.monotonic() + options.seconds, 0, 0
    try:
        whole = whole_results(folder)
        while n_runs < options.runs and time.monotonic() < end:
            in_hand.write_text(f"{number}\n")
            draw = random.Random(number)
            attempt = draw.choice([try_experiment, try_experiment, try_text, lambda d, f: try_results(d, f, whole)])
            try:
                attempt(draw, folder)
            except BaseException:
                artifact = options.found / f"python-{number}"
                artifact.write_text(f"{number}\n{traceback.format_exc()}", errors="backslashreplace")
                print(f"found: {traceback.format_exc()}\nartifact_prefix='python-'; Test unit written to {artifact}", file=sys.stderr)
                status = 1
                break
            n_runs, number = n_runs + 1, number + 1
    finally:
        in_hand.unlink(missing_ok=True)
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
    print(f"stat::number_of_executed_units: {n_runs}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
