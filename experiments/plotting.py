"""What the figures share: reading results, means over seeds, the look, and saving a figure with its numbers."""

import argparse
import io
import pathlib
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

REPOSITORY = pathlib.Path(__file__).absolute().parent.parent
PROGRAM = REPOSITORY / "build" / "release" / "syncache"

# Okabe & Ito's colours, told apart by colour-blind readers too.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")

STYLE = {
    "font.size": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.4,
    "savefig.dpi": 300,
    "svg.hashsalt": "syncache",  # the same numbers give the same file
}


def arguments(description, name):
    """The options that every figure's script has; `name` is that of the figure and of its files. Returns the parser."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("results", help="results file, exported CSV, or - for CSV on standard input")
    parser.add_argument("-o", "--output", default=".", help="folder for the figure and its numbers (default: here)")
    parser.add_argument("--name", default=name, help=f"name of the files (default: {name})")
    parser.add_argument("--program", default=PROGRAM, help="the program syncache (default: build/release/syncache)")
    return parser


def outcomes_of(options):
    """The outcomes that the options name; ends the program if there are none."""
    outcomes = read_table(options.results, program=options.program)
    if outcomes.empty:
        sys.exit(f"{options.results}: no outcomes yet")
    return outcomes


def use_style():
    """Sets the look of all figures: sizes for print, one or two columns wide."""
    plt.rcParams.update(STYLE)


def read_table(results, table="outcomes", program=PROGRAM):
    """One table of results: of a results file (through `syncache export`), or of an exported CSV ("-": standard input).

    Ends the program with one line that names the file if it cannot be read.
    """
    try:
        if str(results) == "-":
            return pd.read_csv(sys.stdin)
        if pathlib.Path(results).suffix == ".csv":
            return pd.read_csv(results)
    except (OSError, ValueError) as error:
        sys.exit(f"{results}: {error}")
    return ask(program, "export", results, "--table", table)


def ask(program, command, results, *options):
    """The table that `syncache COMMAND RESULTS OPTIONS` prints (export, optimum, theory).

    Ends the program with one line that names the file if there is none.
    """
    try:
        words = [str(word) for word in (program, command, results, *options)]
        return pd.read_csv(io.StringIO(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout))
    except subprocess.CalledProcessError:
        sys.exit(1)  # the program has said why
    except (OSError, ValueError) as error:
        sys.exit(f"{results}: {error}")


def optimum_of(results, over="threshold", program=PROGRAM):
    """What `syncache optimum` finds in a results file: for each setting the value of `over` with the least energy."""
    done = subprocess.run([str(program), "optimum", str(results), "--over", over], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    return pd.read_csv(io.StringIO(done.stdout))


def the_only(table, column):
    """The value that `column` has in every row; ends the program if there are several."""
    values = table[column].unique()
    if len(values) != 1:
        sys.exit(f"{column}: found {', '.join(map(str, sorted(values)[:5]))}; this figure needs results with a single value")
    return values[0]


def known_values(table, column, known):
    """Those of `known` that `column` holds, in the order of `known`; ends the program if it holds others."""
    found = set(table[column])
    if not found <= set(known):
        sys.exit(f"{column}: found {', '.join(sorted(found - set(known)))}; this figure shows {', '.join(known)}")
    return [value for value in known if value in found]


def over_seeds(outcomes, by, quantities):
    """Mean, lowest and highest value of each quantity over the converged trials of each value of `by`.

    Columns: `by`, trials, not_converged, and <quantity>_mean, <quantity>_low, <quantity>_high for each quantity.
    """
    counts = outcomes.groupby(by)["converged"].agg(trials="count", converged="sum")
    summary = pd.DataFrame({"trials": counts["trials"], "not_converged": counts["trials"] - counts["converged"]})
    groups = outcomes[outcomes["converged"] == 1].groupby(by)
    for quantity in quantities:
        for name, function in (("mean", "mean"), ("low", "min"), ("high", "max")):
            summary[f"{quantity}_{name}"] = groups[quantity].agg(function)
    return summary.reset_index()


def trade_off(outcomes, time):
    """Energy and learning time (the column `time`) over the converged trials of each maintenance cost and threshold.

    Columns: maintenance_cost, those of over_seeds, and the standard error of each mean, <quantity>_error.
    """
    parts = []
    for price, rows in outcomes.groupby("maintenance_cost"):
        errors = rows[rows["converged"] == 1].groupby("threshold")[["total", time]].sem().add_suffix("_error")
        part = over_seeds(rows, "threshold", ["total", time]).merge(errors.reset_index(), on="threshold")
        part.insert(0, "maintenance_cost", price)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def at_accuracies(checkpoints, by, quantities, levels):
    """Each quantity at the first checkpoint with at least the accuracy, for each level, over seeds.

    checkpoints: rows of several trainings, each known by `by` and `seed`, with `presentations` and `accuracy`. Columns: `by`,
    accuracy (the level), trials, seeds (those that reached it), and <quantity>_mean, _low, _high over them. A level that not all seeds
    reached has none.
    """
    rows = []
    for key, group in checkpoints.sort_values("presentations").groupby(by if len(by) > 1 else by[0]):
        seeds = group["seed"].nunique()
        for level in levels:
            first = group[group["accuracy"] >= level].groupby("seed").first()
            row = dict(zip(by, key if isinstance(key, tuple) else (key,))) | {"accuracy": level, "trials": seeds, "seeds": len(first)}
            if len(first) == seeds:
                for quantity in quantities:
                    values = first[quantity]
                    row |= {f"{quantity}_mean": values.mean(), f"{quantity}_low": values.min(), f"{quantity}_high": values.max()}
            rows.append(row)
    return pd.DataFrame(rows)


def is_synthetic(table):
    """Whether the results are of digits drawn by procedure; figures then say so."""
    return the_only(table, "data") == "synthetic"


def images_label(table):
    """What the networks learned, for labels."""
    return "synthetic digits" if is_synthetic(table) else {"mnist": "MNIST"}.get(the_only(table, "data"), "images")


def left_out(summary):
    """What a figure says of trials that are not in it; empty if there are none."""
    missing, trials = int(summary["not_converged"].sum()), int(summary["trials"].sum())
    return f"{missing} of {trials} trials did not converge and are left out" if missing else ""


def draw(axes, x, summary, quantity, color, label, scale=1.0):
    """Mean over seeds (dots, or a line where they would touch) on a band from the lowest to the highest seed."""
    look = {"linestyle": "-"} if len(summary) > 100 else {"linestyle": "none", "marker": "o", "markersize": 3.5}
    mean, low, high = (summary[f"{quantity}_{end}"] * scale for end in ("mean", "low", "high"))
    draw_band(axes, summary[x], mean, low, high, color, label, **look)


def draw_band(axes, x, middle, low, high, color, label, **look):
    """`middle` against `x`, in a look of matplotlib's, on a band from `low` to `high`."""
    axes.fill_between(x, low, high, color=color, alpha=0.25, linewidth=0)
    axes.plot(x, middle, color=color, label=label, **look)


