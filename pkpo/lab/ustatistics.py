"""The variance of gradient estimates on the toy problem, at every n, by quadrature.

An average over all q-subsets of n attempts of a kernel, a symmetric function of q attempts, is a
U-statistic. Its variance is a mixture of q numbers, zeta_1 .. zeta_q, that do not depend on n:
zeta_j is the variance of the kernel's mean given j of its attempts. Every transform is such an
average. With `best` and `margin` (best less second best) of the subset, and T the sum of its
scores, the kernels are, for k attempts allowed,

    s               order k      best T
    sloo_minus_one  order k      margin score_of_best               (k >= 2; else as jackknife)
    jackknife       order k + 1  margin (score_of_best - T/(k+1))
    sloo            order k + 1  that, less k / ((n-1)(k+1)) (best T - margin score_of_best)

so three kernels, best T, margin score_of_best and margin T, are all that is integrated.
"""

from functools import lru_cache
from math import comb

import numpy as np
from scipy.integrate import cumulative_simpson, simpson
from scipy.special import ndtr

from pkpo._checks import as_choice, as_count, as_int, as_within, shown
from pkpo._shapes import real_array
from pkpo.lab import toy

_POINTS = 801  # where integrals over [0, 1] are taken
_ESTIMATORS = ("s", "sloo", "sloo_minus_one", "jackknife")


def variance(zeta, n):
    """Return the variance of a U-statistic of n attempts.

    The sum over j of zeta_j times the share of the pairs of q-subsets with j attempts in common.

    Args:
        zeta: zeta_1 .. zeta_q, shape (q,), of a kernel of q attempts, q in 1..100.
        n: attempts, integer >= q.
    Returns:
        a number, in the squared unit of the kernel.
    Raises:
        ValueError: n is not an integer >= q; zeta is not a list of 1 to 100 finite numbers.
        TypeError: zeta does not hold real numbers.
    Source: Hoeffding (1948). Chapter 7.
    """
    zeta, n = real_array("zeta", zeta, "q"), as_int("n", n)
    q = len(zeta)
    if not 1 <= q <= 100:
        raise ValueError(f"zeta must have 1 to 100 entries, got {q}")
    if n < q:
        raise ValueError(
            f"n must be at least {q}, the attempts of a kernel with {q} zetas, got n = {shown(n)}"
        )
    shares = [comb(q, j) * comb(n - q, q - j) / comb(n, q) for j in range(1, q + 1)]
    return float(zeta @ shares)


def zetas(theta, k, estimator, n=None, sigma=0.1):
    """Return zeta_1 .. zeta_q of an estimator of the toy problem's slope J_k'(theta).

    Args:
        theta: mean of the policy, a number at most 5 sigma outside [0, 1].
        k: attempts allowed, integer in 1..16.
        estimator: "s", "sloo", "sloo_minus_one" or "jackknife".
        n: attempts, integer above k; asked for by "sloo" only, whose kernel changes with n.
        sigma: standard deviation of the policy, in 0.02..100.
    Returns:
        shape (k,) or, for "sloo", "jackknife" and k = 1 of "sloo_minus_one", (k + 1,); relative
        error below 1e-6 for sigma >= 0.1 and k <= 8, and below 0.01 everywhere.
    Raises:
        ValueError: an unknown estimator, a number outside its range, or "sloo" without n.
    Source: chapter 7.
    """
    as_choice("estimator", estimator, _ESTIMATORS)
    k, sigma = as_count("k", k, 16), as_within("sigma", sigma, 0.02, 100)
    theta = as_within("theta", theta, -5 * sigma, 1 + 5 * sigma)
    if estimator == "sloo_minus_one" and k == 1:
        estimator = "jackknife"
    q = k if estimator in ("s", "sloo_minus_one") else k + 1
    if n is not None or estimator == "sloo":
        n = _enough(n, q, k, estimator)
    use = {"s": (1, 0, 0), "sloo_minus_one": (0, 1, 0), "jackknife": (0, 1, -1 / q)}
    if estimator == "sloo":
        lost = k / ((n - 1) * q)
        use["sloo"] = (-lost, 1 + lost, -1 / q)
    use = np.array(use[estimator])
    return np.array([use @ z @ use for z in _covariances(theta, q, sigma)])


def _enough(n, q, k, estimator):
    """Return n, once there are enough attempts for one kernel."""
    n = as_int("n", n)
    if n < q:
        raise ValueError(
            f"n must be at least {q} for {estimator!r} with k = {k}, got n = {shown(n)}"
        )
    return n


