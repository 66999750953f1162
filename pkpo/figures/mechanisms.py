"""Pictures of mechanisms: a climb, stacked parts, shared attempts, one mean, a window.

Arrays in, matplotlib Axes out, in the look of `pkpo.figures.plots`. Nothing here computes.
"""

import matplotlib.pyplot as plt
import numpy as np

from pkpo.figures.plots import COLORS, HATCHES, MARKERS, _axes, _few

PALE, INK = "#d8dee4", "0.25"


def climb(rewards, counts, *, climber, ylabel, ax=None, title=None):
    """Draw sorted rewards as stairs, each riser with its count, and shade what one attempt climbs.

    Args:
        rewards: ascending, shape (n,).
        counts: of the n - 1 risers from below, in how many subsets each is climbed.
        climber: rank of the attempt, from 1; the risers up to it are shaded on its bar.
        ylabel, ax, title: as `plots.curves`.
    Returns:
        the Axes. A riser of height zero has no label.
    """
    ax = _axes(ax, "rank, lowest reward first", ylabel, title)
    ranks = np.arange(1, len(rewards) + 1)
    ax.bar(ranks, rewards, 1, color=PALE, edgecolor="white")
    for r, gap in enumerate(np.diff(rewards), start=1):
        low = rewards[r - 1]
        if r < climber:
            ax.bar(climber, gap, 1, low, color=COLORS[0], edgecolor="white", hatch=HATCHES[r % 3])
        ax.plot([r + 0.5] * 2, [low, low + gap], color=INK, marker="", ls="-")
        if gap:
            look = {"ha": "right", "va": "center", "fontsize": 9}
            ax.text(r + 0.44, low + gap / 2, f"{gap:g} × {counts[r - 1]}", **look)
    ax.set_xticks(ranks)
    ax.grid(axis="x", visible=False)
    return ax


def stacked(names, parts, *, xlabel, ylabel, total="", colors=range(7), ax=None, title=None):
    """Draw one bar per name, its parts on top of each other, and those below zero under it.

    Args:
        names: of the bars, one for each.
        parts: label -> shape (bars,).
        total: label of a mark at the sum of each bar; none if empty.
        colors: of the parts, indices into `plots.COLORS`.
        xlabel, ylabel, ax, title: as `plots.curves`.
    Returns:
        the Axes.
    Raises:
        ValueError: more parts than can be told apart.
    """
    _few(parts)
    ax = _axes(ax, xlabel, ylabel, title)
    places, ends = np.arange(len(names)), {True: np.zeros(len(names)), False: np.zeros(len(names))}
    for i, (label, part) in enumerate(parts.items()):
        part = np.array(part, dtype=float)
        start = np.where(part >= 0, ends[True], ends[False])
        look = {"color": COLORS[colors[i]], "hatch": HATCHES[i], "edgecolor": "white"}
        ax.bar(places, part, 0.7, start, label=label, **look)
        for up in ends:
            ends[up] = ends[up] + np.where((part >= 0) == up, part, 0)
    if total:
        sums = ends[True] + ends[False]
        ax.plot(places, sums, "D", color="black", mec="white", ms=7, label=total)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.use_sticky_edges = False  # or a mark at the end of a bar is cut
    ax.margins(y=0.1)
    ax.set_xticks(places, names)
    ax.grid(axis="x", visible=False)
    ax.legend()
    return ax


def histograms(samples, *, edges, xlabel, mark, mark_label, ylabel="estimates", colors=range(7)):
    """Draw the histogram of each sample over the same axis, one below the other, with one mark.

    Args:
        samples: label -> shape (draws,).
        edges: of the bins; a note says which share of the draws lies beyond.
        xlabel: with the unit.
        ylabel: what is counted.
        mark, mark_label: where all of them should be centred, and what that is.
        colors: of the samples, indices into `plots.COLORS`.
    Returns:
        the Axes, one for each sample.
    """
    _few(samples)
    size = (6.4, 1.3 * len(samples) + 0.7)
    figure, axes = plt.subplots(len(samples), 1, sharex=True, figsize=size, squeeze=False)
    for i, (ax, (label, x)) in enumerate(zip(axes.flat, samples.items(), strict=True)):
        ax.hist(x, edges, histtype="stepfilled", color=COLORS[colors[i]])
        ax.axvline(mark, color="black", ls="--", label=mark_label if i == 0 else None)
        beyond = np.mean((x < edges[0]) | (x > edges[-1]))
        note = f"\n{beyond:.0%} lie beyond" if beyond >= 0.005 else ""
        ax.text(0.01, 0.9, label + note, transform=ax.transAxes, va="top")
        ax.set(yticks=[])
    axes.flat[0].legend(loc="upper right")
    axes.flat[-1].set_xlabel(xlabel)
    figure.supylabel(ylabel, fontsize=10)
    return axes[:, 0]


