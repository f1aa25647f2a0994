#!/usr/bin/env python3
"""Fig. 5c of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Energy that a multilayer perceptron spends until it reaches a required accuracy, against its hidden units, without caching and with
caching at each network's best threshold.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import pandas as pd
import plotting

MARKER = {"marker": "o", "markersize": 2.5}


def summarise(outcomes):
    """The numbers of the panel: for each variant, required accuracy and number of hidden units the mean over the networks of each one's least
    energy over the thresholds, its standard error, the median of their best thresholds, and how many networks were run and got there."""
    keys = ["variant", "target_accuracy", "hidden"]
    reached = outcomes[outcomes["converged"] == 1]
    best = reached.loc[reached.groupby(keys + ["seed"])["total"].idxmin()]
    groups = best.groupby(keys)
    rows = pd.DataFrame({"total": groups["total"].mean(), "error": groups["total"].sem(), "threshold": groups["threshold"].median(), "seeds": groups["seed"].count()})
    every = outcomes.groupby(keys)["seed"].nunique().rename("seeds_run")
    rows = pd.concat([every, rows], axis=1).reset_index().astype({"hidden": int})
    return {"c": rows.sort_values("hidden").reset_index(drop=True)}


def draw(panels, images):
    """The figure: red without, blue with caching; full lines for the lower required accuracy, dashed for the higher. A line breaks at sizes
    that do not reach the accuracy."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(plotting.COLUMN, 3.2), layout="constrained")
    panel = panels["c"]
    accuracies = sorted(panel["target_accuracy"].unique())
    for variant, color, name in (("none", plotting.NO_CACHING, "no caching"), ("local-neuron", plotting.CACHING, "caching")):
        for accuracy in accuracies:
            line = panel[(panel["variant"] == variant) & (panel["target_accuracy"] == accuracy)]
            axes.errorbar(line["hidden"], line["total"], yerr=line["error"], color=color, label=f"{name}, {100 * accuracy:g} %", linewidth=1.0, elinewidth=0.6,
                          linestyle="-" if accuracy == accuracies[0] else "--", **MARKER)
            plotting.draw_open(axes, line, "hidden", "total", color, **MARKER)
            if line["total"].notna().any():
                least = line.loc[line["total"].idxmin()]
                axes.plot(least["hidden"], least["total"], marker="v", markersize=5, color=color, markeredgecolor="white", markeredgewidth=0.6, zorder=4)
    axes.set_yscale("log")
    axes.set_xlim(left=0)
    axes.set_xlabel("Hidden units")
    axes.set_ylabel(f"Energy to reach the accuracy\non {images} (units of weight change)")
    plotting.name_panel(axes, "c")
    axes.set_ylim(top=5 * panel["total"].max())
    axes.legend(loc="upper center", ncols=2, fontsize=6.5)
    return figure


def caption(panel):
    return ["c, energy that a multilayer perceptron spends until it reaches a required accuracy, against its hidden units, without caching and with caching at each network's own best "
            "threshold; triangles: least. Means over networks, bars of one standard error; a line breaks where no network gets there.", plotting.open_note(panel)]


def main():
    options = plotting.arguments(__doc__, "fig5c").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    plotting.save(draw(panels, plotting.images_label(outcomes)), panels, options.output, options.name, caption(panels["c"]), options.keep)


if __name__ == "__main__":
    main()
