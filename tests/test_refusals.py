"""What the method's functions do with arguments that are odd: they answer right, or say why not.

Each argument in turn is replaced by something odd, and then any of them at once. What is answered
is held against the definitions in exact fractions, and these against sums over ranks.
"""

from fractions import Fraction
from functools import partial
from math import comb, isfinite, isnan

import array_api_compat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import LIBRARIES
from rewards import TRANSFORMS, named
from wrong import ArrayLike, answers_or_refuses, anything, fuzz

import pkpo
from pkpo import _enumerable, estimators, exact, objectives, schedules

G = (0.5, -1.25, 3.0, 0.5, 2.0, -1.25)
P = (Fraction(1, 2), Fraction(1, 4), 0.25)


# --- what was meant


def plain(values):
    """Return what is in an array, a list or a number of any kind, as NumPy's array."""
    if isinstance(values, ArrayLike):
        return np.array(values.values)
    if array_api_compat.is_array_api_obj(values) and not isinstance(values, np.ndarray):
        library = next(x for x in LIBRARIES if x.xp is array_api_compat.array_namespace(values))
        return library.numpy(values)
    return np.asarray(values)


def floats(values):
    return plain(values).astype(float)


def number(fraction):
    """Return the float nearest to a fraction, infinite if it is too large."""
    try:
        return float(fraction)
    except OverflowError:
        return np.inf if fraction > 0 else -np.inf


def by_row(definition, g):
    """Return definition(row) of each group, NaN where the group is not finite."""
    rows = [
        [number(x) for x in definition(row.tolist())] if np.isfinite(row).all() else np.nan * row
        for row in g.reshape(-1, g.shape[-1])
    ]
    return np.array(rows, dtype=float).reshape(g.shape)


def hat(n, c, k):
    return Fraction(comb(c, k), comb(n, k))


def best_of_k(row, k):
    """Return the expected best of k of a group, of which the k - 1 lowest are never the best."""
    kept = sorted(row)[k - 1 :]
    if any(map(isnan, row)) or {-np.inf, np.inf} <= set(kept):
        return np.nan
    if not all(map(isfinite, kept)):
        return kept[-1] if kept[-1] == np.inf else -np.inf
    return number(exact.max_at_k([kept[0]] * (k - 1) + kept, k))


def assert_close(answer, expected, g, factor=1):
    """Assert that an answer in any library is right to the digits that its dtype has."""
    dtype = str(answer.dtype).rpartition(".")[-1]
    short = dtype in ("float16", "float32")
    eps = float(np.finfo(dtype).eps) if short else 1e-13
    huge = float(np.finfo(dtype if short else float).max)
    tiny = float(np.finfo(dtype).smallest_subnormal) if short else 1e-300
    answer = floats(answer)
    assert answer.shape == expected.shape
    rounding = max(eps * np.max(np.abs(g[np.isfinite(g)]), initial=0) * factor, tiny)
    at_the_edge = (
        (np.abs(expected) > huge * (1 - eps))
        & np.isinf(answer)
        & (np.sign(answer) == np.sign(expected))
    )
    with np.errstate(invalid="ignore"):
        near = np.abs(answer / 2 - expected / 2) <= rounding / 2
    same = (answer == expected) | (np.isnan(answer) & np.isnan(expected))
    assert (near | same | at_the_edge).all(), (answer, expected)


# --- what is right


def right_counts(chance):
    """Return the check of a function of n, c and k whose answers are chance(n, c, k)."""

    def right(answer, arguments):
        n, c, k = np.broadcast_arrays(*(plain(x).astype(int) for x in arguments.values()))
        chances = [
            float(chance(*map(int, nck))) for nck in zip(n.flat, c.flat, k.flat, strict=True)
        ]
        expected = np.reshape(chances, n.shape)
        np.testing.assert_allclose(floats(answer), expected, rtol=1e-12, atol=1e-300)

    return right


