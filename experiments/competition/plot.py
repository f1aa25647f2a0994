#!/usr/bin/env python3
"""Competitive plasticity from the results of experiment.toml or quick.toml.

Energy M1 (the sum of all changes), energy M0 (how many there are) and learning time until the accuracy is reached, against the fraction of the hidden
layer that may change, for each rule.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

RULES = {"largest-change": (plotting.BLUE, "o"), "largest-change-unit": (plotting.SKY, "s"), "largest-error": (plotting.GREEN, "^"), "largest-weight": (plotting.PURPLE, "D"),
         "random-units": (plotting.RED, "v"), "fixed-units": (plotting.ORANGE, "<"), "fixed-synapses": ("#882255", ">"), "smallest-change": (plotting.MINIMAL, "X")}


def summarise(outcomes):
    """Energies and learning times over seeds by rule and fraction of the first layer."""
    first = outcomes["fraction"].str.split(",", expand=True)[0].astype(float)
    return {"rules": plotting.over_seeds(outcomes.assign(fraction=first), ["competition", "fraction"], list(plotting.COMPETITION_QUANTITIES))}


def draw(panels, images, accuracy):
    """The figure: three panels from left to right."""
    plotting.use_style()
    figure, parts = plotting.competition_panels(2.9, "Fraction that may change", images, accuracy)
    rows = panels["rules"]
    # Where some do not get there, the others are the lucky ones.
    rows = rows[rows["not_converged"] == 0]
    fractions = sorted(set(rows["fraction"]) - {1.0})
    for quantity, axes in parts.items():
        for rule, (color, marker) in RULES.items():
            line = rows[rows["competition"] == rule]
            if line.empty:
                continue
            name = rule.replace("-unit", ", each unit") if rule.endswith("change-unit") else rule
            plotting.errorbars_of(axes, line, "fraction", quantity, color=color, marker=marker, label=name.replace("-", " "))
        for value in rows[rows["competition"] == "none"][f"{quantity}_mean"] / plotting.COMPETITION_QUANTITIES[quantity][1]:
            axes.axhline(value, color=plotting.BLACK, linestyle="--", linewidth=0.9, label="no competition")
        axes.set_xticks(fractions, [f"{fraction:g}" for fraction in fractions])
        axes.minorticks_off()
        plotting.plain_log_axis(axes.yaxis)
    plotting.legend_above(figure, parts["uncached"], 0.12, ncols=5)
    return figure


def caption(panels):
    return ["Competitive plasticity in a multilayer perceptron: a, the sum of all changes, b, their number, c, the learning time, against the fraction of the hidden layer's units or synapses that "
            "may change in a presentation, by the rule that chooses them; dashed: all may.", plotting.left_out(panels["rules"]), plotting.ranges_note(seeds="")]


def main():
    options = plotting.arguments(__doc__, "competition").parse_args()
    outcomes = plotting.outcomes_of(options)
    for column in ("variant", "hidden"):
        plotting.the_only(outcomes, column)
    panels = summarise(outcomes)
    figure = draw(panels, plotting.images_label(outcomes), plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
