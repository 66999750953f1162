"""A one-dimensional problem with an exact answer: the paper's toy.

A policy draws x ~ N(theta, sigma) and is paid x**2 on [0, 1] and nothing elsewhere. More is
better up to the edge at 1, and one step beyond pays nothing: how close to the edge a policy
should aim depends on how many attempts it has.

The objective J_k(theta) = E[max of k rewards] is an integral over u in [0, 1] of
(1 - F(u)**k) 2u, where F(u) = P(x is paid less than u**2). It is done by Gauss-Legendre
quadrature over the part where F varies, and in closed form below it.
"""

import numpy as np
from scipy.optimize.elementwise import find_root
from scipy.special import ndtr

from pkpo._checks import (
    as_counts,
    as_positive,
    as_reals,
    as_rng,
    as_within,
    finite,
    quietly,
    require,
)
from pkpo._shapes import as_size, broadcast

_MOST, _SIGMAS = 10**6, (1e-6, 100)  # k and sigma for which the panels below were tried
_REACH = 9.0  # standard deviations; a normal variable strays further once in 10**18 draws
# Panels of about sigma; they halve towards the upper end, where F**k falls within about sigma / k.
_EDGES = 1 - np.r_[np.linspace(1, 1 / 16, 16), 0.5 ** np.arange(5, 18), 0]
_X, _W = np.polynomial.legendre.leggauss(16)
_NODES = (_EDGES[:-1, None] + np.diff(_EDGES)[:, None] * (_X + 1) / 2).ravel()
_WEIGHTS = (np.diff(_EDGES)[:, None] * _W / 2).ravel()


def reward(x):
    """Return the reward x**2 for x in [0, 1], and 0 elsewhere.

    Args:
        x: action, any shape.
    Returns:
        shape of x, in [0, 1].
    Raises:
        ValueError, TypeError: x does not hold finite real numbers.
    Source: Walder & Karkhanis (2025), Eq. 35. Chapter 4.
    """
    x = as_reals("x", x)
    return np.where((x < 0) | (x > 1), 0.0, x) ** 2


@quietly
def sample(theta, size, *, rng, sigma=0.1):
    """Draw actions x ~ N(theta, sigma).

    Args:
        theta: mean of the policy; its shape broadcasts to `size`.
        size: shape of the draw, an integer >= 0 or a tuple of some.
        rng: `numpy.random.Generator`.
        sigma: standard deviation, > 0, one number.
    Returns:
        shape `size`, in the unit of theta.
    Raises:
        ValueError: sigma is not positive, or theta not finite; size is no shape, or not one that
            theta broadcasts to.
        TypeError: rng is not a generator, or theta does not hold real numbers.
    """
    theta, sigma = as_reals("theta", theta), as_positive("sigma", sigma)
    size = as_size("size", size)
    if broadcast(theta=theta.shape, size=size) != size:
        raise ValueError(f"theta must broadcast to size = {size}, got shape {theta.shape}")
    return finite(theta + sigma * as_rng(rng).standard_normal(size), "x", "sigma", sigma)


@quietly
def score(x, theta, sigma=0.1):
    """Return the score d/dtheta log p(x | theta) = (x - theta) / sigma**2.

    Args:
        x: actions; broadcasts with theta.
        theta: mean of the policy.
        sigma: standard deviation, > 0, one number.
    Returns:
        broadcast shape, in units of 1 / theta.
    Raises:
        ValueError: sigma is not positive, or so small that a score overflows; x or theta is not
            finite, or they do not broadcast.
        TypeError: x or theta does not hold real numbers.
    """
    x, theta, sigma = as_reals("x", x), as_reals("theta", theta), as_positive("sigma", sigma)
    broadcast(x=x.shape, theta=theta.shape)
    return finite((x - theta) / (sigma * sigma), "the score", "sigma", sigma)


@quietly
def survival(level, theta, sigma=0.1):
    """Return the probability that one attempt is paid more than a level, 1 - F.

    The best of k is paid more with probability 1 - F**k, whose integral over the levels is J_k.

    Args:
        level: of reward, 0..1, any shape; broadcasts with theta.
        theta: mean of the policy.
        sigma: standard deviation, > 0, one number.
    Returns:
        broadcast shape, in [0, 1].
    Raises:
        ValueError: a level outside 0..1, sigma not positive, theta not finite; or level and theta
            do not broadcast.
        TypeError: level or theta does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eq. 35. Chapter 4.
    """
    level, theta, sigma = (
        as_reals("level", level),
        as_reals("theta", theta),
        as_positive("sigma", sigma),
    )
    require("level", level, (level >= 0) & (level <= 1), "in 0..1")
    broadcast(level=level.shape, theta=theta.shape)
    return 1 - _cdf(np.sqrt(level), theta, sigma)


