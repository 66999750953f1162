"""The problems of chapters 8 and 9: policies that `pkpo.lab.training` can train, and their pay.

Seeds come first in every array. A problem draws attempts and their rewards for given parameters,
and turns weights into a gradient: the sum over a group of weight times score, averaged over the
groups.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pkpo._checks import as_count, as_positive, as_rng, finite, quietly, require, shown
from pkpo._shapes import fits_memory, real_array
from pkpo.lab import toy


@dataclass(frozen=True)
class GaussianMean:
    """A policy x ~ N(theta, sigma) that learns its mean alone; as it stands, the toy problem.

    reward: function of x, any shape, that returns rewards of the shape of x.
    sigma: standard deviation, > 0.
    Raises:
        ValueError: sigma is not positive.
        TypeError: reward is no function.
    Source: chapter 4.
    """

    reward: Callable = toy.reward
    sigma: float = 0.1
    parameters = 1

    def __post_init__(self):
        _callable(self.reward)
        object.__setattr__(self, "sigma", as_positive("sigma", self.sigma))

    def draw(self, theta, groups, n, *, rng):
        """Return actions x and their rewards, both of shape (seed, group, n)."""
        theta = real_array("theta", theta, "seed", 1)
        x = toy.sample(theta[:, None], _size(theta, groups, n), rng=rng, sigma=self.sigma)
        return x, _paid(self.reward, x)

    @quietly
    def gradient(self, theta, x, weight):
        """Return the gradient estimate for theta, shape (seed, 1)."""
        theta, x, weight = _drawn(theta, x, weight, 1)
        return _summed(weight * toy.score(x, theta[:, None], self.sigma), weight)[:, None]

    def entropy_gradient(self, theta):
        """Return 0 for each seed, shape (seed, 1): the entropy is that of the fixed width."""
        return np.zeros_like(real_array("theta", theta, "seed", 1))


@dataclass(frozen=True)
class Gaussian:
    """A policy x ~ N(theta_0, sigma) with sigma = exp(theta_1): it learns its mean and its width.

    reward: function of x, any shape, that returns rewards of the shape of x.
    Raises:
        TypeError: reward is no function.
    Source: chapter 9.
    """

    reward: Callable
    parameters = 2

    def __post_init__(self):
        _callable(self.reward)

    @quietly
    def draw(self, theta, groups, n, *, rng):
        """Return actions x and their rewards, both of shape (seed, group, n)."""
        mean, sigma = _mean_and_sigma(theta)
        x = mean + sigma * as_rng(rng).standard_normal(_size(mean, groups, n))
        return x, _paid(self.reward, finite(x, "x", "theta", theta))

    @quietly
    def gradient(self, theta, x, weight):
        """Return the gradient estimate for mean and log sigma, shape (seed, 2).

        With z = (x - mean) / sigma the scores are z / sigma and z**2 - 1.
        """
        theta, x, weight = _drawn(theta, x, weight, 2)
        mean, sigma = _mean_and_sigma(theta)
        z = (x - mean) / sigma
        weighted = weight * z / sigma, weight * (z**2 - 1)
        return np.stack([_summed(each, weight) for each in weighted], axis=-1)

    def entropy_gradient(self, theta):
        """Return (0, 1) for each seed, shape (seed, 2): the entropy is log sigma and a constant."""
        return np.tile([0.0, 1.0], (len(real_array("theta", theta, "seed", 2)), 1))


def _callable(reward):
    if not callable(reward):
        raise TypeError(f"reward must be a function of x, got {shown(reward)}")


def _size(theta, groups, n):
    return fits_memory("n", (len(theta), as_count("groups", groups), as_count("n", n)))


def _paid(reward, x):
    return real_array("reward", reward(x), *x.shape, kinds="biuf")


def _drawn(theta, x, weight, parameters):
    """Return the arguments of a gradient as arrays that fit together."""
    theta = real_array("theta", theta, "seed", parameters)
    x = real_array("x", x, len(theta), "group", "n")
    return theta, x, real_array("weight", weight, *x.shape)


def _summed(weighted, weight):
    """Return the sum over attempts, averaged over groups: from (seed, group, n) to (seed,)."""
    return finite(weighted.sum(axis=-1).mean(axis=-1), "the gradient", "weight", weight)


def _mean_and_sigma(theta):
    theta = real_array("theta", theta, "seed", 2)
    require("theta", theta, np.abs(theta) <= [np.inf, 700], "at most 700 in its log sigma")
    return theta[:, 0, None, None], np.exp(theta[:, 1, None, None])
