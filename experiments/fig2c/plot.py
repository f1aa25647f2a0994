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
LOOKS = {"local-global": ("global consolidation", plotting.ORANGE, "s"), "local-local": ("local consolidation", plotting.GREEN, "o")}


def summarise(optimum, predictions):
    """The optimum for each variant and maintenance cost, with its intervals, and by theory, whose threshold ends where no caching is its best."""
    for column in ("inputs", "patterns", "tau"):
        plotting.the_only(optimum, column)
    plotting.known_values(optimum, "variant", LOOKS)
    means = predictions.groupby("maintenance_cost")[["optimal_total", "optimal_threshold", "uncached"]].mean()
    caches = means["optimal_total"] < (1 - 1e-9) * means["uncached"]
    theory = means[["optimal_total", "optimal_threshold"]].assign(optimal_threshold=means["optimal_threshold"].where(caches))
    theory.columns = ["total_theory", "threshold_theory"]
    return {"c": optimum[COLUMNS].merge(theory, on="maintenance_cost")}


def draw(panel):
    """The figure: energy above, threshold below; where the best threshold lies at an edge of the range it is not known."""
    plotting.use_style()
    figure, (above, below) = plotting.plt.subplots(2, 1, figsize=(3.6, 5.2), sharex=True, layout="constrained",
                                                   height_ratios=[3, 2])
    plotting.draw_energies_against_cost(above, panel, LOOKS)
    costly = panel[panel["maintenance_cost"] > 0]
    inside = costly[(costly["edge"] == "no") & (costly["threshold"] > 0)]  # 0 is no caching, 1000 no consolidation before the end
    plotting.draw_against_cost(below, inside, LOOKS, "threshold")
    theory = costly.drop_duplicates("maintenance_cost")
    below.plot(theory["maintenance_cost"], theory["threshold_theory"], color=plotting.BLACK, linestyle="--")
    below.set_ylim(0.7, 300)
    below.set_ylabel(r"Optimal threshold $\hat\theta$")
    below.set_xlabel(plotting.COST_LABEL)
    plotting.legend_above(figure, above, 0.14, ncols=2)
    plotting.note_below(figure, plotting.bands_note(mean="above"), plotting.bands_note(thresholds="below"),
                        plotting.left_out(panel.drop_duplicates("variant")))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2c").parse_args()
    panels = summarise(*(plotting.ask(options.program, command, options.results) for command in ("optimum", "theory")))
    plotting.save(draw(panels["c"]), panels, options.output, options.name)


if __name__ == "__main__":
    main()
