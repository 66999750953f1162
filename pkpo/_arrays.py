"""What array libraries do each in their own way; the rest of the package is written once.

A function takes any array of the Python Array API standard and computes in that library, on that
device: NumPy, PyTorch, JAX and others. Lists, tuples and numbers are NumPy's.
"""

import sys
from contextlib import nullcontext
from functools import lru_cache, wraps

import numpy as np
from array_api_compat import (
    array_namespace,
    device,
    is_array_api_obj,
    is_jax_array,
    is_jax_namespace,
    is_torch_array,
    is_torch_namespace,
    to_device,
)

_BLOCK = 2**16  # rewards that NumPy works on at a time: with all that is made of them, 2 MiB
_NUMPYS = (np.ndarray, np.generic, int, float, list, tuple)


def namespace(*values):
    """Return the one library of the arrays among `values`: NumPy if there is none."""
    foreign = _foreign(values)
    return array_namespace(*foreign) if foreign else np


def as_rewards(g):
    """Return the library to compute in, g as its widest float, and the way to answer the caller.

    The way to answer takes an array of that library and float to the caller's library, device
    and floating dtype; integers and booleans are answered in the widest float.
    """
    if isinstance(g, np.ma.MaskedArray):
        raise TypeError("g must not be a masked array: its mask would be ignored")
    xp = np if isinstance(g, np.ndarray) else namespace(g)
    g = _numpy(g) if xp is np else g
    floating, real = _kinds(xp, g.dtype)
    if not real:
        raise TypeError(f"g must hold real numbers, got dtype {g.dtype}")
    if g.ndim == 0:
        raise ValueError("g must have shape (..., n) with the attempts last, got a single number")
    wide = _widest(xp, g)
    dtype = g.dtype if floating else wide
    return xp, narrowed(xp, g, wide), lambda x: narrowed(xp, x, dtype)


def narrowed(xp, x, dtype):
    """Return x in `dtype`."""
    if x.dtype == dtype:
        return x
    return x.astype(dtype) if xp is np else xp.astype(x, dtype)