def right_of_ranks(sign):
    """Return the check of max_at_k, or with the sign -1 of min_at_k."""

    def right(answer, arguments):
        g, k = floats(arguments["g"]), plain(arguments["k"]).astype(int)
        rows = [
            [sign * best_of_k(row, k_) for k_ in k.ravel().tolist()]
            for row in (sign * g).reshape(-1, g.shape[-1]).tolist()
        ]
        assert_close(answer, np.reshape(rows, (*g.shape[:-1], *k.shape)).astype(float), g)

    return right


def table(g, task=None, threshold=None):
    """Return the rewards of each task, by label or by place."""
    if task is None:
        rows = g if isinstance(g, list | tuple) else plain(g)
        rows = {i: floats(row).tolist() for i, row in enumerate(rows)}
    else:
        labels = task if isinstance(task, list | tuple) else plain(task).tolist()
        labels = [x.item() if hasattr(x, "item") else x for x in labels]
        rows = {label: [] for label in labels}
        for label, reward in zip(labels, floats(g).ravel().tolist(), strict=True):
            rows[label].append(reward)
    if threshold is not None:
        rows = {x: [float(g >= float(threshold)) for g in row] for x, row in rows.items()}
    return rows


def estimates(rows, k):
    """Return the estimate of each task, shape (task, *k), in the order of their labels."""
    k = plain(k).astype(int)
    each = [[best_of_k(row, k_) for k_ in k.ravel().tolist()] for row in rows]
    return np.array(each, dtype=float).reshape(-1, *k.shape)


def right_score(answer, arguments):
    rows = table(*(arguments[name] for name in ("g", "task", "threshold")))
    assert set(answer.tasks) == set(rows)
    expected = estimates([rows[x] for x in answer.tasks], arguments["k"])
    size = max(abs(x) for row in rows.values() for x in row) or 1
    np.testing.assert_allclose(answer.estimates, expected, rtol=0, atol=1e-13 * size)
    np.testing.assert_allclose(answer.mean, expected.mean(axis=0), rtol=0, atol=1e-13 * size)
    if answer.verdicts and len(rows) > 1:
        assert np.all((answer.low >= 0) & (answer.low <= answer.high) & (answer.high <= 1))


def right_compare(answer, arguments):
    tasks = (None, None) if arguments["task"] is None else arguments["task"]
    a, b = (
        table(arguments[x], t, arguments["threshold"]) for x, t in zip("ab", tasks, strict=True)
    )
    first, second = (
        estimates([x[label] for label in answer.tasks], arguments["k"]) for x in (a, b)
    )
    size = max(abs(x) for rows in (a, b) for row in rows.values() for x in row) or 1
    expected = (first - second).mean(axis=0)
    np.testing.assert_allclose(answer.difference, expected, rtol=0, atol=1e-13 * size)


def right_transform(name):
    def right(answer, arguments):
        g, k = floats(arguments["g"]), int(arguments["k"])
        assert_close(answer, by_row(lambda row: getattr(exact, name)(row, k), g), g)

    return right


def right_advantages(answer, arguments):
    g, k = floats(arguments["g"]), int(arguments["k"])
    n = g.shape[-1] if arguments["reduction"] == "mean" else 1
    definition = getattr(exact, arguments["estimator"])
    expected = by_row(lambda row: [n * x for x in definition(row, k)], g)
    assert_close(answer, expected, g, n)


def names(labels):
    """Return labels as Python's own."""
    labels = labels if isinstance(labels, list | tuple) else plain(labels).tolist()
    return [x.item() if hasattr(x, "item") else x for x in labels]


def attempts(arguments):
    """Return for each row its group and attempt, and the reward of each attempt of each group."""
    group = names(arguments["group"])
    attempt = range(len(group)) if arguments["attempt"] is None else names(arguments["attempt"])
    rows, groups = list(zip(group, attempt, strict=True)), {}
    for (label, name), reward in zip(rows, floats(arguments["g"]).tolist(), strict=True):
        groups.setdefault(label, {})[name] = reward
    return rows, groups


