"""A broad low hill beside a narrow high peak: the problem on which one try a time gets stuck.

A policy draws x ~ N(mean, sigma) and learns both numbers. The objective J_k is the expected best
of k rewards. It is summed over small cells of the line: each has the reward of its middle and its
exact probability, and sorted by reward the cells up to one have the total probability F that an
attempt is paid no more, so the best of k is paid no more with probability F**k.
"""

import numpy as np
from scipy.special import ndtr

from pkpo._checks import as_counts, as_reals, quietly, require
from pkpo._shapes import broadcast

HILL, PEAK = -1.0, 1.2  # where the tops are; the rewards there are 0.6 and 1
_BUMPS = ((0.6, HILL, 0.5), (1.0, PEAK, 0.08))  # height, top and width

_EDGES = np.unique(  # finer where the reward varies; the two ends leave nothing out
    np.r_[-60, -9:-3:61j, -3:0.8:761j, 0.8:1.6:801j, 1.6:9:149j, 60].round(6)
)


@quietly
def reward(x):
    """Return 0.6 exp(-((x + 1) / 0.5)**2 / 2) + exp(-((x - 1.2) / 0.08)**2 / 2).

    Args:
        x: actions, any shape.
    Returns:
        shape of x, in [0, 1 + 4e-5].
    Raises:
        ValueError, TypeError: x does not hold finite real numbers.
    Source: chapter 9.
    """
    x = as_reals("x", x)
    return sum(height * np.exp(-(((x - top) / width) ** 2) / 2) for height, top, width in _BUMPS)


_MIDDLES = (_EDGES[:-1] + _EDGES[1:]) / 2
_UPWARDS = np.argsort(reward(_MIDDLES))
_GAPS = np.diff(reward(_MIDDLES)[_UPWARDS])
_TOP = reward(_MIDDLES)[_UPWARDS[-1]]


@quietly
def mean_reward(mean, sigma):
    """Return J_1, the expected reward of one attempt x ~ N(mean, sigma), in closed form.

    Args:
        mean: of the policy, any shape.
        sigma: standard deviation, >= 0; broadcasts with mean.
    Returns:
        broadcast shape, in [0, 1 + 4e-5].
    Raises:
        ValueError: sigma is negative; one is not finite; or they do not broadcast.
        TypeError: they do not hold real numbers.
    Source: the integral of a product of two Gaussian curves. Chapter 9.
    """
    mean, sigma = as_reals("mean", mean), as_reals("sigma", sigma)
    require("sigma", sigma, sigma >= 0, "at least 0")
    broadcast(mean=mean.shape, sigma=sigma.shape)
    spreads = [np.hypot(width, sigma) for _, _, width in _BUMPS]
    return sum(
        height * width / spread * np.exp(-(((mean - top) / spread) ** 2) / 2)
        for (height, top, width), spread in zip(_BUMPS, spreads, strict=True)
    )


def objective(mean, sigma, k):
    """Return J_k, the expected best reward of k attempts x ~ N(mean, sigma).

    Args:
        mean: of the policy, any shape, in -3..3.
        sigma: standard deviation, in 0.01..4.
        k: attempts, integer in 1..100; the three broadcast.
    Returns:
        broadcast shape, in [0, 1 + 4e-5]; absolute error below 1e-4.
    Raises:
        ValueError: one of the three is not in its range, or they do not broadcast.
        TypeError: mean or sigma does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eq. 11. Chapter 9.
    """
    mean, sigma, k = _arguments(mean, sigma, k)
    F = _sorted_sum(ndtr((_EDGES - mean) / sigma))
    return _TOP - np.sum(_GAPS * F**k, axis=-1)


def gradient(mean, sigma, k):
    """Return the slopes of J_k in the mean and in log sigma.

    Args:
        mean, sigma, k: as `objective`.
    Returns:
        two arrays of the broadcast shape, in reward per unit of x and in reward per unit of log
        sigma; absolute error below 2e-3.
    Raises:
        ValueError, TypeError: as `objective`.
    Source: Walder & Karkhanis (2025), Eq. 11. Chapter 9.
    """
    mean, sigma, k = _arguments(mean, sigma, k)
    z = (_EDGES - mean) / sigma
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    matters = _GAPS * k * _sorted_sum(ndtr(z)) ** (k - 1)
    # F falls by the density at the edges of its cells, as they stay where they are
    return (
        np.sum(matters * _sorted_sum(density), axis=-1) / sigma[..., 0],
        np.sum(matters * _sorted_sum(z * density), axis=-1),
    )


def _sorted_sum(at_edges):
    """Return the sum over the cells up to each, in the order of their rewards, less the last."""
    return np.diff(at_edges)[..., _UPWARDS].cumsum(axis=-1)[..., :-1]


def _arguments(mean, sigma, k):
    """Return the arguments as arrays with one more axis, for the cells."""
    mean, sigma, k = as_reals("mean", mean), as_reals("sigma", sigma), as_counts("k", k, 100)
    require("mean", mean, np.abs(mean) <= 3, "in -3..3")
    require("sigma", sigma, (sigma >= 0.01) & (sigma <= 4), "in 0.01..4")
    broadcast(mean=mean.shape, sigma=sigma.shape, k=k.shape)
    return mean[..., None], sigma[..., None], k[..., None]