def overlap(n, subsets, *, ax=None, title=None):
    """Draw n attempts as dots, framed by two subsets, with the ones that both hold filled.

    Args:
        n: attempts.
        subsets: two collections of attempts, counted from 1.
        ax, title: as `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, "attempt", "", title)
    one, two = (set(subset) for subset in subsets)
    for row, (subset, name) in enumerate(((one, "one subset"), (two, "another"))):
        for i in range(1, n + 1):
            inside, shared = i in subset, i in one & two
            face = COLORS[1] if shared else COLORS[0] if inside else "white"
            edge = face if inside else PALE
            ax.plot(i, -row, MARKERS[row], ms=13, mfc=face, mec=edge, ls="")
        ax.text(0.3, -row, name, ha="right", va="center", fontsize=9)
    for i in one & two:
        ax.plot([i, i], [0, -1], color=COLORS[1], lw=2, marker="", ls="-", zorder=0)
    ax.set(xlim=(-0.2, n + 0.6), ylim=(-1.5, 0.5), xticks=range(1, n + 1), yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    return ax


def window(x, left, right, *, labels, xlabel, ylabel, ax=None, title=None):
    """Draw a window between two curtains: what hides it from the left, and what from the right.

    Args:
        x: shape (points,).
        left, right: shape of x, in [0, 1], how much of the window each curtain covers.
        labels: of the two curtains, for the legend.
        xlabel, ylabel, ax, title: as `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    for i, label, curtain in zip((1, 3), labels, (left, right), strict=True):
        look = {"facecolor": COLORS[i], "hatch": HATCHES[i], "edgecolor": "white", "linewidth": 0}
        ax.fill_between(x, curtain, label=label, **look)
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 1), yticks=(0, 0.5, 1))
    return ax


def pulled(places, stakes, x, curve, *, xlabel, ylabel, ax=None, title=None):
    """Draw dots, the line that joins them, and the curve that they pull.

    Args:
        places, stakes: shape (dots,), where the dots stand.
        x, curve: shape (points,).
        xlabel, ylabel, ax, title: as `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.plot(places, stakes, color=INK, ls=":", lw=0.9, marker="")
    ax.plot(x, curve, color=COLORS[2], ls="-", lw=2.2, marker="", label="weight of a prompt")
    ax.plot(places, stakes, "D", color=COLORS[3], ms=5, label="stakes", clip_on=False)
    return ax


def lifts(right, wrong, *, ylabel, ax=None, title=None):
    """Draw what groups pay a success and a failure, and an arrow from failing to succeeding.

    Args:
        right: weight of a success in a group with 1, ..., n successes, shape (n,).
        wrong: weight of a failure in a group with 0, ..., n - 1 of them, shape (n,).
        ylabel, ax, title: as `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, "successes c in the group", ylabel, title)
    c = np.arange(len(right) + 1)
    look = {"arrowstyle": "-|>", "color": COLORS[3], "linewidth": 1.2, "shrinkA": 3, "shrinkB": 3}
    for failed, low, high in zip(c, wrong, right, strict=False):
        ax.annotate("", (failed + 1, high), (failed, low), arrowprops=look)
    ax.plot(c[1:], right, "o", color=COLORS[0], label="a success")
    ax.plot(c[:-1], wrong, "s", color=COLORS[1], label="a failure")
    ax.set_xticks(c)
    ax.legend()
    return ax


def climbs(levels, pays, *, names, ax=None, title=None):
    """Draw three steps of a stair, and what the two short climbs and the long one pay.

    Args:
        levels: shape (3,), ascending.
        pays: texts for the climbs from the first to the second, from there to the third, and from
            the first to the third at once.
        names: of the three.
        ax, title: as `plots.curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, "", "reward", title)
    ax.bar(range(3), levels, 0.9, color=PALE)
    trips = ((0, 1, -0.35, 0, 1, 0.5), (1, 2, -0.35, 0, 2, 0.5), (0, 2, -0.6, 1, 0.3, 1.2))
    for (start, end, bend, color, *at), text in zip(trips, pays, strict=True):
        look = {"arrowstyle": "-|>", "color": COLORS[color], "linewidth": 2}
        look["connectionstyle"] = f"arc3,rad={bend}"
        ax.annotate("", (end, levels[end] + 0.06), (start, levels[start] + 0.06), arrowprops=look)
        look = {"color": COLORS[color], "ha": "center", "va": "center", "fontsize": 9}
        ax.text(at[0], at[1] * levels[end], f"from {names[start]}:\n{text}", **look)
    ax.set(xticks=range(3), xticklabels=names, ylim=(0, levels[-1] + 0.9), xlim=(-0.7, 2.6))
    ax.grid(False)
    return ax


def compass(directions, *, xlabel, ylabel, ax=None, title=None):
    """Draw arrows of one length from one point, each with its name at the tip.

    Args:
        directions: name -> (x, y), not both 0; the first is what the others are to follow.
        xlabel, ylabel, ax, title: as `plots.curves`.
    Returns:
        the Axes.
    Raises:
        ValueError: more directions than can be told apart.
    """
    _few(directions)
    ax = _axes(ax, xlabel, ylabel, title)
    for i, (name, (x, y)) in enumerate(directions.items()):
        x, y = np.array([x, y]) / np.hypot(x, y)
        look = {"arrowstyle": "-|>", "color": COLORS[i], "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, y), (0, 0), arrowprops=look | {"linestyle": "-" if i else "--"})
        ax.text(1.04 * x, 1.04 * y, name, color=COLORS[i], va="center", fontsize=9)
    ax.set(aspect="equal")
    return ax
