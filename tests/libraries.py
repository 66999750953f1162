"""The array libraries that the tests run on: those that are installed, on every device they have.

An array is made on a device that is not the library's default, where there is one, so that
whatever is made elsewhere on the way shows.
"""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType

import array_api_compat.numpy
import array_api_strict
import numpy as np
import pytest
from rewards import KINDS, TRANSFORMS, named


@dataclass(frozen=True)
class Library:
    """A library, and a device of it."""

    name: str
    xp: ModuleType
    device: object = None

    def __str__(self):
        return self.name

    def array(self, values, dtype="float64"):
        """Return values as an array of this library, on this device."""
        values = np.asarray(values)
        if values.dtype.kind == "f" and dtype != "bool":
            values = values.astype(float)  # bfloat16 is not NumPy's own
        return self.xp.asarray(values, dtype=getattr(self.xp, dtype), device=self.device)

    def numpy(self, x):
        """Return an array of this library as NumPy's, and bfloat16 as float64."""
        if isinstance(x, np.ndarray | np.generic):
            return np.asarray(x)
        if str(x.dtype).endswith("bfloat16"):
            x = self.cast(x, "float64")
        if self.name.startswith("torch"):
            x = x.detach().cpu()
        if self.xp is array_api_strict:
            x = x.to_device(array_api_strict.Device("CPU_DEVICE"))
        return np.asarray(x)

    def cast(self, x, dtype):
        """Return x in another dtype."""
        return self.xp.astype(x, getattr(self.xp, dtype))

    @property
    def floats(self):
        """The floating dtypes that the library has."""
        known = ("bfloat16", "float16", "float32", "float64")
        return [dtype for dtype in known if hasattr(self.xp, dtype)]

    def assert_own(self, x, dtype, shape):
        """Assert that x is an array of this library and device, with that dtype and shape."""
        if self.xp is not array_api_compat.numpy:
            assert array_api_compat.array_namespace(x) is self.xp
            assert array_api_compat.device(x) == self.device
        else:
            assert isinstance(x, np.ndarray | np.generic)  # a single number is a NumPy scalar
        assert x.dtype == getattr(self.xp, dtype)
        assert tuple(x.shape) == tuple(shape)


def _torch():
    import array_api_compat.torch as xp
    import torch

    yield Library("torch", xp, torch.device("cpu"))
    if torch.cuda.is_available():
        yield Library("torch-cuda", xp, torch.device("cuda", torch.cuda.current_device()))


def _jax():
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # PyTorch needs memory as well
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_num_cpu_devices", 2)
    yield Library("jax", jax.numpy, jax.devices("cpu")[1])
    if jax.default_backend() != "cpu":
        yield Library(f"jax-{jax.default_backend()}", jax.numpy, jax.devices()[0])


NUMPY = Library("numpy", array_api_compat.numpy, "cpu")
STRICT = Library("array_api_strict", array_api_strict, array_api_strict.Device("device1"))
TORCH = list(_torch()) if find_spec("torch") else []
JAX = list(_jax()) if find_spec("jax") else []
LIBRARIES = [NUMPY, STRICT, *TORCH, *JAX]

FUNCTIONS = ("max_at_k", "min_at_k", *TRANSFORMS, "advantages")
ROWS = np.array(list(KINDS.values()), dtype=float)  # a batch with every kind of group
# multiples of 1/8: every floating dtype holds them, and some tie
BATCH = np.random.default_rng(0).integers(-16, 17, (2, 3, 5)) / 8

every_function = pytest.mark.parametrize("function", [*map(named, FUNCTIONS)], ids=FUNCTIONS)
every_transform = pytest.mark.parametrize("transform", TRANSFORMS)


def each(libraries):
    """Return the mark of a test that runs once for each library."""
    return pytest.mark.parametrize("library", libraries, ids=str)


def slope(function, g, direction, step=2**-12):
    """Return the slope of a function that is linear between g and the next tie."""
    return (function(g + step * direction) - function(g)) / step
