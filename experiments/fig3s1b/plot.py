#!/usr/bin/env python3
"""Fig. 3, supplement 1b of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Learning time of a multilayer perceptron against its energy, as the threshold varies, for each maintenance cost.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(outcomes):
    """The numbers of the panel: energy and learning time by maintenance cost and threshold, over seeds."""
    parts = []
    for cost, group in outcomes.groupby("maintenance_cost"):
        part = plotting.over_seeds(group, "threshold", ["total", "presentations"])
        seeds = group[group["converged"] == 1].groupby("threshold")
        for quantity in ("total", "presentations"):
            part[f"{quantity}_error"] = seeds[quantity].sem().reindex(part["threshold"]).to_numpy()
        part.insert(0, "maintenance_cost", cost)
        parts.append(part)
    return {"b": plotting.pd.concat(parts)}


def draw(panels, images, accuracy):
    """The figure: one curve for each cost, a dot for each threshold, bars of one standard error over seeds."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.8, 3.2), layout="constrained")
    for (cost, line), color in zip(panels["b"].groupby("maintenance_cost"), (plotting.BLUE, plotting.RED, plotting.GREEN)):
        there = line.dropna(subset=["total_mean"])
        axes.errorbar(there["total_mean"], there["presentations_mean"] / 1000, xerr=there["total_error"],
                      yerr=there["presentations_error"] / 1000, color=color, marker="o", markersize=3, elinewidth=0.6, label=f"c = {cost:g}")
        last = there.iloc[-1]
        axes.annotate(f"θ = {last.threshold:g}", (last.total_mean, last.presentations_mean / 1000), textcoords="offset points",
                      xytext=(6, 2), fontsize=7)
    first = there.iloc[0]
    axes.annotate(f"θ = {first.threshold:g}", (first.total_mean, first.presentations_mean / 1000), textcoords="offset points",
                  xytext=(-8, 8), fontsize=7)
    axes.set_xlabel("Energy (units of weight change)")
    axes.set_ylabel(f"Time to {100 * accuracy:g} % on {images}\n(thousand presentations)")
    axes.set_title("b", loc="left", fontweight="bold")
    axes.legend()
    return figure


def main():
    options = plotting.arguments(__doc__, "fig3s1b").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    figure = draw(panels, plotting.images_label(outcomes), plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name)


if __name__ == "__main__":
    main()
