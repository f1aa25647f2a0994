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


def draw(panel, tau):
    """The figure: one panel."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.9, 3.6), layout="constrained")
    note = plotting.draw_trade_off(axes, panel, "epochs")
    axes.set_xscale("log")
    axes.set_xlabel("Energy (units of weight change)")
    axes.set_ylabel(rf"Learning time (epochs), $\tau$ = {tau:g}")
    axes.set_ylim(bottom=0)
    plotting.legend_above(figure, axes, 0.09, ncols=4, columnspacing=1.0, handlelength=1.6)
    plotting.note_below(figure, note, plotting.left_out(panel.drop_duplicates("threshold")))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig3s1a").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    plotting.save(draw(panels["time-energy"], plotting.the_only(outcomes, "tau")), panels, options.output, options.name)


if __name__ == "__main__":
    main()
