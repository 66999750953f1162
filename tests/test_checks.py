"""What the functions of a group of rewards take: shapes, dtypes, spoilt groups, and errors."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from rewards import TRANSFORMS, named
from wrong import ArrayLike, Missing

from pkpo import advantages

FUNCTIONS = ("max_at_k", "min_at_k", *TRANSFORMS, "advantages")
G = (0.5, -1.25, 3.0, 0.5, 2.0)
BATCH = np.random.default_rng(0).normal(size=(2, 3, 5))


@pytest.fixture(params=FUNCTIONS)
def function(request):
    return named(request.param)


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_lists_tuples_and_arrays_are_the_same(function, kind):
    np.testing.assert_array_equal(function(kind(G), k=2), function(np.array(G), 2))


@pytest.mark.parametrize("k", [np.int64(2), np.uint8(2), np.array(2)])
def test_any_integer_will_do_for_k(function, k):
    np.testing.assert_array_equal(function(G, k), function(G, 2))


@pytest.mark.parametrize("k", [1, 3])
def test_each_row_of_a_batch_is_a_group(function, k):
    batch = function(BATCH, k)
    rows = np.array([[function(row, k) for row in rows] for rows in BATCH])
    assert batch.shape == rows.shape
    np.testing.assert_allclose(batch, rows, rtol=1e-14)
    np.testing.assert_allclose(function(BATCH[:, 1], k), rows[:, 1], rtol=1e-14)


def test_no_groups_give_no_weights(function):
    per_group = function(np.zeros((3, 5)), 2).shape[1:]
    assert function(np.zeros((0, 5)), 2).shape == (0, *per_group)
    assert function(np.zeros((4, 0, 5)), 2).shape == (4, 0, *per_group)


def test_memory_order_does_not_matter(function):
    expected = function(BATCH, 2)
    for same in (np.asfortranarray(BATCH), np.repeat(BATCH, 2, axis=-1)[..., ::2]):
        np.testing.assert_allclose(function(same, 2), expected, rtol=1e-14)
    np.testing.assert_allclose(function(np.array(G)[::-1], 2), function(G[::-1], 2), rtol=1e-14)


def test_rewards_are_never_changed_in_place(function):
    g = BATCH.copy()
    result = function(g, 1)
    result *= 2
    np.testing.assert_array_equal(g, BATCH)
    g.flags.writeable = False
    function(g, 2)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64])
def test_integers_and_booleans_become_float64(function, dtype):
    f = np.array([0, 1, 0, 1, 0], dtype)
    result = function(f, 2)
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, function(f.astype(float), 2))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_short_floats_stay_but_are_computed_in_float64(function, dtype):
    g = BATCH.astype(dtype)
    result = function(g, 3)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, function(g.astype(float), 3).astype(dtype))


def test_integers_do_not_overflow(function):
    g = np.array([-128, 127, -128, 127, 0], np.int8)
    np.testing.assert_array_equal(function(g, 2), function(g.astype(float), 2))


def test_short_floats_survive_groups_larger_than_they_can_count():
    n = 2 * int(np.finfo(np.float16).max)
    weight = advantages((np.arange(n) % 2).astype(np.float16), 2)
    assert np.isfinite(weight).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.filterwarnings("error")
def test_a_reward_that_is_not_finite_spoils_its_own_group_and_all_of_it(transform, k, bad):
    g = BATCH.copy()
    g[1, 2, 3] = bad
    expected = named(transform)(BATCH, k)
    expected[1, 2, :] = np.nan
    np.testing.assert_array_equal(named(transform)(g, k), expected)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_estimates_of_a_group_with_nan_are_nan(k):
    g = BATCH.copy()
    g[1, 2, 3] = np.nan
    for estimate in ("max_at_k", "min_at_k"):
        spoilt = np.isnan(named(estimate)(g, k))
        assert spoilt.sum() == 1
        assert spoilt[1, 2]


@pytest.mark.parametrize(
    ("k", "message"),
    [
        (0, r"k must be in 1\.\.n, got k = 0 with n = 5 attempts"),
        (-3, r"k must be in 1\.\.n, got k = -3 with n = 5 attempts"),
        (6, r"k must be in 1\.\.n, got k = 6 with n = 5 attempts"),
        (2.0, r"k must be an integer, got 2\.0 \(with n = 5 attempts\)"),
        (np.float64(2), r"k must be an integer, got np.float64\(2\.0\) \(with n = 5 attempts\)"),
        (True, r"k must be an integer, got True \(with n = 5 attempts\)"),
        ("2", r"k must be an integer, got '2' \(with n = 5 attempts\)"),
        (None, r"k must be an integer, got None \(with n = 5 attempts\)"),
        ([1, 2.5], r"k must be an integer, got \[1, 2\.5\]"),
        (np.zeros(0, int), r"k must be an integer.*, got array\(\[\]"),
    ],
)
def test_k_outside_its_range_is_an_error_that_names_k_and_n(function, k, message):
    with pytest.raises(ValueError, match=message):
        function(G, k)


@pytest.mark.parametrize("transform", [*TRANSFORMS, "advantages"])
def test_transforms_take_one_k(transform):
    with pytest.raises(ValueError, match=r"k must be an integer, got \[1, 2\] \(with n = 5"):
        named(transform)(G, [1, 2])


@pytest.mark.parametrize("g", [[], np.zeros((3, 0))])
def test_a_group_without_attempts_is_an_error_that_names_k_and_n(function, g):
    with pytest.raises(ValueError, match=r"k must be in 1\.\.n, got k = 1 with n = 0 attempts"):
        function(g, 1)


@pytest.mark.parametrize("transform", ["sloo", "jackknife"])
def test_a_baseline_of_k_others_needs_k_below_n(transform):
    for call in (named(transform), lambda g, k: advantages(g, k, transform)):
        with pytest.raises(ValueError, match=r"k must be below n, got k = n = 5: .*n - 1 other"):
            call(G, 5)


def test_one_attempt_has_no_others_to_be_compared_with():
    with pytest.raises(ValueError, match=r"k must be below n, got k = n = 1: .*n - 1 other"):
        named("sloo_minus_one")([1.0], 1)


@pytest.mark.parametrize(
    ("g", "error", "message"),
    [
        (3.0, ValueError, r"g must have shape \(\.\.\., n\).* got one value, 3\.0"),
        (None, ValueError, r"g must have shape \(\.\.\., n\).* got one value, None"),
        ([[1, 2], [3]], ValueError, "g must be an array, or lists with rows of one size"),
        ([1j, 2], TypeError, "g must hold real numbers, got dtype complex128"),
        (["1", "2"], TypeError, "g must hold real numbers, got dtype <U1"),
        ([1, None, 0], TypeError, r"g\[1\] must be a real number, got None"),
        ([[1, 2], [0, "x"]], TypeError, "g must hold real numbers, got dtype <U"),
        ([[1, 2], [0, Missing()]], TypeError, r"g\[1, 1\] must be a real number, got <NA>"),
        (np.array([0.5, Decimal(1)]), TypeError, r"g\[1\] must be a real number, got Decimal"),
        ([1, 10**400], ValueError, r"g\[1\] must fit a float, got 10000000000"),
    ],
)
def test_rewards_that_are_not_groups_of_real_numbers_are_an_error(function, g, error, message):
    with pytest.raises(error, match=message):
        function(g, 1)


def test_columns_of_python_s_numbers_are_rewards(function):
    g = np.array([Fraction(1, 2), True, 3, 2**70, np.float32(0.5), np.int8(4)], dtype=object)
    np.testing.assert_array_equal(function(g, 2), function(g.astype(float), 2))
    np.testing.assert_array_equal(function(ArrayLike(g), 2), function(g.astype(float), 2))


def test_an_unknown_estimator_or_reduction_is_an_error_that_lists_the_known():
    known = "'s', 'sloo', 'sloo_minus_one', 'jackknife', 'pass_at_k_training', 'tzsm'"
    with pytest.raises(ValueError, match=f"estimator must be one of {known}, got 'loo'"):
        advantages(G, 2, estimator="loo")
    with pytest.raises(ValueError, match="reduction must be one of 'mean', 'sum', got None"):
        advantages(G, 2, reduction=None)
