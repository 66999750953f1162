"""Unbiased estimates of pass@k, max@k and their opposites from n >= k attempts."""

import numpy as np

from pkpo._arrays import as_array_like, as_rewards, constant, is_traced, namespace, on_host
from pkpo._checks import as_count, as_ints, as_k, shown
from pkpo._weights import hat, rho, shares

MOST = 10**7  # attempts that pass_at_k and weights take: their tables have n numbers


def pass_at_k(n, c, k):
    """Estimate the probability that at least one of k attempts succeeds, without bias.

    rho(n, c, k) = 1 - C(n-c, k) / C(n, k): the share of the k-subsets of the n attempts
    that hold a success. The relative error stays near rounding up to n = 1e6.

    Args:
        n: attempts made, integer in 1..10^7, any shape.
        c: successes among them, integer in 0..n, any shape.
        k: attempts allowed, integer in 1..n, any shape.
    Returns:
        a probability in [0, 1], in the widest float (float64 where the library has it), the
        library and the device of the arguments; n, c and k broadcast. The work is done by NumPy,
        except under JAX's transformations of c: then n and k must be plain integers, and a c
        outside 0..n, which cannot raise an error there, gives NaN. The n + 1 estimates of a pair
        of n and k are kept for the next call; with the other tables of the package, 64 MiB at most
        (n = 10^7 alone takes 76).
    Raises:
        ValueError: an argument is not an integer or out of its range, or shapes do not broadcast.
        TypeError: an argument is masked, or arrays are of several libraries.
    Source: Walder & Karkhanis (2025), Eq. 3. Chapter 2.
    Example:
        >>> float(pass_at_k(5, 2, 3))  # 5 attempts, 2 of them right, 3 allowed
        0.9
    """
    return _of_counts(rho, n, c, k)


def pass_hat_k(n, c, k):
    """Estimate the probability that all of k attempts succeed, without bias.

    C(c, k) / C(n, k): the share of the k-subsets of the n attempts that hold no failure, and 1
    less `pass_at_k` of the failures. Its relative error stays near rounding where it is small
    too, which that difference could not do.

    Args:
        n, c, k: as `pass_at_k`.
    Returns:
        as `pass_at_k`; 0 where c < k, or below 1e-308.
    Raises:
        ValueError, TypeError: as `pass_at_k`.
    Source: pass^k of Yao et al. (2024), tau-bench; unbiased for the same reason as Eq. 3 of
        Walder & Karkhanis (2025). Chapter 2.
    Example:
        >>> float(pass_hat_k(5, 4, 3))
        0.4
    """
    return _of_counts(hat, n, c, k)


def max_at_k(g, k):
    """Estimate the expected best reward of k attempts from n >= k attempts, without bias.

    rho = sum_r w_r g_(r), with g_(1) <= ... <= g_(n) and w_r = C(r-1, k-1) / C(n, k).

    Args:
        g: rewards, shape (..., n), any unit.
        k: attempts allowed, integer in 1..n, or many of any shape: they share one sort.
    Returns:
        shape (..., *shape of k), unit, library, device and floating dtype of g (float64 for
        integers and booleans, where the library has it; computed in float64 likewise).
    Raises:
        ValueError: k is not an integer in 1..n, or g has no attempts.
        TypeError: g is masked, or does not hold real numbers.
    Source: Walder & Karkhanis (2025), Eq. 12. Chapter 3.
    Example:
        >>> max_at_k([0.0, 1.0, 0.5, 0.5], [1, 2, 4])
        array([0.5 , 0.75, 1.  ])
    """
    xp, g, answer = as_rewards(g)
    return answer(_best(xp, g, k))


def min_at_k(g, k):
    """Estimate the expected worst reward of k attempts from n >= k attempts, without bias.

    sum_r w_r g_(n+1-r), the weights of `max_at_k` from the other end.

    Args:
        g, k: as `max_at_k`.
    Returns:
        as `max_at_k`.
    Raises:
        ValueError, TypeError: as `max_at_k`.
    Source: Walder & Karkhanis (2025), Eq. 12, for the negated rewards. Chapter 3.
    Example:
        >>> min_at_k([0.0, 1.0, 0.5, 0.5], [1, 2, 4])
        array([0.5 , 0.25, 0.  ])
    """
    xp, g, answer = as_rewards(g)
    return answer(0 - _best(xp, 0 - g, k))  # -0.0 would keep its sign


