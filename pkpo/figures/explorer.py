"""The explorer: a figure with sliders for Jupyter and, without a kernel, for a static page.

It computes everything beforehand, for every position of its sliders, and sends plain arrays to the
browser; explorer.js draws. Every slider is a synced trait of its own name: `explorer.k = 4`,
`explorer.observe(f, "k")` and `ipywidgets.link((slider, "value"), (explorer, "k"))` work.
"""

from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement
from numbers import Real
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from pkpo.figures.numbers import text

_HERE = Path(__file__).parent
_OPTIONAL = ("slider", "heights", "at", "xbase", "ybase")  # of a panel
KINDS = ("line", "area", "bars", "points", "rings", "upright")


@dataclass(frozen=True)
class Slider:
    """A slider: `name` of its trait, `label` shown, ascending `values`, `start`, text `format`.

    at_most: another slider's name, beyond whose value this one never stands, and why: as in
        ("n", "k of the n attempts are drawn"). When that one goes lower, this one goes with it.
    plays: it is time, or a sweep, and has buttons: play, step, reset.
    """

    name: str
    label: str
    values: tuple
    start: float
    format: str = "d"
    at_most: tuple = ()
    plays: bool = False


@dataclass(frozen=True)
class Tally:
    """Sliders of as many positions each, whose order does not matter: one axis for an `on`.

    It stands for how many of the sliders are at each position. Its own positions are the sorted
    positions of the sliders `of`, in the order of `stands(positions, len(of))`: 495 for eight
    sliders of five positions, where all their combinations would be 390,625.
    """

    name: str
    of: tuple

    @staticmethod
    def stands(positions, sliders):
        """Return every sorted tuple of positions in which so many sliders can stand."""
        return list(combinations_with_replacement(range(positions), sliders))