def right_advantages_by_group(answer, arguments):
    g, k = floats(arguments["g"]), int(arguments["k"])
    rows, groups = attempts(arguments)
    assert answer.shape == g.shape == (len(rows),)
    definition = partial(getattr(exact, arguments["estimator"]), k=k)
    for i, (label, name) in enumerate(rows):
        n = len(groups[label]) if arguments["reduction"] == "mean" else 1
        expected = n * by_row(definition, np.array(list(groups[label].values())))
        assert_close(answer[i], expected[list(groups[label]).index(name)], g, n)


def right_diagnostics(answer, arguments):
    k, (_, groups) = int(arguments["k"]), attempts(arguments)
    rewards = [np.array(list(group.values())) for group in groups.values()]
    fine = [g for g in rewards if np.isfinite(g).all()]
    assert (answer.groups, answer.attempts) == (len(groups), sum(map(len, rewards)))
    assert len(answer.spoilt) == len(rewards) - len(fine)
    if fine:
        size = max(np.abs(g).max() for g in fine)
        grade = np.mean([best_of_k(g.tolist(), k) for g in fine])
        assert answer.grade == pytest.approx(grade, abs=1e-13 * size)
        definition = getattr(exact, arguments["estimator"])
        largest = max(len(g) * max(map(abs, definition(g.tolist(), k))) for g in fine)
        assert answer.largest == pytest.approx(number(largest), abs=1e-12 * size)


def right_objective_of(formula):
    """Return the check of weights of an objective, formula(row, ...) of floats, row by row."""

    def right(answer, arguments):
        g = floats(arguments["g"])
        rest = [float(x) for name, x in arguments.items() if name != "g"]
        for weight, row in zip(
            floats(answer).reshape(-1, g.shape[-1]), g.reshape(-1, g.shape[-1]), strict=True
        ):
            if not np.isfinite(row).all():
                assert np.isnan(weight).all()
                continue
            with np.errstate(all="ignore"):
                expected = formula(row.astype(np.longdouble), *rest)
            short = str(answer.dtype).rpartition(".")[-1] in ("float16", "float32", "bfloat16")
            atol = (1e-2 if short else 1e-12) * float(np.abs(expected).max()) + 1e-300
            atol += 1e-6 * short
            np.testing.assert_allclose(weight, expected.astype(float), rtol=0, atol=atol)

    return right


def of_grpo(g):
    deviation = g.std(ddof=1)
    return (g - g.mean()) / deviation / len(g) if np.ptp(g) else 0 * g


def of_maxrl(g):
    return (g / g.mean() - 1) / len(g) if g.any() else 0 * g


def of_tailrl(g):
    order, n = np.argsort(g), len(g)
    steps = np.concatenate([[g[order[0]] / n], np.diff(g[order]) / np.arange(n - 1, 0, -1)])
    weight = np.empty_like(g)
    weight[order] = np.cumsum(steps)
    return weight


def of_rs_grpo(g, beta):
    less = np.expm1(beta * (g - g.max()))
    return (less - less.mean()) / (1 + less.mean()) / beta / len(g)


def of_training(g, k):
    k, n, up = int(k), len(g), np.sort(g)
    w = np.array([comb(r, k - 1) / comb(n, k) for r in range(n)], dtype=np.longdouble)
    sigma = np.sqrt(w @ (up - w @ up) ** 2)
    of_g = np.array([number(x) for x in exact.jackknife(g.astype(float).tolist(), k)])
    return (n - k) / (k * n) * of_g / sigma if of_g.any() else 0 * g


def right_audit(answer, arguments):
    if arguments["weights"] is pkpo.s:
        assert (answer.factor, answer.cosine) == pytest.approx((1, 1))


def right_schedule(answer, arguments):
    k, steps = arguments["k"], int(arguments["steps"])
    expected = [k(step) for step in range(steps)] if callable(k) else plain(k).astype(int)
    np.testing.assert_array_equal(answer, np.broadcast_to(expected, steps))


def right_linear(answer, arguments):
    first, last, steps = (int(arguments[name]) for name in ("first", "last", "steps"))
    assert (answer(0), answer(steps)) == (first, last)


def right_stepped(answer, arguments):
    assert answer(0) == int(arguments["first"])


