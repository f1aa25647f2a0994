#!/usr/bin/env python3
"""Fig. 2c of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Above: the least energy over the consolidation threshold, against the cost of maintaining transient weights; below: the
threshold at which it is reached.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

COLUMNS = ["maintenance_cost", "total", "total_low", "total_high", "threshold", "threshold_low", "threshold_high", "edge",
           "seeds", "trials", "not_converged", "uncached", "minimal"]


def summarise(optimum, predictions):
    """The optimum for each maintenance cost, with its intervals, and by theory."""
    for column in ("variant", "inputs", "patterns", "tau"):
        plotting.the_only(optimum, column)
    theory = predictions.groupby("maintenance_cost")[["optimal_total", "optimal_threshold"]].mean()
    theory.columns = ["total_theory", "threshold_theory"]
    return {"c": optimum[COLUMNS].merge(theory, on="maintenance_cost")}


def draw(panel):
    """The figure: energy above, threshold below; the maintenance cost 0 cannot be on the axis and is the lower line."""
    plotting.use_style()
    figure, (above, below) = plotting.plt.subplots(2, 1, figsize=(3.6, 4.4), sharex=True, layout="constrained",
                                                   height_ratios=[3, 2])
    costly = panel[panel["maintenance_cost"] > 0]
    price = costly["maintenance_cost"]
    look = {"marker": "o", "markersize": 3.5, "linewidth": 1.0}
    plotting.draw_band(above, price, costly["total"], costly["total_low"], costly["total_high"], plotting.BLACK,
                       r"caching, best $\theta$", **look)
    above.plot(price, costly["total_theory"], color=plotting.BLACK, linestyle="--", linewidth=1.0, label="theory")
    above.axhline(panel["uncached"].mean(), color=plotting.RED, label="uncached")
    above.axhline(panel["minimal"].mean(), color=plotting.GREEN, label=r"minimal ($c$ = 0)")
    above.set_yscale("log")
    above.set_ylabel("Energy (units of weight change)")
    # In the gap between the lines on the right, below the curve.
    above.legend(loc="center right", bbox_to_anchor=(1.0, 0.4))
    # At the edges of the range the best threshold is not known: 0 is no caching, 1000 no consolidation before the end.
    inside = costly[(costly["edge"] == "no") & (costly["threshold"] > 0)]
    plotting.draw_band(below, inside["maintenance_cost"], inside["threshold"], inside["threshold_low"],
                       inside["threshold_high"], plotting.BLACK, "simulation", **look)
    below.set_ylim(0.7, 300)
    below.plot(price, costly["threshold_theory"], color=plotting.BLACK, linestyle="--", linewidth=1.0)
    below.set_yscale("log")
    below.set_ylabel(r"Optimal threshold $\hat\theta$")
    below.set_xscale("log")
    below.set_xlabel(r"Maintenance cost $c$ (per unit and presentation)")
    plotting.note_below(figure, plotting.left_out(panel.head(1)))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2c").parse_args()
    panels = summarise(*(plotting.ask(options.program, command, options.results) for command in ("optimum", "theory")))
    plotting.save(draw(panels["c"]), panels, options.output, options.name)


if __name__ == "__main__":
    main()
