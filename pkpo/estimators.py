"""Unbiased estimates of pass@k and max@k from n >= k attempts."""

from functools import lru_cache
from math import isqrt

import numpy as np

from pkpo._arrays import (
    as_array_like,
    as_rewards,
    constant,
    is_traced,
    namespace,
    on_host,
)
from pkpo._checks import as_int, as_ints, as_k


def pass_at_k(n, c, k):
    """Estimate the probability that at least one of k attempts succeeds, without bias.

    rho(n, c, k) = 1 - C(n-c, k) / C(n, k): the share of the k-subsets of the n attempts
    that hold a success. The relative error stays near rounding up to n = 1e6.

    Args:
        n: attempts made, integer >= 1, any shape.
        c: successes among them, integer in 0..n, any shape.
        k: attempts allowed, integer in 1..n, any shape.
    Returns:
        a probability in [0, 1], in the widest float (float64 where the library has it), the
        library and the device of the arguments; n, c and k broadcast. The work is done by NumPy,
        except under JAX's transformations of c: then n and k must be plain integers, and a c
        outside 0..n, which cannot raise an error there, gives NaN.
    Raises:
        ValueError: an argument is not an integer or out of its range.
    Source: Walder & Karkhanis (2025), Eq. 3. Chapter 2.
    """
    if is_traced(c):
        return _traced_rho(as_int("n", n), k, c)
    host = [as_ints(name, on_host(x)) for name, x in zip("nck", (n, c, k), strict=True)]
    return as_array_like((n, c, k), _pass_at_k(*host))


def max_at_k(g, k):
    """Estimate the expected best reward of k attempts from n >= k attempts, without bias.

    rho = sum_r w_r g_(r), with g_(1) <= ... <= g_(n) and w_r = C(r-1, k-1) / C(n, k).

    Args:
        g: rewards, shape (..., n), any unit.
        k: attempts allowed, integer in 1..n.
    Returns:
        shape (...), unit, library, device and floating dtype of g (float64 for integers and
        booleans, where the library has it; computed in float64 likewise).
    Raises:
        ValueError: k is not an integer in 1..n, or g has no attempts.
        TypeError: g does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eq. 12. Chapter 3.
    """
    xp, g, answer = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n)
    best = xp.sort(g, axis=-1)[..., k - 1 :]  # the k - 1 lowest are never the best of k
    rho = k / n * (best @ constant(xp, g, ratios, n, k)[k - 1 :])
    return answer(rho)


def weights(n, k):
    """Return w_r = C(r-1, k-1) / C(n, k) for the ranks r = 1..n, lowest reward first.

    The probability that the best of k attempts, drawn without replacement from n, has rank r.

    Args:
        n: attempts, integer >= 1.
        k: attempts allowed, integer in 1..n.
    Returns:
        float64, shape (n,), sums to 1.
    Source: Walder & Karkhanis (2025), Eqs. 12-13. Chapter 3.
    """
    return k / n * ratios(n, k)


@lru_cache(maxsize=32)
def ratios(n, k):
    """Return w_r / w_n, the weight of every rank relative to the best, whose weight is k/n.

    A cumulative product from 1 downwards, w_{r-1} = w_r (r-k)/(r-1): nothing overflows, and
    what underflows is too small to matter. Read-only, because it is shared between calls.
    """
    r = np.arange(n, 1.0, -1)
    down = _cumprod(np.r_[1.0, np.maximum(r - k, 0) / (r - 1)])[::-1].copy()
    down.flags.writeable = False
    return down


def _cumprod(x):
    """Return the cumulative product of x, shape (n,), with rounding errors of order sqrt(n).

    In sqrt(n) blocks of sqrt(n) factors: `np.cumprod` of 2000 factors can be 1e-14 off.
    """
    side = isqrt(x.size) + 1
    padded = np.zeros(side * side)
    padded[: x.size] = x
    blocks = np.cumprod(padded.reshape(side, side), axis=1)
    blocks[1:] *= np.cumprod(blocks[:-1, -1])[:, None]
    return blocks.ravel()[: x.size]


def _pass_at_k(n, c, k):
    """As `pass_at_k`, for NumPy's integers: one table for each pair of n and k."""
    tables = set(zip(*(x.flat for x in np.broadcast_arrays(n, k)), strict=True))
    n, c, k = np.broadcast_arrays(n, c, k)
    _require("n", n, n >= 1, "at least 1")
    _require("k", k, (k >= 1) & (k <= n), "in 1..n", n)
    _require("c", c, (c >= 0) & (c <= n), "in 0..n", n)
    if len(tables) == 1:
        return _rho(*map(int, *tables))[c]
    rho = np.empty(n.shape)
    for n_, k_ in tables:
        here = (n == n_) & (k == k_)
        rho[here] = _rho(int(n_), int(k_))[c[here]]
    return rho


def _traced_rho(n, k, c):
    xp = namespace(c)
    known = (c >= 0) & (c <= n)
    rho = xp.take(xp.asarray(_rho(n, as_k(k, n))), xp.where(known, c, 0))
    return xp.where(known, rho, xp.nan)


@lru_cache(maxsize=32)
def _rho(n, k):
    """Return rho(n, c, k) for c = 0..n: the probability that k draws hold one of c successes.

    1 - prod over i = n-c+1..n of (1 - k/i), as a sum of logarithms so that a small rho keeps
    its digits too.
    """
    i = np.arange(n, 0.0, -1)
    with np.errstate(divide="ignore"):  # log(0) = -inf is right: then a success is certain
        rho = np.r_[0.0, -np.expm1(np.cumsum(np.log1p(-np.minimum(k / i, 1))))]
    rho.flags.writeable = False
    return rho


def _require(name, value, holds, what, n=None):
    if not holds.all():
        i = np.unravel_index(np.argmin(holds), holds.shape)
        with_n = "" if n is None else f" with n = {n[i]}"
        raise ValueError(f"{name} must be {what}, got {name} = {value[i]}{with_n}")
