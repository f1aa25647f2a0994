#!/usr/bin/env python3
"""Fig. 5b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron has spent against its accuracy: without caching, with caching, and the minimum. Left for
the gradient of the published scripts, right for the exact one.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(checkpoints, maintenance_cost):
    """The numbers of both panels: means over seeds of accuracy and energies by variant, at every checkpoint that all seeds reached."""
    table = checkpoints.assign(total=checkpoints["consolidation"] + maintenance_cost * checkpoints["maintenance_sum"],
                               ratio=checkpoints["uncached"] / checkpoints["minimal"])
    panels = {}
    for gradient in ("published", "exact"):
        groups = table[table["backprop"] == gradient].groupby(["variant", "presentations"])
        means = groups[["accuracy", "total", "minimal", "ratio"]].mean()
        if len(means):
            panels[gradient] = means[groups["seed"].count() == table["seed"].nunique()].reset_index()
    return panels


def draw(panels, images, caching):
    """The figure: a panel for each gradient."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, len(panels), figsize=(plotting.PAGE, 2.9), layout="constrained", sharey=True, squeeze=False)
    low = 90 if images == "MNIST" else 70
    for axes, letter, (gradient, lines) in zip(all_axes[0], ("b", "b′"), panels.items()):
        lines = lines[100 * lines["accuracy"] >= low]
        plain, cached = lines[lines["variant"] == "none"], lines[lines["variant"] != "none"]
        for rows, quantity, color, marker, label in ((plain, "total", plotting.NO_CACHING, "o", "no caching"), (cached, "total", plotting.CACHING, "s", f"caching ({caching})"),
                                                     (plain, "minimal", plotting.MINIMAL, "^", "minimal")):
            axes.plot(100 * rows["accuracy"], rows[quantity], color=color, linestyle="none", marker=marker, markersize=2.2, label=label)
        axes.set_yscale("log")
        axes.set_xlim(low, 98 if images == "MNIST" else 100)
        axes.set_xlabel(f"Accuracy on {images} (%)")
        axes.set_title(f"{gradient} gradient")
        plotting.name_panel(axes, letter)
    all_axes[0][0].legend(loc="upper left")
    all_axes[0][0].set_ylim(top=3 * max(lines["total"].max() for lines in panels.values()))
    all_axes[0][0].set_ylabel("Energy (units of weight change)")
    return figure


def caption(images):
    return [f"b, energy of a multilayer perceptron against its accuracy on {images} without and with caching, and the minimum, at every checkpoint, mean over seeds; with the gradient of "
            "the published scripts, and b′ with the exact one."]


def main():
    options = plotting.arguments(__doc__, "fig5b").parse_args()
    outcomes = plotting.outcomes_of(options)
    checkpoints = plotting.read_table(options.results, "checkpoints", options.program)
    cached = checkpoints[checkpoints["variant"] != "none"]
    panels = summarise(checkpoints, plotting.the_only(outcomes, "maintenance_cost"))
    images = plotting.images_label(checkpoints)
    figure = draw(panels, images, f"θ = {plotting.the_only(cached, 'threshold'):g}")
    plotting.save(figure, panels, options.output, options.name, caption(images), options.keep)


if __name__ == "__main__":
    main()
