#!/usr/bin/env python3
"""Fig. 4b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Least energy over the consolidation threshold against the maintenance cost, for the three variants of synaptic caching.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting
import schematics

LOOKS = {"local-local": ("local–local", "o"), "local-global": ("local–global", "s"), "global-global": ("global–global", "^")}
COLUMNS = ["variant", "maintenance_cost", "total", "total_low", "total_high", "threshold", "threshold_low", "threshold_high",
           "edge", "seeds", "trials", "not_converged", "uncached", "minimal"]


def summarise(optimum):
    """The optimum for each variant and maintenance cost."""
    for column in ("inputs", "patterns", "tau"):
        plotting.the_only(optimum, column)
    plotting.known_values(optimum, "variant", LOOKS)
    return {"b": optimum[COLUMNS]}


def draw(panel):
    """The figure: schematics above, energies below."""
    plotting.use_style()
    figure = plotting.plt.figure(figsize=(plotting.COLUMN, 4.6), layout="constrained")
    grid = figure.add_gridspec(2, 3, height_ratios=[1, 3.2])
    tops = [figure.add_subplot(grid[0, column]) for column in range(3)]
    schematics.draw_triggers(tops)
    axes = figure.add_subplot(grid[1, :])
    place = plotting.break_axis(axes, panel["maintenance_cost"])
    plotting.draw_against_cost(axes, panel, LOOKS, "total", place)
    plotting.draw_bounds(axes, panel["uncached"].mean(), panel["minimal"].mean())
    axes.set_xlabel(plotting.COST_LABEL)
    axes.set_ylabel("Energy (units of weight change)")
    axes.legend(loc="upper left", bbox_to_anchor=(0.02, 0.9), fontsize=6.5)
    tops[0].set_title("a", loc="left", fontweight="bold", pad=14)
    plotting.name_panel(axes, "b")
    return figure


def caption(panel):
    return ["a, who is consolidated when, named after threshold and consolidation: bars are transient weights, filled ones are consolidated. b, least energy over all thresholds against the maintenance cost; "
            "0 left of the break.", plotting.ranges_note(mean="b"), plotting.left_out(panel.drop_duplicates("variant"))]


def main():
    options = plotting.arguments(__doc__, "fig4b").parse_args()
    panels = summarise(plotting.ask(options.program, "optimum", options.results))
    plotting.save(draw(panels["b"]), panels, options.output, options.name, caption(panels["b"]), options.keep)


if __name__ == "__main__":
    main()