@lru_cache(maxsize=4096)
def _covariances(theta, q, sigma):
    """Return, for c = 1..q, the covariances of the means of the three kernels given c attempts."""
    slopes = [toy.gradient(theta, j, sigma) if j else 0.0 for j in (q, q - 1)]
    mean = np.array([slopes[0], slopes[0], q * (slopes[0] - slopes[1])])
    toy_policy = _Policy(theta, sigma)
    return [toy_policy.products(q, c) - np.outer(mean, mean) for c in range(1, q + 1)]


class _Policy:
    """The toy policy at points u of [0, 1], each paid u**2; what lands outside is paid nothing.

    below, first, second: the chance to be paid at most u**2, and the mean of score and score**2
    over those that are; `first` is also the derivative of `below` with respect to theta.
    """

    def __init__(self, theta, sigma):
        self.u = np.linspace(0, 1, _POINTS)
        z, edge = (self.u - theta) / sigma, (1 - theta) / sigma
        bell, cliff = (np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) for x in (z, edge))
        self.density, self.score = bell / sigma, z / sigma
        self.below = 1 - (ndtr(-z) - ndtr(-edge))
        self.first = (cliff - bell) / sigma
        self.second = (self.below + edge * cliff - z * bell) / sigma**2

    def integral(self, f):
        """Return the integral of f, shape (..., points), from 0 up to each u."""
        return cumulative_simpson(f, x=self.u, initial=0, axis=-1)

    def sums(self, j, last=0):
        """Return the means of 1, T and T**2 over j attempts that are all paid at most u**2.

        T is the sum of their scores and of `last`.
        """
        one = _power(self.below, j)
        T = j * _power(self.below, j - 1) * self.first
        TT = j * _power(self.below, j - 1) * self.second
        TT += j * (j - 1) * _power(self.below, j - 2) * self.first**2
        return np.array([one, T + last * one, TT + 2 * last * T + last**2 * one])

    def products(self, q, c):
        """Return the mean products of the kernels' means given c attempts, shape (3, 3).

        The best of the c is paid u**2, and q - c are unknown. The three means are f times
        (1, T, C, C T, D): f depends on the best, T is the sum of the scores of the other c - 1,
        and C and D are taken where the best of these is.
        """
        F, j, dr = self.below, q - c, 2 * self.u
        none = _power(F, j)  # no unknown attempt is paid more than u**2
        none_rise = j * _power(F, j - 1) * self.first  # its derivative with respect to theta
        one = j * _power(F, j - 1) * (1 - F)  # exactly one is
        one_rise = j * (j - 1) * _power(F, j - 2) * self.first * (1 - F) - none_rise
        C, D, K, L = self.integral(np.array([none, none_rise, one, one_rise]) * dr)
        A, B, K, L = 1 - (C[-1] - C), D - D[-1], K[-1] - K, L[-1] - L
        zero, sc = np.zeros_like(F), self.score
        f = np.array([
            [A * sc + B, A, zero, zero, zero],  # best T
            [C * sc + B, zero, -sc, zero, zero],  # margin score_of_best
            [(C + K) * sc + D + L, C + K, -sc, zero - 1, zero - 1],  # margin T
        ])  # fmt: skip
        inside = np.einsum("aiu,iju,bju->abu", f, self.others(c, C, D), f)
        inside = c * simpson(inside * self.density, x=self.u)
        outside = self.sums(c)[:, 0]  # all c are paid nothing: each mean is level T + slope
        line = np.array([[A[0], B[0]], [0, B[0]], [K[0], L[0]]])
        return inside + line @ [[outside[2], outside[1]], [outside[1], outside[0]]] @ line.T

    def others(self, c, C, D):
        """Return the mean of g g^T, g = (1, T, C, C T, D), over c - 1 attempts below u**2."""
        powers = self.sums(c - 2, last=self.score) * self.density * (c - 1)  # of T
        g = [(1, 0), (1, 1), (C, 0), (C, 1), (D, 0)]  # a factor, and a power of T
        mean = self.integral(np.array([[a * b * powers[i + j] for b, j in g] for a, i in g]))
        start = self.sums(c - 1)[:, 0]  # all c - 1 are paid nothing, where C = D = 0
        mean[:2, :2] += np.array([start[:2], start[1:]])[..., None]
        return mean


def _power(F, j):
    return F ** max(j, 0)  # below 0 only where it is multiplied by 0
