#!/usr/bin/env python3
"""The distribution of transient weights during learning, from the results of experiment.toml or quick.toml.

Without decay over some epochs together, with decay in some epochs: simulation, and theory with the simulation's probability of an update.
"""

import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

FIRST, LAST = 2, 12  # epochs of the mean without decay, as claims.toml has them
SHOWN = {2: (plotting.BLUE, "o"), 9: (plotting.ORANGE, "s"), 12: (plotting.PURPLE, "^")}  # epochs with decay


def summarise(shares):
    """The share of each bin over seeds, measured and by theory: of epochs FIRST to LAST together without decay, and of those of SHOWN with."""
    shares = shares[shares["predicted_share"].notna()].assign(epoch=shares["epoch"] + 1, transient=(shares["low"] + shares["high"]) / 2)
    for column in ("variant", "inputs", "patterns", "learning_rate", "distribution_width"):
        plotting.the_only(shares, column)
    is_still = shares["tau"] == math.inf
    together = shares[is_still & shares["epoch"].between(FIRST, LAST)]
    apart = shares[~is_still & shares["epoch"].isin(SHOWN)]
    for name, rows in (("without decay (tau = inf)", together), ("with decay", apart)):
        if rows.empty:
            sys.exit(f"tau: no results {name}; this figure needs both")
        plotting.the_only(rows, "threshold")
    by_seed = together.groupby(["threshold", "transient", "seed"])[["share", "predicted_share"]].mean().reset_index()
    return {"triangle": over_seeds(by_seed, ["threshold", "transient"]), "decay": over_seeds(apart, ["threshold", "tau", "epoch", "transient"])}


def over_seeds(rows, by):
    groups = rows.groupby(by)
    panel = groups["seed"].count().rename("seeds").to_frame()
    for name, function in (("mean", "mean"), ("low", "min"), ("high", "max")):
        panel[f"share_{name}"] = groups["share"].agg(function)
    panel["share_theory"] = groups["predicted_share"].mean()
    return panel.reset_index()


def draw(panels):
    """The figure: without decay left, with decay right."""
    plotting.use_style()
    figure, (left, right) = plotting.plt.subplots(1, 2, figsize=(plotting.PAGE, 2.6), layout="constrained")
    plotting.draw(left, "transient", panels["triangle"], "share", plotting.VARIANTS["local-local"], "simulation")
    left.plot(panels["triangle"]["transient"], panels["triangle"]["share_theory"], color=plotting.BLACK, linestyle="--", linewidth=1.0, label="theory")
    left.legend(loc="upper left")
    for epoch, rows in panels["decay"].groupby("epoch"):
        color, marker = SHOWN[epoch]
        bars = [rows["share_mean"] - rows["share_low"], rows["share_high"] - rows["share_mean"]]
        right.errorbar(rows["transient"], rows["share_mean"], yerr=bars, color=color, linestyle="none", marker=marker, markersize=2.8, elinewidth=0.6,
                       label=f"epoch {epoch}")
        right.plot(rows["transient"], rows["share_theory"], color=color, linestyle="--", linewidth=1.0)
    right.legend(loc="upper left")
    for axes, letter in ((left, "a"), (right, "b")):
        axes.set_xlabel("Transient weight (updates)")
        axes.set_ylabel("Share of time")
        axes.set_ylim(bottom=0)
        axes.xaxis.get_major_locator().set_params(integer=True)
        plotting.name_panel(axes, letter)
    return figure


def caption(panels):
    still, decaying = panels["triangle"], panels["decay"]
    return [f"Transient weights during learning with local caching: the share of synapses and presentations at each number of updates. (a) Without decay, threshold "
            f"{still['threshold'].iloc[0]:g}, epochs {FIRST} to {LAST}: a triangle. (b) With decay (τ = {decaying['tau'].iloc[0]:g}), threshold "
            f"{decaying['threshold'].iloc[0]:g}, in {len(decaying['epoch'].unique())} epochs, with ever fewer updates. Dashed: theory, which takes the probability of an update "
            "from the simulation.", plotting.ranges_note(seeds="")]


def main():
    options = plotting.arguments(__doc__, "distribution").parse_args()
    panels = summarise(plotting.ask(options.program, "theory", options.results, "--table", "distribution"))
    plotting.save(draw(panels), panels, options.output, options.name, caption(panels), options.keep)


if __name__ == "__main__":
    main()
