"""`sloo_minus_one` as users of each array library call it, on the CPU, in float64, one thread."""

import sys
from functools import partial

import jax
import torch

import pkpo

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)


def in_numpy(g, k):
    return partial(pkpo.sloo_minus_one, g, k)


def in_torch(g, k):
    return partial(pkpo.sloo_minus_one, torch.from_numpy(g), k)


def in_jax(g, k):
    """Compiled, with k static; waits for the answer."""
    compiled = jax.jit(pkpo.sloo_minus_one, static_argnames="k")
    g = jax.device_put(g)
    return lambda: compiled(g, k=k).block_until_ready()


def sort_in_torch(g):
    return partial(torch.sort, torch.from_numpy(g))


LIBRARIES = {"NumPy": in_numpy, "PyTorch": in_torch, "JAX": in_jax}
ARRAYS = {"PyTorch": torch.Tensor, "JAX": jax.Array}  # what the answer must be


def forget():
    """Empty every cache of pkpo, and what JAX has compiled: the next call is a first call."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "pkpo":
            for function in vars(module).values():
                getattr(function, "cache_clear", int)()
    jax.clear_caches()
