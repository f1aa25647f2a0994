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
VARIANTS = {"local-global": "global consolidation", "local-local": "local consolidation"}


def summarise(outcomes, predictions):
    """Both parts of the energy and their sum over seeds for each variant and threshold, and by theory."""
    for column in ("inputs", "patterns", "maintenance_cost", "tau"):
        plotting.the_only(outcomes, column)
    theory = predictions.groupby(["variant", "threshold"])[list(PARTS)].mean().add_suffix("_theory")
    panels = {}
    for variant in plotting.known_values(outcomes, "variant", VARIANTS):
        panel = plotting.over_seeds(outcomes[outcomes["variant"] == variant], "threshold", list(PARTS))
        panels[variant] = panel.merge(theory.loc[variant], on="threshold")
    return panels


def draw(panels, price):
    """The figure: a panel for each variant."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, len(panels), figsize=(0.2 + 3.45 * len(panels), 3.1), layout="constrained", sharey=True, squeeze=False)
    for axes, (variant, panel) in zip(all_axes[0], panels.items()):
        for part, (color, label) in PARTS.items():
            plotting.draw(axes, "threshold", panel, part, color, label)
            axes.plot(panel["threshold"], panel[f"{part}_theory"], color=color, linestyle="--", linewidth=1.0)
        axes.plot([], [], color="grey", linestyle="--", linewidth=1.0, label="theory (local)")
        axes.set_xlabel(r"Consolidation threshold $\theta$")
        axes.set_yscale("log")
        axes.set_xlim(left=0)
        axes.set_title(f"{VARIANTS[variant]}, $c$ = {price:g}", fontsize=9)
    all_axes[0][0].set_ylabel("Energy (units of weight change)")
    plotting.legend_above(figure, all_axes[0][0], 0.09, ncols=4)
    plotting.note_below(figure, plotting.bands_note(seeds=""), plotting.left_out(next(iter(panels.values()))))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2b").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes, plotting.ask(options.program, "theory", options.results))
    plotting.save(draw(panels, plotting.the_only(outcomes, "maintenance_cost")), panels, options.output, options.name)


if __name__ == "__main__":
    main()
