"""What the tests of the transforms share: groups of rewards, and the k that each takes."""

from math import comb

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

import pkpo
from pkpo import exact

TRANSFORMS = ("s", "sloo", "sloo_minus_one", "jackknife")

# The first n of each make a group of n attempts.
KINDS = {
    "distinct": (2.5, -1.25, 0.5, 4.0, 0.75, -3.0, 1.5),
    "tied": (2.0, 0.5, 2.0, 0.5, 0.5, 3.0, 2.0),
    "negative": (-1.5, -0.25, -4.0, -2.0, -0.1, -3.0, -0.25),
    "binary": (0, 1, 0, 0, 1, 1, 0),
    "constant": (0.3,) * 7,
}

POLICY, PAYS = (0.5, 0.375, 0.125), (0.25, -1.0, 3.0)  # chance and reward of three actions

law = settings(deadline=None, derandomize=True, max_examples=50)

eighths = st.integers(-40, 40).map(lambda i: i / 8)  # ties are common, sums are exact
floats = st.floats(-1e6, 1e6)
bits = st.integers(0, 1)


def named(transform):
    """Return the function of that name."""
    return getattr(pkpo, transform)


def ks(transform, n):
    """Return every k that the transform takes for n attempts."""
    if transform == "s":
        return range(1, n + 1)
    if transform == "sloo_minus_one":
        return range(1, n + 1) if n > 1 else range(0)
    return range(1, n)


@st.composite
def groups(draw, transform="s", rewards=eighths, smallest=2):
    """Draw the rewards of a group, and a k that the transform takes for it."""
    g = np.array(draw(st.lists(rewards, min_size=smallest, max_size=12)), dtype=float)
    return g, draw(st.sampled_from(ks(transform, len(g))))


def assert_unbiased(transform, n, k):
    """Assert that weights aim at the gradient of J_k, over all outcomes of n attempts."""
    expected = exact.expected_gradient(transform, POLICY, PAYS, n, k)
    gradient = exact.gradient(POLICY, PAYS, k)
    assert max(abs(e - slope) for e, slope in zip(expected, gradient, strict=True)) <= 1e-12


def rloo(g):
    """Return each reward less the mean of the others."""
    return np.array([g_i - np.delete(g, i).mean() for i, g_i in enumerate(g)])


def assert_equal_to_rounding(actual, expected, g):
    """Assert that numbers agree to about a thousand roundings of the group's largest reward."""
    expected = np.asarray(expected, dtype=float)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-13 * np.abs(g).max())


def climb(transform, n, p):
    """Return how strongly weights climb p, the success probability.

    The mean over all groups of n verdicts of the sum of weight times score, over that of p.
    """
    total = 0.0
    for c in range(n + 1):
        weight = np.asarray(transform([1.0] * c + [0.0] * (n - c)), dtype=float)
        score = np.where(np.arange(n) < c, 1 / p, -1 / (1 - p))
        total += comb(n, c) * p**c * (1 - p) ** (n - c) * float(weight @ score)
    return total
