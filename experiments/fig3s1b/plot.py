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
    return {"b": plotting.trade_off(outcomes, "presentations")}


def draw(panels, images, accuracy):
    """The figure: one panel, a dot for each threshold."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(plotting.COLUMN, 2.9), layout="constrained")
    panel = panels["b"]
    for (price, rows), color, marker in zip(panel.groupby("maintenance_cost"), (plotting.BLACK, plotting.RED, plotting.BLUE), "os^"):
        rows = rows.dropna(subset=["total_mean"])
        bars = {"xerr": rows["total_error"], "yerr": 1e-3 * rows["presentations_error"]} if rows["total_error"].notna().any() else {}
        axes.errorbar(rows["total_mean"], 1e-3 * rows["presentations_mean"], color=color, linestyle="none", marker=marker, markersize=3, elinewidth=0.5,
                      label=f"$c$ = {price:g}", **bars)
    axes.set_xlabel("Energy (units of weight change)")
    axes.set_ylabel(f"Time to {100 * accuracy:g} % on {images}\n(thousand presentations)")
    for row, text, shift in ((panel.iloc[0], r"low $\theta$", (-2, 6)), (panel.dropna(subset=["total_mean"]).groupby("maintenance_cost").last().iloc[0], r"high $\theta$", (0, 8))):
        axes.annotate(text, (row["total_mean"], 1e-3 * row["presentations_mean"]), xytext=shift, textcoords="offset points", ha="center", va="bottom", fontsize=7)
    axes.set_xscale("log")
    plotting.plain_log_axis(axes.xaxis)
    axes.margins(0.12)
    axes.legend(loc="upper right")
    plotting.name_panel(axes, "b")
    return figure


def caption(panel):
    thresholds = panel["threshold"]
    return [f"b, learning time against energy of a multilayer perceptron, a dot for each threshold from {thresholds.min():g} to {thresholds.max():g}. Bars: one standard error of the mean.",
            plotting.left_out(panel.drop_duplicates("threshold"))]


def main():
    options = plotting.arguments(__doc__, "fig3s1b").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    figure = draw(panels, plotting.images_label(outcomes), plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name, caption(panels["b"]), options.keep)


if __name__ == "__main__":
    main()
