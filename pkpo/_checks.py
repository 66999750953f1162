"""What arguments must be, and the errors that say so."""

import operator
from numbers import Real

import numpy as np


def as_int(name, value):
    """Return `value` as an int; a bool, a float or anything else raises `ValueError`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer, got {value!r}") from None


def as_count(name, value):
    """Return `value` as an int, which must be at least 1."""
    value = as_int(name, value)
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {name} = {value}")
    return value


def as_positive(name, value):
    """Return `value` if it is a number above 0."""
    if not isinstance(value, Real) or not value > 0:
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return value


def as_ints(name, values):
    """Return `values`, one integer or many, as an array; bools and floats raise `ValueError`."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be an integer, got {values!r}")
    return array


def as_counts(name, values):
    """Return `values`, one integer or many, as an array; all must be at least 1."""
    array = as_ints(name, values)
    if np.any(array < 1):
        raise ValueError(f"{name} must be at least 1, got {name} = {np.min(array)}")
    return array


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


def as_rng(rng):
    """Return `rng` if it is a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {rng!r}")
    return rng


def as_choice(name, value, choices):
    """Return `value` if it is one of `choices`, a sequence of strings."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value
