#!/usr/bin/env python3
"""Gates and caching, alone and together, from the results of experiment.toml or quick.toml.

Left: energy until the accuracy is reached, against the caching threshold, for each gate. Right: the least energy of each gate, without and with
caching, and the minimum.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

GATES = {"none": ("every presentation", plotting.BLACK, "o"), "mistakes": ("mistakes", plotting.GREEN, "s"),
         "memorised-mistakes": ("memorised mistakes", plotting.PURPLE, "^")}


def summarise(outcomes):
    """Energies over seeds by gate, threshold and price; and of each gate the energies without caching, at the best threshold of each price, and the minimum."""
    curves = plotting.over_seeds(outcomes, ["gate", "variant", "threshold", "maintenance_cost"], ["total", "minimal", "presentations"])
    # Thresholds at which some do not get there are left out: the others are the lucky ones.
    whole = curves[curves["not_converged"] == 0]
    cached = whole[whole["variant"] != "none"]
    best = cached.loc[cached.groupby(["gate", "maintenance_cost"])["total_mean"].idxmin()]
    plain = whole[(whole["variant"] == "none") & (whole["maintenance_cost"] == whole["maintenance_cost"].min())]
    rows = plotting.pd.concat([plain, best]).sort_values(["gate", "variant", "maintenance_cost"], key=lambda column: column.map({gate: i for i, gate in enumerate(GATES)})
                                                         if column.name == "gate" else column, ascending=[True, False, True])
    return {"thresholds": curves, "least": rows.reset_index(drop=True)}


def draw_thresholds(axes, curves, price):
    for gate, (name, color, marker) in GATES.items():
        of_gate = curves[(curves["gate"] == gate) & (curves["maintenance_cost"] == price) & (curves["not_converged"] == 0)]
        line = of_gate[of_gate["variant"] != "none"]
        bars = [line["total_mean"] - line["total_low"], line["total_high"] - line["total_mean"]]
        axes.errorbar(line["threshold"], line["total_mean"], yerr=bars, color=color, marker=marker, markersize=3, elinewidth=0.5, linewidth=0.9, label=name)
        for energy in of_gate[of_gate["variant"] == "none"]["total_mean"]:
            axes.axhline(energy, color=color, linestyle="--", linewidth=0.9)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"Threshold $\theta$")


def draw_least(axes, rows):
    places = {gate: place for place, gate in enumerate(GATES)}
    series = [("no caching", rows[rows["variant"] == "none"], plotting.NO_CACHING, "o")]
    cached = rows[rows["variant"] != "none"]
    for (price, of_price), color, marker in zip(cached.groupby("maintenance_cost"), (plotting.SKY, plotting.BLUE, plotting.BLACK), "s^D"):
        series.append((f"caching, $c$ = {price:g}", of_price, color, marker))
    for name, of_name, color, marker in series:
        x = of_name["gate"].map(places)
        bars = [of_name["total_mean"] - of_name["total_low"], of_name["total_high"] - of_name["total_mean"]]
        axes.errorbar(x, of_name["total_mean"], yerr=bars, color=color, marker=marker, markersize=4, linewidth=0.9, elinewidth=0.5, label=name)
    least = rows[rows["variant"] == "none"]
    axes.plot(least["gate"].map(places), least["minimal_mean"], color=plotting.MINIMAL, marker="v", markersize=3, linewidth=0.9, linestyle=":", label="minimal")
    axes.set_yscale("log")
    axes.set_xlim(-0.4, len(GATES) - 0.6)
    axes.set_xticks(list(places.values()), [name.replace(" ", "\n") for name, _, _ in GATES.values()])
    axes.set_xlabel("Learning from")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def draw(panels, images, accuracy):
    """The figure: two panels from left to right."""
    plotting.use_style()
    figure, (left, right) = plotting.plt.subplots(1, 2, figsize=(plotting.PAGE, 2.9), layout="constrained", sharey=True)
    draw_thresholds(left, panels["thresholds"], panels["thresholds"]["maintenance_cost"].max())
    left.set_ylabel(f"Energy until {100 * accuracy:g} % of {images}\n(units of weight change)")
    left.legend(loc="lower left")
    draw_least(right, panels["least"])
    for axes, letter in zip((left, right), "ab"):
        plotting.name_panel(axes, letter)
    return figure


def caption(panels, images):
    price = panels["thresholds"]["maintenance_cost"].max()
    return [f"Energy of a multilayer perceptron that learns {images} in every presentation, from mistakes only, or also from images that it once mistook: a, with caching, against the "
            f"threshold (maintenance cost {price:g}; dashed: without caching); b, without caching, and with caching at the best threshold for each maintenance cost, and the minimum.",
            plotting.ranges_note(seeds="")]


def main():
    options = plotting.arguments(__doc__, "gates").parse_args()
    outcomes = plotting.outcomes_of(options)
    for column in ("hidden", "tau", "competition"):
        if column in outcomes:
            plotting.the_only(outcomes, column)
    panels = summarise(outcomes)
    images = plotting.images_label(outcomes)
    figure = draw(panels, images, plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name, caption(panels, images), options.keep)


if __name__ == "__main__":
    main()
