"""The toy problem, against quadrature in thirty digits that shares no formula with it."""

from functools import cache

import mpmath as mp
import numpy as np
import pytest

from pkpo.lab.toy import gradient, objective, optimal_theta, reward, sample, score

KS = (1, 2, 16, 200, 1000)
POLICIES = [  # theta and sigma
    *((theta, 0.1) for theta in (-0.5, 0.35, 0.6, 0.84, 1.0, 1.2, 1.6)),
    *((theta, 0.03) for theta in (0.6, 0.84, 0.995)),
    *((theta, 0.4) for theta in (0.0, 0.9)),
]
FAR = [  # theta, k and sigma, at the ends of their ranges
    *((0.6, 10**6, 1e-6), (1.0, 10**6, 1e-6), (1.0, 1, 1e-6), (0.6, 10**6, 0.03)),
    *((-30.0, 10**6, 100.0), (1.0, 1, 100.0)),
]

# k: theta*, J(theta*), then J and J' at 0.6, 0.8 and 1, for sigma = 0.1: quadrature in 40 digits.
TABLE = {
    1: (0.8624113647, 0.66128067761, 0.369966868804, 0.625494040261, 0.42521154392,
        1.19859692624, 1.01289193045, -3.06921126009),
    2: (0.901703555404, 0.800425002042, 0.437659923281, 0.720256885303, 0.652750496763,
        1.31109803302, 1.28575073294, -3.18930630215),
    4: (0.93866091048, 0.892414254665, 0.498965893178, 0.792728013204, 0.846950460924,
        1.40297501439, 1.26808808395, -1.77717021884),
    8: (0.968999418472, 0.9437741631, 0.554700272757, 0.851779056679, 0.939066418485,
        1.47969606209, 1.15845555259, -0.354357295499),
    16: (0.985570591869, 0.970655721305, 0.605830945978, 0.898753287384, 0.970325963746,
         1.54440731464, 0.986681888253, -0.0468731843652),
    32: (0.992589247486, 0.984881537598, 0.653211602892, 0.934446312322, 0.984839595808,
         1.598552547, 0.775952825541, -0.011368114223),
    64: (0.996203320741, 0.992311236067, 0.697505850005, 0.95993660997, 0.992305690166,
         1.64198795832, 0.55843677689, -0.00292463704736),
}  # fmt: skip


def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def thirty_digits():
    with mp.workdps(30):
        yield


@cache
def worse(u, theta, sigma):
    """Return the chance that one attempt is paid less than u**2: x < u or x > 1."""
    return mp.ncdf((u - theta) / sigma) + mp.ncdf((theta - 1) / sigma)


def quadrature(theta, k, sigma):
    """Return J_k = E[max] as the integral over [0, 1] of P(max > u**2) d(u**2)."""
    around_theta = {theta + j * sigma / 2 for j in range(-18, 19)}
    towards_one = {1 - mp.mpf(2) ** -j for j in range(1, 14 if k < 10**6 else 46)}
    panels = [0, *sorted(u for u in around_theta | towards_one if 0 < u < 1), 1]
    return mp.quadgl(lambda u: (1 - worse(u, theta, sigma) ** k) * 2 * u, panels)


def slope(theta, k, sigma):
    """Return J_k' as a difference quotient; thirty digits leave twenty to it."""
    h = sigma / 10**10
    return (quadrature(theta + h, k, sigma) - quadrature(theta - h, k, sigma)) / (2 * h)


@pytest.mark.parametrize(("theta", "sigma"), POLICIES)
def test_objective_and_gradient_equal_the_quadrature(theta, sigma):
    for k in KS:
        j, j_slope = (truth(mp.mpf(theta), k, mp.mpf(sigma)) for truth in (quadrature, slope))
        assert abs(objective(theta, k, sigma) - j) <= 1e-10
        assert abs(gradient(theta, k, sigma) - j_slope) <= 1e-10
    worse.cache_clear()


@pytest.mark.parametrize(("theta", "k", "sigma"), FAR)
def test_errors_stay_as_small_as_said_at_the_ends_of_the_ranges(theta, k, sigma):
    truths = (truth(mp.mpf(theta), k, mp.mpf(sigma)) for truth in (quadrature, slope))
    assert abs(objective(theta, k, sigma) - next(truths)) <= 1e-10
    assert abs(gradient(theta, k, sigma) - next(truths)) <= 1e-8 + 1e-10 / sigma
    worse.cache_clear()


@pytest.mark.parametrize("k", TABLE)
def test_reference_table_is_met_to_its_twelve_digits(k):
    best, j_best, *rest = TABLE[k]
    thetas = [0.6, 0.8, 1.0]
    assert optimal_theta(k) == pytest.approx(best, rel=1e-11)
    assert objective(best, k) == pytest.approx(j_best, rel=1e-11)
    np.testing.assert_allclose([*objective(thetas, k), *gradient(thetas, k)], rest, rtol=1e-11)


@pytest.mark.parametrize("sigma", [1e-6, 0.03, 0.1, 0.4, 100])
@pytest.mark.parametrize("k", KS)
def test_slope_changes_sign_at_the_optimal_theta(k, sigma):
    best = optimal_theta(k, sigma)
    assert 0.5 < best < 1
    assert gradient(best - 1e-8, k, sigma) > 0 > gradient(best + 1e-8, k, sigma)


