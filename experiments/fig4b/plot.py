#!/usr/bin/env python3
"""Fig. 4b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Least energy over the consolidation threshold against the maintenance cost, for the three variants of synaptic caching.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

LOOKS = {"local-local": ("local threshold, local consolidation", plotting.GREEN, "o"),
         "local-global": ("local threshold, global consolidation", plotting.ORANGE, "s"),
         "global-global": ("global threshold, global consolidation", plotting.BLUE, "^")}
COLUMNS = ["variant", "maintenance_cost", "total", "total_low", "total_high", "threshold", "threshold_low", "threshold_high",
           "edge", "seeds", "trials", "not_converged", "uncached", "minimal"]


def summarise(optimum, predictions):
    """The optimum for each variant and maintenance cost; the theory is that of local thresholds and consolidation."""
    for column in ("inputs", "patterns", "tau"):
        plotting.the_only(optimum, column)
    plotting.known_values(optimum, "variant", LOOKS)
    local = predictions[predictions["variant"] == "local-local"].groupby("maintenance_cost")["optimal_total"].mean()
    return {"b": optimum[COLUMNS].merge(local.rename("total_theory"), on="maintenance_cost", how="left")}


def draw(panel):
    """The figure: one panel."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.9, 4.2), layout="constrained")
    plotting.draw_energies_against_cost(axes, panel, LOOKS)
    axes.set_xlabel(plotting.COST_LABEL)
    plotting.legend_above(figure, axes, 0.3)
    plotting.note_below(figure, plotting.bands_note(mean=""), plotting.left_out(panel.drop_duplicates("variant")))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig4b").parse_args()
    panels = summarise(*(plotting.ask(options.program, command, options.results) for command in ("optimum", "theory")))
    plotting.save(draw(panels["b"]), panels, options.output, options.name)


if __name__ == "__main__":
    main()