def right_partitioned(answer, arguments):
    g, k = floats(arguments["g"]), int(arguments["k"])
    definition = exact.partitioned
    assert_close(answer, by_row(lambda row: definition(row, k, arguments["estimator"]), g), g)


def right_weights(answer, arguments):
    n, k = int(arguments["n"]), int(arguments["k"])
    expected = [comb(r - 1, k - 1) / comb(n, k) for r in range(1, n + 1)]
    np.testing.assert_allclose(answer, expected, rtol=1e-13)


def fractions(values):
    return [Fraction(*(x.item() if hasattr(x, "item") else x).as_integer_ratio()) for x in values]


def right_exact_counts(chance):
    def right(answer, arguments):
        assert answer == chance(*map(int, arguments.values()))

    return right


def right_exact_of_ranks(reverse):
    def right(answer, arguments):
        g, k = sorted(fractions(arguments["g"]), reverse=reverse), int(arguments["k"])
        assert answer == sum(comb(r, k - 1) * x for r, x in enumerate(g)) / comb(len(g), k)

    return right


def right_exact_weights(name):
    """Return the check that weights in fractions are those in floats, of rewards up to 1."""

    def right(answer, arguments):
        g, k = fractions(arguments["g"]), int(arguments["k"])
        largest = max(map(abs, g)) or 1
        rest = [x for argument, x in arguments.items() if argument not in ("g", "k")]
        weights = named(name)([float(x / largest) for x in g], k, *rest)
        np.testing.assert_allclose([float(x / largest) for x in answer], weights, atol=1e-13)

    return right


def objective(p, g, k):
    """Return J_k, as the sum over levels of reward times the chance to be the best."""
    ranks = sorted(range(len(g)), key=lambda a: g[a])
    below = [sum((p[a] for a in ranks[:i]), Fraction(0)) for i in range(len(g) + 1)]
    return sum(g[a] * (below[i + 1] ** k - below[i] ** k) for i, a in enumerate(ranks))


def right_objective(answer, arguments):
    p, g = fractions(arguments["p"]), fractions(arguments["g"])
    assert answer == objective(p, g, int(arguments["k"]))


def right_exact_tailrl(answer, arguments):
    g = fractions(arguments["g"])
    mixture = [x / len(g) for x in g]
    for k in range(2, len(g) + 1):
        own = exact.sloo_minus_one(g, k)
        mixture = [x + w / k for x, w in zip(mixture, own, strict=True)]
    assert answer == mixture


def right_stakes(answer, arguments):
    n, k = int(arguments["n"]), int(arguments["k"])
    slope = [Fraction(k * comb(n - 1 - m, k - 1), comb(n - 1, k - 1)) for m in range(n)]
    assert answer == slope


def right_gradient(answer, arguments):
    """Hold the gradient against the slopes of J_k, a polynomial, for steps along the logits."""
    p, g, k = fractions(arguments["p"]), fractions(arguments["g"]), int(arguments["k"])
    h = Fraction(1, 10**9)
    assert len(answer) == len(p)
    for a, slope in enumerate(answer):
        step = [h * p[a] * ((b == a) - p[b]) for b in range(len(p))]
        up, down = (
            objective([x + sign * dx for x, dx in zip(p, step, strict=True)], g, k)
            for sign in (1, -1)
        )
        assert abs((up - down) / (2 * h) - slope) <= Fraction(1, 10**6) * max(map(abs, g))


def right_expected_gradient(answer, arguments):
    arguments = {name: arguments[name] for name in ("p", "g", "k")}
    right_gradient(answer, arguments)


# --- the functions, with arguments that are right, and what may be blamed for which of them

PER_GROUP = {"g": {"g", "k"}, "k": {"k"}}
CHOICES = {"estimator": {"estimator", "k"}, "reduction": {"reduction"}}
COUNTS = {"n": {"n", "c", "k"}, "c": {"c"}, "k": {"k"}}
BY_GROUP = {"g": {"g"}, "group": {"group"}, "k": {"k", "group"}, "attempt": {"attempt", "g"}}
BY_GROUP |= {name: {name} for name in ("estimator", "small_groups", "missing")}
POLICY = {"p": {"p"}, "g": {"g", "p"}, "k": {"k"}}

