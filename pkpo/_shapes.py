"""What the shapes of arrays must be, as arguments and together."""

from math import prod

import numpy as np

from pkpo._checks import as_int, as_reals, at, shown

MOST = 2**40  # numbers in an array, more than any memory holds


def as_size(name, size):
    """Return the shape of an array to be made, an integer or a list of some, as a tuple."""
    many = isinstance(size, (list, tuple))
    named = [(at(name, (i,)), each) for i, each in enumerate(size)] if many else [(name, size)]
    sizes = tuple(as_int(*each) for each in named)
    for (where, _), length in zip(named, sizes, strict=True):
        if length < 0:
            raise ValueError(f"{where} must be at least 0, got {length}")
    return fits_memory(name, sizes)


def fits_memory(name, sizes):
    """Return the shape `sizes` of an array to be made, unless no memory could hold it."""
    if prod(sizes) > MOST:
        raise ValueError(f"{name} must fit into memory, got an array of shape {shown(sizes)}")
    return sizes


def broadcast(**shapes):
    """Return the common shape of arguments, given by their names."""
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        first, *others = shapes
        got = ", ".join(map(str, shapes.values()))
        names = " and ".join(others)
        raise ValueError(f"{first} must broadcast with {names}, got shapes {got}") from None


def shaped(name, array, *shape):
    """Return an array, unless its shape is another: integers, names of any length, "..." first."""
    wanted, got = shape, array.shape
    if wanted[0] == "...":
        wanted, got = wanted[1:], got[max(0, array.ndim - len(wanted) + 1) :]
    fits = [isinstance(a, str) or a == b for a, b in zip(wanted, got, strict=False)]
    if len(wanted) != len(got) or not all(fits):
        wanted = ", ".join(map(str, shape))
        raise ValueError(f"{name} must have shape ({wanted}), got {array.shape}")
    return array


def real_array(name, values, *shape, kinds="iuf"):
    """Return `values` as `as_reals` does, if their shape is as in `shaped`."""
    return shaped(name, as_reals(name, values, kinds), *shape)
