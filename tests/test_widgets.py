"""Explorers in Python: they store what the package computes, and their sliders are traits."""

import base64
import gzip
import itertools
import json
import re

import ipywidgets
import numpy as np
import pytest
import traitlets

from pkpo import max_at_k, pass_at_k, plots, toy, widgets
from pkpo.explorer import Explorer, Panel, Readout, Series, Slider

BOOK = (widgets.profiles, widgets.urn, widgets.rank_weights, widgets.landscape)
EXPLORERS = {explorer.__name__: explorer for explorer in BOOK}


def place_of(spec, ref, values):
    """Return the place of `ref` among its texts or arrays when the sliders stand at `values`."""
    flat = 0
    for slider in spec["sliders"]:
        if slider["name"] in ref["on"]:
            position = slider["values"].index(values[slider["name"]])
            flat = flat * len(slider["values"]) + position
    return flat


def points_of(explorer, ref, values):
    """Return the array behind `ref` when the sliders stand at `values`."""
    start = ref["at"] + place_of(explorer._spec, ref, values) * ref["size"]
    return np.frombuffer(explorer._data, "<f4")[start : start + ref["size"]]


def text_of(spec, readout, values):
    return readout["text"][place_of(spec, readout, values)]


def positions(spec):
    """Go through every position of all the sliders together."""
    names = [s["name"] for s in spec["sliders"]]
    for values in itertools.product(*(s["values"] for s in spec["sliders"])):
        yield dict(zip(names, values, strict=True))


def half_a_unit(digits):
    return 0.5 * 10 ** -int(re.search(r"\.(\d)f", digits)[1])


def within(n, c, k):
    return c <= n and k <= n


def mean_a(k, reach):
    return round(20 * reach) / 20 * (1 - 0.1**k)


def first_lead(reach, p):
    return next((k for k in range(1, 33) if 1 - (1 - p) ** k > mean_a(k, reach)), None)


def weight_of_rank(k, rank):
    return max_at_k([0.0] * (rank - 1) + [1.0] + [1.0] * (8 - rank), k) - max_at_k(
        [0.0] * rank + [1.0] * (8 - rank), k
    )


SUM = "weights of the successes = ρ(8, c, k)"
SHOWN = [
    ("landscape", "Jₖ(θ)", lambda k, theta: toy.objective(theta, k), ".4f"),
    ("landscape", "slope", lambda k, theta: toy.gradient(theta, k), "+.4f"),
    ("landscape", "θ*ₖ", lambda k, theta: toy.optimal_theta(k), ".4f"),
    ("landscape", "Jₖ(θ*ₖ)", lambda k, theta: toy.objective(toy.optimal_theta(k), k), ".4f"),
    ("profiles", "pass@k of A", lambda k, reach, p: mean_a(k, reach), ".4f"),
    ("profiles", "pass@k of B", lambda k, reach, p: 1 - (1 - p) ** k, ".4f"),
    ("profiles", "B leads from k =", lambda k, reach, p: first_lead(reach, p), ".0f"),
    ("urn", "ρ(n, c, k)", lambda n, c, k: pass_at_k(n, c, k) if within(n, c, k) else None, ".4f"),
    ("urn", "plug-in", lambda n, c, k: 1 - (1 - c / n) ** k if c <= n else None, ".4f"),
    ("rank_weights", "weight of the best rank", lambda k, c: weight_of_rank(k, 8), ".4f"),
    ("rank_weights", "ranks with no weight", lambda k, c: k - 1, ".0f"),
    ("rank_weights", SUM, lambda k, c: pass_at_k(8, c, k), ".4f"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "label", "truth", "digits"), SHOWN)
def test_number_shown_is_the_packages_at_every_position(name, label, truth, digits):
    spec = EXPLORERS[name]()._spec
    (ref,) = (r for r in spec["readouts"] if r["label"] == label)
    expected = {}
    for values in positions(spec):
        key = tuple(values[n] for n in ref["on"])
        if key not in expected:
            expected[key] = truth(**values)
        shown = text_of(spec, ref, values)
        if expected[key] is None:
            assert not re.match(r"[-+]?\d", shown)
        else:
            assert abs(float(shown) - expected[key]) <= half_a_unit(digits) + 1e-12, values
            assert len(shown) == len(format(expected[key], digits))


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_number_shown_is_checked(name):
    labels = {r["label"] for r in EXPLORERS[name]()._spec["readouts"]}
    assert labels - {"difference"} == {label for n, label, *_ in SHOWN if n == name}


