"""pass_at_k and max_at_k: the definitions, and the laws that follow from them."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewards import KINDS, assert_equal_to_rounding, bits, eighths, groups, law

from pkpo import exact, max_at_k, min_at_k, pass_at_k, pass_hat_k
from pkpo._weights import ratios
from pkpo.estimators import weights

EPS = np.finfo(float).eps
SPREAD = [1, 2, 3, 30, 150, 298, 299, 300]  # k and c for n = 300


@pytest.mark.parametrize("n", range(1, 8))
def test_pass_at_k_equals_the_share_of_subsets_with_a_success(n):
    for c, k in product(range(n + 1), range(1, n + 1)):
        assert pass_at_k(n, c, k) == pytest.approx(float(exact.pass_at_k(n, c, k)), rel=8 * EPS)


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("kind", KINDS)
def test_max_at_k_equals_the_average_best_of_the_subsets(kind, n):
    g = KINDS[kind][:n]
    for k in range(1, n + 1):
        assert_equal_to_rounding(max_at_k(g, k), exact.max_at_k(g, k), g)


@pytest.mark.parametrize("k", SPREAD)
def test_pass_at_k_keeps_its_digits_for_many_attempts(k):
    n, c = 300, np.arange(1, 301)
    all_fail = [comb(n - int(c_), k) for c_ in c]
    rho = [(comb(n, k) - fail) / comb(n, k) for fail in all_fail]  # a quotient of integers
    np.testing.assert_allclose(pass_at_k(n, c, k), rho, rtol=1e-14)


@pytest.mark.parametrize("k", [1, 7, 1000, 500_000, 10**6])
def test_pass_at_k_keeps_its_digits_for_a_million_attempts(k):
    n, c = 10**6, [0, 1, 2, 3]
    rho = [1 - Fraction(comb(n - k, c_), comb(n, c_)) for c_ in c]
    np.testing.assert_allclose(pass_at_k(n, c, k), [float(r) for r in rho], rtol=1e-14)


@law
@given(st.integers(1, 300), st.data())
def test_pass_at_k_is_symmetric_in_successes_and_attempts_allowed(n, data):
    c, k = data.draw(st.integers(1, n)), data.draw(st.integers(1, n))
    assert pass_at_k(n, c, k) == pytest.approx(pass_at_k(n, k, c), rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 7, 16, 300])
def test_pass_at_k_rises_with_successes_and_with_attempts_allowed(n):
    rho = pass_at_k(n, np.arange(n + 1)[:, None], np.arange(1, n + 1))
    assert np.all(np.diff(rho, axis=0) >= -EPS)
    assert np.all(np.diff(rho, axis=1) >= -EPS)
    assert rho.min() >= 0
    assert rho.max() <= 1


@pytest.mark.parametrize("n", [1, 2, 7, 300, 10**6])
def test_pass_at_k_is_exactly_one_when_k_attempts_cannot_all_fail(n):
    for k in {1, min(2, n), n // 2 + 1, n}:
        assert pass_at_k(n, n - k + 1, k) == 1
        assert pass_at_k(n, n, k) == 1


@pytest.mark.parametrize("n", [1, 7, 10**6])
def test_pass_at_k_is_exactly_zero_without_a_success(n):
    rho = pass_at_k(n, 0, n)
    assert rho == 0
    assert not np.signbit(rho)  # it would print as -0.0


def test_pass_at_k_broadcasts_like_numpy():
    n, c, k = np.array([[[4]], [[9]]]), np.array([[0], [1], [4]]), [1, 2, 4, 3]
    rho = pass_at_k(n, c, k)
    assert rho.shape == (2, 3, 4)
    for place, value in np.ndenumerate(rho):
        n_, c_, k_ = (np.broadcast_to(x, rho.shape)[place] for x in (n, c, k))
        assert value == pass_at_k(n_, c_, k_)
    assert pass_at_k(np.full((0, 3), 5), 1, 1).shape == (0, 3)
    assert isinstance(pass_at_k(n=5, c=2, k=2), np.float64)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_pass_at_k_takes_integers_of_any_size(dtype):
    n, c, k = dtype(120), dtype(100), dtype(3)
    assert pass_at_k(n, c, k) == pass_at_k(120, 100, 3)
    assert pass_at_k(np.array([n]), [c], [k]) == pass_at_k(120, 100, 3)


@pytest.mark.parametrize(
    ("n", "c", "k", "message"),
    [
        (5, 2, 0, r"k must be in 1\.\.n, got k = 0 with n = 5"),
        (5, 2, -1, r"k must be in 1\.\.n, got k = -1 with n = 5"),
        ([9, 5], 2, 6, r"k must be in 1\.\.n, got k = 6 with n = 5"),
        (5, -1, 2, r"c must be in 0\.\.n, got c = -1 with n = 5"),
        (5, [0, 6, 7], 2, r"c must be in 0\.\.n, got c = 6 with n = 5"),
        (0, 0, 1, r"n must be in 1\.\.10000000, got n = 0"),
        (10**7 + 1, 0, 1, r"n must be in 1\.\.10000000, got n = 10000001"),
        (2**70, 0, 1, f"n must fit 64 bits, got {2**70}"),
        (5, [1, -(2**63) - 1], 1, r"c\[1\] must fit 64 bits, got -9223372036854775809"),
        (5, [1, None], 2, r"c\[1\] must be an integer, got None"),
        (5, [[1, 2], [3]], 2, "c must be an array, or lists with rows of one size"),
        (5, 2, 2.0, r"k must be an integer, got 2\.0"),
        (5, [1.5, 2], 2, r"c must be an integer, got \[1\.5, 2\]"),
        ("5", 2, 2, "n must be an integer, got '5'"),
        (5, True, 2, "c must be an integer, got True"),
        (5, None, 2, "c must be an integer, got None"),
        (
            [5, 6],
            [1, 2, 3],
            2,
            r"n, c and k must have shapes that broadcast, got \(2,\), \(3,\) and",
        ),
    ],
)
def test_pass_at_k_says_what_it_needs(n, c, k, message):
    with pytest.raises(ValueError, match=message):
        pass_at_k(n, c, k)


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in (1, 7, 300, 2000) for k in SPREAD if k <= n])
def test_weights_are_the_chances_of_each_rank_to_be_the_best(n, k):
    chances = [comb(r - 1, k - 1) / comb(n, k) for r in range(1, n + 1)]
    np.testing.assert_allclose(weights(n, k), chances, rtol=1e-14, atol=1e-300)
    assert weights(n, k).sum() == pytest.approx(1, rel=1e-14)
    assert np.all(weights(n, k)[: k - 1] == 0)


def test_ratios_are_shared_between_calls_and_so_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        ratios(5, 2)[0] = 1


@law
@given(groups(rewards=bits))
def test_max_at_k_of_successes_and_failures_is_pass_at_k(group):
    f, k = group
    assert max_at_k(f, k) == pytest.approx(pass_at_k(len(f), int(f.sum()), k), rel=1e-14)


@law
@given(groups(), eighths, st.floats(0.1, 10))
def test_max_at_k_shifts_and_scales_with_the_rewards(group, shift, scale):
    g, k = group
    assert_equal_to_rounding(max_at_k(scale * g + shift, k), scale * max_at_k(g, k) + shift, [100])


@law
@given(groups(), st.randoms())
def test_max_at_k_ignores_the_order_of_the_attempts(group, random):
    g, k = group
    assert max_at_k(random.sample(list(g), len(g)), k) == max_at_k(g, k)


@pytest.mark.parametrize("n", range(1, 8))
def test_pass_hat_k_equals_the_share_of_subsets_without_a_failure(n):
    for c, k in product(range(n + 1), range(1, n + 1)):
        assert pass_hat_k(n, c, k) == pytest.approx(float(exact.pass_hat_k(n, c, k)), rel=8 * EPS)


@pytest.mark.parametrize("k", [1, 2, 25, 150, 299, 300])
def test_pass_hat_k_keeps_its_digits_where_it_is_small(k):
    chances = [float(Fraction(comb(c, k), comb(300, k))) for c in range(301)]
    np.testing.assert_allclose(pass_hat_k(300, range(301), k), chances, rtol=1e-13, atol=1e-320)
    assert f"{pass_hat_k(200, 30, 25):.1e}" == "3.2e-27"


@law
@given(st.integers(1, 300), st.data())
def test_all_succeed_or_one_of_the_failures_is_drawn(n, data):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    assert pass_hat_k(n, c, k) == pytest.approx(1 - pass_at_k(n, n - c, k), abs=1e-14)


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("kind", KINDS)
def test_min_at_k_equals_the_average_worst_of_the_subsets(kind, n):
    g = KINDS[kind][:n]
    for k in range(1, n + 1):
        assert_equal_to_rounding(min_at_k(g, k), exact.min_at_k(g, k), g)


@law
@given(groups(rewards=bits))
def test_min_at_k_of_successes_and_failures_is_pass_hat_k(group):
    f, k = group
    worst = min_at_k(f, k)
    assert worst == pytest.approx(pass_hat_k(len(f), int(f.sum()), k), rel=1e-13, abs=1e-300)
    assert not np.signbit(worst)


@law
@given(groups())
def test_worst_and_best_of_two_attempts_sum_to_twice_the_mean(group):
    g, _ = group
    assert_equal_to_rounding(min_at_k(g, 1), g.mean(), g)
    assert_equal_to_rounding(min_at_k(g, 2) + max_at_k(g, 2), 2 * g.mean(), g)


@law
@given(groups())
def test_max_at_k_runs_from_the_mean_to_the_best(group):
    g, _ = group
    rho = [max_at_k(g, k) for k in range(1, len(g) + 1)]
    assert_equal_to_rounding(rho[0], g.mean(), g)
    assert rho[-1] == g.max()
    assert np.all(np.diff(rho) >= -1e-13 * np.abs(g).max())


@pytest.mark.filterwarnings("error")
def test_max_at_k_counts_an_infinite_reward_for_what_it_is():
    assert max_at_k([-np.inf, 1, 2], 2) == pytest.approx(5 / 3)  # never the best of two
    assert max_at_k([-np.inf, 1, 2], 1) == -np.inf
    assert max_at_k([np.inf, 1, 2], 2) == np.inf
    assert np.isnan(max_at_k([np.inf, 1, -np.inf], 1))
