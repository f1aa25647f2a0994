#!/usr/bin/env python3
"""Thresholds per layer in a multilayer perceptron, from the results of experiment.toml or quick.toml.

Left: energy until the accuracy is reached, against the hidden layer's threshold, for each ratio of the output layer's threshold to it.
Right: the least energy against that ratio, and how much of it either layer spends.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent.parent))
import plotting

LAYERS = {"hidden layer": ("layer1", plotting.GREEN, "s"), "output layer": ("layer2", plotting.PURPLE, "^")}


def with_ratio(table):
    """The table with the output layer's threshold over the hidden layer's, whose factor is 1."""
    factors = table["layer_threshold_factors"].str.split(",", expand=True).astype(float)
    if factors.shape[1] != 2 or (factors[0] != 1).any():
        sys.exit("layer_threshold_factors: this figure needs 1 for the hidden layer, and one output layer")
    return table.assign(ratio=factors[1])


def summarise(outcomes, optimum):
    """Energies over seeds for each ratio and threshold; the optimum of each ratio with the energies of both layers."""
    curves = plotting.over_seeds(with_ratio(outcomes), ["ratio", "threshold"], ["total"])
    rows = with_ratio(optimum).sort_values("ratio").reset_index(drop=True)
    for name, (layer, _, _) in LAYERS.items():
        rows[name] = rows[f"consolidation_{layer}"] + rows["maintenance_cost"] * rows[f"maintenance_sum_{layer}"]
    columns = ["ratio", "threshold", "threshold_low", "threshold_high", "edge", "total", "total_low", "total_high", *LAYERS,
               "minimal", "seeds", "trials", "not_converged"]
    return {"curves": curves, "best": rows[columns]}


def draw_best(axes, rows):
    plotting.draw_band(axes, rows["ratio"], rows["total"], rows["total_low"], rows["total_high"], plotting.TOTAL, "both layers", marker="o", markersize=3)
    for name, (_, color, marker) in LAYERS.items():
        axes.plot(rows["ratio"], rows[name], color=color, marker=marker, markersize=3, label=name)
    axes.axvline(1.0, color=plotting.MINIMAL, linewidth=0.8, linestyle=":", zorder=0)
    axes.set_xscale("log", base=2)
    axes.set_xticks(rows["ratio"], [f"{ratio:g}" for ratio in rows["ratio"]])
    axes.set_xlabel("Output over hidden layer's threshold")
    axes.set_ylabel("Least energy\n($10^3$ units of weight change)")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left", bbox_to_anchor=(0.02, 0.98))


def draw(panels, images, accuracy):
    """The figure: two panels from left to right."""
    plotting.use_style()
    figure, (left, right) = plotting.plt.subplots(1, 2, figsize=(plotting.PAGE, 2.9), layout="constrained")
    for ratio, look in plotting.price_looks(panels["curves"]["ratio"].unique()).items():
        # Thresholds at which some do not get there are left out: the others are the lucky ones.
        line = panels["curves"][(panels["curves"]["ratio"] == ratio) & (panels["curves"]["not_converged"] == 0)]
        bars = [line["total_mean"] - line["total_low"], line["total_high"] - line["total_mean"]]
        left.errorbar(line["threshold"], line["total_mean"], yerr=bars, elinewidth=0.5, label=f"{ratio:g}", linewidth=0.9, **look)
    left.set_xlabel(r"Hidden layer's threshold $\theta$")
    left.set_ylabel(f"Energy until {100 * accuracy:g} % of {images}\n($10^3$ units of weight change)")
    left.set_xlim(left=0)
    left.xaxis.set_major_formatter(lambda threshold, _: f"{threshold:g}")
    left.set_ylim(bottom=0)
    left.legend(title="output over\nhidden layer's\nthreshold", title_fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    draw_best(right, panels["best"])
    for axes, letter in zip((left, right), "ab"):
        axes.yaxis.set_major_formatter(lambda energy, _: f"{energy / 1000:g}")
        plotting.name_panel(axes, letter)
    return figure


def caption(images):
    return [f"Energy of a multilayer perceptron that learns {images} with thresholds per layer: a, against the hidden layer's threshold, for each ratio of the output layer's to it (mean; "
            "thresholds at which a trial does not get there are left out); b, the least of each ratio, and what of it either layer spends. Dotted: one threshold.",
            plotting.ranges_note(seeds="a", mean="b")]


def main():
    options = plotting.arguments(__doc__, "layers").parse_args()
    outcomes = plotting.outcomes_of(options)
    for column in ("variant", "hidden", "tau", "maintenance_cost"):
        plotting.the_only(outcomes, column)
    panels = summarise(outcomes, plotting.ask(options.program, "optimum", options.results))
    images = plotting.images_label(outcomes)
    figure = draw(panels, images, plotting.the_only(outcomes, "target_accuracy"))
    plotting.save(figure, panels, options.output, options.name, caption(images), options.keep)


if __name__ == "__main__":
    main()