CASES = {
    "pass_at_k": (
        pkpo.pass_at_k,
        {"n": 5, "c": [0, 2, 5], "k": 2},
        right_counts(lambda n, c, k: 1 - hat(n, n - c, k)),
        COUNTS | {"c": {"n", "c"}, "k": {"k", "n"}},
    ),
    "pass_hat_k": (
        pkpo.pass_hat_k,
        {"n": 5, "c": [0, 2, 5], "k": 2},
        right_counts(hat),
        COUNTS | {"c": {"n", "c"}, "k": {"k", "n"}},
    ),
    "max_at_k": (pkpo.max_at_k, {"g": G, "k": [2, 1]}, right_of_ranks(1), PER_GROUP),
    "min_at_k": (pkpo.min_at_k, {"g": G, "k": [2, 1]}, right_of_ranks(-1), PER_GROUP),
    "score": (
        pkpo.score,
        {"g": G, "k": [1, 2], "task": [1, "a"] * 3, "threshold": None}
        | {"missing": "error", "small": "error"},
        right_score,
        {"g": {"g", "task"}, "k": {"k", "g"}, "task": {"task", "g"}, "threshold": {"threshold"}}
        | {"missing": {"missing"}, "small": {"small"}},
    ),
    "compare": (
        pkpo.compare,
        {"a": (G, G), "b": [G[::-1], (1, 0)], "k": 2, "task": None, "threshold": None}
        | {"missing": "error", "small": "error"},
        right_compare,
        {"a": {"a", "b"}, "b": {"a", "b"}, "k": {"k", "a", "b"}, "task": {"task", "a"}}
        | {"threshold": {"threshold"}, "missing": {"missing"}, "small": {"small"}},
    ),
    **{
        name: (named(name), {"g": G, "k": 2}, right_transform(name), PER_GROUP)
        for name in TRANSFORMS
    },
    "advantages": (
        pkpo.advantages,
        {"g": G, "k": 3, "estimator": "jackknife", "reduction": "mean"},
        right_advantages,
        PER_GROUP | CHOICES,
    ),
    "advantages_by_group": (
        pkpo.advantages_by_group,
        {"g": G, "group": [1, "a"] * 3, "k": 2, "attempt": [2, 1, "b", 3, 4, 5]}
        | {"estimator": "s", "reduction": "mean", "small_groups": "error", "missing": "nan"},
        right_advantages_by_group,
        BY_GROUP | {"reduction": {"reduction"}},
    ),
    "diagnostics": (
        pkpo.diagnostics,
        {"g": G, "group": [1, "a"] * 3, "k": 2, "attempt": None}
        | {"estimator": "jackknife", "small_groups": "error", "missing": "nan"},
        right_diagnostics,
        BY_GROUP,
    ),
    **{
        f"objectives.{name}": (
            getattr(objectives, name),
            {"g": np.abs(G)} | more,
            right_objective_of(formula),
            {"g": {"g"}, "beta": {"beta"}, "k": {"k"}} | ({"g": {"g", "k"}} if "k" in more else {}),
        )
        for name, formula, more in (
            ("reinforce", lambda g: g / len(g), {}),
            ("rloo", lambda g: (g - g.mean()) / (len(g) - 1), {}),
            ("dr_grpo", lambda g: (g - g.mean()) / len(g), {}),
            ("grpo", of_grpo, {}),
            ("pass_at_k_training", of_training, {"k": 2}),
            ("maxrl", of_maxrl, {}),
            ("tailrl", of_tailrl, {}),
            ("rs_grpo", of_rs_grpo, {"beta": 0.5}),
        )
    },
    "schedules.schedule": (
        schedules.schedule,
        {"k": [1, 2, 3], "steps": 3, "n": 4},
        right_schedule,
        {"k": {"k"}, "steps": {"steps", "k"}, "n": {"n", "k"}},
    ),
    "schedules.linear": (
        schedules.linear,
        {"first": 8, "last": 1, "steps": 10},
        right_linear,
        {name: {name} for name in ("first", "last", "steps")},
    ),
    "schedules.stepped": (
        schedules.stepped,
        {"first": 8, "changes": {5: 1}},
        right_stepped,
        {"first": {"first"}, "changes": {"changes"}},
    ),
    "partitioned": (
        pkpo.partitioned,
        {"g": G, "k": 3, "estimator": "sloo"},
        right_partitioned,
        PER_GROUP | CHOICES,
    ),
    "audit": (
        pkpo.audit,
        {"weights": pkpo.s, "n": 3, "k": 2, "reduction": "sum"},
        right_audit,
        {"weights": {"weights"}, "n": {"n", "k"}, "k": {"k"}, "reduction": {"reduction"}},
    ),
    "weights": (estimators.weights, {"n": 5, "k": 3}, right_weights, COUNTS),
    "exact.pass_at_k": (
        exact.pass_at_k,
        {"n": 5, "c": 2, "k": 3},
        right_exact_counts(lambda n, c, k: 1 - hat(n, n - c, k)),
        COUNTS,
    ),
    "exact.pass_hat_k": (
        exact.pass_hat_k,
        {"n": 5, "c": 4, "k": 3},
        right_exact_counts(hat),
        COUNTS,
    ),
    "exact.max_at_k": (exact.max_at_k, {"g": G, "k": 3}, right_exact_of_ranks(False), PER_GROUP),
    "exact.min_at_k": (exact.min_at_k, {"g": G, "k": 3}, right_exact_of_ranks(True), PER_GROUP),
    **{
        f"exact.{name}": (
            getattr(exact, name),
            {"g": G, "k": 3},
            right_exact_weights(name),
            PER_GROUP,
        )
        for name in TRANSFORMS
    },
    "exact.partitioned": (
        exact.partitioned,
        {"g": G, "k": 2, "estimator": "sloo_minus_one"},
        right_exact_weights("partitioned"),
        PER_GROUP | CHOICES,
    ),
    "exact.tailrl": (exact.tailrl, {"g": G}, right_exact_tailrl, PER_GROUP),
    "exact.stakes": (
        exact.stakes,
        {"transform": exact.s, "n": 4, "k": 2},
        right_stakes,
        {"transform": {"transform"}, "n": {"n", "k"}, "k": {"k"}},
    ),
    "exact.objective": (
        exact.objective,
        {"p": P, "g": (1, 0, 2.5), "k": 3},
        right_objective,
        POLICY,
    ),
    "exact.gradient": (exact.gradient, {"p": P, "g": (1, 0, 2.5), "k": 3}, right_gradient, POLICY),
    "exact.expected_gradient": (
        exact.expected_gradient,
        {"transform": exact.s, "p": P, "g": (1, 0, 2.5), "n": 3, "k": 2},
        right_expected_gradient,
        POLICY | {"transform": {"transform"}, "n": {"n", "k"}},
    ),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def impatience():
    """Let the enumerations refuse what takes more than a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_enumerable, "MOST", 10**4)
        yield


EACH = [(case, argument) for case, (_, valid, *_) in CASES.items() for argument in valid]


@pytest.mark.parametrize("case", CASES)
def test_what_is_right_is_answered_right(case):
    function, valid, right, _ = CASES[case]
    assert answers_or_refuses(function, valid, right) is None


@pytest.mark.parametrize(("case", "argument"), EACH)
@given(odd=anything)
@fuzz
def test_one_odd_argument_is_answered_right_or_refused_by_name(case, argument, odd):
    function, valid, right, blame = CASES[case]
    answers_or_refuses(function, valid | {argument: odd}, right, blame[argument])


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@fuzz
def test_many_odd_arguments_are_answered_right_or_refused_by_name(case, data):
    function, valid, right, _ = CASES[case]
    arguments = {name: data.draw(st.just(value) | anything) for name, value in valid.items()}
    answers_or_refuses(function, arguments, right)


def test_all_public_functions_are_tried():
    assert {name for name in CASES if "." not in name} == {*pkpo.__all__, "weights"}
