"""What arguments must be, and the errors that say so."""

import operator

import numpy as np


def as_int(name, value):
    """Return `value` as an int; a bool, a float or anything else raises `ValueError`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer, got {value!r}") from None


def as_k(k, n, *, below_n=None):
    """Return `k` as an int in 1..n, or in 1..n-1 for the reason `below_n`."""
    try:
        k = as_int("k", k)
    except ValueError as error:
        raise ValueError(f"{error} (with n = {n} attempts)") from None
    if not 1 <= k <= n:
        raise ValueError(f"k must be in 1..n, got k = {k} with n = {n} attempts")
    if below_n is not None and k == n:
        raise ValueError(f"k must be below n, got k = n = {n}: {below_n}")
    return k


def as_rewards(g):
    """Return rewards as an array of shape (..., n), and the floating dtype to answer in.

    Integers and booleans become float64; float16 and float32 are computed in float64.
    """
    g = np.asarray(g)
    if g.dtype.kind not in "biuf":
        raise TypeError(f"g must hold real numbers, got dtype {g.dtype}")
    if g.ndim == 0:
        raise ValueError("g must have shape (..., n) with the attempts last, got a single number")
    dtype = g.dtype if g.dtype.kind == "f" else np.dtype(np.float64)
    return g.astype(np.promote_types(g.dtype, np.float64), copy=False), dtype


def as_choice(name, value, choices):
    """Return `value` if it is one of `choices`, a sequence of strings."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value
