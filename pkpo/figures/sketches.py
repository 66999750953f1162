"""Pictures of the book's ideas: cells, stairs, spikes, throws, hills and where runs settle.

Arrays in, matplotlib Axes out, in the look of `pkpo.figures.plots`. Nothing here computes.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

from pkpo.figures.plots import COLORS, DASHES, HATCHES, MARKERS, _axes, banded

PALE = "#d8dee4"  # the colour of the grid: what is there and does not count


def cells(kinds, texts, *, names, ax=None, title=None):
    """Draw a cell for each pair of attempts, coloured by its kind, with its text.

    Args:
        kinds: shape (attempts, attempts): 0 is pale, i > 0 has the colour `COLORS[i - 1]`, and -1
            leaves a place empty.
        texts: shape of `kinds`, what is written into the cells.
        names: of the attempts, along both sides.
        ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, "one attempt", "the other", title)
    for (row, column), kind in np.ndenumerate(kinds):
        if kind >= 0:
            ax.bar(column, 0.92, 0.92, row - 0.46, color=_color(kind))
            ink = "white" if kind else "black"
            ax.text(column, row, texts[row][column], ha="center", va="center", color=ink)
    places, ends = range(len(names)), (-0.6, len(names) - 0.4)
    ax.set(xticks=places, xticklabels=names, yticks=places, yticklabels=names)
    ax.set(xlim=ends, ylim=ends, aspect="equal")
    ax.grid(False)
    return ax


def stairs(kinds, *, labels, xlabel, ylabel, ax=None, title=None):
    """Draw a column of unit cells for each rank, a cell for each subset, coloured by its kind.

    Args:
        kinds: for each rank from 1 on, the kinds of its cells from the bottom: indices into
            `labels`, of which the first is pale.
        labels: of the kinds, for the legend.
        xlabel, ylabel, ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    for rank, column in enumerate(kinds, start=1):
        for height, kind in enumerate(column):
            ax.bar(rank, 0.86, 0.86, height + 0.07, **_filled(kind))
    ax.set(xticks=range(1, len(kinds) + 1), xlim=(0.4, len(kinds) + 0.6))
    ax.legend(handles=[Patch(label=label, **_filled(i)) for i, label in enumerate(labels)])
    return ax


def spikes(values, chances, *, mean, truth, xlabel, ylabel, ax=None, title=None, color=0):
    """Draw a distribution over a few values: spikes, their mean, and the truth.

    Args:
        values, chances: shape (points,), where the spikes stand and how high they are.
        mean, truth: numbers on the axis of the values.
        xlabel, ylabel, ax, title: as in `plots.curves`.
        color: index into `plots.COLORS`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.vlines(values, 0, chances, color=COLORS[color], linewidth=6)
    ax.axvline(truth, color="black", linewidth=1.2, linestyle=":", marker="", label="truth")
    triangle = {"marker": "^", "markersize": 10, "linestyle": "none", "clip_on": False}
    ax.plot([mean], [0], color=COLORS[color], zorder=5, label="mean", **triangle)
    ax.legend(loc="upper right")
    return ax


def chord(x, y, left, middle, right, *, xlabel, ylabel, ax=None, title=None):
    """Draw a curve, two of its points with their chord, and the gap above the chord's middle.

    Args:
        x, y: shape (points,), the curve.
        left, middle, right: points (x, y) on the curve; middle is half way between the others.
        xlabel, ylabel, ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.plot(x, y, color=COLORS[0], marker="")
    ends = np.transpose([left, right])
    ax.plot(*ends, color=COLORS[1], linestyle="--", label="two unequal tasks, and their chord")
    low = ends[1].mean()
    ax.vlines(
        middle[0], low, middle[1], color=COLORS[3], linewidth=3, label="what the spread costs"
    )
    ax.plot(*middle, color=COLORS[0], marker="s", linestyle="none", label="two tasks at the mean")
    ax.plot(middle[0], low, color=COLORS[1], marker="D", linestyle="none", label="their average")
    ax.legend(loc="lower right")
    return ax


def throws(x, paid, best, *, names, xlabel, ax=None, title=None):
    """Draw a row of throws for each policy: paid, or lost, and the one that counts in a ring.

    Args:
        x: shape (policies, throws), where they land.
        paid: shape of x, what each is paid; 0 is lost.
        best: shape (policies,), the place of the throw that counts.
        names: of the policies, from the bottom.
        xlabel, ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, "", title)
    rows = np.broadcast_to(np.arange(len(names))[:, None], np.shape(x))
    kept = np.asarray(paid) > 0
    ax.scatter(x[kept], rows[kept], s=45, color=COLORS[0], label="paid", zorder=3)
    ax.scatter(x[~kept], rows[~kept], s=55, color=COLORS[1], marker="X", label="lost", zorder=3)
    counts = np.take_along_axis(x, np.asarray(best)[:, None], axis=1)[:, 0]
    ring = {"s": 240, "facecolor": "none", "edgecolor": COLORS[3], "linewidth": 2.2}
    ax.scatter(counts, rows[:, 0], label="the best one", **ring)
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.4))
    ax.legend(loc="upper left", ncols=3, bbox_to_anchor=(0, 1.22))
    return ax


