"""What the figures share: reading results, means over seeds, the look, and saving a figure with its numbers and caption."""

import argparse
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

REPOSITORY = pathlib.Path(__file__).absolute().parent.parent
# The program of these sources, where it is built; otherwise $SYNCACHE, or the one on the PATH.
BUILT = REPOSITORY / "build" / "release" / "syncache"
PROGRAM = BUILT if BUILT.exists() else os.environ.get("SYNCACHE") or shutil.which("syncache") or BUILT

# Okabe & Ito's colours, told apart by colour-blind readers too.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")

# One colour for each way of learning, and for each part of the energy, in all figures.
NO_CACHING, CACHING, MINIMAL = RED, BLUE, "#555555"
VARIANTS = {"none": NO_CACHING, "local-local": GREEN, "local-global": BLUE, "global-global": PURPLE, "local-neuron": BLUE}
CONSOLIDATION, MAINTENANCE, TOTAL = "#882255", ORANGE, BLACK

# What the program has said of results that lack trials of their experiment; the figure made of them says it, too.
INCOMPLETE = set()

# Widths of one and two columns of print [inches]: 85 and 170 mm.
COLUMN, PAGE = 3.35, 6.7
SCREEN_DPI = 130

STYLE = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.2,
    "savefig.dpi": 300,
    "svg.hashsalt": "syncache",  # the same numbers give the same file
}


