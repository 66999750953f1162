"""What arguments must be, and the errors that say so: each begins with the argument's name.

Where one of many values is wrong, the error says which: "g[2] must be ...".
"""

import operator
from collections.abc import Mapping, Sequence, Set
from fractions import Fraction
from math import isfinite
from numbers import Real

import numpy as np

# Functions so decorated overflow without a warning: the answer is right, or `finite` refuses it.
quietly = np.errstate(over="ignore", divide="ignore", invalid="ignore")


def shown(value):
    """Return a value as an error shows it: on one line, and not too long."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # an integer of 5000 digits, for one
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else text[:77] + "..."


def unmasked(name, values):
    """Raise an error if `values` are masked, or hold what is, in lists of any depth."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be masked, as its mask would be ignored")
    if _is_sequence(values):
        kinds = set(map(type, values))
        if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
            raise TypeError(f"{name} must not hold masked values, as their masks would be ignored")
        if not all(issubclass(kind, (Real, str)) for kind in kinds):
            for row in values:
                unmasked(name, row)


def as_array(name, values):
    """Return `values` as NumPy's array, which is to have no mask and no ragged rows."""
    unmasked(name, values)
    try:
        return np.asarray(values)
    except Exception as error:  # an `__array__` may raise what it likes
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{name} must be an array, or lists with rows of one size: {error}") from None


def as_list(name, values):
    """Return `values`, which have an order and no mask, as a list."""
    unmasked(name, values)
    try:
        if isinstance(values, (str, Mapping, Set)):
            raise TypeError
        return list(values)
    except Exception:  # arrays of other libraries raise what they like
        raise TypeError(f"{name} must be numbers in an order, got {shown(values)}") from None


def as_fractions(name, values):
    """Return `values`, numbers in an order, as a list of `Fraction`: what they store, exactly."""
    numbers = as_list(name, values)
    for i, x in enumerate(numbers):
        try:
            numbers[i] = Fraction(x) if type(x) in (int, float, Fraction) else _fraction(x)
        except Exception:
            raise ValueError(f"{name}[{i}] must be a finite number, got {shown(x)}") from None
    return numbers


def as_real(name, value, what="a finite number"):
    """Return `value` as a finite float; a bool or what is no real number raises `ValueError`."""
    try:
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
            raise TypeError
        number = float(value)
        if not isfinite(number):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be {what}, got {shown(value)}") from None
    return number


def as_positive(name, value):
    """Return `value` as a finite float, which must be above 0."""
    number = as_real(name, value, "a positive number")
    if number <= 0:
        raise ValueError(f"{name} must be a positive number, got {shown(value)}")
    return number


def as_within(name, value, low, high):
    """Return `value` as a float, which must be in low..high."""
    number = as_real(name, value, f"a number in {low:g}..{high:g}")
    if not low <= number <= high:
        raise ValueError(f"{name} must be a number in {low:g}..{high:g}, got {shown(value)}")
    return number


def as_int(name, value):
    """Return `value` as an int; a bool, a float or anything else raises `ValueError`."""
    if type(value) is int:
        return value
    unmasked(name, value)
    try:
        if str(getattr(value, "dtype", type(value).__name__)).endswith("bool"):
            raise TypeError
        return operator.index(value)
    except Exception:  # JAX and others have errors of their own
        raise ValueError(f"{name} must be an integer, got {shown(value)}") from None


def as_count(name, value, most=None):
    """Return `value` as an int, which must be in 1..most."""
    value = as_int(name, value)
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {name} = {shown(value)}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}, got {name} = {shown(value)}")
    return value


def as_ints(name, values):
    """Return `values`, one integer or many, as an array; bools and floats raise `ValueError`."""
    array = as_array(name, values)
    if array.dtype.kind == "O":
        array = _each(name, array, _as_int64, np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be an integer, got {shown(values)}")
    return array


def as_counts(name, values, most=None):
    """Return `values`, one integer or many, as an array; all must be in 1..most."""
    array = as_ints(name, values)
    if np.any(array < 1):
        raise ValueError(f"{name} must be at least 1, got {name} = {np.min(array)}")
    if most is not None and np.any(array > most):
        raise ValueError(f"{name} must be at most {most}, got {name} = {np.max(array)}")
    return array


def as_reals(name, values, kinds="iuf"):
    """Return `values`, finite real numbers of any shape, as an array of float64.

    kinds: of the numbers, as NumPy abbreviates them; with "b" among them, True is 1.
    """
    array = as_array(name, values)
    if array.dtype.kind == "O":
        array = _each(name, array, as_real, np.float64)
    if array.dtype.kind not in kinds:
        raise TypeError(f"{name} must hold real numbers, got {shown(values)}")
    with np.errstate(over="ignore"):  # of numbers that are longer
        array = array.astype(np.float64, copy=False)
    return require(name, array, np.isfinite(array), "finite")


def require(name, values, holds, what):
    """Return the array `values`, unless there is a place where `holds` is false."""
    if not np.all(holds):
        place = np.unravel_index(np.argmin(holds), holds.shape)
        raise ValueError(f"{at(name, place)} must be {what}, got {values[place]}")
    return values


def finite(answer, what, name, value):
    """Return an answer, unless the argument of that name has made it overflow."""
    if not np.all(np.isfinite(answer)):
        raise ValueError(f"{name} must leave {what} finite, got {shown(value)}")
    return answer


def as_k(k, n, *, below_n=None):
    """Return `k` as an int in 1..n, or in 1..n-1 for the reason `below_n`."""
    try:
        k = as_int("k", k)
    except ValueError as error:
        raise ValueError(f"{error} (with n = {shown(n)} attempts)") from None
    if not 1 <= k <= n:
        raise ValueError(f"k must be in 1..n, got k = {shown(k)} with n = {shown(n)} attempts")
    if below_n is not None and k == n:
        raise ValueError(f"k must be below n, got k = n = {n}: {below_n}")
    return k


def as_rng(rng):
    """Return `rng` if it is a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {shown(rng)}")
    return rng


def as_choice(name, value, choices):
    """Return `value` if it is one of `choices`, a sequence of strings."""
    if not isinstance(value, str) or value not in choices:
        known = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {known}, got {shown(value)}")
    return value


def at(name, place):
    """Return the name of an element: "g[1, 2]", or "g" where g is a single value."""
    return f"{name}[{', '.join(map(str, place))}]" if len(place) else name


def _fraction(x):
    unmasked("x", x)
    number = x.item() if hasattr(x, "item") else x  # of NumPy or another library
    if not isinstance(number, Real):
        raise TypeError
    return Fraction(*number.as_integer_ratio())


def _each(name, array, check, dtype):
    """Return an array of Python's numbers, which may come from a data frame, as NumPy's."""
    numbers = np.zeros(array.shape, dtype)
    for place, value in np.ndenumerate(array):
        numbers[place] = check(at(name, place), value)
    return numbers


def _as_int64(name, value):
    number = as_int(name, value)
    if number.bit_length() > 63:
        raise ValueError(f"{name} must fit 64 bits, got {shown(value)}")
    return number


def _is_sequence(values):
    if isinstance(values, (list, tuple)):
        return True
    return not isinstance(values, (np.ndarray, str, Real)) and isinstance(values, Sequence)
