#!/usr/bin/env python3
"""Fig. 2c of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Above: the least energy over the consolidation threshold, against the cost of maintaining transient weights; below: the
threshold at which it is reached.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

COLUMNS = ["variant", "maintenance_cost", "total", "total_low", "total_high", "threshold", "threshold_low", "threshold_high",
           "edge", "seeds", "trials", "not_converged", "uncached", "minimal"]
LOOKS = {"local-global": ("global consolidation", plotting.BLACK, "o"), "local-local": ("local consolidation", plotting.BLUE, "s")}


def summarise(optimum, predictions):
    """The optimum for each variant and maintenance cost, with its intervals, and by theory."""
    for column in ("inputs", "patterns", "tau"):
        plotting.the_only(optimum, column)
    plotting.known_values(optimum, "variant", LOOKS)
    theory = predictions.groupby("maintenance_cost")[["optimal_total", "optimal_threshold"]].mean()
    theory.columns = ["total_theory", "threshold_theory"]
    return {"c": optimum[COLUMNS].merge(theory, on="maintenance_cost")}


def draw_variants(above, below, costly):
    """Energy and threshold of each variant; where the best threshold lies at an edge of the range it is not known."""
    for variant, (label, color, marker) in LOOKS.items():
        rows = costly[costly["variant"] == variant]
        inside = rows[(rows["edge"] == "no") & (rows["threshold"] > 0)]  # 0 is no caching, 1000 no consolidation before the end
        for axes, part, quantity in ((above, rows, "total"), (below, inside, "threshold")):
            plotting.draw_band(axes, part["maintenance_cost"], part[quantity], part[f"{quantity}_low"], part[f"{quantity}_high"],
                               color, label, marker=marker, markersize=3.5, linewidth=1.0)


def draw(panel):
    """The figure: energy above, threshold below; the maintenance cost 0 cannot be on the axis and is the lower line."""
    plotting.use_style()
    figure, (above, below) = plotting.plt.subplots(2, 1, figsize=(3.6, 4.6), sharex=True, layout="constrained",
                                                   height_ratios=[3, 2])
    costly = panel[panel["maintenance_cost"] > 0]
    draw_variants(above, below, costly)
    theory = costly.drop_duplicates("maintenance_cost")
    for axes, quantity in ((above, "total"), (below, "threshold")):
        axes.plot(theory["maintenance_cost"], theory[f"{quantity}_theory"], color=plotting.ORANGE, linestyle="--", label="theory (local)")
        axes.set_yscale("log")
    above.axhline(panel["uncached"].mean(), color=plotting.RED, linewidth=0.9, linestyle="-.", label="uncached")
    above.axhline(panel["minimal"].mean(), color="grey", linewidth=0.9, linestyle=":", label=r"minimal ($c$ = 0)")
    above.set_ylabel("Energy (units of weight change)")
    below.set_ylim(0.7, 300)
    below.set_ylabel(r"Optimal threshold $\hat\theta$")
    below.set_xscale("log")
    below.set_xlabel(r"Maintenance cost $c$ (per unit and presentation)")
    plotting.legend_above(figure, above, 0.14, ncols=2)
    plotting.note_below(figure, plotting.left_out(panel.drop_duplicates("variant")))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2c").parse_args()
    panels = summarise(*(plotting.ask(options.program, command, options.results) for command in ("optimum", "theory")))
    plotting.save(draw(panels["c"]), panels, options.output, options.name)


if __name__ == "__main__":
    main()
