#!/usr/bin/env python3
"""Fig. 3, supplement 1a of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Learning time against energy as the consolidation threshold varies, for several maintenance costs.
"""

import pathlib
import sys

import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(outcomes):
    """Energy and learning time over seeds for each maintenance cost and threshold."""
    for column in ("variant", "inputs", "patterns", "tau"):
        plotting.the_only(outcomes, column)
    parts = []
    for price, rows in outcomes.groupby("maintenance_cost"):
        part = plotting.over_seeds(rows, "threshold", ["total", "epochs"])
        errors = rows[rows["converged"] == 1].groupby("threshold")[["total", "epochs"]].sem().add_suffix("_error")
        part.insert(0, "maintenance_cost", price)
        parts.append(part.merge(errors.reset_index(), on="threshold"))
    return {"time-energy": pd.concat(parts, ignore_index=True)}


def draw(panel, tau):
    """The figure: one panel; along each curve the threshold grows from the open marker on."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.9, 3.6), layout="constrained")
    for price, look in plotting.price_looks(panel["maintenance_cost"].unique()).items():
        rows = panel[panel["maintenance_cost"] == price]
        axes.errorbar(rows["total_mean"], rows["epochs_mean"], xerr=rows["total_error"], yerr=rows["epochs_error"],
                      label=f"$c$ = {price:g}", linewidth=0.8, elinewidth=0.6, **look)
        first = rows.iloc[0]
        axes.plot(first["total_mean"], first["epochs_mean"], marker=look["marker"], color=look["color"], markersize=7,
                  fillstyle="none")
    axes.set_xscale("log")
    axes.set_xlabel("Energy (units of weight change)")
    axes.set_ylabel(rf"Learning time (epochs), $\tau$ = {tau:g}")
    axes.set_ylim(bottom=0)
    plotting.legend_above(figure, axes, 0.09, ncols=4, columnspacing=1.0, handlelength=1.6)
    thresholds = panel["threshold"]
    note = rf"$\theta$ = {thresholds.min():g} (open marker) to {thresholds.max():g}"
    plotting.note_below(figure, "\n".join(filter(None, (note, plotting.left_out(panel.drop_duplicates("threshold"))))))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig3s1a").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    plotting.save(draw(panels["time-energy"], plotting.the_only(outcomes, "tau")), panels, options.output, options.name)


if __name__ == "__main__":
    main()