def price_looks(prices):
    """A look for each maintenance cost, cheapest first: colours of even steps of brightness, and markers."""
    colors = plt.get_cmap("viridis")
    prices = sorted(prices)
    return {price: {"color": colors(0.9 * i / max(1, len(prices) - 1)), "marker": "os^vDP*X<>"[i % 10], "markersize": 3.5}
            for i, price in enumerate(prices)}


def draw_against_cost(axes, panel, looks, quantity):
    """A quantity of optima against the maintenance cost (which is above 0), with its interval and its theory.

    looks: label, colour and marker of each variant. panel: maintenance_cost, variant, <quantity>, _low, _high, _theory.
    """
    for variant, (label, color, marker) in looks.items():
        rows = panel[panel["variant"] == variant]
        draw_band(axes, rows["maintenance_cost"], rows[quantity], rows[f"{quantity}_low"], rows[f"{quantity}_high"], color, label,
                  marker=marker, markersize=3.5, linewidth=1.0)
    axes.set_xscale("log")
    axes.set_yscale("log")


def draw_energies_against_cost(axes, panel, looks):
    """Least energies against the maintenance cost, their theory, and the two that do not depend on it, uncached and minimal."""
    costly = panel[panel["maintenance_cost"] > 0]  # 0 cannot be on the axis: there the energy is the minimal one
    draw_against_cost(axes, costly, looks, "total")
    theory = costly.drop_duplicates("maintenance_cost")
    axes.plot(theory["maintenance_cost"], theory["total_theory"], color=BLACK, linestyle="--", label="theory (local, local)")
    axes.axhline(panel["uncached"].mean(), color=RED, linewidth=0.9, linestyle="-.", label="uncached")
    axes.axhline(panel["minimal"].mean(), color="grey", linewidth=0.9, linestyle=":", label=r"minimal ($c$ = 0)")
    axes.set_ylabel("Energy (units of weight change)")


