#!/usr/bin/env python3
"""Energy against the size of the hidden layer from the results of experiment.toml or quick.toml.

Energy M1 (the sum of all changes), energy M0 (how many there are) and learning time until the accuracy is reached, without competition and with learning
on the paths through the first hidden units only.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

RULES = {"none": (plotting.BLACK, "o"), "first-units": (plotting.BLUE, "s")}


def summarise(outcomes):
    """Energies and learning times over seeds by rule and size; and how many hidden units learn, the same in every size."""
    rows = plotting.over_seeds(outcomes, ["competition", "hidden", "fraction"], list(plotting.COMPETITION_QUANTITIES))
    return {"sizes": rows.assign(units=(rows["hidden"] * rows["fraction"].astype(float)).round().astype(int))}


def draw(panels, images, accuracy):
    """The figure: three panels from left to right."""
    plotting.use_style()
    figure, parts = plotting.competition_panels(2.6, "Hidden units $H$", images, accuracy)
    rows = panels["sizes"]
    rows = rows[rows["not_converged"] == 0]
    for quantity, axes in parts.items():
        for rule, (color, marker) in RULES.items():
            line = rows[rows["competition"] == rule].sort_values("hidden")
            name = "all hidden units learn" if rule == "none" else f"paths through {plotting.the_only(line, 'units')} hidden units learn"
            plotting.errorbars_of(axes, line, "hidden", quantity, color=color, marker=marker, label=name)
        plotting.plain_log_axis(axes.yaxis)
    plotting.legend_above(figure, parts["uncached"], 0.12, ncols=2)
    return figure


def caption(panels):
    return ["Energy of a multilayer perceptron against the size of its hidden layer: a, the sum of all changes, b, their number, c, the learning time, where all synapses learn, and where only "
            "those onto and from some of the hidden units do, as many in every size.", plotting.left_out(panels["sizes"]), plotting.ranges_note(seeds="")]


def main():
    options = plotting.arguments(__doc__, "hidden-size").parse_args()
    outcomes = plotting.outcomes_of(options)
    plotting.the_only(outcomes, "variant")
    panels = summarise(outcomes)
    figure = draw(panels, plotting.images_label(outcomes), plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
