"""The transforms in floating point: digits, ties, zeros and signs, for many attempts too."""

from itertools import accumulate
from math import comb

import numpy as np
import pytest
from rewards import TRANSFORMS, ks, named

from pkpo import max_at_k, s
from pkpo.estimators import weights

TICK = 1 / 1024  # rewards are whole numbers of ticks, so that floats and integers hold the same
ALL_SIZES_AND_KS = [
    *((50, k) for k in (1, 2, 7, 25, 48, 49, 50)),
    *((300, k) for k in (1, 2, 3, 64, 150, 299, 300)),
    *((2000, k) for k in (1, 2, 16, 270, 1000, 1999, 2000)),
]


def ticks(kind, n):
    """Return the rewards of n attempts in ticks, lowest first, as Python integers."""
    rng = np.random.default_rng(n)
    return sorted(
        {
            "even": range(n),
            "binary": [1024 * (i % 3 == 0) for i in range(n)],
            "normal": rng.normal(0, 2**20, n).astype(int).tolist(),
            "tied": rng.integers(-3, 4, n).tolist(),
        }[kind]
    )


def row(k, length):
    """Return C(j, k) for j = 0 .. length-1, by C(j+1, k) = C(j, k) (j+1) / (j+1-k)."""
    if k < 0:
        return [0] * length
    entries, value = [0] * min(k, length), 1
    for j in range(k, length):
        entries.append(value)
        value = value * (j + 1) // (j + 1 - k)
    return entries


def sum_below(terms):
    """Return, for each place, the sum of the terms before it."""
    return [0, *accumulate(terms)][:-1]


def sum_above(terms):
    return sum_below(terms[::-1])[::-1]


def times(a, b):
    return [x * y for x, y in zip(a, b, strict=True)]


def best_of_others(z, k):
    """Return, for each rank, the sum of the best over the k-subsets without that attempt."""
    ranks = row(k - 1, len(z))
    above = sum_above(times([0, *ranks[:-1]], z))  # an attempt above loses one rank
    return [x + y for x, y in zip(sum_below(times(ranks, z)), above, strict=True)]


def rank_forms(z, k):
    """Return {transform: weights} of sorted integers z, as quotients of integers: Eqs. 20 to 33."""
    n, subsets = len(z), comb(len(z), k)
    diagonal, above = row(k - 1, n), [0, *row(k - 2, n)[:-1]]  # m_ii and m_ij
    own = [x + y for x, y in zip(times(diagonal, z), sum_above(times(above, z)), strict=True)]
    forms = {"s": [x / subsets for x in own]}
    if k > 1:
        less = best_of_others(z, k - 1)
        forms["sloo_minus_one"] = [(x - y) / subsets for x, y in zip(own, less, strict=True)]
    if k < n:
        spare, best = comb(n - 1, k), sum(times(diagonal, z))
        pairs = list(zip(own, best_of_others(z, k), strict=True))
        both = subsets * spare
        forms["jackknife"] = [(best * spare - y * subsets) / both for _, y in pairs]
        forms["sloo"] = [
            (x * spare * (n - 1) - k * y * subsets) / (both * (n - 1)) for x, y in pairs
        ]
    return forms


@pytest.mark.parametrize("offset", [0, 10**9])
@pytest.mark.parametrize("kind", ["even", "binary", "normal", "tied"])
@pytest.mark.parametrize(("n", "k"), ALL_SIZES_AND_KS)
def test_weights_are_right_to_1e_14_of_the_largest(n, k, kind, offset):
    z = [tick + offset * 1024 for tick in ticks(kind, n)]
    g = np.array(z) * TICK
    for transform, form in rank_forms(z, k).items():
        exact = np.array(form) * TICK
        error = np.abs(named(transform)(g, k) - exact).max()
        assert error <= 1e-14 * np.abs(exact).max(), transform


@pytest.mark.parametrize("k", [1, 2, 1000, 500_000, 999_999, 10**6])
@pytest.mark.filterwarnings("error")
def test_a_million_attempts_work_for_any_k(k):
    n = 10**6
    g = np.random.default_rng(k).random(n)
    assert weights(n, k).sum() == pytest.approx(1, rel=1e-12)
    assert s(g, k).sum() == pytest.approx(k * max_at_k(g, k), rel=1e-12)
    for transform in TRANSFORMS:
        if k in ks(transform, n):
            assert np.isfinite(named(transform)(g, k)).all()


@pytest.mark.parametrize("dtype", [float, np.float32, int])
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_many_groups_weigh_what_each_weighs_alone(transform, dtype):
    g = np.random.default_rng(0).integers(0, 99, (2, 9001, 16)).astype(dtype)
    weight = named(transform)(g, 4)
    one_by_one = np.array([[named(transform)(x, 4) for x in groups] for groups in g[:, ::1000]])
    assert weight.dtype == one_by_one.dtype
    close = {"rtol": 0, "atol": 1e-5 if dtype is np.float32 else 1e-13}
    np.testing.assert_allclose(weight[:, ::1000], one_by_one, **close)
    np.testing.assert_allclose(weight[:, -1], named(transform)(g[:, -1], 4), **close)
