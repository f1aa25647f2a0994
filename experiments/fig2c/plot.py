#!/usr/bin/env python3
"""Fig. 2c of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Above: the least energy over the consolidation threshold, against the cost of maintaining transient weights; below: the
threshold at which it is reached.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import numpy as np
import pandas as pd
import plotting

COLUMNS = ["variant", "maintenance_cost", "total", "total_low", "total_high", "threshold", "threshold_low", "threshold_high",
           "edge", "seeds", "trials", "not_converged", "uncached", "minimal"]
LOOKS = {"local-global": ("global consolidation", "s"), "local-local": ("local consolidation", "o")}


def summarise(optimum, theory):
    """The optimum for each variant and maintenance cost, with its intervals, as multiples of the minimal energy, too; and theory's, which has
    costs of its own and ends where no caching is its best."""
    for column in ("inputs", "patterns", "tau"):
        plotting.the_only(optimum, column)
    plotting.known_values(optimum, "variant", LOOKS)
    rows = optimum[COLUMNS].copy()
    for end in ("", "_low", "_high"):
        rows[f"inefficiency{end}"] = rows[f"total{end}"] / rows["minimal"]
    lines = pd.DataFrame({"maintenance_cost": theory["maintenance_cost"], "inefficiency": theory["optimal_total"] / theory["minimal"],
                          "threshold": theory["optimal_threshold"].where(theory["optimal_total"] < (1 - 1e-9) * theory["uncached"])})
    return {"c": rows, "theory": lines}


def predict(optimum, program):
    """Theory's best energies and thresholds for costs close together; 0 is the first."""
    costs = optimum["maintenance_cost"]
    fixed = {name: plotting.the_only(optimum, name) for name in ("inputs", "patterns")} | {"variant": "local-local"}
    grid = [0.0, *np.geomspace(costs[costs > 0].min(), costs.max(), 200)]
    return plotting.theory_of(program, fixed, "threshold", [1], "maintenance_cost = [" + ", ".join(map(repr, map(float, grid))) + "]")


def draw(panels):
    """The figure: energy above, threshold below; where the best threshold lies at an edge of the range it is not known."""
    plotting.use_style()
    panel, theory = panels["c"], panels["theory"]
    figure, (above, below) = plotting.plt.subplots(2, 1, figsize=(plotting.COLUMN, 4.6), sharex=True, layout="constrained", height_ratios=[3, 2])
    plotting.break_axis(below, panel["maintenance_cost"])
    place = plotting.break_axis(above, panel["maintenance_cost"])
    plotting.draw_against_cost(above, panel, LOOKS, "inefficiency", place)
    costly, free = theory[theory["maintenance_cost"] > 0], theory[theory["maintenance_cost"] == 0]
    above.plot(costly["maintenance_cost"], costly["inefficiency"], color=plotting.BLACK, linestyle="--", label="theory (local)")
    above.plot(place, free["inefficiency"], color=plotting.BLACK, marker="_", markersize=9, linestyle="none")
    plotting.draw_bounds(above, (panel["uncached"] / panel["minimal"]).mean(), 1.0)
    above.set_ylabel("Energy over the minimal one")
    above.set_xlabel("")
    above.set_ylim(bottom=0.8)
    inside = panel[(panel["maintenance_cost"] > 0) & (panel["edge"] == "no") & (panel["threshold"] > 0)]  # 0: no caching; 1000: nothing before the end
    plotting.draw_against_cost(below, inside, LOOKS, "threshold", place)
    below.plot(costly["maintenance_cost"], costly["threshold"], color=plotting.BLACK, linestyle="--")
    below.set_ylim(0.7, 300)
    below.set_ylabel(r"Optimal threshold $\hat\theta$")
    below.set_xlabel(plotting.COST_LABEL)
    plotting.name_panel(above, "c")
    plotting.legend_above(figure, above, 0.12, ncols=2)
    return figure


def caption(panels):
    return ["c, above: least energy over all thresholds, as a multiple of the minimal energy, against the maintenance cost; without it, left of the break, caching "
            "costs the minimal energy. Below: the threshold at which it is reached, where that is inside the range tried. Theory is of local consolidation.",
            plotting.ranges_note(mean="above", thresholds="below"), plotting.left_out(panels["c"].drop_duplicates("variant"))]


def main():
    options = plotting.arguments(__doc__, "fig2c").parse_args()
    optimum = plotting.ask(options.program, "optimum", options.results)
    panels = summarise(optimum, predict(optimum, options.program))
    plotting.save(draw(panels), panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
