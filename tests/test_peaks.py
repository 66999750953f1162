"""The two peaks: the sums over cells are integrals, and their slopes are slopes."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from pkpo.lab import peaks

PLACES = [(-0.2, 0.5), (-1.0, 0.05), (-1.0, 0.7), (0.2, 1.1), (1.2, 0.05), (0.8, 0.3), (2.5, 2.0)]
VALLEY = minimize_scalar(peaks.reward, bounds=(0, 1.2), method="bounded").x


def paid_less(u, mean, sigma):
    """Return P(reward < u): what is paid u or more lies around the hill, around the peak."""
    inside = 0.0
    for top, out in ((-1.0, -6.0), (1.2, 6.0)):
        if peaks.reward(top) > u:
            ends = [brentq(lambda x: peaks.reward(x) - u, top, out), VALLEY]
            if peaks.reward(VALLEY) < u:
                ends[1] = brentq(lambda x: peaks.reward(x) - u, VALLEY, top)
            inside += norm.cdf(max(ends), mean, sigma) - norm.cdf(min(ends), mean, sigma)
    return 1 - inside


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


@pytest.mark.parametrize(
    ("sigma", "k", "message"),
    [(0.5, 0, "k must be at least 1, got k = 0"), (0.5, 1.5, "k must be an integer"),
     (0.0, 2, "sigma must be positive, got 0.0"), (np.nan, 2, "sigma must be positive, got nan")],
)  # fmt: skip
def test_what_has_no_meaning_is_refused(sigma, k, message):
    for function in (peaks.objective, peaks.gradient):
        with pytest.raises(ValueError, match=message):
            function(0.0, sigma, k)
