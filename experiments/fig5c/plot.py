#!/usr/bin/env python3
"""Fig. 5c of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron spends until it reaches a required accuracy, against its hidden units, without caching and with
caching at the threshold of least energy.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

MARKER = {"marker": "o", "markersize": 2.5}


def summarise(optimum, seeds):
    """The numbers of the panel: energy by variant, required accuracy and hidden units, the best threshold, and how many seeds were run."""
    columns = ["variant", "target_accuracy", "hidden", "threshold", "edge", "total", "total_low", "total_high", "seeds", "trials", "not_converged"]
    return {"c": optimum[columns].assign(seeds_run=seeds).sort_values("hidden")}


def draw(panels, images):
    """The figure: red without, blue with caching; full lines for the highest required accuracy, dashed for the others. A line breaks where
    too few trainings reach the accuracy."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.8, 3.8), layout="constrained")
    accuracies = sorted(panels["c"]["target_accuracy"].unique())
    bottom = 0.4 * panels["c"]["total"].min()    # of the panel: some intervals reach below 0, where a logarithm ends
    for variant, color, name in (("none", plotting.RED, "without"), ("local-neuron", plotting.BLUE, "with")):
        for accuracy in accuracies:
            line = panels["c"][(panels["c"]["variant"] == variant) & (panels["c"]["target_accuracy"] == accuracy)]
            plotting.draw_band(axes, line["hidden"], line["total"], line["total_low"], line["total_high"], color,
                               f"{name} caching, {100 * accuracy:g} %", linestyle="-" if accuracy == accuracies[-1] else "--", **MARKER)
            plotting.draw_open(axes, line, "hidden", "total", color, **MARKER)
            alone = line[line["total"].shift().isna() & line["total"].shift(-1).isna()]    # where a band has no width
            axes.vlines(alone["hidden"], alone["total_low"].clip(lower=bottom), alone["total_high"], color=color, alpha=0.4)
    axes.set_yscale("log")
    axes.set_xlabel("Hidden units")
    axes.set_ylabel(f"Energy to reach the accuracy\non {images} (units of weight change)")
    plotting.name_panel(axes, "c")
    axes.set_ylim(bottom, 6 * panels["c"]["total"].max())
    axes.legend(loc="upper center", ncols=2, fontsize=7)
    plotting.note_below(figure, plotting.bands_note(mean="") + plotting.open_note(panels["c"]), plotting.left_out(panels["c"]))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig5c").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(plotting.optimum_of(options.results, program=options.program), outcomes["seed"].nunique())
    plotting.save(draw(panels, plotting.images_label(outcomes)), panels, options.output, options.name)


if __name__ == "__main__":
    main()
