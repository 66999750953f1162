"""What array libraries do each in their own way; the rest of the package is written once.

A function takes any array of the Python Array API standard and computes in that library, on that
device: NumPy, PyTorch, JAX and others. Lists, tuples and numbers are NumPy's.
"""

import sys
from contextlib import nullcontext
from numbers import Real

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

from pkpo._cache import kept
from pkpo._checks import as_array, at, shown

_NUMPYS = (np.ndarray, np.generic, int, float, list, tuple)


def namespace(name, *values):
    """Return the one library of the arrays among `values`, NumPy if there is none."""
    try:
        foreign = _foreign(values)
        return array_namespace(*foreign) if foreign else np
    except TypeError as error:
        raise TypeError(f"{name} must be of one array library: {error}") from None


def as_rewards(g, name="g"):
    """Return the library to compute in, g as its widest float, and the way to answer the caller.

    The way to answer takes an array of that library and float to the caller's library, device
    and floating dtype; integers and booleans are answered in the widest float.
    """
    given, xp = g, np
    if type(g) is not np.ndarray:
        xp = namespace(name, g)
        g = as_array(name, g) if xp is np else g
    if g.ndim == 0:
        raise ValueError(
            f"{name} must have shape (..., n) with the attempts last, got one value, {shown(given)}"
        )
    if xp is np and g.dtype == object:
        g = _floats(name, g)
    floating, real = _kinds(xp, g.dtype)
    if not real:
        raise TypeError(f"{name} must hold real numbers, got dtype {g.dtype}")
    wide = _widest(xp, g)
    dtype = g.dtype if floating else wide
    return xp, narrowed(xp, g, wide), lambda x: narrowed(xp, x, dtype)


def narrowed(xp, x, dtype):
    """Return x in `dtype`."""
    if x.dtype == dtype:
        return x
    return x.astype(dtype) if xp is np else xp.astype(x, dtype)


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


def as_array_like(xp, values, x):
    """Return the NumPy array x as the widest float of the library and device of `values`."""
    if xp is np:
        return x[()]
    first = _foreign(values)[0]
    return xp.asarray(x, dtype=_widest(xp, first), device=device(first))


def is_array(x):
    """Tell whether x is an array of any library."""
    return isinstance(x, np.ndarray) or bool(_foreign([x]))


def is_traced(x):
    """Tell whether x has no values yet, because JAX is tracing a function of it."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(x, jax.core.Tracer)


def _foreign(values):
    """Return those of `values` that are arrays of another library than NumPy."""
    return [v for v in values if not isinstance(v, _NUMPYS) and is_array_api_obj(v)]


@kept
def _constant(xp, device, dtype, make, *arguments):
    # PyTorch could not differentiate through what it made in its inference mode
    plain = xp.inference_mode(False) if is_torch_namespace(xp) else nullcontext()
    with plain:
        return xp.asarray(make(*arguments).copy(), device=device, dtype=dtype)


def _floats(name, g):
    """Return rewards that are Python's numbers, as in a column of a data frame, as floats."""
    floats = np.empty(g.shape)
    for place, reward in np.ndenumerate(g):
        if not isinstance(reward, (Real, np.bool_)):
            raise TypeError(f"{at(name, place)} must be a real number, got {shown(reward)}")
        try:
            floats[place] = reward
        except OverflowError:
            raise ValueError(f"{at(name, place)} must fit a float, got {shown(reward)}") from None
    return floats


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
