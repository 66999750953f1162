"""`sloo_minus_one` as users of each array library call it, on the CPU, in float64, one thread."""

from functools import partial

import jax
import numpy as np
import torch

import pkpo

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)


def in_numpy(k):
    return partial(pkpo.sloo_minus_one, k=k)


def in_jax(k):
    """Compiled, with k static; waits for the answer."""
    compiled = jax.jit(pkpo.sloo_minus_one, static_argnames="k")
    return lambda g: compiled(g, k=k).block_until_ready()


# Name -> its array type, from NumPy's array to its own, and the call for a k.
LIBRARIES = {
    "NumPy": (np.ndarray, np.asarray, in_numpy),
    "PyTorch": (torch.Tensor, torch.from_numpy, in_numpy),
    "JAX": (jax.Array, jax.device_put, in_jax),
}
SORTS = {
    "np.argsort": (np.asarray, np.argsort),
    "np.sort": (np.asarray, np.sort),
    "torch.sort": (torch.from_numpy, torch.sort),
}