@dataclass(frozen=True)
class Series:
    """A mark in a panel.

    kind: one of `KINDS`; "area" and "bars" stand on 0, "upright" is a vertical line at each x.
    x, y, base: arrays whose last axis is the points, and whose axes before it are the sliders (or
        tallies) named in `on`, in that order; an axis of length 1, or none at all, serves every
        position of its slider. NaN is not drawn. Bars stand on the base, or on 0 without one.
    color: 0..4, an index into `pkpo.figures.plots.COLORS`. Each label is an entry in the legend.
    width: of bars, in units of x. silent: the crosshair tells no value of it.
    """

    kind: str
    x: object
    y: object
    on: tuple = ()
    label: str = ""
    color: int = 0
    dashed: bool = False
    base: object = None
    width: float = 0.7
    silent: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes. Ticks map a position to its text, or are positions alone.

    slider: the one whose values, or `at`, the x axis has: a drag on the panel moves it.
    heights: the sliders whose values are heights at x = 1, 2, ..., which a drag on them moves.
    at: where the crosshair stops, and where the positions of `slider` stand.
    xbase, ybase: of an axis of logarithms, so that its values are shown as what they are of.
    """

    title: str
    alt: str
    xlabel: str
    ylabel: str
    xlim: tuple
    ylim: tuple
    xticks: object
    yticks: object
    series: tuple
    slider: str = ""
    heights: tuple = ()
    at: tuple = ()
    xbase: float = 0
    ybase: float = 0


@dataclass(frozen=True)
class Readout:
    """A number shown as text: `values` over the sliders in `on`, `missing` where it is NaN."""

    label: str
    values: object
    on: tuple
    format: str = ".4f"
    missing: str = "undefined"

    def texts(self):  # one string, where a list would have a line of the notebook for each
        values = np.ravel(self.values).tolist()
        return "\n".join(self.missing if v != v else text(v, self.format) for v in values)


class Position(traitlets.TraitType):
    """The trait of a slider: a number in its range, moved to the nearest of its positions."""

    def __init__(self, slider):
        super().__init__(slider.start)
        self.values = slider.values

    def validate(self, obj, value):
        low, high = self.values[0], self.values[-1]
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not (number and low <= value <= high):
            raise traitlets.TraitError(
                f"{self.name} must be a number in {low:g}..{high:g}, got {value!r}"
            )
        return min(self.values, key=lambda v: abs(v - value))


class Explorer(anywidget.AnyWidget):
    """Panels that follow sliders; see the module's docstring.

    Args:
        title: what the explorer is, read out by screen readers.
        sliders: `Slider`s; each becomes a synced trait.
        panels: `Panel`s.
        readouts: `Readout`s.
        tallies: `Tally`s, for series and readouts that depend on sliders regardless of order.
    Raises:
        ValueError: a series or readout whose shape is not that of the sliders it depends on, or
            a tally of sliders with different numbers of positions.
        TraitError: a slider is set to something that is not a number in its range.
    """

    _esm = _HERE / "explorer.js"
    _css = _HERE / "explorer.css"
    _spec = traitlets.Dict().tag(sync=True)
    _data = traitlets.Bytes().tag(sync=True)

    def __init__(self, title, sliders, panels, readouts, tallies=()):
        self._names = [s.name for s in sliders]
        sizes = {s.name: len(s.values) for s in sliders}
        counted = [_tally_spec(t, sizes) for t in tallies]
        packed = _Packed(sizes | {t["name"]: len(t["stands"]) for t in counted})
        spec = {
            "title": title,
            "sliders": [_slider_spec(s) for s in sliders],
            "tallies": counted,
            "panels": [packed.panel(p) for p in panels],
            "readouts": [packed.readout(r) for r in readouts],
        }
        super().__init__(_spec=spec, _data=packed.data())
        self.add_traits(**{s.name: Position(s).tag(sync=True) for s in sliders})
        for s in (s for s in sliders if s.at_most):
            self.observe(partial(self._limit, s), [s.name, s.at_most[0]])
            self._limit(s)

    def _limit(self, slider, change=None):
        """Hold a slider at or below the one that it may not pass."""
        most = getattr(self, slider.at_most[0])
        if getattr(self, slider.name) > most:
            setattr(self, slider.name, max(v for v in slider.values if v <= most))

    def __repr__(self):
        values = (f"{name}={text(getattr(self, name), 'g')}" for name in self._names)
        return f"Explorer({', '.join(values)})"


class _Packed:
    """Arrays end to end as float32, and the references with which the browser finds them."""

    def __init__(self, sizes):
        self.sizes, self.starts, self.length = sizes, {}, 0

    def data(self):
        return b"".join(self.starts)

    def array(self, values, on):
        values = np.asarray(values, dtype=np.float64)
        on = self.axes(values.shape[:-1], on) if values.ndim > 1 else []
        stored = values.astype("<f4").tobytes()
        if stored not in self.starts:  # two marks of the same numbers share them
            self.starts[stored] = self.length
            self.length += values.size
        return {"at": self.starts[stored], "size": values.shape[-1], "on": on}

    def axes(self, shape, on):
        """Return the sliders that an array of `shape` over the sliders `on` really depends on."""
        sizes = tuple(self.sizes[name] for name in on)
        if len(shape) != len(on) or any(a not in (1, b) for a, b in zip(shape, sizes, strict=True)):
            raise ValueError(f"an array on sliders {on} must have shape {sizes}, got {shape}")
        return [name for name, length in zip(on, shape, strict=True) if length > 1]

    def series(self, s):
        if s.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, got {s.kind!r}")
        arrays = {name: getattr(s, name) for name in ("x", "y", "base")}
        refs = {name: self.array(v, s.on) for name, v in arrays.items() if v is not None}
        said = {name: getattr(s, name) for name in ("kind", "label", "color", "dashed", "width")}
        return said | refs | ({"silent": True} if s.silent else {})

    def panel(self, p):
        ticks = {"xticks": _ticks(p.xticks), "yticks": _ticks(p.yticks)}
        said = {name: v for name, v in vars(p).items() if v or name not in _OPTIONAL}
        return said | ticks | {"series": [self.series(s) for s in p.series]}

    def readout(self, r):
        return {"label": r.label, "text": r.texts(), "on": self.axes(np.shape(r.values), r.on)}


def _slider_spec(s):
    texts = [text(v, s.format) for v in s.values]
    said = {name: v for name, v in (("at_most", list(s.at_most)), ("plays", s.plays)) if v}
    return {"name": s.name, "label": s.label, "values": list(s.values), "texts": texts} | said


def _tally_spec(t, sizes):
    different = {sizes[name] for name in t.of}
    if len(different) != 1:
        raise ValueError(f"a tally needs sliders of as many positions each, got {different}")
    stands = Tally.stands(*different, len(t.of))
    return {"name": t.name, "of": list(t.of), "stands": [",".join(map(str, s)) for s in stands]}


def _ticks(ticks):
    pairs = ticks.items() if isinstance(ticks, dict) else ((t, text(t, "g")) for t in ticks)
    return [[float(t), words.replace("-", "\N{MINUS SIGN}")] for t, words in pairs]
