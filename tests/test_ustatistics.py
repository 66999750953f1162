"""Variances on the toy problem: against published digits, and against sums over a plain grid."""

from itertools import combinations, product

import numpy as np
import pytest

from pkpo import jackknife, s, sloo, sloo_minus_one
from pkpo.lab import toy
from pkpo.lab.ustatistics import variance, zetas

TRANSFORMS = {f.__name__: f for f in (s, sloo, sloo_minus_one, jackknife)}

# k = 4, from another quadrature, held against 4 million draws.
ZETAS = {
    (0.8, "s"): (60.7178, 122.058, 184.218, 247.525),
    (1.0, "s"): (54.9580, 114.411, 182.018, 264.771),
    (0.8, "sloo_minus_one"): (0.226821, 0.598894, 1.217076, 2.287798),
    (1.0, "sloo_minus_one"): (0.733312, 1.705879, 3.755333, 10.010205),
}
VARIANCES = {  # at n = 8, 16, 32
    (0.8, "s"): (122.294, 60.9103, 30.4047),
    (1.0, "s"): (116.788, 56.4127, 27.8171),
    (0.8, "sloo"): (4.24451, 0.7504, 0.202751),
    (1.0, "sloo"): (13.0587, 3.45911, 1.24948),
    (0.8, "sloo_minus_one"): (0.670719, 0.273336, 0.124281),
    (1.0, "sloo_minus_one"): (2.04629, 0.83028, 0.386787),
    (0.8, "jackknife"): (0.808435, 0.297419, 0.130332),
    (1.0, "jackknife"): (4.62498, 1.91588, 0.915531),
}


def of(theta, k, estimator, n):
    return variance(zetas(theta, k, estimator, n), n)


@pytest.mark.parametrize(("theta", "estimator"), ZETAS)
def test_zetas_are_the_published_ones(theta, estimator):
    expected = ZETAS[theta, estimator]
    np.testing.assert_allclose(zetas(theta, 4, estimator), expected, rtol=1e-5)


@pytest.mark.parametrize(("theta", "estimator"), VARIANCES)
def test_variances_are_the_published_ones(theta, estimator):
    got = [of(theta, 4, estimator, n) for n in (8, 16, 32)]
    np.testing.assert_allclose(got, VARIANCES[theta, estimator], rtol=1e-5)


def grid(theta, points):
    """Return actions and probabilities of a discrete policy much like the toy's."""
    per_side = points // 8
    x, w = np.polynomial.legendre.leggauss(points)
    y, v = np.polynomial.legendre.leggauss(per_side)
    pieces = [(theta - 0.9, 0, y, v), (0, 1, x, w), (1, theta + 0.9, y, v)]
    x = np.concatenate([a + (b - a) * (t + 1) / 2 for a, b, t, _ in pieces])
    w = np.concatenate([(b - a) * u / 2 for a, b, _, u in pieces])
    return x, w * np.exp(-(((x - theta) / 0.1) ** 2) / 2) / np.sqrt(2 * np.pi) / 0.1


@pytest.mark.parametrize("theta", [0.7, 1.0])
@pytest.mark.parametrize("estimator", TRANSFORMS)
@pytest.mark.parametrize(("n", "k", "points"), [(2, 1, 320), (3, 2, 80)])
def test_variance_is_that_of_all_outcomes_of_a_fine_discrete_policy(theta, estimator, n, k, points):
    x, p = grid(theta, points)
    outcomes = np.stack(np.meshgrid(*[x] * n, indexing="ij"), axis=-1).reshape(-1, n)
    chance = np.prod(np.stack(np.meshgrid(*[p] * n, indexing="ij"), axis=-1), axis=-1).ravel()
    estimate = TRANSFORMS[estimator](toy.reward(outcomes), k) * toy.score(outcomes, theta)
    estimate = estimate.sum(axis=-1)
    mean = chance @ estimate
    assert mean == pytest.approx(toy.gradient(theta, k), rel=2e-3)
    assert chance @ (estimate - mean) ** 2 == pytest.approx(of(theta, k, estimator, n), rel=5e-3)


def test_variance_is_the_mean_over_all_pairs_of_subsets():
    zeta, n = np.array([0.3, 1.1, 2.0]), 6
    pairs = product(combinations(range(n), 3), repeat=2)
    shared = [len(set(a) & set(b)) for a, b in pairs]
    mean = np.mean([zeta[c - 1] if c else 0.0 for c in shared])
    assert variance(zeta, n) == pytest.approx(mean, rel=1e-14)


def test_one_subset_has_the_last_zeta_for_a_variance():
    assert variance([1.0, 2.0, 5.0], 3) == 5.0


@pytest.mark.parametrize("theta", [0.5, 0.95, 1.2])
def test_zetas_grow_at_least_in_proportion_to_what_is_shared(theta):
    for estimator in TRANSFORMS:
        zeta = zetas(theta, 8, estimator, n=16)
        assert (np.diff(zeta / np.arange(1, len(zeta) + 1)) > 0).all()  # Hoeffding's inequality


def test_loo_minus_one_is_the_jackknife_at_one_attempt():
    np.testing.assert_array_equal(zetas(0.8, 1, "sloo_minus_one"), zetas(0.8, 1, "jackknife"))


def test_policy_at_rest_far_from_the_rewards_gives_no_nan():
    assert np.isfinite(zetas(0.5, 4, "sloo", n=8, sigma=0.02)).all()


@pytest.mark.parametrize("n", [10**6, 10**30])
def test_variance_of_many_attempts_is_that_of_a_sum(n):
    zeta = zetas(0.8, 4, "s")
    assert variance(zeta, n) * n == pytest.approx(16 * zeta[0], rel=1e-4)  # q**2 zeta_1 / n


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"estimator": "rloo"}, "estimator must be one of"),
        ({"estimator": "sloo"}, "n must be an integer, got None"),
        ({"estimator": "sloo", "n": 4}, "n must be at least 5 for 'sloo' with k = 4, got n = 4"),
        ({"n": 3}, "n must be at least 4 for 's' with k = 4, got n = 3"),
        ({"n": 8.0}, r"n must be an integer, got 8\.0"),
        ({"k": 0}, "k must be at least 1, got k = 0"),
        ({"k": True}, "k must be an integer, got True"),
        ({"k": 2.5}, r"k must be an integer, got 2\.5"),
        ({"k": 17}, "k must be at most 16, got k = 17"),
        ({"sigma": 0.01}, r"sigma must be a number in 0\.02\.\.100, got 0\.01"),
        ({"theta": 1.6}, r"theta must be a number in -0\.5\.\.1\.5, got 1\.6"),
        ({"theta": [0.8]}, r"theta must be a number in .*, got \[0\.8\]"),
    ],
)
def test_zetas_out_of_range_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        zetas(**{"theta": 0.8, "k": 4, "estimator": "s"} | changed)


@pytest.mark.parametrize(
    ("zeta", "n", "message"),
    [
        ([1.0] * 4, 3, "n must be at least 4, the attempts of a kernel with 4 zetas, got n = 3"),
        ([1.0] * 4, 4.5, r"n must be an integer, got 4\.5"),
        (2.5, 4, r"zeta must have shape \(q\), got \(\)"),
        ([], 4, "zeta must have 1 to 100 entries, got 0"),
        ([1.0, np.nan], 4, r"zeta\[1\] must be finite, got nan"),
    ],
)
def test_variances_out_of_range_are_refused(zeta, n, message):
    with pytest.raises(ValueError, match=message):
        variance(zeta, n)
