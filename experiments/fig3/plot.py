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
PANELS = {"energy": ("total", "Energy (units of weight change)"), "time": ("epochs", "Learning time (epochs)"),
          "threshold": ("threshold", r"Optimal threshold $\hat\theta$")}


def summarise(optimum, outcomes):
    """The optimum for each decay rate and maintenance cost; learning without caching: what happens without decay."""
    for column in ("variant", "inputs", "patterns"):
        plotting.the_only(optimum, column)
    rows = optimum.assign(decay_rate=1.0 / optimum["tau"], seeds_run=outcomes["seed"].nunique())[COLUMNS]
    # Without decay, where weights are does not change what is learned: that is the learner without caching.
    same = outcomes[np.isinf(outcomes["tau"]) & (outcomes["converged"] == 1)]
    return {"optimum": rows, "uncached": same[["uncached", "epochs"]].mean().to_frame().T}


def draw(panels):
    """The figure: three panels from left to right."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, 3, figsize=(7.1, 3.4), layout="constrained")
    rows, uncached = panels["optimum"], panels["uncached"].iloc[0]
    decaying = rows[rows["decay_rate"] > 0]
    for price, look in plotting.price_looks(decaying["maintenance_cost"].unique()).items():
        group = decaying[decaying["maintenance_cost"] == price].sort_values("decay_rate")
        for axes, (quantity, _) in zip(all_axes, PANELS.values()):
            if quantity == "threshold":
                # At the ends of the range it is not known: 0 is no caching, 1000 no consolidation before the end.
                group = group[group["edge"].isin(("no", "convergence")) & (group["threshold"] > 0)]
            if quantity + "_low" in group:
                axes.fill_between(group["decay_rate"], group[quantity + "_low"], group[quantity + "_high"],
                                  color=look["color"], alpha=0.12 if quantity == "threshold" else 0.2, linewidth=0)
            axes.plot(group["decay_rate"], group[quantity], label=f"$c$ = {price:g}", linewidth=1.0, **look)
            plotting.draw_open(axes, group, "decay_rate", quantity, **look)
    for axes, letter, (quantity, label) in zip(all_axes, "abc", PANELS.values()):
        if quantity != "threshold":
            axes.axhline(uncached["uncached" if quantity == "total" else "epochs"], color=plotting.BLACK, linestyle="--",
                         label="no caching")
        axes.set_xscale("log")
        axes.set_yscale("log")
        if quantity == "epochs":  # less than a decade at times: numbers between the powers of ten too
            axes.yaxis.set_major_locator(plotting.matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(plotting.matplotlib.ticker.NullFormatter())
        axes.set_xlabel("Decay rate $1/\\tau$\n(per presentation)")
        axes.set_ylabel(label)
        plotting.name_panel(axes, letter)
    plotting.legend_above(figure, all_axes[0], 0.08, ncols=7, columnspacing=1.0, handlelength=1.6)
    plotting.note_below(figure, plotting.bands_note(mean="a", thresholds="c") + plotting.open_note(decaying),
                        plotting.left_out(rows.drop_duplicates("tau")))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig3").parse_args()
    panels = summarise(plotting.ask(options.program, "optimum", options.results), plotting.outcomes_of(options))
    plotting.save(draw(panels), panels, options.output, options.name)


if __name__ == "__main__":
    main()
