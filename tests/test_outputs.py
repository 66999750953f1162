"""The comparison of outputs: blind to what processors differ in, and to nothing else."""

import base64
import copy
import re
import sys

import nbformat
import numpy as np
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from notebooks import BOOK, FIGURE, shown, widgets  # noqa: E402
from outputs import explorer_difference, figure_difference  # noqa: E402

STORED = {path.stem[:2]: nbformat.read(path, 4) for path in sorted(BOOK.glob("*.ipynb"))}
FIGURES = {
    chapter: [figure for cell in notebook.cells for figure in shown(cell, FIGURE)]
    for chapter, notebook in STORED.items()
}
POSITION = re.compile(r'(?<= )(?:d|x|y|width|height|transform)="[^"]*"')
DECIMAL = re.compile(r"-?\d+\.\d+")
CLIP = re.compile(r"\bp[0-9a-f]{10}\b")
HALF_A_PIXEL = 0.375  # in points


def decimals(figure):
    """Return where each coordinate with decimals stands, factors of scales left out."""
    hidden = re.sub(r"scale\([^)]*\)", lambda scale: "?" * len(scale[0]), figure)
    return [
        (found.start() + number.start(), found.start() + number.end())
        for found in POSITION.finditer(hidden)
        for number in DECIMAL.finditer(found[0])
    ]


def moved(figure, places, by):
    """Return the figure with the numbers at some places moved; `by` in turn, up and down."""
    parts, at = [], 0
    for i, (start, end) in enumerate(places):
        parts += [figure[at:start], f"{float(figure[start:end]) + (-1) ** i * by:.6f}"]
        at = end
    return "".join([*parts, figure[at:]])


@pytest.mark.parametrize("chapter", FIGURES)
def test_sixth_decimals_and_the_names_of_clips_are_no_difference(chapter):
    for figure in FIGURES[chapter]:
        other = moved(figure, decimals(figure), by=2e-6)
        other = CLIP.sub(lambda name: "p" + name[0][:0:-1], other)
        difference = figure_difference(figure, other)
        assert (other == figure, difference) == (False, None)


@pytest.mark.parametrize("chapter", FIGURES)
def test_half_a_pixel_is_a_difference_wherever_it_is(chapter):
    for figure in FIGURES[chapter]:
        places = decimals(figure)
        assert len(places) > 100
        for place in places[:: len(places) // 4]:
            difference = figure_difference(figure, moved(figure, [place], by=HALF_A_PIXEL))
            assert "is now" in difference


@pytest.mark.parametrize("chapter", FIGURES)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"<!-- (.)", r"<!-- \1\1"),  # the words that glyphs draw
        (r"#([0-9a-f]{6})\b", r"#1\g<1>"),  # a colour
        (r"stroke-width: 0", "stroke-width: 1"),
        (r"scale\(0\.1", "scale(0.1001"),
        (r" +<use [^>]*/>\n", ""),  # an element
        (r' id="(\w+)"', r' id="\g<1>x"'),
        (r'(<use [^>]*) y="[^"]*"', r"\1"),  # an attribute
        (r"\nL ", r"\nM "),  # a pen that is lifted
        (r'#(m[0-9a-f]{10})"', r'#\g<1>0"'),  # a marker that is not there
        (r"Matplotlib v3", "Matplotlib v2"),
    ],
)
def test_anything_else_is_a_difference(chapter, old, new):
    figure = FIGURES[chapter][0]
    difference = figure_difference(figure, re.sub(old, new, figure, count=1))
    assert "is now" in difference


def test_ids_that_join_other_elements_are_a_difference():
    two = '<svg><g id="{}"/><g id="{}"/><use href="#{}"/></svg>'.format
    a, b, c, d = ("p" + letter * 10 for letter in "abcd")
    assert figure_difference(two(a, b, a), two(c, d, c)) is None
    assert figure_difference(two(a, b, a), two(b, a, b)) is None
    assert figure_difference(two(a, b, a), two(c, d, d)) is not None
    assert figure_difference(two(a, b, a), two(c, c, c)) is not None
    assert figure_difference(two(a, a, a), two(c, d, c)) is not None


@pytest.mark.parametrize("chapter", STORED)
def test_last_bits_of_an_explorer_are_no_difference_and_a_thousandth_is(chapter):
    stored = widgets(STORED[chapter])
    for by, same in [(1e-7, True), (1e-3, False)]:
        made = copy.deepcopy(stored)
        (buffer,) = next(model.buffers for model in made.values() if "buffers" in model)
        numbers = np.frombuffer(base64.b64decode(buffer.data), "<f4").copy()
        numbers[np.nanargmax(numbers)] *= 1 + by
        buffer.data = base64.b64encode(numbers.tobytes()).decode()
        difference = explorer_difference(stored, made)
        assert (difference is None) == same


@pytest.mark.parametrize(
    "change",
    [
        lambda model: model.state._spec.readouts[-1].__setitem__("text", "0.1234"),
        lambda model: model.state._spec.readouts.pop(),
        lambda model: model.state._spec.panels[0].ylim.__setitem__(0, 0.125),
        lambda model: model.state._spec.sliders[0].update(label="other"),
        lambda model: model.state.update(_esm="other"),
        lambda model: model.state.pop("_css"),
        lambda model: model.buffers[0].update(data=model.buffers[0].data[: 4 * 1000]),
        lambda model: model.pop("buffers"),
        lambda model: model.update(model_module="other"),
    ],
)
def test_anything_else_of_an_explorer_is_a_difference(change):
    stored = widgets(STORED["01"])
    made = copy.deepcopy(stored)
    change(next(model for model in made.values() if "_spec" in model.state))
    there, back = explorer_difference(stored, made), explorer_difference(made, stored)
    assert None not in (there, back)


def test_an_explorer_more_or_less_is_a_difference():
    stored = widgets(STORED["01"])
    for made in ({}, dict(list(stored.items())[:-1])):
        there, back = explorer_difference(stored, made), explorer_difference(made, stored)
        assert None not in (there, back)
