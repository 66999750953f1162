"""The look of the book's figures: arrays in, matplotlib Axes out. Nothing here computes."""

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython import get_ipython
from matplotlib_inline.backend_inline import set_matplotlib_formats

# One colour, marker and dash per method or per k, told apart without colour as well.
COLORS = ("#0072b2", "#c44e00", "#007a5a", "#a8447c", "#6e7781", "#8a6d00", "#4b3b8f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "///", "...", "xxx", "---", "\\\\\\", "++")
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1)), (0, (3, 1)), (0, (1, 1)))

_STYLE = {
    "figure.figsize": (5.2, 3.2),
    "figure.facecolor": "white",
    "font.size": 10,
    "axes.prop_cycle": cycler(color=COLORS, marker=MARKERS, linestyle=DASHES),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#d8dee4",
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "legend.frameon": False,
    "svg.fonttype": "path",  # the same picture where the fonts are missing
    "svg.hashsalt": "pkpo",  # the same bytes each time
}


def use_style():
    """Set the book's style, whatever was set before; in a notebook, also draw SVG.

    The figures are the same every time, and on every machine but for last digits.
    """
    plt.rcdefaults()
    plt.rcParams.update(_STYLE)
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def curves(x, ys, *, xlabel, ylabel, ax=None, markers=8, title=None, bands=None, looks=None):
    """Draw one curve per entry of `ys`, each with its own colour, marker and dash.

    Args:
        x: shape (points,).
        ys: label -> y, shape (points,).
        xlabel, ylabel: with the unit, or "(probability)".
        ax: Axes to draw in; a new figure if None.
        markers: about how many markers a curve gets.
        title: of the panel, if it is one of several.
        bands: label -> (lower, upper), shaded behind the curve of that label.
        looks: label -> index into `COLORS`, `MARKERS` and `DASHES`; in their order if None.
    Returns:
        the Axes.
    Raises:
        ValueError: more curves than can be told apart.
    """
    _few(ys)
    ax = _axes(ax, xlabel, ylabel, title)
    for i, (label, y) in enumerate(ys.items()):
        every = max(1, len(x) // markers)
        look = _look(looks[label]) if looks else {}
        (line,) = ax.plot(x, y, label=label, markevery=(i * every // len(ys), every), **look)
        if bands and label in bands:
            ax.fill_between(x, *bands[label], color=line.get_color(), alpha=0.2, linewidth=0)
    ax.legend()
    return ax


def banded(x, ys, *, xlabel, ylabel, ax=None, markers=8, title=None, looks=None):
    """Draw one curve with a band per entry of `ys`: label -> (middle, lower, upper).

    Args: as `curves`, each part of shape (points,).
    Returns:
        the Axes.
    Raises:
        ValueError: more curves than can be told apart.
    """
    middle = {label: y[0] for label, y in ys.items()}
    bands = {label: y[1:] for label, y in ys.items()}
    look = {"xlabel": xlabel, "ylabel": ylabel, "ax": ax, "markers": markers, "title": title}
    return curves(x, middle, bands=bands, looks=looks, **look)


def bars(x, ys, *, xlabel, ylabel, ax=None, title=None):
    """Draw groups of bars: one bar per entry of `ys` at each x, apart by colour and hatch.

    Args: as `curves`; x are the centres of the groups, one unit apart.
    Returns:
        the Axes.
    Raises:
        ValueError: more bars than can be told apart.
    """
    _few(ys)
    ax = _axes(ax, xlabel, ylabel, title)
    width = 0.8 / len(ys)
    for i, (label, y) in enumerate(ys.items()):
        at = [v + (i - (len(ys) - 1) / 2) * width for v in x]
        look = {"color": COLORS[i], "hatch": HATCHES[i], "edgecolor": "white"}
        ax.bar(at, y, width, label=label, **look)
    ax.set_xticks(x)
    ax.legend()
    return ax


def flow(x, y, along, up, *, xlabel, ylabel, ax=None, title=None):
    """Draw which way a field points over a plane, and shade where it points up.

    Args:
        x, y: grid, shapes (columns,) and (rows,).
        along, up: the field, shape (rows, columns); an arrow for every second row and column.
        xlabel, ylabel, ax, title: as `curves`.
    Returns:
        the Axes.
    """
    ax = _axes(ax, xlabel, ylabel, title)
    ax.contourf(x, y, up, levels=[0, np.abs(up).max()], colors=[COLORS[0]], alpha=0.2)
    unit = [part[::2, ::2] / np.hypot(along, up)[::2, ::2] for part in (along, up)]
    ax.quiver(x[::2], y[::2], *unit, color="0.45", scale=16)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    return ax


def _look(i):
    return {"color": COLORS[i], "marker": MARKERS[i], "linestyle": DASHES[i]}


def _axes(ax, xlabel, ylabel, title):
    ax = plt.subplots()[1] if ax is None else ax
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title or "")
    return ax


def _few(ys):
    if len(ys) > len(COLORS):
        raise ValueError(f"ys must have at most {len(COLORS)} entries, got {len(ys)}")