def test_difference_of_the_estimates_is_their_difference():
    spec = widgets.urn()._spec
    rho, plug_in, difference = spec["readouts"]
    for values in positions(spec):
        if within(**values):
            a, b, d = (float(text_of(spec, ref, values)) for ref in (rho, plug_in, difference))
            assert abs(a - b - d) <= 1.51e-4


@pytest.mark.parametrize(("k", "theta"), [(1, -0.2), (8, 0.8), (32, 1.4)])
def test_curve_drawn_is_the_packages(k, theta):
    explorer, truths = widgets.landscape(), (toy.objective, toy.gradient)
    for panel, truth in zip(explorer._spec["panels"][1:], truths, strict=True):
        curve, dot = (next(s for s in panel["series"] if s["label"] == f"your {x}") for x in "kθ")
        x, y, u, v = (
            points_of(explorer, series[axis], {"k": k, "theta": theta})
            for series in (curve, dot)
            for axis in "xy"
        )
        np.testing.assert_allclose(y, truth(x, k), atol=1e-5)
        np.testing.assert_allclose([*u, *v], [theta, truth(theta, k)], atol=1e-6)


@pytest.mark.parametrize("name", EXPLORERS)
def test_explorer_is_light(name):
    explorer = EXPLORERS[name]()
    sent = json.dumps(explorer._spec).encode() + base64.b64encode(explorer._data)
    assert len(gzip.compress(sent)) <= 150_000


@pytest.mark.parametrize("name", EXPLORERS)
def test_panel_and_readout_have_words_for_those_who_cannot_see_them(name):
    spec = EXPLORERS[name]()._spec
    assert all(len(panel["alt"]) > 20 for panel in spec["panels"])
    assert len(spec["title"]) > 20


def test_colours_of_the_browser_are_those_of_the_figures():
    light = re.search(r"\.pkpo-explorer \{.*?\}", str(Explorer._css), re.DOTALL)[0]
    in_css = re.findall(r"--pkpo-c\d: (#\w+)", light)
    assert in_css == list(plots.COLORS[: len(in_css)])


@pytest.mark.parametrize(
    ("trait", "control", "moved"),
    [
        ("k", ipywidgets.IntSlider(min=1, max=32), 4),
        ("theta", ipywidgets.FloatSlider(min=-0.2, max=1.4, step=0.01), 0.35),
    ],
)
def test_control_links_both_ways(trait, control, moved):
    explorer = widgets.landscape(k=8, theta=0.8)
    ipywidgets.link((explorer, trait), (control, "value"))
    assert control.value == getattr(explorer, trait)
    control.value = moved
    assert getattr(explorer, trait) == moved
    setattr(explorer, trait, 1)
    assert control.value == 1


def test_slider_can_be_observed():
    explorer, seen = widgets.landscape(k=8), []
    explorer.observe(lambda change: seen.append(change.new), "k")
    explorer.k = 5
    assert seen == [5]


def test_slider_moves_to_the_nearest_position():
    explorer = widgets.landscape()
    explorer.theta = 0.8149999
    assert explorer.theta == 0.81


@pytest.mark.parametrize("value", [0, 33, "8", None, float("nan"), True, 1j])
def test_slider_refuses_what_is_no_number_in_its_range(value):
    explorer = widgets.landscape(k=8)
    with pytest.raises(traitlets.TraitError, match=r"k must be a number in 1\.\.32, got"):
        explorer.k = value
    assert explorer.k == 8


def test_start_outside_the_range_is_refused():
    with pytest.raises(
        traitlets.TraitError, match=r"theta must be a number in -0\.2\.\.1\.4, got 7"
    ):
        widgets.landscape(theta=7)


def test_explorer_says_where_its_sliders_stand():
    assert repr(widgets.landscape(k=4, theta=0.5)) == "Explorer(k=4, theta=0.5)"


def explorer_of(*series, readouts=()):
    panel = Panel("", "", "", "", (0, 1), (0, 1), (0, 1), (0, 1), series)
    return Explorer("", (Slider("a", "a", (1, 2, 3), 1),), (panel,), readouts)


def test_array_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"on sliders \('a',\) must have shape \(3,\), got \(2,\)"):
        explorer_of(Series("line", [0, 1], np.zeros((2, 2)), on=("a",)))
    with pytest.raises(ValueError, match=r"must have shape \(3,\), got \(4,\)"):
        explorer_of(readouts=(Readout("r", np.zeros(4), ("a",)),))


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"kind must be one of .*, got 'pie'"):
        explorer_of(Series("pie", [0, 1], [0, 1]))
