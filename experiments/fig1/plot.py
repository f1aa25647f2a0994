#!/usr/bin/env python3
"""Fig. 1 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

a, b: what a perceptron is, and what its learning costs; c: energy of learning without caching, and minimal energy, against the number of
patterns; d: their ratio.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting
import schematics

NEAR_CAPACITY = 1.9  # patterns per input: from here on some sets are not learned


def summarise(outcomes, program):
    """The numbers of both panels, by panel: measured over seeds, and theory."""
    for column in ("variant", "exponent", "potentiation_only"):
        plotting.the_only(outcomes, column)
    inputs, rate = plotting.the_only(outcomes, "inputs"), plotting.the_only(outcomes, "learning_rate")
    panels = {"c": plotting.over_seeds(outcomes, "patterns", ["uncached", "minimal"]),
              "d": plotting.over_seeds(outcomes, "patterns", ["inefficiency"])}
    theory = plotting.theory_of(program, {"inputs": inputs, "learning_rate": rate, "variant": "none"}, "patterns", panels["c"]["patterns"].tolist())
    for panel, quantity in (("c", "uncached"), ("c", "minimal"), ("d", "inefficiency")):
        panels[panel][f"{quantity}_theory"] = theory[quantity]
    panels["d"]["learned"] = 1 - panels["d"]["not_converged"] / panels["d"]["trials"]
    return panels


def draw_learned(axes, rows, inputs):
    """How many of the pattern sets near capacity are learned, over steps of 1 % of the inputs, in a small panel."""
    near = rows[rows["patterns"] >= 0.94 * NEAR_CAPACITY * inputs]
    if near.empty:
        return
    bins = (near["patterns"] / (0.01 * inputs)).round() * 0.01 * inputs
    groups = near.groupby(bins)[["trials", "not_converged"]].sum()
    inset = axes.inset_axes([0.16, 0.63, 0.3, 0.24])
    inset.plot(groups.index, 100 * (1 - groups["not_converged"] / groups["trials"]), color=plotting.BLACK, marker="o", markersize=1.8, linewidth=0.7)
    inset.set_ylim(0, 108)
    inset.set_yticks([0, 100])
    inset.set_title("learned (%)", fontsize=6, pad=2)
    inset.tick_params(labelsize=6, length=2)


def draw(panels, inputs):
    """The figure: schematics above, panels c and d below."""
    plotting.use_style()
    figure = plotting.plt.figure(figsize=(plotting.PAGE, 4.5), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1.5])
    schematics.draw_perceptron(first := figure.add_subplot(grid[0, 0]))
    schematics.draw_walk(second := figure.add_subplot(grid[0, 1]))
    left, right = figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])
    energies, ratios = panels["c"], panels["d"]
    plotting.draw(left, "patterns", energies, "uncached", plotting.NO_CACHING, "learning, no caching", middle="median")
    plotting.draw(left, "patterns", energies, "minimal", plotting.MINIMAL, "minimal", middle="median")
    left.plot(energies["patterns"], energies["uncached_theory"], color=plotting.BLACK, linestyle="--", label="theory", zorder=3)
    left.plot(energies["patterns"], energies["minimal_theory"], color=plotting.BLACK, linestyle="--", zorder=3)
    left.set_ylabel("Energy (units of weight change)")
    plotting.draw(right, "patterns", ratios, "inefficiency", plotting.NO_CACHING, "simulation", middle="median")
    right.plot(ratios["patterns"], ratios["inefficiency_theory"], color=plotting.BLACK, linestyle="--", label="theory (eq. 3)", zorder=3)
    right.set_ylabel("Inefficiency")
    draw_learned(right, ratios, inputs)
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlim(0, 2 * inputs)
        axes.set_xlabel(f"Patterns to learn ({inputs} inputs)")
    left.legend(loc="upper left")
    right.legend(loc="lower right")
    for axes, letter in ((first, "a"), (second, "b"), (left, "c"), (right, "d")):
        plotting.name_panel(axes, letter)
    return figure


def caption(panels):
    return ["a, a perceptron. b, the energy of learning is the length of a weight's path, the minimum the distance from its start. c, energy of learning "
            "without caching and minimal energy; d, their ratio. Medians over the pattern sets that are learned; inset: how many are, in the "
            "last tenth before capacity.", plotting.ranges_note(seeds="c, d"), plotting.left_out(panels["d"])]


def print_table(panel):
    """About ten loads of panel d, evenly over the rows, as text."""
    rows = panel.iloc[sorted({round(i * (len(panel) - 1) / 10) for i in range(11)})]
    print(f"{'patterns':>9} {'inefficiency':>13} {'eq. 3':>8}   converged")
    for row in rows.itertuples():
        print(f"{row.patterns:9d} {row.inefficiency_median:13.1f} {row.inefficiency_theory:8.1f}   "
              f"{row.trials - row.not_converged} of {row.trials}")
    note = plotting.left_out(panel)
    if note:
        print(note)


def main():
    parser = plotting.arguments(__doc__, "fig1")
    parser.add_argument("--table", action="store_true", help="also print a small table of panel d")
    options = parser.parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes, options.program)
    if options.table:
        print_table(panels["d"])
    figure = draw(panels, int(plotting.the_only(outcomes, "inputs")))
    plotting.save(figure, panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
