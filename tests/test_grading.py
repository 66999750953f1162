"""From a table of rewards to a grade: the definitions, what tables look like, and the interval."""

from dataclasses import FrozenInstanceError
from fractions import Fraction
from itertools import combinations, product
from math import comb, exp, lgamma, log, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import LIBRARIES, each
from rewards import KINDS, PAYS, POLICY, bits, eighths, law
from wrong import ArrayLike, Missing

from pkpo import compare, exact, max_at_k, score
from pkpo._grades import graded, student
from pkpo._tables import Table

ROWS = [list(g[:n]) for g, n in zip(KINDS.values(), (6, 7, 4, 7, 5), strict=True)]
TABLE = np.random.default_rng(0).integers(0, 9, (7, 5)) / 4
VERDICTS = (TABLE > 1).astype(float)
NAN = float("nan")


def within(row, k):
    """Return rho_k^2 less the mean best times best, over all pairs of disjoint k-subsets."""
    g, places = [Fraction(x) for x in row], range(len(row))
    products = [
        max(g[i] for i in one) * max(g[i] for i in other)
        for one in combinations(places, k)
        for other in combinations([i for i in places if i not in one], k)
    ]
    return exact.max_at_k(row, k) ** 2 - sum(products) / len(products)


def table(rows, verdicts=False):
    return Table("g", list(range(len(rows))), [(np.arange(len(rows)), rows)], 0, verdicts)


# --- what is computed


@pytest.mark.parametrize("k", [1, 2, 3])
def test_grade_is_the_mean_over_tasks_of_what_exact_says(k):
    estimates = [float(exact.max_at_k(row, k)) for row in ROWS]
    result = score(ROWS, k, small="drop")
    np.testing.assert_allclose(result.estimates, estimates, rtol=1e-13)
    assert result.mean == pytest.approx(np.mean(estimates), rel=1e-13)
    spread = np.std(estimates, ddof=1) / np.sqrt(len(ROWS))
    assert result.se_like_these == pytest.approx(spread, rel=1e-12)
    assert not result.verdicts


@pytest.mark.parametrize("k", [1, 2, 3])
def test_error_for_these_tasks_adds_the_variance_of_each(k):
    rows = [row for row in ROWS if len(row) >= 2 * k]
    variance = float(sum(within(row, k) for row in rows))
    result = score(rows, k).se_these
    assert result == pytest.approx(max(variance, 0) ** 0.5 / len(rows), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (4, 1), (4, 2), (5, 2)])
def test_variance_of_an_estimate_is_unbiased(n, k):
    outcomes = list(product(range(3), repeat=n))
    chance = np.array([prod(POLICY[a] for a in x) for x in outcomes])
    rewards = np.array(PAYS)[np.array(outcomes)]
    rho = max_at_k(rewards, k)
    variance = chance @ rho**2 - (chance @ rho) ** 2
    estimates = [graded(table(row[None]), np.array([k]))[1][0] for row in rewards]
    assert chance @ estimates == pytest.approx(variance, rel=1e-12)


