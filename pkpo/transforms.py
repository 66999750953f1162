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

from functools import wraps

import numpy as np

from pkpo._arrays import as_rewards, constant
from pkpo._cache import kept
from pkpo._checks import as_choice, as_k
from pkpo._ranks import by_group, ranked, summed
from pkpo._weights import ratios, shares

_NEEDS_SPARE = "its baseline needs k of the n - 1 other attempts"


def _of_groups(formula):
    """Make formula(xp, g, k), of floats of the library xp, a transform of any rewards."""

    @wraps(formula)
    def transform(g, k):
        xp, g, answer = as_rewards(g)
        return answer(by_group(formula, xp, g, as_k(k, g.shape[-1])))

    del transform.__wrapped__  # it would lend its signature
    return transform


def _climb(xp, g, k, weights):
    """Return the best rewards, how far each rank has climbed, and the way back to the order of g.

    Sort, diff, multiply, cumsum: the climb to a rank is the sum, over the gaps below it, of gap
    times weight. `weights` makes those of the n - 1 gaps from n and k; the gaps up to rank k - 1
    weigh nothing, so those ranks climb 0.
    """
    upwards, ground, back = ranked(xp, g, max(k - 2, 0))  # sort
    gaps = upwards[..., 1:] - upwards[..., :-1]  # diff
    gaps *= constant(xp, g, weights, g.shape[-1], k)[-gaps.shape[-1] :]  # multiply
    return upwards[..., -1:], summed(xp, ground, gaps), back  # cumsum


@kept
def _own(n, k):
    """Return the weight w_{r+1} of the gap between the ranks r and r + 1, for r = 1..n-1."""
    return shares(n, k)[1:]


@kept
def _shared(n, k):
    """Return the weight w_r / w_n of the gap between the ranks r and r + 1, for r = 1..n-1."""
    return ratios(n, k)[:-1]


@_of_groups
def s(xp, g, k):
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
    n = g.shape[-1]
    best, climbs, back = _climb(xp, g, k, _shared)
    falls = climbs[..., -1:] - climbs
    return back(k / n * (best - falls))


@_of_groups
def sloo(xp, g, k):
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
    n = g.shape[-1]
    as_k(k, n, below_n=_NEEDS_SPARE)
    best, climbs, back = _climb(xp, g, k, _shared)
    mean = xp.sum(climbs, axis=-1, keepdims=True) / n
    centred = n / (n - k) * (climbs - mean)
    all_n = best - (climbs[..., -1:] - mean)  # max_at_k of all attempts
    others = all_n - k / n * centred
    return back(k / n * (centred - others / (n - 1)))


@_of_groups
def sloo_minus_one(xp, g, k):
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
    if k == 1:
        return jackknife(g, 1)
    _, climbs, back = _climb(xp, g, k, _own)
    return back(climbs)


@_of_groups
def jackknife(xp, g, k):
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
    n = g.shape[-1]
    as_k(k, n, below_n=_NEEDS_SPARE)
    _, climbs, back = _climb(xp, g, k, _shared)
    mean = xp.sum(climbs, axis=-1, keepdims=True) / n
    return back(k / (n - k) * (climbs - mean))


def pass_at_k_training(g, k):
    """Return the weights of Pass@k Training: those of the jackknife, over a standard deviation.

    (n-k)/(k n) jackknife_i / sigma, with sigma that of the best over all k-subsets of the group:
    sqrt(rho (1 - rho)) for successes and failures. Not the gradient of max@k: for verdicts it
    climbs 2/k arcsin sqrt(pass@k). Zero where sigma is. Times n, as `advantages` does, these are
    the advantages that the paper prints.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in 1..n-1.
    Returns:
        as `s`, without unit.
    Raises:
        ValueError: k is not an integer in 1..n-1, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Chen et al. (2025), arXiv 2508.10751. Chapter 10.
    Example:
        >>> pass_at_k_training([1.0, 0.0, 0.0, 0.0], 2) * 4
        array([ 1.        , -0.33333333, -0.33333333, -0.33333333])
    """
    xp, g, answer = as_rewards(g)
    weight = jackknife(g, k)
    n = g.shape[-1]
    k = as_k(k, n)
    chance = constant(xp, g, shares, n, k)[k - 1 :]
    with np.errstate(invalid="ignore"):  # inf - inf
        best = xp.sort(g, axis=-1)[..., k - 1 :] / 2  # the k - 1 lowest are never the best of k
        best = best - best[..., :1]
        most = xp.where(best[..., -1:] > 0, best[..., -1:], 1)
        best = best / most
        sigma = xp.sqrt((best - (best @ chance)[..., None]) ** 2 @ chance)[..., None]
        sigma = xp.where(sigma > 0, sigma, 1)  # where it is 0, so are the weights
        return answer((n - k) / (k * n) * (weight / 2 / most) / sigma)


def _tzsm(g, k):
    """Return the weights of Tang et al. (2025): the own margin at k = n."""
    n = as_rewards(g)[1].shape[-1]
    if as_k(k, n) != n:
        raise ValueError(f"k must be n = {n} for the estimator 'tzsm', got k = {k}")
    return sloo_minus_one(g, k)


ESTIMATORS = {f.__name__: f for f in (s, sloo, sloo_minus_one, jackknife)}
NAMED = ESTIMATORS | {"pass_at_k_training": pass_at_k_training, "tzsm": _tzsm}


def advantages(g, k, estimator="sloo_minus_one", reduction="mean"):
    """Return the weights of a transform, scaled for the way a trainer reduces over the group.

    Args:
        g: rewards, shape (..., n), any unit; each row is one group of attempts.
        k: attempts allowed, integer in the range of the estimator.
        estimator: "s", "sloo", "sloo_minus_one" or "jackknife"; "tzsm", which is
            "sloo_minus_one" at k = n, and no other k; or "pass_at_k_training", which is no
            estimate of the gradient of max@k.
        reduction: "mean" for a trainer that averages weight times score over the group (the
            weights are multiplied by n), "sum" for one that adds (the paper's scale).
    Returns:
        as `s`, scaled.
    Raises:
        ValueError: as the estimator, or an unknown estimator or reduction.
        TypeError: g does not hold real numbers.
    Source: scale from Walder & Karkhanis (2025), Eq. 18; "tzsm" by Tang et al. (2025).
    Example:
        >>> advantages([0.0, 1.0, 0.0, 0.5], 2)
        array([0.        , 1.66666667, 0.        , 0.66666667])
    """
    transform = NAMED[as_choice("estimator", estimator, tuple(NAMED))]
    scaled = as_choice("reduction", reduction, ("mean", "sum")) == "mean"
    xp, g, answer = as_rewards(g)
    weight = transform(g, k)
    return answer(weight * g.shape[-1] if scaled else weight)
