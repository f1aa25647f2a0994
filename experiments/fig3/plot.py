#!/usr/bin/env python3
"""Fig. 3 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Least energy over the consolidation threshold, the threshold at which it is reached, and the learning time there, against the
decay rate of the transient weights, for several maintenance costs.
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

COLUMNS = ["tau", "decay_rate", "maintenance_cost", "total", "total_low", "total_high", "threshold", "threshold_low",
           "threshold_high", "edge", "epochs", "seeds", "seeds_run", "trials", "not_converged", "uncached"]
PANELS = {"energy": ("total", "Energy (units of weight change)"), "threshold": ("threshold", r"Optimal threshold $\hat\theta$"),
          "time": ("epochs", "Learning time (epochs)")}


def summarise(optimum, outcomes):
    """The optimum for each decay rate and maintenance cost; learning without caching: what happens without decay."""
    for column in ("variant", "inputs", "patterns"):
        plotting.the_only(optimum, column)
    rows = optimum.assign(decay_rate=1.0 / optimum["tau"], seeds_run=outcomes["seed"].nunique())[COLUMNS]
    # Without decay, where weights are does not change what is learned: that is the learner without caching.
    same = outcomes[np.isinf(outcomes["tau"]) & (outcomes["converged"] == 1)]
    return {"optimum": rows, "uncached": same[["uncached", "epochs"]].mean().to_frame().T}


def draw_price(axes, group, quantity, place, look, label):
    """A quantity against the decay rate for one maintenance cost, with its interval as bars; no decay at `place`."""
    if quantity == "threshold":
        # At the ends of the range it is not known: 0 is no caching, 1000 no consolidation before the end.
        group = group[group["edge"].isin(("no", "convergence")) & (group["threshold"] > 0)]
    x = group["decay_rate"].replace(0.0, place)
    if quantity + "_low" in group:
        bars = [(group[quantity] - group[quantity + "_low"]).clip(lower=0), (group[quantity + "_high"] - group[quantity]).clip(lower=0)]
        axes.errorbar(x, group[quantity], yerr=bars, linestyle="none", elinewidth=0.5, color=look["color"])
    decaying = group["decay_rate"] > 0
    axes.plot(x[decaying], group[quantity][decaying], label=label, linewidth=0.9, **look)
    axes.plot(x[~decaying], group[quantity][~decaying], linestyle="none", **look)
    plotting.draw_open(axes, group.assign(place=x), "place", quantity, **look)


def draw(panels):
    """The figure: three panels from left to right, in the paper's order."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, 3, figsize=(plotting.PAGE, 2.9), layout="constrained")
    rows, uncached = panels["optimum"].sort_values("decay_rate"), panels["uncached"].iloc[0]
    looks = plotting.price_looks(rows["maintenance_cost"].unique())
    for axes, letter, (quantity, label) in zip(all_axes, "abc", PANELS.values()):
        place = plotting.break_axis(axes, rows["decay_rate"], "0")
        for price, look in looks.items():
            draw_price(axes, rows[rows["maintenance_cost"] == price], quantity, place, look, f"$c$ = {price:g}")
        if quantity != "threshold":
            axes.axhline(uncached["uncached" if quantity == "total" else "epochs"], color=plotting.NO_CACHING, linestyle="-.", linewidth=0.9,
                         label="no caching")
        axes.set_yscale("log")
        if quantity == "epochs":
            plotting.plain_log_axis(axes.yaxis)
        axes.set_xlabel("Decay rate $1/\\tau$\n(per presentation)")
        axes.set_ylabel(label)
        plotting.name_panel(axes, letter)
    plotting.legend_above(figure, all_axes[0], 0.08, ncols=7, columnspacing=1.0, handlelength=1.6)
    return figure


def caption(panels):
    rows = panels["optimum"]
    return ["a, least energy over all thresholds, b, the threshold at which it is reached, where that is inside the range tried, and c, the learning time there, against the decay "
            "rate of the transient weights; no decay left of the break.", plotting.ranges_note(mean="a", thresholds="b"), plotting.open_note(rows),
            plotting.left_out(rows.drop_duplicates("tau"))]


def main():
    options = plotting.arguments(__doc__, "fig3").parse_args()
    panels = summarise(plotting.ask(options.program, "optimum", options.results), plotting.outcomes_of(options))
    plotting.save(draw(panels), panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
