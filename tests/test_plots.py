"""The figures: each curve can be told from the others without colour, and nothing is computed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from pkpo.figures import plots

X = np.linspace(0, 1, 50)
SEVEN = {f"curve {i}": i * X for i in range(7)}


@pytest.fixture(autouse=True)
def closed():
    plots.use_style()
    yield
    plt.close("all")


def test_style_is_the_books_whatever_was_set_before():
    before = dict(plt.rcParams)
    plt.rcParams.update({"lines.linewidth": 9, "axes.facecolor": "red", "font.size": 30})
    plots.use_style()
    assert dict(plt.rcParams) == before


def test_curves_draw_what_they_are_given():
    ax = plots.curves(X, SEVEN, xlabel="x", ylabel="y (probability)")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y (probability)")
    for line, (label, y) in zip(ax.lines, SEVEN.items(), strict=True):
        assert line.get_label() == label
        np.testing.assert_array_equal(line.get_ydata(), y)


@pytest.mark.parametrize("of", ["get_color", "get_marker", "get_linestyle"])
def test_curves_differ_in_colour_in_marker_and_in_dash(of):
    lines = plots.curves(X, SEVEN, xlabel="x", ylabel="y").lines
    looks = [str(getattr(line, of)()) for line in lines]
    assert len(set(looks)) >= (len(looks) if of != "get_linestyle" else 4)


def test_band_has_the_colour_of_its_curve():
    ax = plots.curves(X, {"mean": X}, bands={"mean": (X - 1, X + 1)}, xlabel="x", ylabel="y")
    (band,) = ax.collections
    assert tuple(band.get_facecolor()[0][:3]) == plt.matplotlib.colors.to_rgb(plots.COLORS[0])


def test_banded_is_curves_with_their_bands():
    ax = plots.banded(X, {"a": (X, X - 1, X + 2)}, xlabel="x", ylabel="y", title="t")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), X)
    edges = ax.collections[0].get_paths()[0].vertices
    assert (edges[:, 1].min(), edges[:, 1].max()) == (-1, 3)
    assert (ax.get_xlabel(), ax.get_title()) == ("x", "t")


def test_bars_stand_side_by_side_and_differ_in_hatch():
    ax = plots.bars([1, 2], {"a": [3, 4], "b": [5, 6]}, xlabel="x", ylabel="y")
    assert [bar.get_height() for bar in ax.patches] == [3, 4, 5, 6]
    assert [round(bar.get_center()[0], 9) for bar in ax.patches] == [0.8, 1.8, 1.2, 2.2]
    assert ax.patches[0].get_hatch() != ax.patches[2].get_hatch()


@pytest.mark.parametrize("draw", [plots.curves, plots.bars])
def test_more_than_can_be_told_apart_is_refused(draw):
    many = {str(i): X for i in range(8)}
    with pytest.raises(ValueError, match="ys must have at most 7 entries, got 8"):
        draw(X, many, xlabel="x", ylabel="y")


@pytest.mark.parametrize("draw", [plots.curves, plots.banded])
def test_curve_of_one_label_looks_the_same_whatever_stands_beside_it(draw):
    y = X if draw is plots.curves else (X, X, X)
    ax = draw(X, {"b": y, "a": y}, xlabel="x", ylabel="y", looks={"a": 0, "b": 2})
    looks = [(line.get_color(), line.get_marker(), line.get_linestyle()) for line in ax.lines]
    assert looks == [(plots.COLORS[i], plots.MARKERS[i], plots.DASHES[i]) for i in (2, 0)]


def test_figure_is_drawn_in_the_axes_given():
    ax = plt.subplots()[1]
    assert plots.curves(X, {"a": X}, xlabel="x", ylabel="y", ax=ax, title="panel") is ax
    assert ax.get_title() == "panel"


def test_arrows_point_along_the_field_and_the_shade_is_where_it_points_up():
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 2, 7)
    along, up = np.meshgrid(x, y - 0.9)
    ax = plots.flow(x, y, along, up, xlabel="x", ylabel="y")
    (arrows,) = (c for c in ax.collections if isinstance(c, plt.matplotlib.quiver.Quiver))
    np.testing.assert_allclose(np.hypot(arrows.U, arrows.V), 1)
    np.testing.assert_allclose(arrows.U * up[::2, ::2].ravel(), arrows.V * along[::2, ::2].ravel())
    shaded = next(c for c in ax.collections if c is not arrows)
    low, high = (getattr(shaded.get_paths()[0].vertices[:, 1], end)() for end in ("min", "max"))
    np.testing.assert_allclose([low, high], [0.9, 2])
    ax.plot(5, 5)  # what is drawn over it does not move its edges
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 1), (0, 2))