def test_optimal_theta_rises_towards_the_edge_with_k():
    best = optimal_theta(np.arange(1, 1001))
    assert np.all(np.diff(best) > 0)
    assert best[-1] < 1


def test_objective_is_a_probability_weighted_reward_that_rises_with_k():
    j = objective(np.linspace(-0.5, 1.6, 50)[:, None], np.arange(1, 65))
    assert np.all((j >= 0) & (j <= 1))
    assert np.all(np.diff(j, axis=-1) >= -1e-15)


@pytest.mark.parametrize("function", [objective, gradient])
def test_theta_and_k_broadcast(function):
    theta, k = np.array([[0.6], [0.9], [1.1]]), np.array([1, 200], np.uint8)
    values = function(theta, k)
    assert values.shape == (3, 2)
    for (i, j), value in np.ndenumerate(values):
        assert value == pytest.approx(function(theta[i, 0], int(k[j])), rel=1e-14)
    assert isinstance(function(0.6, 2), np.float64)
    assert function([], 2).shape == (0,)
    assert optimal_theta([[1, 2], [3, 4]]).shape == (2, 2)


def test_reward_is_the_square_up_to_the_edge_and_nothing_beyond():
    x = [-0.5, np.nextafter(0, -1), 0, 0.5, 1, np.nextafter(1, 2), 2, -1e308, 1e308]
    np.testing.assert_array_equal(reward(x), [0, 0, 0, 0.25, 1, 0, 0, 0, 0])
    assert isinstance(reward(1), np.float64)


def test_sample_is_theta_plus_sigma_times_the_normal_draw_of_rng():
    theta = np.array([[0.1], [0.9]])
    x = sample(theta, (2, 5), rng=np.random.default_rng(3), sigma=0.2)
    normal = np.random.default_rng(3).standard_normal((2, 5))
    np.testing.assert_array_equal(x, theta + 0.2 * normal)
    assert sample(0.5, 4, rng=np.random.default_rng()).shape == (4,)


def test_score_is_the_slope_of_the_log_density():
    x, theta, sigma = np.array([[-0.3], [1.2]]), np.array([0.2, 0.7, 1.0]), 0.3
    h = 1e-3
    log_density = [-(((x - t) / sigma) ** 2) / 2 for t in (theta - h, theta + h)]
    slopes = (log_density[1] - log_density[0]) / (2 * h)  # exact: the log density is a parabola
    np.testing.assert_allclose(score(x, theta, sigma), slopes, rtol=1e-10)
    assert score(1.0, 0.5) == pytest.approx(50)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: objective(0.5, 0), ValueError, "k must be at least 1, got k = 0"),
        (lambda: gradient(0.5, [2, -1]), ValueError, "k must be at least 1, got k = -1"),
        (lambda: optimal_theta(2.0), ValueError, r"k must be an integer, got 2\.0"),
        (lambda: objective(0.5, True), ValueError, "k must be an integer, got True"),
        (lambda: objective(0.5, 2, 0), ValueError, r"sigma must be .* 1e-06\.\.100, got 0"),
        (lambda: gradient(0.5, 2, -1), ValueError, "sigma must be a number in .*, got -1"),
        (lambda: objective(0.5, 2, np.inf), ValueError, "sigma must be a number in .*, got inf"),
        (lambda: optimal_theta(2, True), ValueError, "sigma must be a number in .*, got True"),
        (lambda: optimal_theta(2, 1e3), ValueError, "sigma must be a number in .*, got 1000"),
        (lambda: objective(0.5, 10**6 + 1), ValueError, "k must be at most 1000000, got .*1"),
        (lambda: objective([0.5, np.nan], 2), ValueError, r"theta\[1\] must be finite, got nan"),
        (lambda: objective([0.5, None], 2), ValueError, r"theta\[1\] must be a finite number"),
        (lambda: gradient("0.5", 2), TypeError, "theta must hold real numbers, got '0.5'"),
        (lambda: reward([True]), TypeError, r"x must hold real numbers, got \[True\]"),
        (lambda: objective([0.5] * 3, [1, 2]), ValueError,
         r"theta must broadcast with k, got shapes \(3,\), \(2,\)"),
        (lambda: score([1.0, 2.0], [0.5] * 3), ValueError, "x must broadcast with theta, got"),
        (lambda: score(1.0, 0.5, 1e-170), ValueError, "sigma must leave the score finite"),
        (lambda: sample([0.5] * 2, 3, rng=rng()), ValueError, "theta must broadcast with size"),
        (lambda: sample([[0.5]] * 2, 3, rng=rng()), ValueError,
         r"theta must broadcast to size = \(3,\), got shape \(2, 1\)"),
        (lambda: sample(0.5, (2, -1), rng=rng()), ValueError, r"size\[1\] must be at least 0, got"),
        (lambda: sample(0.5, 10**30, rng=rng()), ValueError, "size must fit into memory, got"),
        (lambda: sample(1e308, 50, rng=rng(), sigma=1e308), ValueError, "sigma must leave x"),
        (lambda: score(0.5, 0.5, [1]), ValueError, r"sigma must be a positive number, got \[1\]"),
        (lambda: sample(0.5, 2, rng=7), TypeError, "rng must be a numpy.random.Generator, got 7"),
    ],
)  # fmt: skip
def test_errors_say_what_was_given_and_what_is_needed(call, error, message):
    with pytest.raises(error, match=message):
        call()
