#!/usr/bin/env python3
"""Fig. 2b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy of consolidation, of maintenance of the transient weights, and their sum, against the consolidation threshold.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import numpy as np
import plotting

PARTS = {"consolidation": (plotting.CONSOLIDATION, "consolidation"), "maintenance": (plotting.MAINTENANCE, "maintenance"),
         "total": (plotting.TOTAL, "total")}
VARIANTS = {"local-global": "global consolidation", "local-local": "local consolidation"}


def summarise(outcomes, theory):
    """Both parts of the energy and their sum over seeds for each variant and threshold, the energies that bound them; and theory's, of local
    consolidation, which has thresholds of its own."""
    for column in ("inputs", "patterns", "maintenance_cost", "tau"):
        plotting.the_only(outcomes, column)
    panels = {variant: plotting.over_seeds(outcomes[outcomes["variant"] == variant], "threshold", [*PARTS, "uncached", "minimal"])
              for variant in plotting.known_values(outcomes, "variant", VARIANTS)}
    return panels | {"theory": theory[["threshold", *PARTS]]}


def predict(outcomes, program):
    """Theory's energies for thresholds close together."""
    tried = outcomes["threshold"]
    fixed = {name: plotting.the_only(outcomes, name) for name in ("inputs", "patterns")} | {"variant": "local-local"}
    price = plotting.the_only(outcomes, "maintenance_cost")
    return plotting.theory_of(program, fixed, "threshold", np.linspace(tried.min(), tried.max(), 200), f"maintenance_cost = {price}")


def draw(panels, price):
    """The figure: a panel for each variant."""
    plotting.use_style()
    variants = [name for name in panels if name != "theory"]
    figure, all_axes = plotting.plt.subplots(1, len(variants), figsize=(plotting.PAGE, 2.9), layout="constrained", sharey=True, squeeze=False)
    for axes, letter, variant in zip(all_axes[0], ("b", "b′"), variants):
        panel = panels[variant]
        for part, (color, label) in PARTS.items():
            plotting.draw(axes, "threshold", panel, part, color, label)
            if variant == "local-local":
                axes.plot(panels["theory"]["threshold"], panels["theory"][part], color=color, linestyle="--", linewidth=1.0)
        plotting.draw_bounds(axes, panel["uncached_mean"].mean(), panel["minimal_mean"].mean())
        axes.plot([], [], color=plotting.BLACK, linestyle="--", linewidth=1.0, label="theory (local)")
        best = panel.loc[panel["total_mean"].idxmin()]
        axes.annotate(rf"$\hat\theta$ = {best['threshold']:g}", (best["threshold"], best["total_mean"]), xytext=(0, 22), textcoords="offset points",
                      ha="center", fontsize=7, arrowprops={"arrowstyle": "->", "linewidth": 0.8})
        axes.set_xlabel(r"Consolidation threshold $\theta$")
        axes.set_yscale("log")
        axes.set_xlim(left=0)
        axes.set_title(f"{VARIANTS[variant]}, $c$ = {price:g}")
        plotting.name_panel(axes, letter)
    all_axes[0][0].set_ylabel("Energy (units of weight change)")
    plotting.legend_above(figure, all_axes[0][-1], 0.09, ncols=6, columnspacing=1.2, handlelength=1.8)
    return figure


def caption(panels):
    return ["b, energy of consolidation, of maintenance, and their sum against the consolidation threshold, for the paper's global consolidation; b′, for local "
            "consolidation, of which the theory speaks. Means over pattern sets; arrows: least total energy.", plotting.ranges_note(seeds=""),
            plotting.left_out(next(iter(panels.values())))]


def main():
    options = plotting.arguments(__doc__, "fig2b").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes, predict(outcomes, options.program))
    figure = draw(panels, plotting.the_only(outcomes, "maintenance_cost"))
    plotting.save(figure, panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
