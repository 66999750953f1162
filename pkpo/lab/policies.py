"""The problems of chapters 8 and 9: policies that `pkpo.lab.training` can train, and their pay.

Seeds come first in every array. A problem draws attempts and their rewards for given parameters,
and turns weights into a gradient: the sum over a group of weight times score, averaged over the
groups.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pkpo._checks import as_positive, as_rng
from pkpo.lab import toy


@dataclass(frozen=True)
class GaussianMean:
    """A policy x ~ N(theta, sigma) that learns its mean alone; as it stands, the toy problem.

    reward: function of x, any shape, that returns rewards of the shape of x.
    sigma: standard deviation, > 0.
    Source: chapter 4.
    """

    reward: Callable = toy.reward
    sigma: float = 0.1
    parameters = 1

    def __post_init__(self):
        as_positive("sigma", self.sigma)

    def draw(self, theta, groups, n, *, rng):
        """Return actions x and their rewards, both of shape (seed, group, n)."""
        x = toy.sample(theta[:, None], (len(theta), groups, n), rng=rng, sigma=self.sigma)
        return x, self.reward(x)

    def gradient(self, theta, x, weight):
        """Return the gradient estimate for theta, shape (seed, 1)."""
        return _summed(weight * toy.score(x, theta[:, None], self.sigma))[:, None]

    def entropy_gradient(self, theta):
        """Return 0 for each seed, shape (seed, 1): the entropy is that of the fixed width."""
        return np.zeros_like(theta)


@dataclass(frozen=True)
class Gaussian:
    """A policy x ~ N(theta_0, sigma) with sigma = exp(theta_1): it learns its mean and its width.

    reward: function of x, any shape, that returns rewards of the shape of x.
    Source: chapter 9.
    """

    reward: Callable
    parameters = 2

    def draw(self, theta, groups, n, *, rng):
        """Return actions x and their rewards, both of shape (seed, group, n)."""
        mean, sigma = _mean_and_sigma(theta)
        x = mean + sigma * as_rng(rng).standard_normal((len(theta), groups, n))
        return x, self.reward(x)

    def gradient(self, theta, x, weight):
        """Return the gradient estimate for mean and log sigma, shape (seed, 2).

        With z = (x - mean) / sigma the scores are z / sigma and z**2 - 1.
        """
        mean, sigma = _mean_and_sigma(theta)
        z = (x - mean) / sigma
        return np.stack([_summed(weight * z / sigma), _summed(weight * (z**2 - 1))], axis=-1)

    def entropy_gradient(self, theta):
        """Return (0, 1) for each seed, shape (seed, 2): the entropy is log sigma and a constant."""
        return np.tile([0.0, 1.0], (len(theta), 1))


def _summed(weighted):
    """Return the sum over attempts, averaged over groups: from (seed, group, n) to (seed,)."""
    return weighted.sum(axis=-1).mean(axis=-1)


def _mean_and_sigma(theta):
    return theta[:, 0, None, None], np.exp(theta[:, 1, None, None])