def arguments(description, name):
    """The options that every figure's script has; `name` is that of the figure and of its files. Returns the parser."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("results", help="results file, exported CSV, or - for CSV on standard input")
    parser.add_argument("-o", "--output", default=".", help="folder for the figure and its numbers (default: here)")
    parser.add_argument("--name", default=name, help=f"name of the files (default: {name})")
    parser.add_argument("--keep", metavar="PNG", help="also write the picture at screen size")
    parser.add_argument("--program", default=PROGRAM, help="the program syncache (default: build/release/syncache, $SYNCACHE, or on the PATH)")
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


def read_csv(file):
    """A table with the numbers as they were written, to the last digit."""
    return pd.read_csv(file, float_precision="round_trip")


def read_table(results, table="outcomes", program=PROGRAM):
    """One table of results: of a results file (through `syncache export`), or of an exported CSV ("-": standard input).

    Ends the program with one line that names the file if it cannot be read.
    """
    try:
        if str(results) == "-":
            return read_csv(sys.stdin)
        if pathlib.Path(results).suffix == ".csv":
            return read_csv(results)
    except (OSError, ValueError) as error:
        sys.exit(f"{results}: {error}")
    return ask(program, "export", results, "--table", table)


def ask(program, command, results, *options):
    """The table that `syncache COMMAND RESULTS OPTIONS` prints (export, optimum, theory).

    Ends the program with one line that names the file if there is none.
    """
    try:
        done = subprocess.run([str(word) for word in (program, command, results, *options)], capture_output=True, text=True, check=False)
        sys.stderr.write(done.stderr)
        if done.returncode != 0:
            sys.exit(1)  # the program has said why
        INCOMPLETE.update(re.findall(r"warning: .*?(\d+ of \d+ trials are missing)", done.stderr))
        return read_csv(io.StringIO(done.stdout))
    except FileNotFoundError:
        sys.exit(f"{program}: there is no such program; name syncache with --program or $SYNCACHE, or put it on the PATH")
    except (OSError, ValueError) as error:
        sys.exit(f"{results}: {error}")


def theory_of(program, fixed, axis, values, prices="maintenance_cost = 0"):
    """What `syncache theory` predicts of a perceptron with these settings at each value of the axis: smooth lines need more values than
    were tried. prices: a line of [accounting]."""
    text = ['name = "theory"', 'model = "perceptron"', "[fixed]"]
    text += [f"{key} = {toml_text(value)}" for key, value in fixed.items()]
    text += ["[axes]", f"{axis} = [{', '.join(toml_text(value) for value in values)}]", "[accounting]", prices]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "theory.toml"
        file.write_text("\n".join(text) + "\n")
        return ask(program, "theory", file)


def toml_text(value):
    """A setting as TOML writes it."""
    return f'"{value}"' if isinstance(value, str) else repr(value.item() if hasattr(value, "item") else value)


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
    """Mean, median, lowest and highest value of each quantity over the converged trials of each value of `by`.

    Columns: `by`, trials, not_converged, and <quantity>_mean, _median, _low, _high for each quantity.
    """
    counts = outcomes.groupby(by)["converged"].agg(trials="count", converged="sum")
    summary = pd.DataFrame({"trials": counts["trials"], "not_converged": counts["trials"] - counts["converged"]})
    groups = outcomes[outcomes["converged"] == 1].groupby(by)
    for quantity in quantities:
        for name, function in (("mean", "mean"), ("median", "median"), ("low", "min"), ("high", "max")):
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


def is_synthetic(table):
    """Whether the results are of digits drawn by procedure; figures then say so."""
    return the_only(table, "data") == "synthetic"


def images_label(table):
    """What the networks learned, for labels."""
    return "synthetic digits" if is_synthetic(table) else {"mnist": "MNIST"}.get(the_only(table, "data"), "images")


def left_out(summary):
    """What a caption says of trials that are not in the figure; empty if there are none."""
    missing, trials = int(summary["not_converged"].sum()), int(summary["trials"].sum())
    return f"{missing} of {trials} trials did not converge and are left out." if missing else ""


def draw(axes, x, summary, quantity, color, label, scale=1.0, middle="mean"):
    """Mean or median over seeds (dots, or a line where they would touch), with the range from the lowest to the highest seed."""
    look = {"linestyle": "-"} if len(summary) > 100 else {"linestyle": "none", "marker": "o", "markersize": 2.8}
    center, low, high = (summary[f"{quantity}_{end}"] * scale for end in (middle, "low", "high"))
    draw_range(axes, summary[x], center, low, high, color, label, **look)


def draw_range(axes, x, center, low, high, color, label, **look):
    """Dots with bars from `low` to `high`; lines on a band."""
    if look.get("linestyle") == "none":
        bars = [(center - low).clip(lower=0), (high - center).clip(lower=0)]
        axes.errorbar(x, center, yerr=bars, color=color, label=label, elinewidth=0.6, **look)
    else:
        draw_band(axes, x, center, low, high, color, label, **look)


def draw_band(axes, x, middle, low, high, color, label, **look):
    """`middle` against `x`, in a look of matplotlib's, on a band from `low` to `high` whose edges are lines, so that overlapping bands can
    be told apart without colour, too."""
    axes.fill_between(x, low, high, color=color, alpha=0.12, linewidth=0)
    for edge in (low, high):
        axes.plot(x, edge, color=color, linewidth=0.35)
    axes.plot(x, middle, color=color, label=label, **look)


def price_looks(prices):
    """A look for each maintenance cost, cheapest first: colours of even steps of brightness, none of them pale, and markers."""
    colors = plt.get_cmap("viridis")
    prices = sorted(prices)
    return {price: {"color": colors(0.78 * i / max(1, len(prices) - 1)), "marker": "os^vDP*X<>"[i % 10], "markersize": 3.0}
            for i, price in enumerate(prices)}


def zero_on_log_axis(values):
    """Where 0 stands on a broken logarithmic axis: half a decade below the smallest other value."""
    return min(value for value in values if value > 0) / 3.2


def break_axis(axes, values, label="0"):
    """A logarithmic x axis over the values, with a break left of which 0 has its place. Returns that place."""
    place = zero_on_log_axis(values)
    largest = max(values)
    axes.set_xscale("log")
    axes.set_xlim(place / 1.6, largest * 1.5)
    decades = [10.0 ** k for k in range(-8, 4) if place * 1.8 < 10.0 ** k <= largest * 1.5]
    shown = decades[::2] if len(decades) > 5 else decades
    axes.set_xticks([place] + shown, [label] + [rf"$10^{{{round(np.log10(decade))}}}$" for decade in shown])
    axes.set_xticks([decade for decade in decades if decade not in shown], minor=True)
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    for at in (1.6, 1.85):
        axes.plot([place * at], [0], transform=axes.get_xaxis_transform(), marker=[(-1, -2), (1, 2)], markersize=5, color="black", linestyle="none",
                  clip_on=False, markeredgewidth=0.7)
    return place


COST_LABEL = r"Maintenance cost $c$ (per unit and presentation)"


def draw_against_cost(axes, panel, looks, quantity, place):
    """A quantity of optima against the maintenance cost, with its interval; costs of 0 at `place`.

    looks: label and marker of each variant. panel: maintenance_cost, variant, <quantity>, _low, _high.
    """
    for variant, (label, marker) in looks.items():
        rows = panel[panel["variant"] == variant].sort_values("maintenance_cost")
        for part, name in ((rows[rows["maintenance_cost"] > 0], label), (rows[rows["maintenance_cost"] == 0], None)):
            draw_band(axes, part["maintenance_cost"].replace(0.0, place), part[quantity], part[f"{quantity}_low"], part[f"{quantity}_high"],
                      VARIANTS[variant], name, marker=marker, markersize=3.0, linewidth=1.0)
    axes.set_yscale("log")


def draw_bounds(axes, uncached, minimal):
    """Lines for the energies that bound those with caching."""
    axes.axhline(uncached, color=NO_CACHING, linewidth=0.9, linestyle="-.", label="no caching")
    axes.axhline(minimal, color=MINIMAL, linewidth=0.9, linestyle=":", label="minimal")


def partial(rows):
    """Which rows are means over some of the `seeds_run` only."""
    return rows["total"].notna() & (rows["seeds"] < rows["seeds_run"])


def draw_open(axes, rows, x, y, color, marker, markersize):
    """Empties the markers of the points, columns x and y, of `partial` rows."""
    some = rows[partial(rows)]
    axes.plot(some[x], some[y], linestyle="none", marker=marker, markersize=markersize, color=color, markerfacecolor="white")


def open_note(rows):
    """What a caption says of such markers; "" if there are none."""
    return "Open markers: not all seeds." if partial(rows).any() else ""


def legend_above(figure, axes, part, **look):
    """The legend of `axes` above all panels, in that upper part of the figure's height."""
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - part))
    figure.legend(*axes.get_legend_handles_labels(), loc="upper center", **look)


