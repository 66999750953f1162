"""What differs between outputs that are stored and outputs made again.

Text must be the same to the letter. Processors round the last bit of a number differently, so a
coordinate of a figure or a number of an explorer may differ by less than anyone can see.
"""

import base64
import re
from itertools import zip_longest
from xml.etree import ElementTree

import numpy as np

# A thousandth of the points that figures are measured in: 1/750 of a pixel, and much more than
# the sixth decimals that differ between processors.
TOLERANCE = 1e-3
COORDINATES = {"d", "x", "y", "width", "height", "viewBox", "transform"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
FACTORS = re.compile(r"(?:scale|matrix)\(.*?\)")
# Matplotlib names clips, markers, hatches and collections by a hash of unrounded coordinates.
HASHED = re.compile(r"(?<!\w)(?:[mph]|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}(?!\w)")


def figure_difference(stored, made):
    """Return the first difference between two SVG figures, in words; None if there is none.

    Coordinates may be `TOLERANCE` apart. Hashed ids may be others, as long as they join the same
    elements. All else must be the same: elements, comments, text, colours, their order.
    """
    if stored == made:
        return None
    partners = {}, {}  # of the ids stored, and of those made
    for old, new in zip_longest(_elements(stored), _elements(made)):
        if old is None or new is None or _frame(old) != _frame(new):
            return f"{_words(old)} is now {_words(new)}"
        for name, value in old.items():
            if not _same(name, value, new.get(name), partners):
                return f"{name}={value!r} of {_words(old)} is now {new.get(name)!r}"
    return None


def _elements(svg):
    """Return every element of a figure, and every comment: they say what text the glyphs are."""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    return ElementTree.fromstring(svg, ElementTree.XMLParser(target=builder)).iter()


def _frame(element):
    return element.tag, len(element), list(element.keys()), element.text, element.tail


def _words(element):
    if element is None:
        return "nothing"
    if element.tag is ElementTree.Comment:
        return f"the comment {element.text.strip()!r}"
    return f"<{element.tag.rpartition('}')[2]} id={element.get('id')!r}>"


def _same(name, old, new, partners):
    """Return whether two values of an attribute are the same, and remember partners of ids."""
    place = NUMBER if name in COORDINATES else HASHED
    if old == new and place is NUMBER:
        return True
    if place.sub("?", old) != place.sub("?", new) or FACTORS.findall(old) != FACTORS.findall(new):
        return False
    pairs = zip(place.findall(old), place.findall(new), strict=True)
    if place is NUMBER:
        return all(abs(float(a) - float(b)) <= TOLERANCE for a, b in pairs)
    there, back = partners
    return all(there.setdefault(a, b) == b and back.setdefault(b, a) == a for a, b in pairs)


def explorer_difference(stored, made):
    """Return the first difference between the widgets of two notebooks, in words; None if none.

    Args:
        stored, made: the widgets' state as a notebook's metadata keeps it, ids renumbered. Its
            arrays of float32 may differ in their last bits; all else must be the same.
    """
    if stored == made:
        return None
    difference = _difference(_with_arrays(stored), _with_arrays(made), "")
    return difference and difference.lstrip(".0")  # of the first model's id, the number


def _with_arrays(state):
    """Return a copy of the widgets' state with each buffer as an array."""
    buffers = {
        name: [
            buffer | {"data": np.frombuffer(base64.b64decode(buffer["data"]), "<f4")}
            for buffer in model.get("buffers", [])
        ]
        for name, model in state.items()
    }
    return {name: dict(model) | {"buffers": buffers[name]} for name, model in state.items()}


def _difference(old, new, where):
    """Return where and how two nested values differ first; arrays may differ in their last bits."""
    if type(old) is not type(new) or isinstance(old, int | float | str | None):
        return None if old == new else f"{where}: {old!r:.200} is now {new!r:.200}"
    before, now = (sorted(v) if isinstance(v, dict) else range(len(v)) for v in (old, new))
    if before != now:
        return f"{where} had {before!r:.200} and now has {now!r:.200}"
    if isinstance(old, np.ndarray):
        far = np.flatnonzero(~np.isclose(old, new, rtol=1e-5, atol=1e-6, equal_nan=True))
        return f"{where}[{far[0]}]: {old[far[0]]} is now {new[far[0]]}" if far.size else None
    parts = (_difference(old[name], new[name], f"{where}.{name}") for name in before)
    return next(filter(None, parts), None)
