"""The pictures of ideas: each draws the arrays it is given, and tells its kinds apart."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from pkpo.figures import plots, sketches

LABELS = ("x", "y")
X = np.linspace(0, 1.2, 7)


@pytest.fixture(autouse=True)
def closed():
    plots.use_style()
    yield
    plt.close("all")


def colors_of(patches):
    return [to_hex(patch.get_facecolor()) for patch in patches]


def test_cells_stand_where_there_is_a_kind_and_have_its_colour_and_text():
    kinds, texts = np.array([[-1, 0], [1, -1]]), [["", "miss"], ["hit", ""]]
    ax = sketches.cells(kinds, texts, names=("a", "b"))
    np.testing.assert_allclose([patch.get_center() for patch in ax.patches], [(1, 0), (0, 1)])
    assert colors_of(ax.patches) == [sketches.PALE, plots.COLORS[0]]
    assert [(text.get_position(), text.get_text()) for text in ax.texts] == [
        ((1, 0), "miss"), ((0, 1), "hit"),
    ]  # fmt: skip
    assert ax.get_xlim() == ax.get_ylim() == (-0.6, 1.6)


def test_stairs_have_a_cell_for_each_subset_in_the_colour_of_its_kind():
    ax = sketches.stairs([[], [0], [1, 2]], labels="abc", xlabel="rank", ylabel="subsets")
    np.testing.assert_allclose([p.get_center() for p in ax.patches], [(2, 0.5), (3, 0.5), (3, 1.5)])
    assert colors_of(ax.patches) == [sketches.PALE, *plots.COLORS[:2]]
    assert len({patch.get_hatch() for patch in ax.patches}) == 3


def test_spikes_are_the_chances_and_the_mean_stands_at_their_foot():
    ax = sketches.spikes([0, 0.8], [0.6, 0.4], mean=0.32, truth=0.3, xlabel="x", ylabel="y")
    (spikes,) = ax.collections
    ends = [[[0, 0], [0, 0.6]], [[0.8, 0], [0.8, 0.4]]]
    np.testing.assert_allclose([path.vertices for path in spikes.get_paths()], ends)
    truth, mean = ax.lines
    assert (truth.get_xdata()[0], mean.get_xdata()[0], mean.get_ydata()[0]) == (0.3, 0.32, 0)


def test_gap_goes_from_the_middle_of_the_chord_up_to_the_curve():
    x = np.linspace(0, 1, 11)
    ax = sketches.chord(x, x * (2 - x), (0, 0), (0.5, 0.75), (1, 1), xlabel="x", ylabel="y")
    (gap,) = ax.collections
    np.testing.assert_allclose(gap.get_paths()[0].vertices, [(0.5, 0.5), (0.5, 0.75)])


def test_throws_are_paid_or_lost_and_the_best_has_the_ring():
    x, paid = np.array([[0.1, 0.9], [0.5, 1.1]]), np.array([[0.01, 0.81], [0.25, 0.0]])
    ax = sketches.throws(x, paid, [1, 0], names=LABELS, xlabel="x")
    kept, lost, ring = (dots.get_offsets().tolist() for dots in ax.collections)
    assert kept == [[0.1, 0], [0.9, 0], [0.5, 1]]
    assert lost == [[1.1, 1]]
    assert ring == [[0.9, 0], [0.5, 1]]


def test_arrows_start_from_the_density_at_the_level_and_at_the_edge():
    ax = sketches.arrows(X, X, (0.3, 0.4), (1, 0.8), xlabel="x", ylabel="y")
    heights = [bar.get_paths()[0].vertices.tolist() for bar in ax.collections]
    assert heights == [[[0.3, 0], [0.3, 0.4]], [[1, 0], [1, 0.8]]]
    assert all(arrow.xy[0] > arrow.xyann[0] for arrow in ax.texts)


def test_a_throw_lies_where_it_is_paid_and_a_lost_one_at_the_foot():
    paid = np.array([0.25, 0.0, 0.81])
    ax = sketches.landed(X, X**2, np.array([0.5, 1.1, 0.9]), paid, xlabel="x", ylabel="paid")
    _, kept, lost = ax.collections
    assert kept.get_offsets().tolist() == [[0.5, 0.25], [0.9, 0.81]]
    assert lost.get_offsets().tolist() == [[1.1, 0]]


def test_runs_come_to_rest_at_the_height_of_the_tips():
    steps, levels = np.arange(3), np.linspace(0, 1, 5)
    bands = {label: (steps / 2, steps / 2 - 0.1, steps / 2 + 0.1) for label in LABELS}
    some = {label: np.ones((2, 3)) for label in LABELS}
    hills = {"x": 1 - (levels - 0.5) ** 2, "y": levels}
    left, right = sketches.settling(
        steps, bands, some, levels, hills, xlabel="step", ylabel="aim", hills_label="J"
    )
    assert [line.get_xydata().tolist() for line in right.lines[1::3]] == [[[1, 0.5]], [[1, 1]]]
    assert {line.get_ydata()[0] for line in right.lines[2::3]} == {0.5, 1}
    assert left.get_ylim() == right.get_ylim()
    assert [line.get_color() for line in right.lines[::3]] == list(plots.COLORS[:2])


def test_hills_stand_on_the_ground_and_each_curve_points_its_way():
    x, ground = np.linspace(-3, 3, 7), np.array([0, 0.3, 0.6, 0.3, 0, 1, 0])
    earned = {"one": ground / 2, "many": ground / 2 + 0.5}
    ax = sketches.hills(x, ground, earned, at=3, ways=(-1, 1), xlabel="x", ylabel="y")
    feet = [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "o"]
    assert feet == [[0, 0.15], [0, 0.65]]
    arrows = [(text.xyann[0], text.xy[0]) for text in ax.texts]
    assert [np.sign(end - start) for start, end in arrows] == [-1, 1]
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["the ground", "one", "many"]
