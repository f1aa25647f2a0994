#!/usr/bin/env python3
"""Fig. 1c,d of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

c: energy of learning without caching, and minimal energy, against the number of patterns; d: their ratio.
"""

import pathlib
import sys

FOLDER = pathlib.Path(__file__).absolute().parent
sys.path.insert(0, str(FOLDER.parent))
import plotting


def summarise(outcomes, program):
    """The numbers of both panels, by panel: measured over seeds, and theory."""
    for column in ("variant", "exponent", "potentiation_only"):
        plotting.the_only(outcomes, column)
    inputs, rate = plotting.the_only(outcomes, "inputs"), plotting.the_only(outcomes, "learning_rate")
    panels = {"c": plotting.over_seeds(outcomes, "patterns", ["uncached", "minimal"]),
              "d": plotting.over_seeds(outcomes, "patterns", ["inefficiency"])}
    settings = {"seed": 1, "inputs": inputs, "learning_rate": rate, "patterns": panels["c"]["patterns"].tolist()}
    theory = plotting.ask(program, "theory", FOLDER / "experiment.toml",
                          *(f"--set={key}={value}" for key, value in settings.items()))
    for panel, quantity in (("c", "uncached"), ("c", "minimal"), ("d", "inefficiency")):
        panels[panel][f"{quantity}_theory"] = theory[quantity]
    return panels


def draw(panels, inputs):
    """The figure: panel c left, panel d right."""
    plotting.use_style()
    figure, (left, right) = plotting.plt.subplots(1, 2, figsize=(7.1, 3.0), layout="constrained")
    energies, ratios = panels["c"], panels["d"]
    plotting.draw(left, "patterns", energies, "uncached", plotting.RED, "learning, uncached")
    plotting.draw(left, "patterns", energies, "minimal", plotting.BLUE, "minimal")
    left.plot(energies["patterns"], energies["uncached_theory"], color=plotting.BLACK, linestyle="--", label="theory")
    left.plot(energies["patterns"], energies["minimal_theory"], color=plotting.BLACK, linestyle="--")
    left.set_ylabel("Energy (units of weight change)")
    plotting.draw(right, "patterns", ratios, "inefficiency", plotting.RED, "simulation")
    right.plot(ratios["patterns"], ratios["inefficiency_theory"], color=plotting.BLACK, linestyle="--", label="theory (eq. 3)")
    right.set_ylabel("Inefficiency")
    for axes, letter in ((left, "c"), (right, "d")):
        axes.set_yscale("log")
        axes.set_xlim(0, 2 * inputs)
        axes.set_xlabel(f"Patterns to learn ({inputs} inputs)")
        plotting.name_panel(axes, letter)
        axes.legend(loc="upper left")
    plotting.note_below(figure, plotting.bands_note(seeds=""), plotting.left_out(ratios))
    return figure


def print_table(panel):
    """About ten loads of panel d, evenly over the rows, as text."""
    rows = panel.iloc[sorted({round(i * (len(panel) - 1) / 10) for i in range(11)})]
    print(f"{'patterns':>9} {'inefficiency':>13} {'eq. 3':>8}   converged")
    for row in rows.itertuples():
        print(f"{row.patterns:9d} {row.inefficiency_mean:13.1f} {row.inefficiency_theory:8.1f}   "
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
    plotting.save(figure, panels, options.output, options.name)


if __name__ == "__main__":
    main()
