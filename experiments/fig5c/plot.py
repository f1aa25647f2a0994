#!/usr/bin/env python3
"""Fig. 5c of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron spends until it reaches a required accuracy, against its hidden units, without caching and with
caching at the threshold of least energy.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(optimum):
    """The numbers of the panel: energy by variant, required accuracy and hidden units, and the best threshold."""
    columns = ["variant", "target_accuracy", "hidden", "threshold", "edge", "total", "total_low", "total_high", "seeds", "trials", "not_converged"]
    return {"c": optimum[columns].dropna(subset=["total"])}


def draw(panels, images):
    """The figure: red without, blue with caching; full lines for the highest required accuracy, dashed for the others."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.8, 3.2), layout="constrained")
    accuracies = sorted(panels["c"]["target_accuracy"].unique())
    for variant, color, name in (("none", plotting.RED, "without"), ("local-neuron", plotting.BLUE, "with")):
        for accuracy in accuracies:
            line = panels["c"][(panels["c"]["variant"] == variant) & (panels["c"]["target_accuracy"] == accuracy)]
            axes.fill_between(line["hidden"], line["total_low"].clip(lower=line["total"] / 3), line["total_high"], color=color, alpha=0.2, linewidth=0)
            axes.plot(line["hidden"], line["total"], color=color, linestyle="-" if accuracy == accuracies[-1] else "--",
                      label=f"{name} caching, {100 * accuracy:g} %")
    axes.set_yscale("log")
    axes.set_xlabel("Hidden units")
    axes.set_ylabel(f"Energy to reach the accuracy\non {images} (units of weight change)")
    plotting.name_panel(axes, "c")
    axes.set_ylim(top=6 * panels["c"]["total"].max())
    axes.legend(loc="upper center", ncols=2, fontsize=7)
    return figure


def main():
    options = plotting.arguments(__doc__, "fig5c").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(plotting.optimum_of(options.results, program=options.program))
    plotting.save(draw(panels, plotting.images_label(outcomes)), panels, options.output, options.name)


if __name__ == "__main__":
    main()
