#!/usr/bin/env python3
"""Fig. 2a of Li & van Rossum 2020 from the results of experiment.toml.

Two synapses of one perceptron over some hundred presentations: above the whole weight and its persistent part, then the transient part,
with the thresholds, below the energy of each presentation; each consolidation empties the transient part into the persistent one.
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


def energy(traces, price, span):
    """Energy of each presentation of the span: what was consolidated in it, and what maintaining the transient weights cost, which decay
    between updates. Maintenance is paid after the decay and before the change of a presentation."""
    first, last = span
    updates = traces[(traces["seed"] == traces["seed"].min()) & (traces["synapse"] == 0)].sort_values("presentation")
    times = np.arange(first, last)
    before = np.searchsorted(updates["presentation"].to_numpy(), times, side="left") - 1  # the last update before each presentation
    held = updates["transient_sum"].to_numpy()[np.maximum(before, 0)] * decay_factor(traces) ** (times - updates["presentation"].to_numpy()[np.maximum(before, 0)])
    moved = updates.set_index("presentation")["consolidation"].reindex(times, fill_value=0.0).to_numpy()
    return pd.DataFrame({"presentation": times, "maintenance": price * np.where(before < 0, 0.0, held), "consolidation": moved})


def draw(panels, threshold, span):
    """The figure: weights of both synapses above, their transient parts in the middle, the energy of each presentation below."""
    plotting.use_style()
    figure, (above, middle, below) = plotting.plt.subplots(3, 1, figsize=(plotting.PAGE, 4.4), sharex=True, layout="constrained",
                                                           height_ratios=[3, 2, 2])
    rows, costs = panels["traces"], panels["energy"]
    rows = rows[rows["presentation"].between(span[0] - 50, span[1] + 50)]
    for (synapse, part), color in zip(rows.groupby("synapse"), (plotting.BLUE, plotting.RED)):
        above.plot(part["presentation"], part["persistent"], color=color, linewidth=0.7, alpha=0.6, label=f"persistent part, synapse {synapse + 1}")
        above.plot(part["presentation"], part["weight"], color=color, linewidth=1.1, label=f"weight, synapse {synapse + 1}")
        middle.plot(part["presentation"], part["transient"], color=color, linewidth=0.9)
    for moment in costs.loc[costs["consolidation"] > 0, "presentation"]:
        for axes in (above, middle, below):
            axes.axvline(moment, color=plotting.BLACK, linewidth=0.5, linestyle=(0, (4, 3)), zorder=0)
    for level in (-threshold, threshold):
        middle.axhline(level, color=plotting.BLACK, linewidth=0.8, linestyle=":")
    middle.set_ylim(-1.3 * threshold, 1.3 * threshold)
    middle.set_yticks([-threshold, 0, threshold], [r"$-\theta$", "0", r"$\theta$"])
    below.fill_between(costs["presentation"], 0, costs["maintenance"], color=plotting.MAINTENANCE, alpha=0.7, linewidth=0, label="maintenance")
    events = costs[costs["consolidation"] > 0]
    bars = below.vlines(events["presentation"], 0, events["consolidation"], color=plotting.CONSOLIDATION, linewidth=1.4, label="consolidation")
    bars.set_zorder(3)
    below.set_yscale("symlog", linthresh=10, linscale=0.6)
    below.set_ylim(bottom=0)
    below.set_xlim(*span)
    above.set_ylabel("Weight")
    middle.set_ylabel("Transient part")
    below.set_ylabel("Energy per\npresentation")
    below.set_xlabel("Presentation")
    above.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    below.legend(ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderpad=0.1)
    plotting.name_panel(above, "a")
    return figure


def caption(threshold, price, span):
    return [f"a, two synapses of a perceptron from presentation {span[0]} to {span[1]}: weights and their persistent parts (above), transient parts with the threshold "
            f"θ = {threshold:g} (middle), and the energy of each presentation (below; linear up to 10, logarithmic above): maintenance of all transient weights at "
            f"c = {price:g}, shaded, and consolidations, bars. Dashed lines: consolidations, when the largest of all transient weights exceeds the threshold."]


SPAN = (400, 700)  # presentations that are shown


def main():
    options = plotting.arguments(__doc__, "fig2a").parse_args()
    outcomes = plotting.outcomes_of(options)
    traces = plotting.read_table(options.results, table="traces", program=options.program)
    price, threshold = plotting.the_only(outcomes, "maintenance_cost"), plotting.the_only(traces, "threshold")
    panels = summarise(traces) | {"energy": energy(traces, price, SPAN)}
    figure = draw(panels, threshold, SPAN)
    plotting.save(figure, panels, options.output, options.name, caption(threshold, price, SPAN), options.keep)


if __name__ == "__main__":
    main()
