#!/usr/bin/env python3
"""Fig. 6 of Li & van Rossum 2020 from the results of experiment.toml or quick.toml.

Maintenance and consolidation power in each epoch of learning with decay: simulation, and theory with the simulation's
probability of an update.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

POWERS = {"maintenance_power": ("Maintenance power", plotting.ORANGE), "consolidation_power": ("Consolidation power", plotting.BLUE)}


def summarise(epochs, predictions):
    """Both powers per presentation over seeds for each epoch, and by theory; epochs that half of the seeds reach."""
    for column in ("variant", "inputs", "patterns", "tau", "threshold"):
        plotting.the_only(epochs, column)
    price = plotting.the_only(predictions, "maintenance_cost")
    measured = epochs[["seed", "epoch", "updates"]].assign(
        maintenance_power=price * epochs["maintenance_sum"] / epochs["patterns"],
        consolidation_power=epochs["consolidation"] / epochs["patterns"])
    groups = measured.groupby("epoch")
    panel = groups["seed"].count().rename("seeds").to_frame()
    panel["update_probability"] = groups["updates"].mean() / plotting.the_only(epochs, "patterns")
    for power in POWERS:
        for name, function in (("mean", "mean"), ("low", "min"), ("high", "max")):
            panel[f"{power}_{name}"] = groups[power].agg(function)
    panel = panel.join(predictions.groupby("epoch")[list(POWERS)].mean().add_suffix("_theory"))
    panel = panel[panel["seeds"] >= 0.5 * panel["seeds"].max()].reset_index()
    panel["epoch"] += 1  # a results file counts them from 0
    return {"power": panel}


def who_learns(panel):
    """What the figure says of the trainings that its means are over."""
    first, last = panel.iloc[0], panel.iloc[-1]
    if first["seeds"] == last["seeds"]:
        return ""
    full = panel[panel["seeds"] == first["seeds"]].iloc[-1]
    return (f"Means over the trainings still learning: {first['seeds']:.0f} until epoch {full['epoch']:.0f}, {last['seeds']:.0f} in epoch "
            f"{last['epoch']:.0f}; epochs that fewer than half reach are not shown")


def draw(panel):
    """The figure: maintenance left, consolidation right."""
    plotting.use_style()
    figure, all_axes = plotting.plt.subplots(1, 2, figsize=(7.1, 2.9), layout="constrained")
    for axes, letter, (power, (label, color)) in zip(all_axes, "ab", POWERS.items()):
        plotting.draw(axes, "epoch", panel, power, color, "simulation")
        axes.plot(panel["epoch"], panel[f"{power}_theory"], color=plotting.BLACK, linestyle="--", label="theory")
        axes.set_xlabel("Epoch")
        axes.set_ylabel(f"{label}\n(energy per presentation)")
        axes.set_ylim(bottom=0)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="upper right")
        plotting.name_panel(axes, letter)
    plotting.note_below(figure, plotting.bands_note(seeds=""), who_learns(panel))
    return figure


def main():
    options = plotting.arguments(__doc__, "fig6").parse_args()
    epochs = plotting.read_table(options.results, table="epochs", program=options.program)
    panels = summarise(epochs, plotting.ask(options.program, "theory", options.results, "--table", "epochs"))
    plotting.save(draw(panels["power"]), panels, options.output, options.name)


if __name__ == "__main__":
    main()
