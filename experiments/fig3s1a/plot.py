#!/usr/bin/env python3
"""Fig. 3, supplement 1a of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Learning time against energy as the consolidation threshold varies, for several maintenance costs.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(outcomes):
    """Energy and learning time over seeds for each maintenance cost and threshold."""
    for column in ("variant", "inputs", "patterns", "tau"):
        plotting.the_only(outcomes, column)
    return {"time-energy": plotting.trade_off(outcomes, "epochs")}


def draw_curve(axes, rows, price, look):
    """Learning time against energy for one maintenance cost, with bars of one standard error; an arrow shows where the threshold grows."""
    has_bars = rows["total_error"].notna().any()  # a single seed has no standard error
    bars = {"xerr": rows["total_error"], "yerr": rows["epochs_error"], "elinewidth": 0.5} if has_bars else {}
    axes.errorbar(rows["total_mean"], rows["epochs_mean"], label=f"$c$ = {price:g}", linewidth=0.8, **bars, **look)
    if len(rows) > 4:
        start, end = rows.iloc[-3], rows.iloc[-2]
        axes.annotate("", ((start["total_mean"] + 2 * end["total_mean"]) / 3, (start["epochs_mean"] * end["epochs_mean"] ** 2) ** (1 / 3)),
                      (start["total_mean"], start["epochs_mean"]), arrowprops={"arrowstyle": "-|>", "color": look["color"], "linewidth": 0.8, "mutation_scale": 11})
    axes.plot(rows["total_mean"].iloc[0], rows["epochs_mean"].iloc[0], marker=look["marker"], color=look["color"], markersize=6.5, fillstyle="none")


def draw(panel):
    """The figure: costs at which a cache is worth its maintenance left, the highest right."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, 2, figsize=(plotting.PAGE, 2.9), sharey=True, layout="constrained", width_ratios=[2.2, 1])
    looks = plotting.price_looks(panel["maintenance_cost"].unique())
    for price, look in looks.items():
        rows = panel[panel["maintenance_cost"] == price].dropna(subset=["total_mean"])
        draw_curve(all_axes[int(price > 0.05)], rows, price, look)
    for axes in all_axes:
        axes.xaxis.set_major_formatter(lambda energy, _: f"{energy / 1e5:g}")
        axes.set_xlabel(r"Energy ($10^5$ units of weight change)")
        axes.set_yscale("log")
        plotting.plain_log_axis(axes.yaxis)
        axes.legend(loc="center right" if axes is all_axes[0] else "lower right")
    all_axes[0].set_ylabel("Learning time (epochs)")
    plotting.name_panel(all_axes[0], "a")
    return figure


def caption(panel, tau):
    thresholds = panel["threshold"]
    return [f"a, learning time against energy as the threshold grows from {thresholds.min():g} (open marker) to {thresholds.max():g} (along the arrows), at a decay time of "
            f"τ = {tau:g} presentations; the highest maintenance cost on the right, on an axis of its own. Bars: one standard error of the mean.",
            plotting.left_out(panel.drop_duplicates("threshold"))]


def main():
    options = plotting.arguments(__doc__, "fig3s1a").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    panel = panels["time-energy"]
    plotting.save(draw(panel), panels, options.output, options.name, caption(panel, plotting.the_only(outcomes, "tau")), options.keep)


if __name__ == "__main__":
    main()
