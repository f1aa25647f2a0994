#!/usr/bin/env python3
"""Fig. 6 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Maintenance and consolidation power in each epoch of learning with decay: simulation, and theory with the simulation's
probability of an update.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

POWERS = {"maintenance": ("Maintenance", plotting.MAINTENANCE), "consolidation": ("Consolidation", plotting.CONSOLIDATION)}


def summarise(epochs, predictions):
    """Both energies per epoch over seeds for each epoch, and by theory; epochs that half of the seeds reach."""
    for column in ("variant", "inputs", "tau", "threshold"):
        plotting.the_only(epochs, column)
    price, patterns = plotting.the_only(predictions, "maintenance_cost"), plotting.the_only(epochs, "patterns")
    measured = epochs[["seed", "epoch", "updates", "consolidation"]].assign(maintenance=price * epochs["maintenance_sum"])
    groups = measured.groupby("epoch")
    panel = groups["seed"].count().rename("seeds").to_frame()
    panel["update_probability"] = groups["updates"].mean() / patterns
    theory = predictions.groupby("epoch")[[f"{part}_power" for part in POWERS]].mean()
    for part in POWERS:
        for name, function in (("mean", "mean"), ("low", "min"), ("high", "max")):
            panel[f"{part}_{name}"] = groups[part].agg(function)
        panel[f"{part}_theory"] = patterns * theory[f"{part}_power"]
    panel = panel[panel["seeds"] >= 0.5 * panel["seeds"].max()].reset_index()
    panel["epoch"] += 1  # a results file counts them from 0
    return {"power": panel}


def last_of_all(panel):
    """The last epoch that all trainings reach."""
    return panel.loc[panel["seeds"] == panel["seeds"].iloc[0], "epoch"].max()


def who_learns(panel):
    """What the caption says of the trainings that its means are over."""
    first, last = panel.iloc[0], panel.iloc[-1]
    if first["seeds"] == last["seeds"]:
        return ""
    return (f"Means over the trainings still learning: {first['seeds']:.0f} until epoch {last_of_all(panel):.0f} (dotted line), {last['seeds']:.0f} in epoch "
            f"{last['epoch']:.0f}; epochs that fewer than half reach are not shown.")


def draw(panel):
    """The figure: maintenance left, consolidation right, whose tail needs a logarithmic axis."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, 2, figsize=(plotting.PAGE, 2.6), layout="constrained")
    for axes, letter, (part, (label, color)) in zip(all_axes, "ab", POWERS.items()):
        plotting.draw(axes, "epoch", panel, part, color, "simulation")
        axes.plot(panel["epoch"], panel[f"{part}_theory"], color=plotting.BLACK, linestyle="--", label="theory", zorder=3)
        axes.set_xlabel("Epoch")
        axes.set_ylabel(f"{label} energy per epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if last_of_all(panel) < panel["epoch"].max():
            axes.axvline(last_of_all(panel) + 0.5, color=plotting.BLACK, linewidth=0.7, linestyle=":")
        axes.legend(loc="upper right")
        plotting.name_panel(axes, letter)
    all_axes[0].set_ylim(bottom=0)
    all_axes[1].set_yscale("log")
    all_axes[1].set_ylim(bottom=0.5)
    return figure


def caption(panel):
    return ["Energy of maintenance (a) and of consolidation (b) in each epoch of learning with decay, simulation and theory, which takes the probability of an update from the "
            "simulation.", plotting.ranges_note(seeds=""), who_learns(panel)]


def main():
    options = plotting.arguments(__doc__, "fig6").parse_args()
    epochs = plotting.read_table(options.results, table="epochs", program=options.program)
    panels = summarise(epochs, plotting.ask(options.program, "theory", options.results, "--table", "epochs"))
    panel = panels["power"]
    plotting.save(draw(panel), panels, options.output, options.name, caption(panel), options.keep)


if __name__ == "__main__":
    main()
