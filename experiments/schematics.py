"""Drawings that explain the model: Fig. 1a, 1b and 4a, in our own hand."""

import numpy as np
import plotting


def bare(axes, width, height):
    """Axes without ticks and lines, `width` to `height` in equal units."""
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_aspect("equal", adjustable="box", anchor="C")


def draw_perceptron(axes):
    """Fig. 1a: patterns of +-1 reach one unit through plastic weights; its sign should be the target."""
    bare(axes, 10, 7)
    heights = [6, 4.6, 3.2, 1]
    for height, sign in zip(heights, "+−+−"):
        axes.text(0.4, height, sign, ha="center", va="center", fontsize=9)
        axes.plot([1.6], [height], marker="o", markersize=6, color="white", markeredgecolor=plotting.BLACK, markeredgewidth=0.8)
        axes.plot([2.0, 6.3], [height, 3.6], color=plotting.BLUE, linewidth=0.9, zorder=0)
    axes.text(1.6, 2.1, "⋮", ha="center", va="center", fontsize=9)
    axes.text(4.1, 6.1, "weights $w_i$", color=plotting.BLUE, ha="center", fontsize=7)
    axes.plot([6.8], [3.6], marker="o", markersize=13, color="white", markeredgecolor=plotting.BLACK, markeredgewidth=0.8)
    axes.text(6.8, 3.55, r"$\Sigma$", ha="center", va="center", fontsize=8)
    axes.annotate("", (9.3, 3.6), (7.5, 3.6), arrowprops={"arrowstyle": "->", "linewidth": 0.8})
    axes.text(9.4, 3.6, "±", ha="left", va="center", fontsize=9)
    axes.text(1.6, 0.0, "pattern", ha="center", va="center", fontsize=7)
    axes.text(8.6, 2.4, "output", ha="center", va="center", fontsize=7)


def draw_walk(axes):
    """Fig. 1b: a weight goes back and forth; the energy is the length of its path, the minimum the distance from its start."""
    steps = np.array([0, 1, 1, 1, -1, 1, 1, -1, -1, 1, -1, 1, 1, -1, 1, 1, -1, -1, 1])
    weight = np.cumsum(steps)
    axes.step(range(len(weight)), weight, where="post", color=plotting.NO_CACHING, linewidth=1.1, label=r"path: $\Sigma|\Delta w|$")
    end = len(weight) + 0.4
    axes.annotate("", (end, weight[-1]), (end, 0), arrowprops={"arrowstyle": "->", "color": plotting.MINIMAL, "linewidth": 1.2})
    axes.plot([], [], color=plotting.MINIMAL, label=r"minimum: $|w(T)|$")
    axes.axhline(0, color=plotting.BLACK, linewidth=0.5)
    axes.set_xlim(0, end + 0.8)
    axes.set_ylim(-0.6, 8.4)
    axes.set_xticks([])
    axes.set_yticks([0], ["0"])
    axes.set_xlabel("Updates")
    axes.set_ylabel("Weight")
    axes.legend(loc="upper left", handlelength=1.4, borderpad=0.1)


def draw_triggers(all_axes):
    """Fig. 4a: who is consolidated when, in three panels; transient parts of five synapses, those that are consolidated filled."""
    heights = np.array([0.5, 1.25, 0.35, 0.7, 0.55])
    cases = {"local-local": ("local–local", heights > 1, 1.0),
             "local-global": ("local–global", heights > 0, 1.0),
             "global-global": ("global–global", heights > 0, None)}
    for axes, (variant, (title, moves, threshold)) in zip(all_axes, cases.items()):
        color = plotting.VARIANTS[variant]
        bars = axes.bar(range(5), heights, width=0.6, color="white", edgecolor=color, linewidth=1.0)
        for bar, moved in zip(bars, moves):
            bar.set_facecolor(color if moved else "white")
        if threshold is not None:
            axes.axhline(threshold, color=plotting.BLACK, linewidth=0.8, linestyle="--")
            axes.text(4.5, threshold + 0.04, r"$\theta$", ha="right", va="bottom", fontsize=7)
        else:
            axes.text(2, 1.5, r"$\Sigma|s_i| > \theta$", ha="center", va="center", fontsize=7)
        axes.text(0.5, 1.06, title, transform=axes.transAxes, ha="center", va="bottom", fontsize=6.5)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_ylim(0, 1.7)
        axes.set_xlabel("synapses", fontsize=7)
    all_axes[0].set_ylabel(r"$|s_i|$", fontsize=7)