@law
@given(st.lists(st.lists(bits, min_size=6, max_size=6), min_size=1, max_size=8))
def test_verdicts_have_the_errors_of_the_rewards_0_and_1(rows):
    ks, rows = np.array([1, 2, 3, 4, 6]), np.array(rows, dtype=float)
    by_count, by_sort = (graded(table(rows, verdicts), ks) for verdicts in (True, False))
    for one, other in zip(by_count, by_sort, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(np.isnan(by_count[1]), [0, 0, 0, 1, 1])


@pytest.mark.parametrize("n", [20, 21, 60, 65, 131, 300])
def test_variances_of_many_attempts_are_sums_over_the_pairs_of_ranks(n):
    g, expected = np.random.default_rng(n).normal(size=(3, n)), []
    for k in (1, 5, n // 2):
        w = [Fraction(comb(r - 1, k - 1), comb(n, k)) for r in range(1, n + 1)]
        v = [Fraction(comb(r - 1, k - 1), comb(n - k, k)) for r in range(1, n - k + 1)]
        w, v = np.array(w, dtype=float), np.array([0] * k + v, dtype=float)
        up = np.sort(g, axis=-1)
        below = np.cumsum(up * w, axis=-1) - up * w
        expected.append(np.sum((up @ w) ** 2 - 2 * (below * up) @ v))
    result = graded(table(g), np.array([1, 5, n // 2]))[1]
    np.testing.assert_allclose(result, expected, rtol=1e-9)


@law
@given(st.lists(st.lists(eighths, min_size=4, max_size=4), min_size=2, max_size=6), eighths)
def test_a_shift_of_all_rewards_moves_the_grade_alone(rows, shift):
    rows = np.array(rows) + 0.5
    if set(np.ravel(rows + shift).tolist()) <= {0.0, 1.0}:
        return  # verdicts have another interval
    here, there = score(rows, [1, 2]), score(rows + 8 * shift, [1, 2])
    np.testing.assert_allclose(there.mean, here.mean + 8 * shift, atol=1e-12)
    for name in ("se_like_these", "se_these"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name), atol=1e-7)


def test_errors_survive_a_large_offset_of_each_task():
    rows = np.random.default_rng(0).integers(0, 64, (6, 9)) / 64
    far = rows + 2.0**30 * np.arange(6)[:, None]
    np.testing.assert_allclose(score(far, 2).se_these, score(rows, 2).se_these, rtol=1e-9)


def test_errors_survive_penalties_that_no_best_of_four_is():
    rows = np.random.default_rng(0).integers(0, 64, (6, 9)) / 64
    rows[:, :3] -= 2.0**30
    result = score(rows, 4)
    expected = sum(within(row, 4) for row in rows.tolist()) ** 0.5 / 6
    assert result.se_these == pytest.approx(float(expected), rel=1e-12)
    bests = [float(exact.max_at_k(row, 4)) for row in rows.tolist()]
    np.testing.assert_allclose(result.estimates, bests, rtol=1e-14)


def test_a_large_table_is_graded_in_parts(monkeypatch):
    rows = np.random.default_rng(0).random((7, 6))
    whole = graded(table(rows), np.array([1, 3]))
    monkeypatch.setattr("pkpo._grades._SORTED", 13)
    for one, other in zip(graded(table(rows), np.array([1, 3])), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_many_k_are_the_last_axis_and_one_k_gives_numbers():
    many = score(TABLE, [2, 1, 2])
    for i, k in enumerate((2, 1, 2)):
        one = score(TABLE, k)
        for name in ("k", "mean", "se_like_these", "se_these", "low", "high"):
            assert np.shape(getattr(one, name)) == ()
            assert getattr(one, name) == pytest.approx(getattr(many, name)[i], rel=1e-13)
        np.testing.assert_allclose(one.estimates, many.estimates[:, i], rtol=1e-14)


# --- what tables look like


def test_tables_of_every_form_give_one_grade():
    expected = score(TABLE, [1, 3])
    order = np.random.default_rng(1).permutation(TABLE.size)
    labels = np.repeat(np.arange(7), 5)[order]
    flat = TABLE.ravel()[order]
    for result in (
        score(TABLE.tolist(), [1, 3]),
        score([tuple(row) for row in TABLE], [1, 3]),
        score(ArrayLike(TABLE), [1, 3]),
        score(flat, [1, 3], task=labels),
        score(ArrayLike(flat.astype(object)), [1, 3], task=ArrayLike(labels.astype(object))),
    ):
        np.testing.assert_allclose(result.mean, expected.mean, rtol=1e-14)
        np.testing.assert_allclose(result.se_these, expected.se_these, rtol=1e-12)
        in_order = result.estimates[np.argsort(result.tasks)]
        np.testing.assert_allclose(in_order, expected.estimates, rtol=1e-14)


@each(LIBRARIES)
def test_arrays_of_every_library_are_graded_in_numpy(library):
    expected = score(TABLE, [1, 2])
    labels = library.array(np.repeat(np.arange(7), 5), "int64")
    for result in (
        score(library.array(TABLE), library.array([1, 2], "int64")),
        score(library.array(TABLE, "float32"), [1, 2]),
        score(library.array(TABLE.ravel()), [1, 2], task=labels),
        score([library.array(row) for row in TABLE], [1, 2]),
    ):
        assert isinstance(result.mean, np.ndarray)
        np.testing.assert_allclose(result.mean, expected.mean, rtol=1e-14)
        np.testing.assert_allclose(result.estimates, expected.estimates, rtol=1e-14)


def test_labels_name_the_tasks_of_the_estimates():
    result = score([1, 0, 1, 1], 1, task=["b", "a", "b", "a"])
    assert dict(zip(result.tasks, result.estimates.tolist(), strict=True)) == {"b": 1.0, "a": 0.5}
    pairs = score([1, 0, 1, 1], 2, task=[(1, 2), (1, 3), (1, 2), (1, 2)], small="drop")
    assert pairs.tasks == ((1, 2),)
    assert pairs.dropped == ((1, 3),)


def test_threshold_turns_rewards_into_verdicts():
    result = score(TABLE, [1, 2], threshold=1.25)
    assert result.verdicts
    np.testing.assert_array_equal(result.estimates, score(TABLE >= 1.25, [1, 2]).estimates)
    assert score([[-np.inf, np.inf]], 1, threshold=0).mean == 0.5


@pytest.mark.parametrize("gone", [None, NAN, Missing()], ids=["None", "NaN", "NA"])
def test_missing_rewards_are_left_out_or_failures_and_counted(gone):
    rows = [[1, 0, gone, 1], [0, gone, gone, 1]]
    out = score(rows, 2, missing="leave out")
    assert out.estimates.tolist() == score([[1, 0, 1], [0, 1]], 2).estimates.tolist()
    assert (out.missing, out.n.tolist()) == (3, [3, 2])
    failed = score(rows, 2, missing="failure")
    assert failed.estimates.tolist() == score([[1, 0, 0, 1], [0, 0, 0, 1]], 2).estimates.tolist()
    assert (failed.missing, failed.n.tolist()) == (3, [4, 4])


def test_missing_rewards_below_a_threshold_or_beside_rewards():
    above = score([[NAN, 0.7, 0.2]], 1, threshold=0.5, missing="failure")
    assert above.mean == pytest.approx(1 / 3)
    assert score([[NAN, 0.75, 0.25]], 1, missing="failure").mean == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match=r"g must be at least 0 where missing='failure' .* -0\.5"):
        score([[NAN, 0.75, -0.5]], 1, missing="failure")


def test_small_tasks_are_refused_nan_or_dropped_and_counted():
    rows = [[1, 0, 1, 0], [1], [1, 1, 0], [0, 0, 0, 1]]
    dropped = score(rows, [1, 4], small="drop")
    np.testing.assert_array_equal(dropped.estimates, score([rows[0], rows[3]], [1, 4]).estimates)
    assert (dropped.tasks, dropped.dropped) == ((0, 3), (1, 2))
    kept = score(rows, [1, 3], small="nan")
    np.testing.assert_array_equal(np.isnan(kept.estimates[:, 1]), [0, 1, 0, 0])
    assert kept.mean[0] == pytest.approx(np.mean([0.5, 1, 2 / 3, 0.25]))
    assert np.isnan([kept.mean[1], kept.se_like_these[1], kept.low[1]]).all()
    assert any(note.startswith("mean: NaN for k = 3, as a task") for note in kept.notes)


def test_fewer_than_2k_attempts_have_no_error_for_these_tasks_and_a_note_says_so():
    result = score(VERDICTS, [2, 3])
    np.testing.assert_array_equal(np.isnan(result.se_these), [False, True])
    assert result.notes == ("se, these tasks: NaN for k = 3, as a task has fewer than 2k attempts",)
    lone = score([[1, 0]], 1)
    assert np.isnan([lone.se_like_these, lone.low, lone.high]).all()
    assert lone.notes == ("se, tasks like these: NaN, as it takes two tasks",)


def test_results_are_frozen_and_print_as_a_table():
    result = score(VERDICTS, [1, 2])
    with pytest.raises(FrozenInstanceError):
        result.mean = 1
    for name in ("k", "mean", "low", "estimates", "n"):
        assert not getattr(result, name).flags.writeable
    lines = repr(result).splitlines()
    assert lines[0] == "7 tasks of 5 attempts, 0 tasks dropped, 0 rewards missing"
    assert lines[1].split("  ")[:2] == ["k", "pass@k"]
    assert "max@k" in repr(score(TABLE, 1))
    assert len({len(line) for line in lines[1:]}) == 1


def test_rewards_are_never_changed_in_place():
    g = TABLE.copy()
    score(g, [1, 2])
    score(g, 1, threshold=1)
    np.testing.assert_array_equal(g, TABLE)


# --- the interval


def outcomes(tasks, kinds):
    """Return how many tasks are of each kind, for all ways to share them out."""
    bars = combinations(range(tasks + kinds - 1), kinds - 1)
    ends = np.array([(-1, *b, tasks + kinds - 1) for b in bars])
    return np.diff(ends, axis=1) - 1


def beta_binomial(n, a, b):
    """Return the chance of c = 0..n successes, if tasks are drawn from a Beta distribution."""
    whole = lgamma(a + b) - lgamma(a) - lgamma(b) - lgamma(n + a + b)
    return [comb(n, c) * exp(whole + lgamma(c + a) + lgamma(n - c + b)) for c in range(n + 1)]


def coverage(chance, tasks, k):
    """Return the truth, and how often the interval holds it, over all outcomes of all tasks."""
    n = len(chance) - 1
    rho = np.array([float(exact.pass_at_k(n, c, k)) for c in range(n + 1)])
    truth, covered = float(np.dot(chance, rho)), 0.0
    for counts in outcomes(tasks, n + 1).tolist():
        ways = lgamma(tasks + 1) - sum(lgamma(m + 1) for m in counts)
        likely = exp(ways + sum(m * log(p) for m, p in zip(counts, chance, strict=True)))
        if likely > 1e-9:
            rows = [[1] * c + [0] * (n - c) for c, m in enumerate(counts) for _ in range(m)]
            result = score(np.array(rows, dtype=float), k)
            assert 0 <= result.low <= result.high <= 1
            covered += likely * (result.low <= truth <= result.high)
    return truth, covered


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("mean", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("spread", [0.5, 2, 100])
def test_interval_covers_the_truth_in_all_outcomes_of_30_tasks(mean, spread, k):
    truth, covered = coverage(beta_binomial(2, mean * spread, (1 - mean) * spread), 30, k)
    assert 0.09 <= truth <= 0.92
    assert 0.93 <= covered <= 0.99


@pytest.mark.parametrize("value", [0, 1])
def test_interval_of_tasks_that_all_failed_or_succeeded_is_that_of_as_many_verdicts(value):
    result = score(np.full((20, 8), value), 2)
    t = student(19)
    assert (result.low, result.high) == pytest.approx(
        (0, t**2 / (20 + t**2)) if value == 0 else (20 / (20 + t**2), 1)
    )


def test_interval_of_equal_tasks_is_that_of_their_attempts():
    result = score([[1, 0, 0, 1]] * 10, 1)
    t = student(9)
    half = t / (1 + t**2 / 40) * np.sqrt(0.25 / 40 + t**2 / 6400)
    assert (result.low, result.high) == pytest.approx((0.5 - half, 0.5 + half))


def test_interval_of_other_rewards_is_mean_and_t_standard_errors():
    result = score(TABLE, 2)
    half = student(6) * result.se_like_these
    assert (result.low, result.high) == pytest.approx((result.mean - half, result.mean + half))


def test_quantiles_of_student_are_those_of_the_tables():
    quantiles = {1: 12.7062, 2: 4.30265, 3: 3.18245, 10: 2.22814, 29: 2.04523, 10**6: 1.95997}
    for df, t in quantiles.items():
        assert student(df) == pytest.approx(t, rel=1e-5)


# --- two models


def test_comparison_pairs_the_tasks():
    other = np.random.default_rng(5).integers(0, 9, (7, 4)) / 4
    result = compare(TABLE, other, [1, 2])
    a, b = score(TABLE, [1, 2]), score(other, [1, 2])
    difference = a.estimates - b.estimates
    np.testing.assert_allclose(result.difference, a.mean - b.mean, rtol=1e-13)
    spread = difference.std(axis=0, ddof=1) / np.sqrt(7)
    np.testing.assert_allclose(result.se_like_these, spread, rtol=1e-12)
    np.testing.assert_allclose(result.se_these, np.hypot(a.se_these, b.se_these), rtol=1e-12)
    np.testing.assert_allclose(result.wins, np.mean(difference > 0, axis=0))
    np.testing.assert_allclose(result.losses, np.mean(difference < 0, axis=0))
    np.testing.assert_allclose(result.wins + result.losses + result.ties, 1)


def test_a_model_beside_itself_ties_on_every_task():
    result = compare(VERDICTS, VERDICTS, 2)
    assert (result.difference, result.se_like_these, result.ties) == (0, 0, 1)
    assert "ties" in repr(result)


def test_equal_attempts_tie_whatever_company_they_are_graded_in():
    a = np.random.default_rng(0).normal(size=(5, 16))
    b = [row if i % 3 else [*row, 9.0] for i, row in enumerate(a.tolist())]
    result = compare(a, b, [1, 2, 3])
    np.testing.assert_allclose([result.ties, result.losses], [[3 / 5] * 3, [2 / 5] * 3])


def test_tasks_are_paired_by_label_and_dropped_from_both():
    a, b = [[1, 0, 1], [0, 0], [1, 1, 0]], [[1, 1], [0, 1], [0]]
    by_place = compare(a, b, 2, small="drop")
    flat_a, of_a = sum(a, []), list("xxxyyzzz")
    flat_b, of_b = [0, 0, 1, 1, 1], list("zyyxx")
    by_label = compare(flat_a, flat_b, 2, task=(of_a, of_b), small="drop")
    assert by_label.difference == by_place.difference == pytest.approx(-0.5)
    assert (by_place.dropped, by_label.dropped, by_label.tasks) == ((2,), ("z",), ("x", "y"))


# --- errors


@pytest.mark.parametrize(
    ("g", "k", "more", "message"),
    [
        (37, 1, {}, r"g must have shape \(task, attempt\), or .*task=labels, got shape \(\)"),
        ([1, 0, 1], 1, {}, r"g\[0\] must be the attempts of a task, or .*task=labels, got 1"),
        (np.ones(3), 1, {}, r"g must have shape \(task, attempt\), .* got shape \(3,\)"),
        ([], 1, {}, "g must have at least one task, got none"),
        ([[1, None]], 1, {}, r"g\[0, 1\] must be a reward, got a missing one; missing='leave out'"),
        (np.array([[0, 1], [NAN, 1]]), 1, {}, r"g\[1, 0\] must be a reward, got a missing one"),
        ([1, NAN], 1, {"task": [1, 1]}, r"g\[1\] must be a reward, got a missing one"),
        ([[1], [0.5, np.inf]], 1, {}, r"g\[1, 1\] must be finite, got inf"),
        ([[1, 0], [1]], 2, {}, "g must have at least k = 2 attempts at every task, got 1 for task"),
        ([[1, 0], [1]], 3, {"small": "drop"}, "k must leave a task that has k attempts, got k = 3"),
        ([[1, "x"]], 1, {}, "g.* must hold real numbers, got dtype"),
        ([[1, 2j]], 1, {}, "g.* must hold real numbers, got dtype complex"),
        ([[1, 10**400]], 1, {}, r"g\[0, 1\] must fit a float"),
        ([[1e200, 0]], 1, {}, r"g must be at most 1e\+150 in size"),
        ([[0.5, 0, 0], [0, -1e200, 1]], 1, {}, r"g must be at most 1e\+150 in size"),
        ([[1, 0]], 0, {}, "k must be at least 1, got k = 0"),
        ([[1, 0]], [[1]], {}, r"k must be an integer or several, got shape \(1, 1\)"),
        ([[1, 0]], 1, {"missing": "drop"}, "missing must be one of 'error', 'leave out', 'fail"),
        ([[1, 0]], 1, {"small": "zero"}, "small must be one of 'error', 'nan', 'drop', got 'zero'"),
        ([[1, 0]], 1, {"threshold": NAN}, "threshold must be a finite number, got nan"),
        ([1, 0], 1, {"task": [1]}, r"g and task must have one shape \(N,\), got shapes \(2,\) and"),
        ([1, 0], 1, {"task": [1, None]}, r"task\[1\] must be a label, got None"),
    ],
)  # fmt: skip
def test_what_cannot_be_graded_is_refused_by_name(g, k, more, message):
    with pytest.raises((ValueError, TypeError), match=message):
        score(g, k, **more)


@pytest.mark.parametrize(
    ("b", "more", "message"),
    [
        ([[1, 0]], {}, r"a and b must have the same tasks, but one of them lacks \{1\}"),
        ([[1, 0], [1]], {}, "b must have at least k = 2 attempts at every task, got 1 for task 1"),
        ([[1, 0], [1, None]], {}, r"b\[1, 1\] must be a reward, got a missing one"),
        ([1, 0], {"task": 7}, "task must be a pair, labels for a and for b, got 7"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(b, more, message):
    with pytest.raises(ValueError, match=message):
        compare([[1, 0], [1, 1]], b, 2, **more)
