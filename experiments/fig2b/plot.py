#!/usr/bin/env python3
"""Fig. 2b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy of consolidation, of maintenance of the transient weights, and their sum, against the consolidation threshold.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

PARTS = {"consolidation": (plotting.BLUE, "consolidation"), "maintenance": (plotting.ORANGE, "maintenance"),
         "total": (plotting.BLACK, "total")}


def summarise(outcomes, predictions):
    """Both parts of the energy and their sum over seeds for each threshold, and by theory."""
    for column in ("variant", "inputs", "patterns", "maintenance_cost", "tau"):
        plotting.the_only(outcomes, column)
    panel = plotting.over_seeds(outcomes, "threshold", list(PARTS))
    return {"energy": panel.merge(predictions.groupby("threshold")[list(PARTS)].mean().add_suffix("_theory"), on="threshold")}


def draw(panel, price):
    """The figure: one panel."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.6, 3.0), layout="constrained")
    for part, (color, label) in PARTS.items():
        plotting.draw(axes, "threshold", panel, part, color, label)
        axes.plot(panel["threshold"], panel[f"{part}_theory"], color=color, linestyle="--", linewidth=1.0)
    axes.plot([], [], color="grey", linestyle="--", linewidth=1.0, label="theory")
    axes.set_xlabel(r"Consolidation threshold $\theta$")
    axes.set_ylabel("Energy (units of weight change)")
    axes.set_yscale("log")
    axes.set_xlim(left=0)
    axes.legend(loc="lower right", title=f"$c$ = {price:g}")
    plotting.note_below(figure, plotting.left_out(panel))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2b").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes, plotting.ask(options.program, "theory", options.results))
    plotting.save(draw(panels["energy"], plotting.the_only(outcomes, "maintenance_cost")), panels, options.output, options.name)


if __name__ == "__main__":
    main()
