"""The pictures of mechanisms: they show the numbers they are given, in their places."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from pkpo.figures import mechanisms, plots


@pytest.fixture(autouse=True)
def closed():
    plots.use_style()
    yield
    plt.close("all")


def drawn(ax):
    """Return centre, foot and height of each bar."""
    return [(p.get_x() + p.get_width() / 2, p.get_y(), p.get_height()) for p in ax.patches]


def test_climb_is_the_gaps_up_to_the_climber_each_with_its_count():
    ax = mechanisms.climb([2, 5, 5, 9], [1, 2, 3], climber=3, ylabel="tests")
    assert drawn(ax)[:4] == [(1, 0, 2), (2, 0, 5), (3, 0, 5), (4, 0, 9)]
    assert drawn(ax)[4:] == [(3, 2, 3), (3, 5, 0)]
    assert [text.get_text() for text in ax.texts] == ["3 × 1", "4 × 3"]


def test_parts_stand_on_each_other_and_hang_below_zero():
    parts = {"a": [1, -1], "b": [2, 3], "c": [-4, -2]}
    ax = mechanisms.stacked(["x", "y"], parts, xlabel="x", ylabel="y", total="sum")
    feet = [(0, 0, 1), (1, 0, -1), (0, 1, 2), (1, 0, 3), (0, 0, -4), (1, -1, -2)]
    assert drawn(ax) == [pytest.approx(bar) for bar in feet]
    assert list(ax.lines[0].get_ydata()) == [-1, 0]
    assert ax.patches[-1].get_facecolor()[:3] == to_rgb(plots.COLORS[2])
    assert "sum" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_histograms_share_an_axis_and_say_what_lies_beyond_it():
    samples = {"narrow": np.zeros(4), "wide": np.array([-2, 0, 0, 2])}
    first, second = mechanisms.histograms(
        samples,
        edges=np.linspace(-1.5, 1.5, 4),
        xlabel="x",
        mark=0.2,
        mark_label="true",
        colors=(2, 0),
    )
    for ax, most, color in ((first, 4, 2), (second, 2, 0)):
        (area,) = ax.patches
        x, y = area.get_xy().T
        assert (y.max(), x[y == y.max()].tolist()) == (most, [-0.5, 0.5])
        assert area.get_facecolor()[:3] == to_rgb(plots.COLORS[color])
    assert [ax.texts[0].get_text() for ax in (first, second)] == ["narrow", "wide\n50% lie beyond"]
    assert all(list(ax.lines[0].get_xdata()) == [0.2, 0.2] for ax in (first, second))


def test_shared_attempts_have_a_colour_of_their_own():
    ax = mechanisms.overlap(5, [(1, 2), (2, 4)])
    dots = [(*line.get_xdata(), line.get_markerfacecolor()) for line in ax.lines[:10]]
    own, shared = plots.COLORS[0], plots.COLORS[1]
    assert [(i, to_rgb(face)) for i, face in dots[:5] if face != "white"] == [
        (1, to_rgb(own)), (2, to_rgb(shared))]  # fmt: skip
    assert [(i, to_rgb(face)) for i, face in dots[5:] if face != "white"] == [
        (2, to_rgb(shared)), (4, to_rgb(own))]  # fmt: skip
    assert len(ax.lines) == 11


def test_curtains_hang_from_their_heights_to_the_floor_and_look_different():
    at, left, right = np.linspace(0, 1, 7), np.linspace(1, 0, 7), np.linspace(0, 0.5, 7)
    ax = mechanisms.window(at, left, right, labels=("none", "few"), xlabel="p", ylabel="share")
    for area, heights in zip(ax.collections, (left, right), strict=True):
        x, y = area.get_paths()[0].vertices.T
        highest = [y[np.isclose(x, there)].max() for there in at]
        np.testing.assert_allclose(highest, heights)
        assert y.min() == 0
    assert len({area.get_hatch() for area in ax.collections}) == 2
    assert ax.get_ylim() == (0, 1)


def test_more_parts_than_can_be_told_apart_are_refused():
    many = {str(i): [1] for i in range(8)}
    with pytest.raises(ValueError, match="ys must have at most 7 entries, got 8"):
        mechanisms.stacked(["x"], many, xlabel="x", ylabel="y")


def test_curve_is_pulled_by_dots_where_they_are_given():
    ax = mechanisms.pulled([0, 1], [2, 4], [0, 0.5, 1], [2, 3, 4], xlabel="x", ylabel="y")
    joined, curve, dots = ax.lines
    assert list(joined.get_ydata()) == list(dots.get_ydata()) == [2, 4]
    assert list(curve.get_ydata()) == [2, 3, 4]


def test_lifts_lead_from_a_failure_to_the_success_beside_it():
    ax = mechanisms.lifts([3, 1], [0, -1], ylabel="weight")
    assert [(a.xyann, a.xy) for a in ax.texts] == [((0, 0), (1, 3)), ((1, -1), (2, 1))]
    right, wrong = ax.lines
    assert (list(right.get_xdata()), list(wrong.get_xdata())) == ([1, 2], [0, 1])


def test_climbs_stand_on_their_stairs_and_say_what_each_pays():
    ax = mechanisms.climbs([0, 1, 3], ["one", "two", "three"], names="abc")
    assert [bar.get_height() for bar in ax.patches[:3]] == [0, 1, 3]
    arrows = [text for text in ax.texts if not text.get_text()]
    np.testing.assert_allclose([(a.xyann[0], a.xy[0]) for a in arrows], [(0, 1), (1, 2), (0, 2)])
    said = [text.get_text() for text in ax.texts if text.get_text()]
    assert said == ["from a:\none", "from b:\ntwo", "from a:\nthree"]


def test_compass_has_arrows_of_one_length_in_the_directions_given():
    ax = mechanisms.compass({"a": (3, 4), "b": (0, -2)}, xlabel="x", ylabel="y")
    arrows = [text for text in ax.texts if not text.get_text()]
    np.testing.assert_allclose([a.xy for a in arrows], [(0.6, 0.8), (0, -1)])
    assert all(a.xyann == (0, 0) for a in arrows)
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["a", "b"]
