"""Which k to train with: silent groups, the attempts that count, and where a step leads.

Every prompt has verdicts and parameters of its own. It has N answers, all equally likely, of which
a share p is right; the policy is a softmax over them. Where N is large no two attempts are the
same, so that the step of a group is as long as the root of the sum of its squared weights. The
weights are those of `pkpo.sloo_minus_one`.
"""

import numpy as np
from scipy.special import betaincinv, gammaln, xlog1py, xlogy

from pkpo._checks import as_count, as_k, as_reals, as_within, require
from pkpo._shapes import fits_memory
from pkpo.transforms import advantages

MOST = 256  # attempts in a group


def profile(mean, spread, prompts=100):
    """Return success probabilities like those of a Beta distribution, the lowest first.

    They are its quantiles at (i - 1/2) / prompts. The spread is the variance as a share of the
    largest that the mean allows: at 0 all prompts are alike, near 1 each is hopeless or certain.

    Args:
        mean: of the distribution, in 0.001..0.999.
        spread: in 0..0.95.
        prompts: how many, integer >= 1.
    Returns:
        p, shape (prompts,), in [0, 1].
    Raises:
        ValueError: an argument is outside its range.
    Source: derived.
    """
    mean, spread = as_within("mean", mean, 0.001, 0.999), as_within("spread", spread, 0, 0.95)
    prompts = as_count("prompts", prompts)
    fits_memory("prompts", (prompts,))
    if spread < 1e-6:  # beyond the reach of the quantiles
        return np.full(prompts, mean)
    both = 1 / spread - 1
    at = (np.arange(prompts) + 0.5) / prompts
    return betaincinv(mean * both, (1 - mean) * both, at)


def silence(p, n, k):
    """Return how likely all weights of a group are 0, for either reason.

    Nothing is learnt from a group without a success, nor from one with too few failures: fewer
    than k - 1, or none at k = 1.

    Args:
        p: success probabilities, any shape, in [0, 1].
        n: attempts in a group, integer in 2..256.
        k: attempts allowed, integer in 1..n.
    Returns:
        two arrays of the shape of p, for no success and for too few failures.
    Raises:
        ValueError: an argument is outside its range.
        TypeError: p does not hold real numbers.
    Source: derived, from the weights of verdicts.
    """
    p, n, k = _arguments(p, n, k)
    of_count = _chances(p, n)
    dead = ~_weights(n, k).any(axis=-1)
    return of_count[..., 0][()], (of_count[..., 1:] @ dead[1:].astype(float))[()]


def counting(p, n, k):
    """Return how many of the n attempts of a group count: signal over noise, in attempts.

    The squared length of the mean step over the mean squared length of a step, in the unit in
    which an attempt of ideal weight is 1: sum v^2 p (1-p) over sum E[squared weights], with
    v = k (1-p)^(k-1) and both sums over the profile.

    Args:
        p: the profile on the last axis, shape (..., prompts), in [0, 1].
        n, k: as `silence`.
    Returns:
        shape (...), in [0, n]; n - 1 for every profile at k = 1, and 0 where no attempt says
        anything.
    Raises:
        ValueError: an argument is outside its range, or p has no prompts.
        TypeError: p does not hold real numbers.
    Source: derived.
    """
    p, n, k = _arguments(p, n, k, "prompts")
    signal = np.sum((k * (1 - p) ** (k - 1)) ** 2 * p * (1 - p), axis=-1)
    noise = np.sum(_chances(p, n) @ np.sum(_weights(n, k) ** 2, axis=-1), axis=-1)
    return np.divide(signal, noise, out=np.zeros_like(signal), where=noise > 0)[()]


def agreement(p, k, k_eval):
    """Return the cosine between the gradients of pass@k and of pass@k_eval over a profile.

    Args:
        p: the profile on the last axis, shape (..., prompts), in [0, 1].
        k: attempts trained for, integer >= 1.
        k_eval: attempts allowed in use, integer >= 1.
    Returns:
        shape (...), in [0, 1]; 1 where all prompts are alike, and NaN where p is 0 or 1 throughout.
    Raises:
        ValueError: an argument is outside its range, or p has no prompts.
        TypeError: p does not hold real numbers.
    Source: derived.
    """
    p = _probabilities(p, "prompts")
    k, k_eval = as_count("k", k, MOST), as_count("k_eval", k_eval, MOST)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = [(j - 0.5) * np.log1p(-p) + 0.5 * np.log(p) for j in (k, k_eval)]
        u, v = (np.exp(x - x.max(axis=-1, keepdims=True)) for x in level)  # or both are 0
        lengths = np.sqrt(np.sum(u**2, axis=-1) * np.sum(v**2, axis=-1))
        return np.minimum(np.sum(u * v, axis=-1) / lengths, 1)


def _arguments(p, n, k, *shape):
    n = as_count("n", n, MOST)
    if n < 2:
        raise ValueError(f"n must be at least 2, got n = {n}")
    p = _probabilities(p, *shape)
    fits_memory("p", (*p.shape, n + 1))
    return p, n, as_k(k, n)


def _probabilities(p, *shape):
    p = as_reals("p", p)
    if shape and (not p.ndim or not p.shape[-1]):
        raise ValueError(f"p must have a prompt on its last axis, got shape {p.shape}")
    return require("p", p, (p >= 0) & (p <= 1), "in [0, 1]")


def _weights(n, k):
    """Return the weights of a group with c successes, the last c, shape (c = 0..n, n)."""
    return advantages(np.tri(n + 1, n, -1)[:, ::-1], k, reduction="sum")


def _chances(p, n):
    """Return the chance of c successes, shape (..., c = 0..n)."""
    c, p = np.arange(n + 1), p[..., None]
    ways = gammaln(n + 1) - gammaln(c + 1) - gammaln(n - c + 1)
    return np.exp(ways + xlogy(c, p) + xlog1py(n - c, -p))