COST_LABEL = r"Maintenance cost $c$ (per unit and presentation)"


def draw_trade_off(axes, panel, time, scale=1.0):
    """Learning time, times `scale`, against energy, of what trade_off gives: a curve for each maintenance cost, bars of one
    standard error. Along each curve the threshold grows from the open marker on. Returns a note that says so, with the range.
    """
    has_bars = panel["total_error"].notna().any()  # a single seed has no standard error
    for price, look in price_looks(panel["maintenance_cost"].unique()).items():
        rows = panel[panel["maintenance_cost"] == price].dropna(subset=["total_mean"])
        bars = {"xerr": rows["total_error"], "yerr": scale * rows[f"{time}_error"], "elinewidth": 0.6} if has_bars else {}
        axes.errorbar(rows["total_mean"], scale * rows[f"{time}_mean"], label=f"$c$ = {price:g}", linewidth=0.8, **bars, **look)
        first = rows.iloc[0]
        axes.plot(first["total_mean"], scale * first[f"{time}_mean"], marker=look["marker"], color=look["color"], markersize=7,
                  fillstyle="none")
    thresholds = panel["threshold"]
    return rf"$\theta$ = {thresholds.min():g} (open marker) to {thresholds.max():g}" + ("; bars: one standard error of the mean" if has_bars else "")


def partial(rows):
    """Which rows are means over some of the `seeds_run` only."""
    return rows["total"].notna() & (rows["seeds"] < rows["seeds_run"])


def draw_open(axes, rows, x, y, color, marker, markersize):
    """Empties the markers of the points, columns x and y, of `partial` rows."""
    some = rows[partial(rows)]
    axes.plot(some[x], some[y], linestyle="none", marker=marker, markersize=markersize, color=color, markerfacecolor="white")


def open_note(rows):
    """What a figure says of such markers, behind its bands; "" if it has none."""
    return "; open markers: not all seeds" if partial(rows).any() else ""


def legend_above(figure, axes, part, **look):
    """The legend of `axes` above all panels, in that upper part of the figure's height."""
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - part))
    figure.legend(*axes.get_legend_handles_labels(), loc="upper center", **look)


def name_panel(axes, letter):
    """The panel's letter, where the journal has it."""
    axes.set_title(letter, loc="left", fontweight="bold")


BANDS = {"seeds": "lowest to highest seed", "mean": "95 % interval of the mean over seeds",
         "thresholds": "thresholds that the seeds cannot tell from the best"}


def bands_note(**places):
    """What a figure says of its bands: for each of BANDS that it has the panels where it has it; "" for all of them."""
    return "Bands: " + "; ".join(BANDS[kind] + (f" ({place})" if place else "") for kind, place in places.items())


def note_below(figure, *lines):
    """Small lines below the figure, such as those of bands_note and left_out; empty ones are left out."""
    text = "\n".join(filter(None, lines))
    if text:
        figure.supxlabel(text, fontsize=7)


def save(figure, panels, folder, name):
    """Writes <name>.png, <name>.svg, and <name>-<panel>.csv with the numbers of each panel; returns the paths."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for suffix, metadata in ((".png", {}), (".svg", {"Date": None})):
        paths.append(folder / (name + suffix))
        figure.savefig(paths[-1], metadata=metadata)
    for panel, table in panels.items():
        paths.append(folder / f"{name}-{panel}.csv")
        table.to_csv(paths[-1], index=False)
    plt.close(figure)
    return paths
