#!/usr/bin/env python3
"""Fig. 2, supplement 1 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

a: energy of a spiking neuron that learns by STDP, without and with caching, against the number of patterns; b: the part of
the energy that caching saves, and the part of the trainings that were successful.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

NANOSIEMENS = 1e9  # in a siemens, the unit of conductances and of their changes


def summarise(outcomes):
    """The numbers of both panels over seeds: energy [siemens] by variant, saving and success."""
    for column in ("exponent", "potentiation_only", "maintenance_cost"):
        plotting.the_only(outcomes, column)
    pair = ["patterns", "seed"]
    uncached = outcomes[outcomes["variant"] == "none"]
    cached = outcomes[outcomes["variant"] != "none"]
    plotting.the_only(cached, "variant")
    both = uncached.merge(cached[pair + ["total"]], on=pair, suffixes=("", "_cached"))
    if both.empty:
        sys.exit("variant: this figure needs the same trainings without (none) and with caching")
    both["saving"] = 1.0 - both["total_cached"] / both["total"]
    energies = plotting.over_seeds(both.rename(columns={"total": "uncached_energy", "total_cached": "cached_energy"}),
                                   "patterns", ["uncached_energy", "cached_energy"])
    savings = plotting.over_seeds(both, "patterns", ["saving"])
    savings["successful"] = both.groupby("patterns")["successful"].mean().to_numpy()
    return {"a": energies, "b": savings}


def draw(panels):
    """The figure: panel a left, panel b right."""
    plotting.use_style()
    figure, (left, right) = plotting.plt.subplots(1, 2, figsize=(7.1, 3.0), layout="constrained")
    plotting.draw(left, "patterns", panels["a"], "uncached_energy", plotting.RED, "without caching", NANOSIEMENS)
    plotting.draw(left, "patterns", panels["a"], "cached_energy", plotting.BLUE, "with caching", NANOSIEMENS)
    left.set_ylabel("Energy (nS of conductance change)")
    left.set_ylim(bottom=0)
    plotting.draw(right, "patterns", panels["b"], "saving", plotting.GREEN, "saved by caching", 100.0)
    right.plot(panels["b"]["patterns"], 100.0 * panels["b"]["successful"], color=plotting.BLACK, linestyle="--",
               label="successful trainings")
    right.set_ylabel("Share (%)")
    right.set_ylim(0, 105)
    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xlim(left=0)
        axes.set_xlabel("Patterns to learn")
        axes.set_title(letter, loc="left", fontweight="bold")
        axes.legend(loc="upper left" if letter == "a" else "lower left")
    plotting.note_below(figure, plotting.bands_note(seeds=""), plotting.left_out(panels["b"]))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2s1").parse_args()
    panels = summarise(plotting.outcomes_of(options))
    plotting.save(draw(panels), panels, options.output, options.name)


if __name__ == "__main__":
    main()