def in_blocks(transform):
    """Let a transform take NumPy's groups some at a time: what it makes stays in the cache."""

    @wraps(transform)
    def blockwise(g, k):
        if not isinstance(g, np.ndarray) or g.ndim < 2 or g.size <= 2 * _BLOCK:
            return transform(g, k)
        groups = g.reshape(-1, g.shape[-1])
        rows = max(1, _BLOCK // g.shape[-1])
        first = transform(groups[:rows], k)
        weight = np.empty(groups.shape, first.dtype)
        weight[:rows] = first
        for start in range(rows, len(groups), rows):
            weight[start : start + rows] = transform(groups[start : start + rows], k)
        return weight.reshape(g.shape)

    return blockwise


def climb(xp, g, minus, low):
    """Sort each group and sum, from its lowest rank up, `minus` times the fall to the rank below.

    A fall is <= 0. That of the lowest rank is to the best one, >= 0, and is to be weighted by 0:
    a clean zero, unless the group holds a NaN or an infinity, which then spoil all of its sums.

    Args:
        g: rewards, shape (..., n).
        minus: weights <= 0, shape (n,), all 0 up to the place `low`.
    Returns:
        the best rewards; the sums, one for each rank or, as the first of them are 0, for each
        from `low` up; and the way from such an array to the order and shape of g, on which the
        lower ranks are given what the first has.
    """
    if xp is np:
        return _climb_in_numpy(g, minus, low)
    upwards, back = _ranked(xp, g)
    steps = xp.roll(upwards, 1, axis=-1)
    steps -= upwards
    steps *= minus
    sums = steps.cumsum_(-1) if is_torch_namespace(xp) else xp.cumulative_sum(steps, axis=-1)
    return upwards[..., -1:], sums, back


def constant(xp, like, make, *arguments):
    """Return the NumPy array make(*arguments) in the library of `like`, and on its device."""
    if xp is np:
        return make(*arguments)
    if is_jax_namespace(xp):  # takes NumPy's, and must not keep what it makes while tracing
        return make(*arguments).astype(like.dtype)
    return _constant(xp, device(like), like.dtype, make, *arguments)


def picked(xp, x, places):
    """Return the elements of x, shape (N,), at `places`, a NumPy array of indices."""
    where = None if is_jax_namespace(xp) or xp is np else device(x)
    return xp.take(x, xp.asarray(places, device=where))


def on_host(x):
    """Return x where NumPy can read it."""
    if is_torch_array(x):
        return x.detach().cpu()
    if not _foreign([x]) or is_jax_array(x):
        return x
    return to_device(x, array_namespace(x).__array_namespace_info__().default_device())


def as_array_like(values, x):
    """Return the NumPy array x as the widest float of the library and device of `values`."""
    foreign = _foreign(values)
    if not foreign:
        return x[()]
    xp = array_namespace(*foreign)
    return xp.asarray(x, dtype=_widest(xp, foreign[0]), device=device(foreign[0]))


def is_traced(x):
    """Tell whether x has no values yet, because JAX is tracing a function of it."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(x, jax.core.Tracer)


def _foreign(values):
    """Return those of `values` that are arrays of another library than NumPy."""
    return [v for v in values if not isinstance(v, _NUMPYS) and is_array_api_obj(v)]


@lru_cache(maxsize=32)
def _constant(xp, device, dtype, make, *arguments):
    # PyTorch could not differentiate through what it made in its inference mode
    plain = xp.inference_mode(False) if is_torch_namespace(xp) else nullcontext()
    with plain:
        return xp.asarray(make(*arguments).copy(), device=device, dtype=dtype)


def _numpy(g):
    try:
        return np.asarray(g)
    except ValueError as error:
        raise ValueError(f"g must have groups of one size, shape (..., n): {error}") from None


def _kinds(xp, dtype):
    """Tell whether a dtype is floating, and whether it is real at all."""
    if xp is np:
        return dtype.kind == "f", dtype.kind in "biuf"
    if is_torch_namespace(xp):
        return dtype.is_floating_point, not dtype.is_complex
    floating = xp.isdtype(dtype, "real floating")
    return floating, floating or xp.isdtype(dtype, ("bool", "integral"))


def _widest(xp, g):
    if xp is np:
        return g.dtype if g.dtype == np.float64 else np.promote_types(g.dtype, np.float64)
    if is_torch_namespace(xp):
        return xp.float32 if g.device.type == "mps" else xp.float64
    where = None if is_jax_namespace(xp) else device(g)
    floats = xp.__array_namespace_info__().dtypes(kind="real floating", device=where)
    return floats.get("float64", xp.float32)


def _ranked(xp, g):
    """Return g sorted along its last axis, and the way back to the order of g.

    The way back may overwrite the sorted rewards, which have served: memory is dear.
    """
    if is_torch_namespace(xp):
        values, order = g.sort(dim=-1)
        return values, lambda x: values.scatter_(-1, order, x)
    order = xp.argsort(g, axis=-1)
    values = xp.take_along_axis(g, order, axis=-1)
    if is_jax_namespace(xp):
        zeros = xp.zeros_like(g)
        return values, lambda x: xp.put_along_axis(zeros, order, x, axis=-1, inplace=False)
    rank = xp.argsort(order, axis=-1)
    return values, lambda x: xp.take_along_axis(x, rank, axis=-1)


def _climb_in_numpy(g, minus, low):
    """As `climb`; all groups come as one axis, and ranks below `low` are left where they are.

    In memory the attempts of a group are far apart, so what is done to all groups at a time is
    done to neighbours, and they are gathered and scattered as one flat array.
    """
    n = g.shape[-1]
    order = g.argsort(axis=-1).reshape(-1, n)
    lowest, ranks = order[:, 0], order[:, low:].T
    if len(order) > 1:
        starts = _starts(g.size, n)
        lowest, ranks = lowest + starts, np.add(ranks, starts, order="C")
    flat = g.reshape(-1)
    upwards = flat.take(ranks, mode="wrap")  # "raise" would check the indices
    steps = np.empty_like(upwards)
    np.subtract(upwards[-1], flat[lowest], out=steps[0])
    np.subtract(upwards[:-1], upwards[1:], out=steps[1:])
    steps *= minus[low:, None]
    if len(order) < n:
        steps = steps.cumsum(axis=0)
    else:  # cumsum would go through the many groups one by one
        for below, step in zip(steps, steps[1:], strict=False):
            step += below

    def back(x):
        answer = x[:, 0].repeat(n)
        answer[ranks] = x.T
        return answer.reshape(g.shape)

    return upwards[-1:].T, steps.T, back


@lru_cache(maxsize=32)
def _starts(size, n):
    return np.arange(0, size, n)
