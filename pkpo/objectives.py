"""What trainers really optimise: the weights of other objectives than max@k.

Each function takes rewards of shape (..., n), one row for each group of attempts, in any library,
and returns one weight per attempt in the scale of the transforms: the gradient estimate is the sum
over the group of weight times score. Times n they are the advantages as their papers print them,
for trainers that average over the group. A NaN or an infinity makes its own group NaN.
"""

import numpy as np

from pkpo._arrays import as_rewards, constant, is_traced
from pkpo._cache import kept
from pkpo._checks import as_positive
from pkpo._ranks import by_group, ranked, summed
from pkpo.transforms import jackknife, pass_at_k_training

__all__ = [
    "reinforce",
    "rloo",
    "dr_grpo",
    "grpo",
    "pass_at_k_training",
    "maxrl",
    "tailrl",
    "rs_grpo",
]


def reinforce(g):
    """Return the weights of REINFORCE without a baseline: g_i / n.

    The gradient of the mean reward, J_1; for verdicts the slope in p is 1.

    Args:
        g: rewards, shape (..., n), any unit.
    Returns:
        shape (..., n), unit, library, device and floating dtype of g.
    Raises:
        ValueError: g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Williams (1992). Chapter 10.
    Example:
        >>> reinforce([1.0, 0.0, 0.0, 1.0])
        array([0.25, 0.  , 0.  , 0.25])
    """
    xp, g, answer = _groups(g, 1)
    return answer(g / g.shape[-1] + _ground(xp, g))


def rloo(g):
    """Return the weights of REINFORCE with the mean of the others as baseline.

    (g_i - mean of the others) / n: the gradient of J_1, and `pkpo.jackknife` at k = 1.

    Args:
        g: rewards, shape (..., n) with n >= 2, any unit.
    Returns:
        as `reinforce`.
    Raises:
        ValueError: a group has fewer than 2 attempts.
        TypeError: g does not hold real numbers.
    Source: Kool et al. (2019); Ahmadian et al. (2024). Chapter 10.
    Example:
        >>> rloo([1.0, 0.0, 0.0, 0.0]) * 4
        array([ 1.        , -0.33333333, -0.33333333, -0.33333333])
    """
    _, g, answer = _groups(g, 2)
    return answer(jackknife(g, 1))


def dr_grpo(g):
    """Return the weights of Dr. GRPO: reward less the mean of its group, over n.

    (n-1)/n times those of `rloo`, so (n-1)/n times the gradient of J_1.

    Args:
        g: rewards, shape (..., n) with n >= 2, any unit.
    Returns:
        as `reinforce`.
    Raises:
        ValueError: a group has fewer than 2 attempts.
        TypeError: g does not hold real numbers.
    Source: Liu et al. (2025), arXiv 2503.20783. Chapter 10.
    Example:
        >>> dr_grpo([1.0, 0.0, 0.0, 0.0]) * 4
        array([ 0.75, -0.25, -0.25, -0.25])
    """
    _, g, answer = _groups(g, 2)
    n = g.shape[-1]
    return answer((n - 1) / n * jackknife(g, 1))


def grpo(g):
    """Return the weights of GRPO: reward less the mean, over the standard deviation, over n.

    The standard deviation divides by n - 1, as in TRL and verl; where it is 0 so are the weights.
    For verdicts and many attempts the slope in p is 1 / sqrt(p (1-p)), that of 2 arcsin sqrt(p);
    for other rewards the mean is in general the gradient of nothing.

    Args:
        g: rewards, shape (..., n) with n >= 2, any unit.
    Returns:
        as `reinforce`, without unit.
    Raises:
        ValueError: a group has fewer than 2 attempts.
        TypeError: g does not hold real numbers.
    Source: Shao et al. (2024), arXiv 2402.03300. Chapter 10.
    Example:
        >>> grpo([1.0, 0.0, 0.0, 0.0]) * 4
        array([ 1.5, -0.5, -0.5, -0.5])
    """
    xp, g, answer = _groups(g, 2)
    n = g.shape[-1]
    lowest, highest = (f(g, axis=-1, keepdims=True) / 2 for f in (xp.min, xp.max))
    with np.errstate(invalid="ignore"):  # inf - inf
        spread = highest - lowest
        centred = (g / 2 - lowest) / xp.where(spread > 0, spread, 1)
        centred = centred - xp.mean(centred, axis=-1, keepdims=True)
        deviation = xp.sqrt(xp.sum(centred**2, axis=-1, keepdims=True) / (n - 1))
    weight = centred / xp.where(deviation > 0, deviation, 1) / n
    return answer(xp.where(spread == 0, 0 * weight, weight) + _ground(xp, g))