def weights(n, k):
    """Return w_r = C(r-1, k-1) / C(n, k) for the ranks r = 1..n, lowest reward first.

    The probability that the best of k attempts, drawn without replacement from n, has rank r.

    Args:
        n: attempts, integer in 1..10^7.
        k: attempts allowed, integer in 1..n.
    Returns:
        float64, shape (n,), sums to 1.
    Raises:
        ValueError: n or k is not an integer in its range.
    Source: Walder & Karkhanis (2025), Eqs. 12-13. Chapter 3.
    """
    n = as_count("n", n)
    _require("n", n, n <= MOST, f"at most {MOST}")
    return shares(n, as_k(k, n)).copy()


def _best(xp, g, k):
    """Return max_at_k of floats of the library xp, for one k or many."""
    n = g.shape[-1]
    many = isinstance(k, (list, tuple)) or getattr(k, "ndim", 0)
    ks = as_ints("k", on_host(k)) if many else np.asarray(as_k(k, n))
    if not ks.size:
        raise ValueError(f"k must be an integer, or many, got {shown(k)}")
    upwards, means = xp.sort(g, axis=-1), []
    with np.errstate(invalid="ignore"):  # inf - inf
        for k in ks.ravel().tolist():
            weight = constant(xp, g, shares, n, as_k(k, n))
            means.append(upwards[..., k - 1 :] @ weight[k - 1 :])  # lower ones are never the best
    return xp.reshape(xp.stack(means, axis=-1), (*g.shape[:-1], *ks.shape)) if many else means[0]


def _of_counts(table, n, c, k):
    """Return the entry for c of table(n, k), for arguments of any library that broadcast."""
    xp = namespace("n, c and k", n, c, k)
    if is_traced(c):
        return _traced(xp, table, n, c, k)
    host = [as_ints(name, on_host(x)) for name, x in zip("nck", (n, c, k), strict=True)]
    return as_array_like(xp, (n, c, k), _looked_up(table, *host))


def _looked_up(table, n, c, k):
    """As `_of_counts`, for NumPy's integers: one table for each pair of n and k."""
    try:
        shape = np.broadcast_shapes(n.shape, c.shape, k.shape)
    except ValueError:
        shapes = f"{n.shape}, {c.shape} and {k.shape}"
        raise ValueError(f"n, c and k must have shapes that broadcast, got {shapes}") from None
    n, k = np.broadcast_arrays(n, k)
    _require("n", n, (n >= 1) & (n <= MOST), f"in 1..{MOST}")
    _require("k", k, (k >= 1) & (k <= n), "in 1..n", n)
    tables = set(zip(n.flat, k.flat, strict=True))
    n, c, k = (np.broadcast_to(x, shape) for x in (n, c, k))
    _require("c", c, (c >= 0) & (c <= n), "in 0..n", n)
    if len(tables) == 1:
        return table(*map(int, *tables))[c]
    estimates = np.empty(shape)
    for n_, k_ in tables:
        here = (n == n_) & (k == k_)
        estimates[here] = table(int(n_), int(k_))[c[here]]
    return estimates


def _traced(xp, table, n, c, k):
    """As `_of_counts`, for successes whose values JAX does not know yet."""
    n = as_count("n", n)
    _require("n", n, n <= MOST, f"at most {MOST}")
    table = table(n, as_k(k, n))
    if not xp.isdtype(c.dtype, "integral"):
        raise ValueError(f"c must be an integer, got dtype {c.dtype}")
    known = (c >= 0) & (c <= n)
    return xp.where(known, xp.take(xp.asarray(table), xp.where(known, c, 0)), xp.nan)


def _require(name, value, holds, what, n=None):
    """Raise an error about the first of the values for which something does not hold."""
    if not np.all(holds):
        i = np.unravel_index(np.argmin(holds), np.shape(holds))
        with_n = "" if n is None else f" with n = {n[i]}"
        raise ValueError(f"{name} must be {what}, got {name} = {np.asarray(value)[i]}{with_n}")
