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
    """The figure: one panel."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(3.8, 3.3), layout="constrained")
    note = plotting.draw_trade_off(axes, panels["b"], "presentations", scale=1e-3)
    axes.set_xlabel("Energy (units of weight change)")
    axes.set_ylabel(f"Time to {100 * accuracy:g} % on {images}\n(thousand presentations)")
    plotting.name_panel(axes, "b")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right")
    plotting.note_below(figure, note, plotting.left_out(panels["b"].drop_duplicates("threshold")))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig3s1b").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes)
    figure = draw(panels, plotting.images_label(outcomes), plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name)


if __name__ == "__main__":
    main()