def maxrl(g):
    """Return the weights of MaxRL: reward less the mean, over the mean, over n.

    Where the mean is 0 so are the weights. For verdicts they are those of `tailrl` less their
    mean, and the slope in p is the sum of (1-p)^(k-1) over k = 1..n-1, that of the first n - 1
    terms of log p = -sum_k (1-p)^k / k.

    Args:
        g: rewards at least 0, shape (..., n), any unit.
    Returns:
        as `reinforce`, without unit.
    Raises:
        ValueError: g has no attempts, or a reward is below 0 (not seen while JAX is tracing).
        TypeError: g does not hold real numbers.
    Source: arXiv 2602.02710. Chapter 10.
    Example:
        >>> maxrl([1.0, 0.0, 0.0, 0.0]) * 4
        array([ 3., -1., -1., -1.])
    """
    xp, g, answer = _groups(g, 1)
    if not is_traced(g) and bool(xp.any(g < 0)):
        raise ValueError(f"g must be at least 0, got {float(xp.min(g))}")
    highest = xp.max(g, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # inf / inf
        share = g / xp.where(highest > 0, highest, 1)
        mean = xp.mean(share, axis=-1, keepdims=True)
        weight = (share / xp.where(mean > 0, mean, 1) - 1) / g.shape[-1]
    return answer(xp.where(highest == 0, 0 * weight, weight) + _ground(xp, g))


def tailrl(g):
    """Return the weights of TailRL of order n: 1 / survivors for each gap, summed upwards.

    In sorted order omega_(1) = g_(1) / n and omega_(r+1) = omega_(r) + gap_r / (n-r). This is the
    sum over k = 1..n of 1/k times `pkpo.sloo_minus_one` (at k = 1 times g_i / n): the harmonic
    mixture of PKPO's objectives. For verdicts 1/c for each success, and the slope in p is
    (1 - (1-p)^n) / p, which approaches that of log p.

    Args:
        g: rewards, shape (..., n), any unit; its objective is the mean of log P(reward > t) over
            the levels t for rewards at least 0.
    Returns:
        as `reinforce`.
    Raises:
        ValueError: g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Ramasubramanian et al. (2026), arXiv 2609.02987. Chapter 10.
    Example:
        >>> tailrl([1.0, 0.0, 0.0, 1.0])
        array([0.5, 0. , 0. , 0.5])
    """
    xp, g, answer = _groups(g, 1)
    return answer(by_group(_tailrl, xp, g, None))


def rs_grpo(g, beta):
    """Return the weights of risk-sensitive GRPO: (e_i / mean of e - 1) / (beta n), e = exp(beta g).

    The slope of 1/beta log E exp(beta g), before any normalisation; `dr_grpo` as beta goes to 0.

    Args:
        g: rewards, shape (..., n), any unit.
        beta: how much risk is sought, > 0, one over the unit of g.
    Returns:
        as `reinforce`.
    Raises:
        ValueError: g has no attempts, or beta is not a positive number.
        TypeError: g does not hold real numbers.
    Source: Jiang et al. (2025), arXiv 2509.24261. Chapter 10.
    Example:
        >>> rs_grpo([1.0, 0.0], 2) * 2
        array([ 0.38079708, -0.38079708])
    """
    beta = as_positive("beta", beta)
    xp, g, answer = _groups(g, 1)
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf; far below the best is far
        below = g - xp.max(g, axis=-1, keepdims=True)
        x, one = beta * below, xp.ones_like(below)
        less = xp.expm1(x)  # e / highest e, less 1
        each = below * xp.where(x == 0, one, less / xp.where(x == 0, one, x))  # less / beta
        centred = each - xp.mean(each, axis=-1, keepdims=True)
        mean = 1 + xp.mean(less, axis=-1, keepdims=True)
        return answer(centred / mean / g.shape[-1] + _ground(xp, g))


def _groups(g, least):
    """Return as `as_rewards`, if every group has so many attempts."""
    xp, g, answer = as_rewards(g)
    if g.shape[-1] < least:
        raise ValueError(f"g must have groups of at least {least} attempts, got {g.shape[-1]}")
    return xp, g, answer


def _ground(xp, g):
    """Return 0 for each group, NaN where one of its rewards is not finite."""
    with np.errstate(invalid="ignore"):
        return xp.sum(0 * g, axis=-1, keepdims=True)


def _tailrl(xp, g, _):
    n = g.shape[-1]
    upwards, ground, back = ranked(xp, g, 0)
    gaps = (upwards[..., 1:] - upwards[..., :-1]) * constant(xp, g, _one_over_survivors, n)
    return back(upwards[..., :1] / n + summed(xp, ground, gaps))


@kept
def _one_over_survivors(n):
    table = 1 / np.arange(n - 1, 0.0, -1)
    table.flags.writeable = False
    return table