@quietly
def objective(theta, k, sigma=0.1):
    """Return J_k(theta), the expected best reward of k attempts.

    Args:
        theta: mean of the policy, any shape.
        k: attempts, integer in 1..10**6, any shape; broadcasts with theta.
        sigma: standard deviation, one number in 1e-6..100.
    Returns:
        broadcast shape, in [0, 1]; absolute error below 1e-10.
    Raises:
        ValueError: k or sigma is not in its range, theta not finite; or theta and k do not
            broadcast.
        TypeError: theta does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eqs. 11 and 35. Chapter 4.
    """
    theta, k, sigma = _arguments(theta, k, sigma)
    low, u, du = _grid(theta, sigma)
    below = low**2 * (1 - _cdf(low, theta, sigma) ** k)
    rest = np.sum((1 - _cdf(u, theta, sigma) ** k) * 2 * u * du, axis=-1, keepdims=True)
    return (below + rest)[..., 0][()]


@quietly
def gradient(theta, k, sigma=0.1):
    """Return dJ_k / dtheta, the slope of the expected best reward of k attempts.

    Args:
        theta: mean of the policy, any shape.
        k: attempts, integer in 1..10**6, any shape; broadcasts with theta.
        sigma: standard deviation, one number in 1e-6..100.
    Returns:
        broadcast shape, reward per unit of theta; absolute error below 1e-8 + 1e-10 / sigma, and
        below 1e-10 for k <= 1000 and sigma >= 0.01.
    Raises:
        ValueError, TypeError: as `objective`.
    Source: Walder & Karkhanis (2025), Eqs. 11 and 35. Chapter 4.
    """
    theta, k, sigma = _arguments(theta, k, sigma)
    low, u, du = _grid(theta, sigma)
    edge = _density((1 - theta) / sigma)  # what leaves over the edge as theta grows
    below = low**2 * k * _cdf(low, theta, sigma) ** (k - 1) * edge
    gain = edge - _density((u - theta) / sigma)
    rest = np.sum(k * _cdf(u, theta, sigma) ** (k - 1) * gain * 2 * u * du, axis=-1, keepdims=True)
    return (-(below + rest) / sigma)[..., 0][()]


def optimal_theta(k, sigma=0.1):
    """Return the theta that maximises J_k.

    The slope is positive at 0.5 and negative at 1 for every k and sigma: at 0.5 no x in [0, 1]
    is less likely than the edge, at 1 none is more likely. The root between them is found by
    bracketing.

    Args:
        k: attempts, integer in 1..10**6, any shape.
        sigma: standard deviation, one number in 1e-6..100.
    Returns:
        shape of k, in (0.5, 1); absolute error below 1e-8.
    Raises:
        ValueError: k or sigma is not in its range.
        TypeError: k is masked.
    Source: chapter 4.
    """
    k, sigma = as_counts("k", k, _MOST), as_within("sigma", sigma, *_SIGMAS)
    half, one = np.full(k.shape, 0.5), np.ones(k.shape)
    found = find_root(lambda theta, k: gradient(theta, k, sigma), (half, one), args=(k,))
    return found.x[()]


def _grid(theta, sigma):
    """Return where F starts to vary, and quadrature nodes and weights over where it does."""
    low = np.clip(theta - _REACH * sigma, 0, 1)
    width = np.clip(theta + _REACH * sigma, 0, 1) - low
    return low, low + width * _NODES, width * _WEIGHTS


def _cdf(u, theta, sigma):
    """Return F(u) = P(reward < u**2) = 1 - P(u < x < 1)."""
    return 1 - (ndtr((theta - u) / sigma) - ndtr((theta - 1) / sigma))


def _density(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _arguments(theta, k, sigma):
    """Return theta and k as arrays with one more axis, for the quadrature nodes."""
    theta, k = as_reals("theta", theta), as_counts("k", k, _MOST)
    broadcast(theta=theta.shape, k=k.shape)
    return theta[..., None], k[..., None], as_within("sigma", sigma, *_SIGMAS)
