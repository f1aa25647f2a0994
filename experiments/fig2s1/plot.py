#!/usr/bin/env python3
"""Fig. 2, supplement 1 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

a: energy of a spiking neuron that learns by STDP, without and with caching, against the number of patterns; b: the part of
the energy that caching saves, and the part of the trainings that were successful.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(outcomes):
    """The numbers of the panels over seeds: energy [siemens] by variant, and saving, of successful trainings; how many are successful."""
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
    both = both.rename(columns={"total": "uncached_energy", "total_cached": "cached_energy"})
    successful = both[both["successful"] == 1]
    energies = plotting.over_seeds(successful, "patterns", ["uncached_energy", "cached_energy"])
    savings = plotting.over_seeds(successful, "patterns", ["saving"])
    for name in ("uncached_energy", "cached_energy"):
        energies[f"{name}_sd"] = successful[successful["converged"] == 1].groupby("patterns")[name].std().to_numpy()
    success = both.groupby("patterns")["successful"].agg(trials="count", successful="sum").reset_index()
    return {"a": energies, "b": savings, "c": success}


def draw_energy(axes, rows, name, color, label):
    """Means with bars of one standard deviation, which end above 0."""
    mean, deviation = rows[f"{name}_mean"], rows[f"{name}_sd"].fillna(0)
    axes.errorbar(rows["patterns"], mean, yerr=[deviation.clip(upper=0.9 * mean), deviation], color=color, label=label, linestyle="none", marker="o",
                  markersize=2.8, elinewidth=0.6)


def draw(panels):
    """The figure: panels a, b and c from left to right."""
    plotting.use_style()
    figure, (left, middle, right) = plotting.plt.subplots(1, 3, figsize=(plotting.PAGE, 2.5), layout="constrained", width_ratios=[1.3, 1, 1])
    draw_energy(left, panels["a"], "uncached_energy", plotting.NO_CACHING, "no caching")
    draw_energy(left, panels["a"], "cached_energy", plotting.CACHING, "caching")
    left.set_ylabel("Energy (S of conductance change)")
    left.set_yscale("log")
    left.set_ylim(1e-9, 2e-6)
    left.legend(loc="lower right")
    plotting.draw(middle, "patterns", panels["b"], "saving", plotting.CACHING, None, 100.0)
    middle.set_ylabel("Energy saved (%)")
    middle.set_ylim(0, 100)
    rows = panels["c"]
    right.plot(rows["patterns"], 100.0 * rows["successful"] / rows["trials"], color=plotting.BLACK, linestyle="none", marker="s", markersize=3)
    right.set_ylabel("Successful trainings (%)")
    right.set_ylim(0, 103)
    for axes, letter in ((left, "a"), (middle, "b"), (right, "c")):
        axes.set_xlim(0, rows["patterns"].max() + 1)
        axes.set_xlabel("Patterns to learn")
        plotting.name_panel(axes, letter)
    return figure


def caption(panels):
    return ["a, energy of a spiking neuron without and with caching against the number of patterns; b, what caching saves; both of successful trainings (mean; bars: one standard "
            "deviation in a, lowest to highest in b). c, how many trainings are successful; with two or three patterns both targets must be among them, which is chance.",
            plotting.left_out(panels["a"])]


def main():
    options = plotting.arguments(__doc__, "fig2s1").parse_args()
    panels = summarise(plotting.outcomes_of(options))
    plotting.save(draw(panels), panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
