#!/usr/bin/env python3
"""Thresholds that change while a perceptron learns, from the results of experiment.toml or quick.toml.

Left and middle: energy against the threshold at the beginning, for the best time constant of each schedule, without and with
decay. Right: the least energy of each schedule over that of the best constant threshold, on the same patterns.
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

SCHEDULES = {"constant": ("constant", plotting.BLACK, "o"), "exponential": ("falling exponentially", plotting.GREEN, "s"),
             "error-rate": ("times error rate", plotting.PURPLE, "^")}
CURVES = [(np.inf, 0.001), (1000.0, 0.01)]  # decay and maintenance cost of the panels on the left
KEY = ["tau", "maintenance_cost", "threshold_schedule", "threshold_time"]


def best(optimum):
    """For each decay, cost and schedule the time constant and threshold of least mean energy."""
    at_least = optimum.groupby(["tau", "maintenance_cost", "threshold_schedule"])["total"].idxmin()
    return optimum.loc[at_least].reset_index(drop=True)


def curves(outcomes, choice):
    """Energies over seeds against the threshold, for the chosen time constants."""
    rows = outcomes.merge(choice[KEY], on=KEY)
    return plotting.over_seeds(rows, KEY + ["threshold"], ["total"])


def savings(outcomes, choice):
    """Energy over that of the best constant threshold, pattern set by pattern set."""
    rows = outcomes[outcomes["converged"] == 1].merge(choice[KEY + ["threshold"]], on=KEY + ["threshold"])
    constant = rows[rows["threshold_schedule"] == "constant"][["tau", "maintenance_cost", "seed", "total", "epochs"]]
    rows = rows.merge(constant, on=["tau", "maintenance_cost", "seed"], suffixes=("", "_constant"))
    rows["ratio"] = rows["total"] / rows["total_constant"]
    return rows[KEY + ["threshold", "seed", "total", "total_constant", "ratio", "epochs", "epochs_constant"]]


def decay_label(tau):
    return "no decay" if np.isinf(tau) else rf"$\tau$ = {tau:g}"


def draw_curves(axes, rows, tau, price):
    group = rows[(rows["tau"] == tau) & (rows["maintenance_cost"] == price)]
    for schedule, (label, color, marker) in SCHEDULES.items():
        # Thresholds at which some do not learn are left out: the others are the lucky ones.
        line = group[(group["threshold_schedule"] == schedule) & (group["not_converged"] == 0)].sort_values("threshold")
        bars = [line["total_mean"] - line["total_low"], line["total_high"] - line["total_mean"]]
        axes.errorbar(line["threshold"], line["total_mean"], yerr=bars, color=color, label=label, marker=marker, markersize=2.5, linewidth=0.9, elinewidth=0.5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(plotting.matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda energy, _: f"{energy / 1e5:g}")
    axes.yaxis.set_minor_formatter(plotting.matplotlib.ticker.NullFormatter())
    axes.set_xlabel(r"Initial threshold $\theta(0)$")
    axes.set_title(f"{decay_label(tau)}, $c$ = {price:g}")


def draw_savings(axes, rows):
    cases = sorted({(tau, price) for tau, price in zip(rows["tau"], rows["maintenance_cost"])}, key=lambda case: (-case[0], case[1]))
    axes.axhline(1.0, color="grey", linewidth=0.8)
    for place, (tau, price) in enumerate(cases):
        for shift, schedule in ((-0.17, "exponential"), (0.17, "error-rate")):
            _, color, marker = SCHEDULES[schedule]
            ratio = rows[(rows["tau"] == tau) & (rows["maintenance_cost"] == price) & (rows["threshold_schedule"] == schedule)]["ratio"]
            spread = shift + 0.1 * (np.arange(len(ratio)) / max(1, len(ratio) - 1) - 0.5)
            axes.plot(place + spread, ratio, linestyle="none", marker=marker, markersize=3, color=color, alpha=0.6, markeredgewidth=0)
            axes.plot(place + shift, ratio.mean(), linestyle="none", marker=marker, markersize=7, color=color, markeredgecolor="white", markeredgewidth=0.8)
    axes.set_xticks(range(len(cases)), [f"{decay_label(tau)}\n$c$ = {price:g}" for tau, price in cases], fontsize=7)
    axes.set_ylabel("Energy over that of the\nbest constant threshold")
    axes.set_xlim(-0.5, len(cases) - 0.5)
    axes.set_ylim(bottom=0)


def draw(panels):
    """The figure: three panels from left to right, the first two on one scale."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, 3, figsize=(plotting.PAGE, 2.8), layout="constrained", width_ratios=[1, 1, 1.3])
    all_axes[1].sharey(all_axes[0])
    for axes, (tau, price) in zip(all_axes, CURVES):
        draw_curves(axes, panels["curves"], tau, price)
    all_axes[0].set_ylabel(r"Energy ($10^5$ units of weight change)")
    draw_savings(all_axes[2], panels["savings"])
    for axes, letter in zip(all_axes, "abc"):
        plotting.name_panel(axes, letter)
    plotting.legend_above(figure, all_axes[0], 0.08, ncol=3)
    return figure


def caption():
    return ["Energy of a perceptron whose threshold changes while it learns: a, b, against the threshold of the first presentation, mean for the best time constant of each schedule "
            "(thresholds at which a trial does not learn are left out); c, least energy of each schedule over that of the best constant threshold: small symbols are pattern sets, large "
            "ones their mean.", plotting.ranges_note(seeds="a, b")]


def main():
    options = plotting.arguments(__doc__, "schedules").parse_args()
    outcomes = plotting.outcomes_of(options)
    for column in ("variant", "inputs", "patterns"):
        plotting.the_only(outcomes, column)
    choice = best(plotting.ask(options.program, "optimum", options.results))
    panels = {"curves": curves(outcomes, choice), "savings": savings(outcomes, choice), "best": choice}
    plotting.save(draw(panels), panels, options.output, options.name, caption(), options.keep)


if __name__ == "__main__":
    main()
