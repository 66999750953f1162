"""Reward transforms: one weight per attempt, so that sum_i weight_i grad log p(x_i) is unbiased.

All four rest on one move: sort the rewards, take the gaps between neighbours, multiply each
gap by a known weight, and sum upwards. No term is negative, so nothing cancels.

Rewards may be a list or an array of any library of the Python Array API standard, such as NumPy,
PyTorch and JAX; the weights come in the same library, on the same device and in the same floating
dtype. Every dtype is computed in float64 and cast back. Where the library has no float64 (JAX
unless `jax_enable_x64` is set, PyTorch on MPS), all is computed in float32: right to about 1e-6 of
the group's largest weight, and a shift of all rewards is then no longer harmless. With JAX the
transforms work under `jit`, `vmap` and `grad`, with k static.
"""

from functools import lru_cache

import numpy as np

from pkpo._arrays import as_rewards, climb, constant, in_blocks
from pkpo._checks import as_choice, as_k
from pkpo.estimators import ratios, weights

_NEEDS_SPARE = "its baseline needs k of the n - 1 other attempts"


@in_blocks
def s(g, k):
    """Return s_i, the reward transform without a baseline.

    s_i is the sum over the k-subsets that hold attempt i of the subset's best reward, divided
    by C(n, k). In sorted order s_(n) = (k/n) g_(n) and s_(r) = s_(r+1) - w_r (g_(r+1) - g_(r)),
    with w_r = C(r-1, k-1) / C(n, k). Sums to k times `max_at_k`.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in 1..n.
    Returns:
        shape (..., n), unit, library, device and floating dtype of g (float64 for integers and
        booleans, where the library has it). The gradient estimate is the sum over the group of
        weight times score. A NaN or an infinity makes its own group NaN.
    Raises:
        ValueError: k is not an integer in 1..n, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eqs. 19-21. Chapter 5.
    """
    xp, g, answer = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n)
    best, rise, back = _climb(xp, g, k, _ratios_below)
    fall = rise[..., -1:] - rise
    return answer(back(k / n * (best - fall)))


@in_blocks
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
    xp, g, answer = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n, below_n=_NEEDS_SPARE)
    best, rise, back = _climb(xp, g, k, _ratios_below)
    mean = xp.sum(rise, axis=-1, keepdims=True) / n
    centred = n / (n - k) * (rise - mean)
    all_n = best - (rise[..., -1:] - mean)  # max_at_k of all attempts
    others = all_n - k / n * centred
    return answer(back(k / n * (centred - others / (n - 1))))


@in_blocks
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
    xp, g, answer = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n)
    if k == 1:
        return answer(jackknife(g, 1))
    _, rise, back = _climb(xp, g, k, _margins)
    return answer(back(rise))


@in_blocks
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
    xp, g, answer = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n, below_n=_NEEDS_SPARE)
    _, rise, back = _climb(xp, g, k, _ratios_below)
    mean = xp.sum(rise, axis=-1, keepdims=True) / n
    return answer(back(k / (n - k) * (rise - mean)))


ESTIMATORS = {f.__name__: f for f in (s, sloo, sloo_minus_one, jackknife)}


def advantages(g, k, estimator="sloo_minus_one", reduction="mean"):
    """Return the weights of a transform, scaled for the way a trainer reduces over the group.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in the range of the estimator.
        estimator: "s", "sloo", "sloo_minus_one" or "jackknife".
        reduction: "mean" for a trainer that averages weight times score over the group (the
            weights are multiplied by n), "sum" for one that adds (the paper's scale).
    Returns:
        as `s`, scaled.
    Raises:
        ValueError: as the estimator, or an unknown estimator or reduction.
        TypeError: g does not hold real numbers.
    Source: scale from Walder & Karkhanis (2025), Eq. 18.
    """
    transform = ESTIMATORS[as_choice("estimator", estimator, tuple(ESTIMATORS))]
    scaled = as_choice("reduction", reduction, ("mean", "sum")) == "mean"
    xp, g, answer = as_rewards(g)
    weight = transform(g, k)
    return answer(weight * g.shape[-1] if scaled else weight)


@np.errstate(invalid="ignore")  # a group that holds an infinity ends up NaN
def _climb(xp, g, k, minus):
    """Return the best rewards, how far each rank has climbed, and the way back to the order of g.

    The climb to a rank is the sum, over the ranks up to it, of weight times gap below the rank;
    `minus` makes the weights, negative, as the gaps are taken downwards. The k - 1 lowest do not
    climb, so they may be left out, all but the last of them.
    """
    weights = constant(xp, g, minus, g.shape[-1], k)
    return climb(xp, g, weights, max(k - 2, 0))


@lru_cache(maxsize=32)
def _margins(n, k):
    """Return -w_r, and 0 for the lowest rank, which has no gap below it."""
    return _minus(weights(n, k))


@lru_cache(maxsize=32)
def _ratios_below(n, k):
    """Return minus the `ratios` of the rank below each rank, and 0 for the lowest."""
    return _minus(np.roll(ratios(n, k), 1))


def _minus(by_rank):
    minus = 0.0 - by_rank  # 0.0 where it is 0, not -0.0
    minus[0] = 0.0
    minus.flags.writeable = False
    return minus
