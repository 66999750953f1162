"""What the transforms do when rewards are reordered, tied, shifted, scaled or ranked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewards import TRANSFORMS, assert_equal_to_rounding, eighths, floats, groups, law, named

from pkpo import s, sloo, sloo_minus_one


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(data=st.data())
@law
def test_weights_follow_the_attempts_when_these_change_places(transform, data):
    g, k = data.draw(groups(transform))
    order = data.draw(st.permutations(range(len(g))))
    assert_equal_to_rounding(named(transform)(g[order], k), named(transform)(g, k)[order], g)


@pytest.mark.parametrize("transform", ["sloo_minus_one", "jackknife"])
@given(data=st.data())
@law
def test_a_shift_of_all_rewards_changes_no_bit(transform, data):
    g, k = data.draw(groups(transform))
    shifted = g + data.draw(st.sampled_from([-7, 1, 10**9]))  # exact for eighths
    np.testing.assert_array_equal(named(transform)(shifted, k), named(transform)(g, k))


@law
@given(groups("sloo"), eighths)
def test_a_shift_moves_s_by_its_mean_weight_and_sloo_by_less(group, shift):
    g, k = group
    n, largest = len(g), np.abs(g) + abs(shift)
    assert_equal_to_rounding(s(g + shift, k), s(g, k) + k / n * shift, largest)
    moved = sloo(g, k) - k / (n * (n - 1)) * shift
    assert_equal_to_rounding(sloo(g + shift, k), moved, largest)


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(data=st.data())
@law
def test_weights_have_the_unit_of_the_rewards(transform, data):
    g, k = data.draw(groups(transform))
    scale = data.draw(st.floats(0.01, 100))
    weight = named(transform)(scale * g, k)
    assert_equal_to_rounding(weight, scale * named(transform)(g, k), scale * g)


@pytest.mark.parametrize("transform", ["s", "sloo_minus_one", "jackknife"])
@given(data=st.data())
@law
def test_a_better_attempt_never_weighs_less(transform, data):
    g, k = data.draw(groups(transform, floats))
    assert np.all(np.diff(named(transform)(np.sort(g), k)) >= 0)


@pytest.mark.parametrize("transform", TRANSFORMS)
@given(data=st.data())
@law
def test_tied_attempts_weigh_the_same_to_the_bit(transform, data):
    g, k = data.draw(groups(transform, floats))
    twice = np.concatenate([g, g])
    first, second = np.split(named(transform)(twice, k), 2)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("n", [2, 17, 300])
@pytest.mark.parametrize("transform", ["sloo_minus_one", "jackknife"])
@given(reward=floats)
@law
def test_equal_rewards_weigh_exactly_nothing(transform, n, reward):
    for k in {1, n // 2, n - 1}:
        assert not np.any(named(transform)(np.full(n, reward), k))


@law
@given(groups("sloo_minus_one", floats))
def test_sloo_minus_one_is_never_negative_and_exactly_zero_for_the_lowest(group):
    g, k = group
    if k > 1:
        weight = sloo_minus_one(np.sort(g), k)
        assert np.all(weight >= 0)
        assert not np.any(weight[: k - 1])
        assert not np.signbit(weight).any()  # no -0.0 either
