#!/usr/bin/env python3
"""Fig. 1, supplement 1 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Inefficiency of learning without caching against the exponent of the energy of one change, |change|^alpha; all changes, and
potentiation only.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting


def summarise(outcomes, predictions):
    """The inefficiency over seeds for each exponent, of all changes and of potentiation only, and by theory."""
    for column in ("variant", "inputs", "patterns"):
        plotting.the_only(outcomes, column)
    panel = plotting.over_seeds(outcomes[outcomes["potentiation_only"] == 0], "exponent", ["inefficiency"])
    potentiation = plotting.over_seeds(outcomes[outcomes["potentiation_only"] == 1], "exponent", ["inefficiency"])
    panel = panel.merge(potentiation.drop(columns=["trials", "not_converged"]).rename(
        columns=lambda name: name.replace("inefficiency", "potentiation")), on="exponent")
    theory = predictions[predictions["potentiation_only"] == 0].groupby("exponent")[["uncached", "minimal"]].mean()
    return {"inefficiency": panel.merge((theory["uncached"] / theory["minimal"]).rename("inefficiency_theory"), on="exponent")}


def draw(panel):
    """The figure: one panel."""
    plotting.use_style()
    figure, axes = plotting.plt.subplots(figsize=(plotting.COLUMN, 2.8), layout="constrained")
    axes.plot(panel["exponent"], panel["inefficiency_theory"], color=plotting.BLACK, linestyle="--", label="random walk (theory)")
    axes.plot(panel["exponent"], panel["inefficiency_mean"], color=plotting.NO_CACHING, label="all changes")
    some = panel.iloc[::4]
    plotting.draw_range(axes, some["exponent"], some["inefficiency_mean"], some["inefficiency_low"], some["inefficiency_high"], plotting.NO_CACHING,
                        None, linestyle="none", capsize=2)
    axes.plot(some["exponent"], some["potentiation_mean"], color=plotting.BLUE, linestyle="none", marker="o", markersize=3.5,
              markerfacecolor="white", label="potentiation only", clip_on=False, zorder=4)
    axes.axhline(1.0, color=plotting.BLACK, linewidth=0.6, linestyle=":")
    axes.set_yscale("log")
    axes.set_xlim(-0.05, panel["exponent"].max() + 0.05)
    axes.set_xlabel(r"Exponent $\alpha$ of the energy of a change")
    axes.set_ylabel("Inefficiency")
    axes.legend(loc="upper right")
    plotting.name_panel(axes, "a")
    return figure


def caption(panel):
    return ["Inefficiency of learning without caching against the exponent of the energy of a change, mean over pattern sets. Below the dotted line "
            "many small changes are cheaper than one.", plotting.ranges_note(seeds="all changes"), plotting.left_out(panel.head(1))]


def main():
    options = plotting.arguments(__doc__, "fig1s1").parse_args()
    outcomes = plotting.outcomes_of(options)
    panels = summarise(outcomes, plotting.ask(options.program, "theory", options.results))
    plotting.save(draw(panels["inefficiency"]), panels, options.output, options.name, caption(panels["inefficiency"]), options.keep)


if __name__ == "__main__":
    main()
