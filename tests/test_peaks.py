"""The two peaks: the sums over cells are integrals, and their slopes are slopes."""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr
from scipy.stats import norm

from pkpo.lab import peaks

PLACES = [(-0.2, 0.5), (-1.0, 0.05), (-1.0, 0.7), (0.2, 1.1), (1.2, 0.05), (0.8, 0.3), (2.5, 2.0)]
VALLEY = minimize_scalar(peaks.reward, bounds=(0, 1.2), method="bounded").x


@cache
def paid(u):
    """Return the ends of where an action is paid u or more: around the hill, around the peak."""
    found = []
    for top, out in ((-1.0, -6.0), (1.2, 6.0)):
        if peaks.reward(top) > u:
            ends = [brentq(lambda x: peaks.reward(x) - u, top, out), VALLEY]
            if peaks.reward(VALLEY) < u:
                ends[1] = brentq(lambda x: peaks.reward(x) - u, VALLEY, top)
            found.append(sorted(ends))
    return found


def paid_less(u, mean, sigma):
    """Return P(reward < u)."""
    return 1 - sum(ndtr((b - mean) / sigma) - ndtr((a - mean) / sigma) for a, b in paid(u))


@pytest.mark.parametrize(("mean", "sigma"), PLACES)
@pytest.mark.parametrize("k", [1, 2, 16])
def test_objective_is_the_integral_over_levels_of_reward(mean, sigma, k):
    top, breaks = peaks.reward(1.2), [peaks.reward(VALLEY), 0.6]
    integral = quad(
        lambda u: 1 - paid_less(u, mean, sigma) ** k, 1e-7, top, points=breaks, limit=400
    )[0]
    assert abs(peaks.objective(mean, sigma, k) - integral) < 1e-4


@pytest.mark.parametrize(("mean", "sigma"), PLACES)
def test_mean_reward_is_the_integral_of_reward_times_density(mean, sigma):
    wanted = quad(
        lambda x: peaks.reward(x) * norm.pdf(x, mean, sigma),
        -12, 12, points=[mean, -1, 1.2], limit=400,
    )[0]  # fmt: skip
    assert abs(peaks.mean_reward(mean, sigma) - wanted) < 1e-8
    assert abs(peaks.objective(mean, sigma, 1) - wanted) < 1e-4


@pytest.mark.parametrize(("mean", "sigma"), PLACES)
@pytest.mark.parametrize("k", [1, 2, 16])
def test_gradient_is_the_slope_in_mean_and_log_sigma(mean, sigma, k):
    h = 1e-4
    along = peaks.objective(mean + h, sigma, k) - peaks.objective(mean - h, sigma, k)
    wider, narrower = (peaks.objective(mean, sigma * np.exp(d), k) for d in (h, -h))
    slopes = np.array([along, wider - narrower]) / (2 * h)
    np.testing.assert_allclose(peaks.gradient(mean, sigma, k), slopes, atol=1e-3)


def test_arguments_broadcast():
    mean, sigma, k = np.zeros((3, 1, 1)), np.full((2, 1), 0.5), np.array([1, 2, 4, 8])
    assert peaks.objective(mean, sigma, k).shape == (3, 2, 4)
    assert [slope.shape for slope in peaks.gradient(mean, sigma, k)] == [(3, 2, 4)] * 2
    assert np.ndim(peaks.objective(0.0, 0.5, 2)) == 0
    assert peaks.mean_reward(mean, sigma).shape == (3, 2, 1)
    assert peaks.mean_reward(1.2, 0) == peaks.reward(1.2)


@pytest.mark.parametrize("mean", [-3.0, -1.0, 1.13, 1.2])
@pytest.mark.parametrize("k", [1, 16, 100])
def test_errors_are_as_small_as_said_for_the_narrowest_policy(mean, k):
    z = np.linspace(-9, 9, 400_001)
    middles = (z[1:] + z[:-1]) / 2

    def fine(mean, sigma):
        """Return J_k as `objective` does, on cells of 1e-6."""
        rewards = peaks.reward(mean + sigma * middles)
        upwards = rewards.argsort()
        best = np.diff(norm.cdf(z)[:-1], append=1)[upwards].cumsum() ** k
        return rewards[upwards] @ np.diff(best, prepend=0)

    assert abs(peaks.objective(mean, 0.01, k) - fine(mean, 0.01)) < 1e-4
    h = 1e-5
    slopes = (
        (fine(mean + h, 0.01) - fine(mean - h, 0.01)) / (2 * h),
        (fine(mean, 0.01 * np.exp(h)) - fine(mean, 0.01 * np.exp(-h))) / (2 * h),
    )
    np.testing.assert_allclose(peaks.gradient(mean, 0.01, k), slopes, atol=2e-3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"k": 0}, "k must be at least 1, got k = 0"),
        ({"k": 1.5}, "k must be an integer"),
        ({"k": 101}, "k must be at most 100, got k = 101"),
        ({"sigma": [0.5, 0.0]}, r"sigma\[1\] must be in 0.01\.\.4, got 0.0"),
        ({"sigma": np.nan}, "sigma must be finite, got nan"),
        ({"mean": -3.5}, r"mean must be in -3\.\.3, got -3.5"),
        ({"mean": "0"}, "mean must hold real numbers, got '0'"),
        (
            {"mean": [0.0, 1.0], "k": [1, 2, 4]},
            r"mean must broadcast with sigma and k, got .*\(3,\)",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(changed, message):
    for function in (peaks.objective, peaks.gradient):
        with pytest.raises((ValueError, TypeError), match=message):
            function(**{"mean": 0.0, "sigma": 0.5, "k": 2} | changed)


def test_mean_reward_refuses_a_width_below_zero():
    with pytest.raises(ValueError, match=r"sigma\[1\] must be at least 0, got -0.5"):
        peaks.mean_reward(0.0, [0.5, -0.5])
