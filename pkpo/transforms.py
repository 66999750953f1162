"""Reward transforms: one weight per attempt, so that sum_i weight_i grad log p(x_i) is unbiased.

All four rest on one move: sort the rewards, take the gaps between neighbours, multiply each
gap by a known weight, and sum upwards. No term is negative, so nothing cancels.
"""

import numpy as np

from pkpo.checks import as_choice, as_k, as_rewards
from pkpo.estimators import ratios

_NEEDS_SPARE = "its baseline needs k of the n - 1 other attempts"


def s(g, k):
    """Return s_i, the reward transform without a baseline.

    s_i is the sum over the k-subsets that hold attempt i of the subset's best reward, divided
    by C(n, k). In sorted order s_(n) = (k/n) g_(n) and s_(r) = s_(r+1) - w_r (g_(r+1) - g_(r)),
    with w_r = C(r-1, k-1) / C(n, k). Sums to k times `max_at_k`.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in 1..n.
    Returns:
        shape (..., n), unit and floating dtype of g (float64 for integers and booleans). The
        gradient estimate is the sum over the group of weight times score. A NaN or an infinity
        makes its own group NaN.
    Raises:
        ValueError: k is not an integer in 1..n, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eqs. 19-21. Chapter 5.
    """
    g, dtype = as_rewards(g)
    return _s(g, as_k(k, g.shape[-1])).astype(dtype, copy=False)


def sloo(g, k):
    """Return s_i minus the leave-one-out baseline of the paper.

    s_i - k/(n-1) max_at_k(the others): unbiased, but not centred, and not unchanged when all
    rewards shift (chapter 7). Sums to -k/(n-1) times `max_at_k`.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in 1..n-1.
    Returns:
        as `s`.
    Raises:
        ValueError: k is not an integer in 1..n-1, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eq. 29. Chapter 7.
    """
    g, dtype = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n, below_n=_NEEDS_SPARE)
    centred = _jackknife(g, k)
    others = _s(g, k).mean(axis=-1, keepdims=True) - k / n * centred  # k/n max_at_k(others)
    return (centred - others / (n - 1)).astype(dtype, copy=False)


def sloo_minus_one(g, k):
    """Return the leave-one-out-minus-one transform: attempt i's own margin over the others.

    The sum over the k-subsets that hold attempt i of (best reward - best of the others), divided
    by C(n, k). In sorted order it is the cumulative sum of w_{r+1} (g_(r+1) - g_(r)), so it is
    never negative, exactly zero for the k - 1 lowest, and unchanged when all rewards shift.

    At k = 1 the best of no others is undefined; this returns RLOO / n, that is (g_i - mean of
    the others) / n, the same as `jackknife`, which keeps the scale when k is annealed to 1.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in 1..n; k = 1 needs n >= 2.
    Returns:
        as `s`.
    Raises:
        ValueError: k is not an integer in 1..n, k = n = 1, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eq. 33. Chapter 7.
    """
    g, dtype = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n)
    if k == 1:
        return jackknife(g, 1).astype(dtype, copy=False)
    return (k / n * _climb(g, ratios(n, k)[1:])).astype(dtype, copy=False)


def jackknife(g, k):
    """Return the exactly centred transform: what the estimate of max@k loses without attempt i.

    max_at_k(all n) - max_at_k(the others) = n/(n-k) (s_i - mean of s). Unbiased, sums to zero,
    unchanged when all rewards shift, and equal to RLOO / n at k = 1.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in 1..n-1.
    Returns:
        as `s`.
    Raises:
        ValueError: k is not an integer in 1..n-1, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: derived in chapter 7.
    """
    g, dtype = as_rewards(g)
    k = as_k(k, g.shape[-1], below_n=_NEEDS_SPARE)
    return _jackknife(g, k).astype(dtype, copy=False)


_ESTIMATORS = {f.__name__: f for f in (s, sloo, sloo_minus_one, jackknife)}


def advantages(g, k, estimator="sloo_minus_one", reduction="mean"):
    """Return the weights of a transform, scaled for the way a trainer reduces over the group.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in the range of the estimator.
        estimator: "s", "sloo", "sloo_minus_one" or "jackknife".
        reduction: "mean" for a trainer that averages weight times score over the group (the
            weights are multiplied by n), "sum" for one that adds (the paper's scale).
    Returns:
        shape (..., n), unit and floating dtype of g (float64 for integers and booleans).
    Raises:
        ValueError: as the estimator, or an unknown estimator or reduction.
        TypeError: g does not hold real numbers.
    Source: scale from Walder & Karkhanis (2025), Eq. 18.
    """
    transform = _ESTIMATORS[as_choice("estimator", estimator, tuple(_ESTIMATORS))]
    scaled = as_choice("reduction", reduction, ("mean", "sum")) == "mean"
    g, dtype = as_rewards(g)
    weight = transform(g, k) * (g.shape[-1] if scaled else 1)
    return weight.astype(dtype, copy=False)


def _s(g, k):
    n = g.shape[-1]
    rise = _climb(g, ratios(n, k)[:-1])
    fall = rise.max(axis=-1, keepdims=True) - rise
    return k / n * (g.max(axis=-1, keepdims=True) - fall)


def _jackknife(g, k):
    n = g.shape[-1]
    rise = _climb(g, ratios(n, k)[:-1])
    return k / (n - k) * (rise - rise.mean(axis=-1, keepdims=True))


def _climb(g, w):
    """Return, in the order of g, the sum over r < rank of w_r (g_(r+1) - g_(r)).

    w: shape (n-1,), relative to the weight k/n of the best, so that equal weights add exactly.
    """
    order = np.argsort(g, axis=-1)
    ranked = np.take_along_axis(g, order, axis=-1)
    with np.errstate(invalid="ignore"):
        spoil = 0 * (ranked[..., -1:] - ranked[..., :1])  # 0, or NaN where g holds NaN or inf
        steps = np.concatenate([spoil, w * np.diff(ranked, axis=-1)], axis=-1)
    weight = np.empty_like(steps)
    np.put_along_axis(weight, order, np.cumsum(steps, axis=-1), axis=-1)
    return weight
