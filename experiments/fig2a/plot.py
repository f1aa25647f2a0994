#!/usr/bin/env python3
"""Fig. 2a of Li & van Rossum 2020 from the results of experiment.toml.

Two synapses of one perceptron over its training: above the whole weight and its persistent part, below the transient part,
with the thresholds; each consolidation empties the transient part into the persistent one.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import numpy as np
import pandas as pd
import plotting


def decay_factor(traces):
    """What is left of a transient part after one presentation."""
    rate = 1.0 / plotting.the_only(traces, "tau")
    return 1.0 - rate if plotting.the_only(traces, "decay_form") == "linear" else np.exp(-rate)


def with_decay(rows, factor):
    """The rows of one synapse, and before each but the first a row of what is left just then of the transient part before it."""
    before = rows.shift().iloc[1:]
    elapsed = rows["presentation"].iloc[1:] - before["presentation"]
    before = before.assign(presentation=rows["presentation"].iloc[1:], transient=before["transient"] * factor ** elapsed, moment="before")
    both = pd.concat([before, rows.assign(moment="after")], ignore_index=True)
    return both.sort_values(["presentation", "moment"], ascending=[True, False], kind="stable")


def summarise(traces):
    """Transient part, persistent part and whole weight of the first two synapses before and after each update, of the lowest seed."""
    traces = traces[traces["seed"] == traces["seed"].min()]
    if traces["synapse"].nunique() < 2:
        sys.exit("traced_synapses: this figure needs results that follow at least 2 synapses")
    panel = traces[traces["synapse"] < 2].sort_values("presentation")[["presentation", "synapse", "transient", "weight"]]
    panel["persistent"] = panel["weight"] - panel["transient"]
    factor = decay_factor(traces)
    panel = pd.concat([with_decay(rows, factor) for _, rows in panel.groupby("synapse")], ignore_index=True)
    panel["weight"] = panel["persistent"] + panel["transient"]
    return {"traces": panel.astype({"presentation": int, "synapse": int})}


def draw(panel, threshold, patterns):
    """The figure: whole weights above, transient parts below."""
    plotting.use_style()
    figure, (above, below) = plotting.plt.subplots(2, 1, figsize=(5.2, 4.0), sharex=True, layout="constrained",
                                                   height_ratios=[3, 2])
    for (synapse, rows), color in zip(panel.groupby("synapse"), (plotting.BLUE, plotting.RED)):
        epochs = rows["presentation"] / patterns
        above.plot(epochs, rows["persistent"], color=color, linewidth=1.0, alpha=0.5, label=f"persistent part, synapse {synapse + 1}")
        above.plot(epochs, rows["weight"], color=color, linewidth=1.0, label=f"weight, synapse {synapse + 1}")
        below.plot(epochs, rows["transient"], color=color, linewidth=1.0)
    for level in (-threshold, threshold):
        below.axhline(level, color=plotting.BLACK, linewidth=0.8, linestyle="--")
    above.set_ylabel("Weight")
    # The legend has room of its own above the curves, wherever these go.
    above.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    below.set_ylabel("Transient part")
    below.set_ylim(-1.25 * threshold, 1.25 * threshold)
    below.annotate(r"threshold $\theta$", (0.995, threshold), xycoords=("axes fraction", "data"), xytext=(0, 1),
                   textcoords="offset points", ha="right", va="bottom", fontsize=8)
    below.set_xlabel(f"Time (epochs of {patterns} presentations)")
    below.set_xlim(left=0)
    return figure


def main():
    options = plotting.arguments(__doc__, "fig2a").parse_args()
    traces = plotting.read_table(options.results, table="traces", program=options.program)
    panels = summarise(traces)
    figure = draw(panels["traces"], plotting.the_only(traces, "threshold"), plotting.the_only(traces, "patterns"))
    plotting.save(figure, panels, options.output, options.name)


if __name__ == "__main__":
    main()
