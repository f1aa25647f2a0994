#!/usr/bin/env python3
"""Fig. 5b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron has spent when it first reaches an accuracy: without caching, with caching, and the minimum. Left for
the gradient of the published scripts, right for the exact one.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import numpy as np
import plotting


def summarise(checkpoints, maintenance_cost):
    """The numbers of both panels: energies by variant and accuracy, over seeds, and the ratio of uncached to minimal."""
    table = checkpoints.copy()
    table["total"] = table["consolidation"] + maintenance_cost * table["maintenance_sum"]
    table["ratio"] = table["uncached"] / table["minimal"]
    levels = np.round(np.arange(0.8, 0.9801, 0.005), 3)
    return {gradient: plotting.at_accuracies(table[table["backprop"] == gradient], ["variant"], ["total", "minimal", "ratio"], levels)
            for gradient in ("published", "exact") if gradient in set(table["backprop"])}


def draw_band(axes, lines, quantity, color, label):
    """Mean over seeds as a line on a band from the lowest to the highest."""
    there = lines.dropna(subset=[f"{quantity}_mean"])
    axes.fill_between(100 * there["accuracy"], there[f"{quantity}_low"], there[f"{quantity}_high"], color=color, alpha=0.25, linewidth=0)
    axes.plot(100 * there["accuracy"], there[f"{quantity}_mean"], color=color, label=label)


def draw(panels, images, caching):
    """The figure: a panel for each gradient."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, len(panels), figsize=(3.55 * len(panels), 3.1), layout="constrained", sharey=True, squeeze=False)
    for axes, (gradient, lines) in zip(all_axes[0], panels.items()):
        plain = lines[lines["variant"] == "none"]
        draw_band(axes, plain, "total", plotting.RED, "without caching")
        draw_band(axes, lines[lines["variant"] != "none"], "total", plotting.BLUE, f"with caching ({caching})")
        draw_band(axes, plain, "minimal", plotting.GREEN, "minimal")
        axes.set_yscale("log")
        axes.set_xlabel(f"Accuracy reached on {images} (%)")
        axes.set_title(f"{gradient} gradient", fontsize=9)
        axes.legend(loc="upper left")
    plotting.name_panel(all_axes[0][0], "b")
    all_axes[0][0].set_ylabel("Energy (units of weight change)")
    plotting.note_below(figure, plotting.bands_note(seeds=""))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig5b").parse_args()
    outcomes = plotting.outcomes_of(options)
    checkpoints = plotting.read_table(options.results, "checkpoints", options.program)
    cached = checkpoints[checkpoints["variant"] != "none"]
    panels = summarise(checkpoints, plotting.the_only(outcomes, "maintenance_cost"))
    figure = draw(panels, plotting.images_label(checkpoints), f"θ = {plotting.the_only(cached, 'threshold'):g}")
    plotting.save(figure, panels, options.output, options.name)


if __name__ == "__main__":
    main()
