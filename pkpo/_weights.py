"""The chance of each rank to be the best of k, on which all estimates and transforms rest.

Nothing is checked here. The tables are kept and shared between calls, so they are read-only.
"""

from math import isqrt

import numpy as np

from pkpo._cache import kept


@kept
def ratios(n, k):
    """Return w_r / w_n for the ranks r = 1..n: their weights relative to the best, which has k/n.

    A cumulative product from 1 downwards, w_{r-1} = w_r (r-k)/(r-1): nothing overflows, and
    what underflows is too small to matter.
    """
    r = np.arange(n, 1.0, -1)
    return _shared(_cumprod(np.r_[1.0, np.maximum(r - k, 0) / (r - 1)])[::-1].copy())


@kept
def shares(n, k):
    """Return w_r = C(r-1, k-1) / C(n, k) for the ranks r = 1..n."""
    return _shared(k / n * ratios(n, k))


@kept
def rho(n, k):
    """Return rho(n, c, k) for c = 0..n: the probability that k draws hold one of c successes.

    1 - prod over i = n-c+1..n of (1 - k/i), as a sum of logarithms so that a small rho keeps
    its digits too.
    """
    i = np.arange(n, 0.0, -1)
    with np.errstate(divide="ignore"):  # log(0) = -inf is right: then a success is certain
        return _shared(np.r_[0.0, -np.expm1(np.cumsum(np.log1p(-np.minimum(k / i, 1))))])


def hat(n, k):
    """Return C(c, k) / C(n, k) for c = 0..n: the probability that k draws are all successes."""
    return ratios(n + 1, k + 1)  # which are those of C(r-1, k), r = 1..n+1, to the last


def _shared(table):
    table.flags.writeable = False
    return table


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