def landed(x, height, throws, paid, *, xlabel, ylabel, ax=None, title=None):
    """Draw throws on the landscape that pays them: at its height, or lost at its foot.

    Args:
        x, height: shape (points,), the landscape.
        throws, paid: shape (throws,), where they land and what each is paid; 0 is lost.
        xlabel, ylabel, ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.fill_between(x, height, color=PALE, linewidth=0)
    kept, look = paid > 0, {"edgecolor": "white", "linewidth": 0.8, "zorder": 3, "clip_on": False}
    ax.scatter(throws[kept], paid[kept], s=60, color=COLORS[0], label="paid", **look)
    ax.scatter(throws[~kept], paid[~kept], s=75, color=COLORS[1], marker="X", label="lost", **look)
    ax.set_ylim(0, 1.05)
    return ax


def settling(steps, bands, some, levels, hills, *, xlabel, ylabel, hills_label):
    """Draw runs that come to rest at the height of the tops of hills, which lie on their sides.

    Args:
        steps: shape (steps,).
        bands: label -> (mean, lower, upper) of the runs over the steps.
        some: label -> a few of the runs, shape (run, step), drawn thin.
        levels: shape (points,), places on the hills, on the axis of the runs.
        hills: label -> the height of the hill at each level.
        xlabel, ylabel: of the runs, as in `plots.curves`.
        hills_label: what their height is.
    Returns:
        the two Axes.
    """
    shape = {"sharey": True, "figsize": (5, 3.8), "width_ratios": (5, 3), "layout": "constrained"}
    _, (left, right) = plt.subplots(1, 2, **shape)
    banded(steps, bands, ax=left, xlabel=xlabel, ylabel=ylabel)
    right.set(xlabel=hills_label)
    for color, dash, marker, label in zip(COLORS, DASHES, MARKERS, hills, strict=False):
        look, top = {"color": color, "marker": ""}, hills[label].argmax()
        left.plot(steps, some[label].T, ls="-", lw=0.6, alpha=0.7, zorder=1, **look)
        right.plot(hills[label], levels, ls=dash, **look)
        right.plot(hills[label][top], levels[top], color=color, marker=marker, ms=8)
        for ax in (left, right):
            ax.axhline(levels[top], lw=0.7, ls="-", **look)
    return left, right


def arrows(x, y, level, edge, *, xlabel, ylabel, ax=None, title=None):
    """Draw a density with two arrows to the right: what rises over a level, what falls off an edge.

    Args:
        x, y: shape (points,), the density.
        level, edge: points (x, y) of the density.
        xlabel, ylabel, ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.plot(x, y, color="black", marker="", linestyle="-", linewidth=1.2)
    sides = ((level, "come up across u"), (edge, "fall over the edge"))
    reach = (x[-1] - x[0]) / 9
    for color, ((place, height), label) in zip(COLORS, sides, strict=False):
        ax.vlines(place, 0, height, color=color, linewidth=4, label=label)
        look = {"arrowstyle": "-|>", "color": color, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (place + reach, height / 2), (place, height / 2), arrowprops=look)
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper right")
    return ax


def hills(x, ground, earned, *, at, ways, xlabel, ylabel, ax=None, title=None):
    """Draw what can be earned at every aim over the ground, and which way each curve pulls.

    Args:
        x, ground: shape (points,), the reward of a throw.
        earned: label -> shape (points,), over aims at x.
        at: index of x at which arrows start, one on each curve.
        ways: for each curve 1 where it pulls to the right, -1 where to the left.
        xlabel, ylabel, ax, title: as in `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.fill_between(x, ground, color="0.88", label="the ground", zorder=0)
    reach = (x[-1] - x[0]) / 9
    for (label, y), way, color in zip(earned.items(), ways, COLORS, strict=False):
        (line,) = ax.plot(x, y, color=color, marker="", label=label)
        look = {"arrowstyle": "-|>", "color": color, "linewidth": 2.5, "shrinkA": 0, "shrinkB": 0}
        foot = x[at], y[at] + 0.06
        ax.annotate("", (foot[0] + way * reach, foot[1]), foot, arrowprops=look)
        ax.plot(x[at], y[at], "o", color=line.get_color(), zorder=5)
    ax.set_ylim(0, 1.12)
    ax.legend(loc="upper left")
    return ax


def _filled(kind):
    return {"facecolor": _color(kind), "hatch": HATCHES[kind], "edgecolor": "white", "linewidth": 0}


def _color(kind):
    return COLORS[kind - 1] if kind else PALE