def name_panel(axes, letter):
    """The panel's letter, where the journal has it."""
    axes.set_title(letter, loc="left", fontweight="bold")


def plain_log_axis(axis, subs=(1, 2, 5)):
    """Numbers between the powers of ten too, as plain ones: for axes of about a decade."""
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=subs))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


RANGES = {"seeds": "lowest to highest seed", "mean": "95 % interval of the mean over seeds",
          "thresholds": "thresholds that the seeds cannot tell from the best"}


def ranges_note(**places):
    """What a caption says of bands and bars: for each of RANGES that the figure has the panels where it has it; "" for all of them."""
    return "Bands and bars: " + "; ".join(RANGES[kind] + (f" ({place})" if place else "") for kind, place in places.items()) + "."


def save(figure, panels, folder, name, caption="", keep=None):
    """Writes <name>.png, <name>.svg, <name>-caption.txt, and <name>-<panel>.csv with the numbers of each panel; returns the paths.

    caption: sentences; empty ones are left out. keep: a file for the picture at screen size, or None. A figure of results that lack trials
    says so, in the picture, in the caption, and in a column `missing` of its numbers: how many trials the results lack."""
    caption = [caption] if isinstance(caption, str) else list(caption)
    if INCOMPLETE:
        missing = "Not complete: " + ", ".join(sorted(INCOMPLETE)) + "."
        figure.text(0.998, 0.5, missing, color=RED, fontsize=6, rotation=270, ha="right", va="center")
        caption.insert(0, missing)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for suffix, metadata in ((".png", {}), (".svg", {"Date": None})):
        paths.append(folder / (name + suffix))
        figure.savefig(paths[-1], metadata=metadata)
    if keep is not None:
        figure.savefig(keep, dpi=SCREEN_DPI)
    for panel, table in panels.items():
        paths.append(folder / f"{name}-{panel}.csv")
        lacking = {"missing": sum(int(part.split()[0]) for part in INCOMPLETE)} if INCOMPLETE else {}
        table.assign(**lacking).to_csv(paths[-1], index=False)
    paths.append(folder / f"{name}-caption.txt")
    paths[-1].write_text(" ".join(filter(None, caption)) + "\n")
    plt.close(figure)
    return paths


# What competition between synapses saves, panel by panel (experiments/competition, hidden-size): of each column the label and its unit.
COMPETITION_QUANTITIES = {"uncached": ("Energy $M_1$\n($10^3$ units of weight change)", 1e3), "changes": ("Energy $M_0$ ($10^9$ changes)", 1e9),
                          "presentations": ("Learning time\n($10^3$ presentations)", 1e3)}


def competition_panels(height, x_label, images, accuracy):
    """A figure of one panel for each of COMPETITION_QUANTITIES, and the panels, by column, with both axes logarithmic."""
    figure, parts = plt.subplots(1, 3, figsize=(PAGE, height), layout="constrained")
    for axes, (label, _), letter in zip(parts, COMPETITION_QUANTITIES.values(), "abc"):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(x_label)
        axes.set_ylabel(label)
        name_panel(axes, letter)
    parts[2].set_ylabel(f"Time to {100 * accuracy:g} % of {images}\n($10^3$ presentations)")
    return figure, dict(zip(COMPETITION_QUANTITIES, parts))


def errorbars_of(axes, rows, x, quantity, **style):
    """A line of means of a quantity with its ranges over seeds, in the unit of COMPETITION_QUANTITIES."""
    middle, low, high = (rows[f"{quantity}_{part}"] / COMPETITION_QUANTITIES[quantity][1] for part in ("mean", "low", "high"))
    axes.errorbar(rows[x], middle, yerr=[middle - low, high - middle], markersize=3, elinewidth=0.5, linewidth=0.9, **style)
