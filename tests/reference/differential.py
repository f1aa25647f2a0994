#!/usr/bin/env python3
"""Draws random experiments, trains them with syncache and with a plain reference in NumPy, and compares every column of every table.

Counts are compared exactly, energies and weights to 1e-9. The first difference of each trial is printed, its experiment is kept, and the exit
code is 1.
"""

import argparse
import concurrent.futures
import csv
import importlib
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import draw
import numpy as np

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-9
PRICES = ("maintenance_cost", "transient_change_cost", "persistent_cost", "exponent", "potentiation_only")
TABLES = {"perceptron": ["epochs", "traces", "distribution"], "mlp": ["checkpoints", "traces"], "spiking": ["epochs", "presentations"]}


class Difference(Exception):
    pass


def value_of(text):
    return None if text in ("", None) else float(text)


def compare(where, name, found, expected, scale):
    """One value of an export with the reference's. scale: what the value was summed from, below whose rounding it may differ."""
    if found is None or expected is None:
        if found is not expected:
            raise Difference(f"{where} {name}: {found}, reference {expected}")
    elif isinstance(expected, (int, np.integer)):
        if found != expected:
            raise Difference(f"{where} {name}: {found:.17g}, reference {expected}")
    elif not (found == expected or abs(found - expected) <= TOLERANCE * max(abs(found), abs(expected)) + 1e-13 * scale):
        raise Difference(f"{where} {name}: {found!r}, reference {float(expected)!r}")


def compare_rows(where, rows, expected, scale):
    """The rows of a trial in one table; returns how many values were compared."""
    if len(rows) != len(expected):
        raise Difference(f"{where}: {len(rows)} rows, reference {len(expected)}")
    for k, (row, reference) in enumerate(zip(rows, expected)):
        for name, value in reference.items():
            found = value_of(row[name])
            if found is None and name in ("persistent_sum", "persistent"):    # empty where nothing asks for it
                continue
            if found is None and value is not None and math.isinf(value):     # a bin without an outer end
                continue
            compare(f"{where}, row {k},", name, found, value, scale)
    return sum(map(len, expected))


def call(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_table(program, results, name):
    """{trial: its rows}."""
    by_trial = {}
    for row in csv.DictReader(call(program, "export", results, "--table", name).splitlines()):
        by_trial.setdefault(row["trial"], []).append(row)
    return by_trial


def by_price(rows):
    """[(what adds a price list's energies to a row of the reference, the rows of that price list)]; one without if the table has no prices."""
    if not rows or "maintenance_cost" not in rows[0]:
        return [(lambda row: row, rows)]
    lists = {}
    for row in rows:
        lists.setdefault(tuple(row[name] for name in PRICES), []).append(row)

    def adding(c, b, persistent, exponent, potentiation_only):
        def add(row):
            maintenance, transient_change = c * row["maintenance_sum"], b * row["transient_change_sum"]
            total = row["consolidation"] + maintenance + transient_change
            is_plain = exponent == 1.0 and not potentiation_only and persistent == 0.0
            return {**row, **({"maintenance": maintenance, "transient_change": transient_change, "total": total} if is_plain else {})}
        return add
    return [(adding(*map(float, prices)), of_list) for prices, of_list in lists.items()]


def compare_trial(model, trial, tables, folder):
    """(values compared, or 0 if it shows nothing); raises Difference."""
    rows = tables["outcomes"][trial]
    outcomes, recorded, arrays, is_sharp = importlib.import_module(model).train(rows, folder)
    if not is_sharp:
        return 0
    scale = max(1e-300, *(outcome["uncached"] for outcome in outcomes[:1]), outcomes[0]["maintenance_sum"])
    n = compare_rows("outcome", rows, outcomes, scale)
    for name in TABLES[model]:
        for price, of_price in by_price(tables[name].get(trial, [])):
            n += compare_rows(name, of_price, [price(row) for row in recorded[name]], scale)
    for name, values in arrays.items():
        found = np.load(folder / "weights" / f"{trial}-{name}.npy")
        if found.size != values.size:
            raise Difference(f"{name}: shape {found.shape}, reference {values.shape}")
        found = found.reshape(values.shape)
        size = np.abs(values).max()
        if not np.all(np.abs(found - values) <= TOLERANCE * size):
            raise Difference(f"{name}: differs by {np.abs(found - values).max():.3g} of {size:.3g}")
        n += values.size
    return n


def run_experiment(model, seed, n_points, program):
    """(trials compared, trials that show nothing, values compared, [differences]); keeps the folder of an experiment that differs."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"syncache_{model}_{seed}_"))
    differences, compared, blunt, values = [], 0, 0, 0
    path = draw.experiment(model, seed, folder, n_points)
    try:
        call(program, "run", path, "--quiet", "--backend", "cpu", "--threads", "1")
        results = path.with_suffix(".sqlite")
        tables = {name: read_table(program, results, name) for name in ["outcomes", *TABLES[model]]}
        call(program, "export", results, "--weights", folder / "weights")
    except subprocess.CalledProcessError as error:
        return 0, 0, 0, [f"{path}: {error.stderr.strip()}"]
    for trial in tables["outcomes"]:
        try:
            n = compare_trial(model, trial, tables, folder)
            values, compared, blunt = values + n, compared + (n > 0), blunt + (n == 0)
        except Difference as difference:
            differences.append(f"{path}, trial {trial}: {difference}")
    if not differences:
        shutil.rmtree(folder)
    return compared, blunt, values, differences


def arguments():
    parser = argparse.ArgumentParser(prog="tools/differential", description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=sorted(TABLES), action="append", help="which models (default: all)")
    parser.add_argument("--trials", type=int, default=200, metavar="N", help="trials of each model (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the first experiment (default: 1); each has 10 trials and the next seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="experiments at a time (default: the cores)")
    parser.add_argument("--program", type=pathlib.Path, default=REPOSITORY / "build" / "release" / "syncache",
                        help="the program (default: build/release/syncache in the repository)")
    options = parser.parse_args()
    if options.trials < 1 or options.seed < 0 or options.jobs < 1:
        parser.error(f"--trials {options.trials}, --seed {options.seed}, --jobs {options.jobs}; allowed: at least 1, 0, 1")
    if not options.program.is_file():
        parser.error(f"{options.program}: not there; tools/quickstart builds it, or name one with --program")
    return options


def main():
    options = arguments()
    failed = False
    for model in options.model or sorted(TABLES):
        n_experiments = -(-options.trials // 10)
        work = [(model, options.seed + k, min(10, options.trials - 10 * k), options.program) for k in range(n_experiments)]
        with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
            results = list(pool.map(run_experiment, *zip(*work)))
        compared, blunt, values = (sum(result[k] for result in results) for k in range(3))
        differences = [line for result in results for line in result[3]]
        print(f"{model}: {compared} trials agree in {values} values; {blunt} not compared, since rounding decides; {len(differences)} differ")
        for line in differences:
            print(f"  {line}")
        # A generator that draws little but what rounding decides would show nothing.
        if blunt > options.trials / 4:
            print(f"  more than a quarter of the trials of {model} show nothing")
        failed |= bool(differences) or blunt > options.trials / 4
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
