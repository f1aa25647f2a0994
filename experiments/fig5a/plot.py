#!/usr/bin/env python3
"""Fig. 5a of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron without caching has spent against its accuracy, checkpoint by checkpoint, for each learning rate.
"""

import gzip
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import numpy as np
import plotting


def summarise(checkpoints):
    """The numbers of the panel: for each learning rate and checkpoint that all seeds reached the mean accuracy and uncached energy."""
    plotting.the_only(checkpoints, "variant")
    means = checkpoints.groupby(["learning_rate", "presentations"])[["accuracy", "uncached"]].agg(["mean", "count"])
    means = means[means[("accuracy", "count")] == checkpoints["seed"].nunique()]
    panel = means.xs("mean", axis=1, level=1).reset_index()
    return {"a": panel}


def first_digit(program):
    """The first training image of MNIST, if its files are here, as pixels [row][column]."""
    done = plotting.subprocess.run([str(program), "data"], stdout=plotting.subprocess.PIPE, text=True, cwd=plotting.REPOSITORY)
    folder = next((line.split()[1] for line in done.stdout.splitlines() if line.startswith("mnist") and "not here" not in line), None)
    if folder is None:
        return None
    with gzip.open(plotting.REPOSITORY / folder / "train-images-idx3-ubyte.gz") as images:
        return np.frombuffer(images.read(16 + 784)[16:], dtype=np.uint8).reshape(28, 28)


def draw(panels, images, digit=None):
    """The figure: one line for each learning rate, from dark (smallest) to bright, full and dashed in turn; `digit` in a corner."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(plotting.COLUMN, 3.0), layout="constrained")
    panel = panels["a"]
    rates = sorted(panel["learning_rate"].unique())
    top = 5e5 if images == "MNIST" else 2.5 * panel.loc[panel["accuracy"] > panel["accuracy"].max() - 0.05, "uncached"].median()
    colors = plotting.plt.get_cmap("plasma")(np.linspace(0.0, 0.75, len(rates)))
    for place, (rate, color) in enumerate(zip(rates, colors)):
        line = panel[panel["learning_rate"] == rate].sort_values("presentations")
        axes.plot(100 * line["accuracy"], 1e-5 * line["uncached"], color=color, label=f"{rate:g}", linestyle=("-", (0, (4, 1)), (0, (1, 1)))[place % 3], linewidth=1.0)
    axes.set_xlim(70, 97 if images == "MNIST" else 100)
    axes.set_ylim(0, 1e-5 * top)
    axes.set_xlabel(f"Accuracy on {images} (%)")
    axes.set_ylabel(r"Energy ($10^5$ units of weight change)")
    plotting.name_panel(axes, "a")
    axes.legend(title="learning rate", loc="upper left", ncols=2, fontsize=6.5, title_fontsize=7, handlelength=2.4)
    if digit is not None:
        inset = axes.inset_axes([0.05, 0.3, 0.17, 0.19])
        inset.imshow(digit, cmap="gray_r")
        inset.set_xticks([])
        inset.set_yticks([])
    return figure


def caption(images):
    return [f"a, energy of a multilayer perceptron that learns {images} without caching against its accuracy, at every checkpoint, mean over seeds. At the larger learning rates "
            "energy goes up steeply without an increase in accuracy."]


def main():
    options = plotting.arguments(__doc__, "fig5a").parse_args()
    checkpoints = plotting.read_table(options.results, "checkpoints", options.program)
    panels = summarise(checkpoints)
    images = plotting.images_label(checkpoints)
    figure = draw(panels, images, first_digit(options.program) if images == "MNIST" else None)
    plotting.save(figure, panels, options.output, options.name, caption(images), options.keep)


if __name__ == "__main__":
    main()
