"""What becomes of weights on their way to the parameters: the stages of trainers, and what they do.

A trainer may centre the weights of a group, divide them by its deviation, and average over the
tokens of each answer. What is left of the gradient is enumerated on a small policy.
"""

from itertools import product

import numpy as np

from pkpo._checks import as_count, as_reals, shown

MOST = 10**6  # answers to look at


def centred(weights):
    """Return the weights of each group less their mean.

    Args:
        weights: shape (..., n), finite.
    Returns:
        float64, shape (..., n), with sum 0.
    Raises:
        ValueError: weights are not finite, or of no group.
        TypeError: weights are not real numbers.
    """
    weights = _groups(weights)
    return weights - weights.mean(axis=-1, keepdims=True)


def standardised(weights, epsilon=1e-4):
    """Return the weights of each group, centred and divided by their standard deviation.

    Args:
        weights: shape (..., n), finite, n >= 2.
        epsilon: what is added to the deviation, finite, > 0, in the unit of the weights; the
            default is that of TRL.
    Returns:
        float64, shape (..., n), without a unit.
    Raises:
        ValueError, TypeError: as `centred`; n < 2, or epsilon is not above 0.
    Source: Shao et al. (2024), Sec. 4.1; n - 1 under the root, as in TRL and verl.
    """
    weights, epsilon = _groups(weights), as_reals("epsilon", epsilon)
    if epsilon.shape or not epsilon > 0:
        raise ValueError(f"epsilon must be a number > 0, got {shown(epsilon.tolist())}")
    if weights.shape[-1] < 2:
        raise ValueError("weights must have groups of n >= 2, got n = 1")
    deviation = weights.std(axis=-1, ddof=1, keepdims=True)
    return centred(weights) / (deviation + epsilon)


def mean_push(weigh, p, n):
    """Return where weights push on average: the mean of the sum of weight times score.

    The policy is a softmax over a few answers. All groups of n that it can draw are enumerated.

    Args:
        weigh: function of the answers of all groups, integers of shape (group, n), that returns
            weights of that shape; of rewards g and lengths it is lambda a: f(g[a]) / length[a].
        p: probability of each answer, shape (answer,), positive, sum 1.
        n: attempts in a group, integer >= 1; at most 10^6 answers in all groups together.
    Returns:
        the mean push on each logit, float64, shape (answer,), in the unit of the weights.
    Raises:
        ValueError: p are no probabilities, n is too small or too large, or weigh does not return
            finite numbers of that shape.
        TypeError: weigh is not a function.
    Source: the definition of the estimate, Walder & Karkhanis (2025), Eq. 18. Chapter 12.
    """
    if not callable(weigh):
        raise TypeError(f"weigh must be a function of the answers, got {shown(weigh)}")
    p, n = as_reals("p", p), as_count("n", n)
    if p.ndim != 1 or not (p > 0).all() or not np.isclose(p.sum(), 1, rtol=0, atol=1e-9):
        raise ValueError(f"p must be positive probabilities with sum 1, got {shown(p.tolist())}")
    if n * len(p) ** min(n, 20) > MOST:
        raise ValueError(f"n must leave at most {MOST} answers to look at, got n = {n}")
    answers = np.array(list(product(range(len(p)), repeat=n)))
    weights = as_reals("weigh(answers)", weigh(answers.copy()))
    if weights.shape != answers.shape:
        raise ValueError(f"weigh must return shape {answers.shape}, got {weights.shape}")
    chance = np.prod(p[answers], axis=1)
    counted = [((answers == a) * weights).sum(axis=1) @ chance for a in range(len(p))]
    return np.array(counted) - p * (weights.sum(axis=1) @ chance)


def beside(push, gradient):
    """Return how many times as long as a gradient a push is, and the cosine between the two.

    Args:
        push, gradient: vectors of one length, finite, in one unit.
    Returns:
        factor, below 0 if the push points away; cosine, NaN where the push is 0.
    Raises:
        ValueError: vectors of different shape, or the gradient is 0.
        TypeError: they are not real numbers.
    """
    push, gradient = as_reals("push", push), as_reals("gradient", gradient)
    if push.ndim != 1 or push.shape != gradient.shape:
        raise ValueError(f"push must have the shape of gradient, {gradient.shape}, and one axis")
    along, length, unit = push @ gradient, np.linalg.norm(push), np.linalg.norm(gradient)
    if not unit > 0:
        raise ValueError("gradient must not be 0")
    if length < 1e-12 * unit:
        return 0.0, np.nan
    return float(np.copysign(length / unit, along)), float(along / length / unit)


def _groups(weights):
    weights = as_reals("weights", weights)
    if not weights.ndim or not weights.shape[-1]:
        raise ValueError(f"weights must have groups of n >= 1, got shape {weights.shape}")
    return weights
