#!/usr/bin/env python3
"""Fig. 5a of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron without caching has spent when it first reaches an accuracy, for each learning rate.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import numpy as np
import plotting


def summarise(checkpoints):
    """The numbers of the panel: uncached energy by learning rate and accuracy, over seeds."""
    plotting.the_only(checkpoints, "variant")
    levels = np.round(np.arange(0.7, 0.9701, 0.005), 3)
    return {"a": plotting.at_accuracies(checkpoints, ["learning_rate"], ["uncached"], levels)}


def draw(panels, images):
    """The figure: one line for each learning rate, from dark (smallest) to bright."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.6, 3.2), layout="constrained")
    rates = sorted(panels["a"]["learning_rate"].unique())
    colors = plotting.plt.get_cmap("viridis")(np.linspace(0.0, 0.92, len(rates)))
    for rate, color in zip(rates, colors):
        line = panels["a"][panels["a"]["learning_rate"] == rate].dropna(subset=["uncached_mean"])
        axes.fill_between(100 * line["accuracy"], line["uncached_low"], line["uncached_high"], color=color, alpha=0.2, linewidth=0)
        axes.plot(100 * line["accuracy"], line["uncached_mean"], color=color, label=f"{rate:g}")
    axes.set_yscale("log")
    axes.set_xlabel(f"Accuracy reached on {images} (%)")
    axes.set_ylabel("Energy (units of weight change)")
    plotting.name_panel(axes, "a")
    axes.set_ylim(top=5 * panels["a"]["uncached_high"].max())
    axes.legend(title="learning rate", loc="upper left", ncols=3, fontsize=7, title_fontsize=8)
    plotting.note_below(figure, plotting.bands_note(seeds=""))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig5a").parse_args()
    checkpoints = plotting.read_table(options.results, "checkpoints", options.program)
    panels = summarise(checkpoints)
    plotting.save(draw(panels, plotting.images_label(checkpoints)), panels, options.output, options.name)


if __name__ == "__main__":
    main()
