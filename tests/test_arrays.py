"""The public functions on the arrays of every library that is installed."""

from functools import lru_cache, partial
from math import prod

import numpy as np
import pytest
from libraries import (
    BATCH,
    LIBRARIES,
    NUMPY,
    ROWS,
    STRICT,
    each,
    every_function,
    every_transform,
)
from rewards import KINDS, ks, named

from pkpo import advantages, exact, max_at_k, min_at_k, pass_at_k, pass_hat_k

EPS = np.finfo(float).eps
every_library = each(LIBRARIES)


@lru_cache
def definition(name, kind, n, k):
    """Return what `exact` says of the first n rewards of a kind."""
    return np.array(getattr(exact, name)(KINDS[kind][:n], k), dtype=float)


@lru_cache
def a_million(name, k):
    """Return a million rewards, and what NumPy makes of them."""
    g = np.random.default_rng(0).random(10**6)
    return g, named(name)(g, k)


# --- what is computed


@pytest.mark.parametrize("n", range(1, 7))
@every_transform
@every_library
def test_weights_equal_their_definitions(library, transform, n):
    g = library.array(ROWS[:, :n])
    for k in ks(transform, n):
        expected = np.array([definition(transform, kind, n, k) for kind in KINDS])
        atol = 1e-13 * np.abs(ROWS).max()
        for result, scale in (
            (named(transform)(g, k), 1),
            (advantages(g, k, transform, "sum"), 1),
            (advantages(g, k, transform, "mean"), n),
        ):
            np.testing.assert_allclose(library.numpy(result), scale * expected, rtol=0, atol=atol)


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("estimate", [max_at_k, min_at_k])
@every_library
def test_estimates_of_max_and_min_equal_their_definitions(library, estimate, n):
    g = library.array(ROWS[:, :n])
    for k in range(1, n + 1):
        expected = [definition(estimate.__name__, kind, n, k) for kind in KINDS]
        np.testing.assert_allclose(library.numpy(estimate(g, k)), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("estimate", [max_at_k, min_at_k])
@every_library
def test_many_k_are_the_last_axes_of_the_estimates(library, estimate):
    g = library.array(BATCH, "float32")
    for several in (np.array([3, 1, 5, 1]), np.array([[2, 4]])):
        result = estimate(g, several.tolist())
        as_array = library.numpy(estimate(g, library.array(several, "int32")))
        np.testing.assert_array_equal(as_array, library.numpy(result))
        library.assert_own(result, "float32", (2, 3, *several.shape))
        one_by_one = [library.numpy(estimate(g, k)) for k in several.ravel().tolist()]
        expected = np.stack(one_by_one, axis=-1).reshape(2, 3, *several.shape)
        np.testing.assert_array_equal(library.numpy(result), expected)


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("estimate", [pass_at_k, pass_hat_k])
@every_library
def test_estimates_from_counts_equal_their_definitions(library, estimate, n):
    c = library.array(range(n + 1), "int64")
    for k in range(1, n + 1):
        expected = [float(getattr(exact, estimate.__name__)(n, c, k)) for c in range(n + 1)]
        chance = estimate(n, c, k)
        library.assert_own(chance, "float64", (n + 1,))
        np.testing.assert_allclose(library.numpy(chance), expected, rtol=8 * EPS)


@every_library
def test_pass_at_k_broadcasts_its_arguments(library):
    n, c, k = np.array([[4], [6]]), np.array([[[0]], [[3]], [[4]]]), np.array([1, 2, 4])
    expected = pass_at_k(n, c, k)
    arrays = [library.array(x, "int32") for x in (n, c, k)]
    rho = pass_at_k(*arrays)
    library.assert_own(rho, "float64", (3, 2, 3))
    np.testing.assert_allclose(library.numpy(rho), expected, rtol=8 * EPS)
    np.testing.assert_array_equal(library.numpy(pass_at_k(n, arrays[1], k)), library.numpy(rho))


@every_library
def test_one_number_for_pass_at_k_gives_one_number(library):
    rho = pass_at_k(5, library.array(2, "int64"), 3)
    library.assert_own(rho, "float64", ())
    assert float(library.numpy(rho)) == pytest.approx(0.9, rel=8 * EPS)


@pytest.mark.parametrize("k", [1, 3, 4])
@every_function
@every_library
def test_batches_agree_with_numpy(library, function, k):
    expected = function(BATCH, k)
    result = function(library.array(BATCH), k)
    library.assert_own(result, "float64", expected.shape)
    np.testing.assert_allclose(library.numpy(result), expected, rtol=0, atol=1e-14)
    row = function(library.array(BATCH[1, 2]), k)
    library.assert_own(row, "float64", expected[1, 2].shape)
    np.testing.assert_allclose(library.numpy(row), expected[1, 2], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "k"), [("max_at_k", 500_000), ("sloo", 2000), ("sloo_minus_one", 500_000)]
)
@each(LIBRARIES[1:])
def test_a_million_attempts_agree_with_numpy(library, name, k):
    g, expected = a_million(name, k)
    result = library.numpy(named(name)(library.array(g), k))
    assert np.abs(result - expected).max() <= 1e-12 * np.abs(expected).max()


@every_library
def test_counts_of_a_million_agree_with_the_product_of_the_definition(library):
    n, k = 10**6, 300_000
    c = library.array([0, 1, 3, n - k, n], "int64")
    some_of_three = 1 - prod((n - k - i) / (n - i) for i in range(3))
    expected = [0, k / n, some_of_three, 1, 1]
    np.testing.assert_allclose(library.numpy(pass_at_k(n, c, k)), expected, rtol=1e-12)


# --- in what it is answered


@every_function
@every_library
def test_floats_stay_but_are_computed_in_float64(library, function):
    wide = function(library.array(BATCH), 3)
    for dtype in library.floats:
        result = function(library.array(BATCH, dtype), 3)
        library.assert_own(result, dtype, wide.shape)
        rounded = library.numpy(library.cast(wide, dtype))
        np.testing.assert_array_equal(library.numpy(result), rounded)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int32", "int64"])
@every_function
@every_library
def test_integers_and_booleans_become_float64(library, function, dtype):
    f = np.array([[0, 1, 0, 1, 0], [1, 1, 0, 0, 0]])
    result = function(library.array(f, dtype), 2)
    expected = function(library.array(f), 2)
    library.assert_own(result, "float64", expected.shape)
    np.testing.assert_array_equal(library.numpy(result), library.numpy(expected))


@every_library
def test_integers_do_not_overflow(library):
    g = [-128, 127, -128, 127, 0]
    result = advantages(library.array(g, "int8"), 2)
    np.testing.assert_array_equal(
        library.numpy(result), library.numpy(advantages(library.array(g), 2))
    )


@every_function
@every_library
def test_float32_is_right_to_its_own_rounding_in_large_groups(library, function):
    g = np.random.default_rng(0).normal(size=20_000).astype(np.float32)
    expected = function(g.astype(float), 8)
    result = library.numpy(function(library.array(g, "float32"), 8))
    assert result.dtype == np.float32
    tiny = 1e-13 * np.abs(expected).max()
    np.testing.assert_allclose(result, expected, rtol=2**-24, atol=tiny)


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
@every_function
def test_float32_is_the_answer_where_the_device_has_no_float64(function, dtype):
    strict = STRICT.xp
    small = strict.Device("no_float64")
    f = np.array([0, 1, 0, 1, 0])
    g = strict.asarray(f, dtype=getattr(strict, dtype), device=small)
    result = function(g, 2)
    assert result.dtype == strict.float32
    assert result.device == small
    np.testing.assert_allclose(STRICT.numpy(result), function(f, 2), rtol=0, atol=1e-6)


@every_function
def test_lists_and_tuples_are_answered_in_numpy(function):
    for g in ([0, 1, 0.5, 2], (0, 1, 0.5, 2)):
        NUMPY.assert_own(function(g, 2), "float64", np.shape(function(np.array(g), 2)))
    NUMPY.assert_own(pass_at_k(5, [1, 2], 3), "float64", (2,))


# --- what is kept of a group


@every_function
@every_library
def test_no_groups_give_no_weights(library, function):
    per_group = function(BATCH, 2).shape[2:]
    for empty in ((0, 5), (4, 0, 5)):
        result = function(library.array(np.zeros(empty), "float32"), 2)
        library.assert_own(result, "float32", (*empty[:-1], *per_group))


@every_library
def test_no_problems_give_no_estimates(library):
    library.assert_own(pass_at_k(5, library.array(np.zeros(0), "int64"), 2), "float64", (0,))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("k", [1, 2, 4])
@every_transform
@every_library
@pytest.mark.filterwarnings("error")
def test_a_reward_that_is_not_finite_spoils_its_own_group_and_all_of_it(library, transform, k, bad):
    g = BATCH.copy()
    g[1, 2, 3] = bad
    expected = library.numpy(named(transform)(library.array(BATCH), k)).copy()
    expected[1, 2, :] = np.nan
    np.testing.assert_array_equal(library.numpy(named(transform)(library.array(g), k)), expected)


@pytest.mark.parametrize("k", [1, 2, 5])
@every_library
def test_max_at_k_of_a_group_with_nan_is_nan(library, k):
    g = BATCH.copy()
    g[1, 2, 3] = np.nan
    spoilt = np.isnan(library.numpy(max_at_k(library.array(g), k)))
    assert spoilt.sum() == 1
    assert spoilt[1, 2]


HUGE = [1.7e308, -1.7e308, 1e308, -1e308, 1.6e308, -1.6e308]


@pytest.mark.parametrize("transform", ["sloo_minus_one", "jackknife"])
@every_library
def test_rewards_at_the_end_of_the_floats_do_not_overflow(library, transform):
    g = library.array(np.array([HUGE]))
    small = named(transform)(np.array([HUGE]) / 2**20, 2)
    np.testing.assert_allclose(library.numpy(named(transform)(g, 2)) / 2**20, small, rtol=1e-13)


@every_transform
@every_library
def test_tied_attempts_weigh_the_same_to_the_bit(library, transform):
    g = np.random.default_rng(1).normal(size=(4, 40))
    twice = np.random.default_rng(2).permuted(np.concatenate([g, g], axis=1), axis=1)
    for k in (1, 2, 8, 40, 79):
        weight = library.numpy(named(transform)(library.array(twice), k))
        for row, rewards in zip(weight, twice, strict=True):
            first, second = row[np.argsort(rewards, stable=True)].reshape(-1, 2).T
            np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("n", [2, 17, 300])
@pytest.mark.parametrize("transform", ["sloo_minus_one", "jackknife"])
@every_library
def test_equal_rewards_weigh_exactly_nothing(library, transform, n):
    g = library.array(np.broadcast_to([[0.1], [-3e5], [0.0]], (3, n)))
    for k in {1, n // 2, n - 1}:
        assert not np.any(library.numpy(named(transform)(g, k)))


@every_function
@every_library
def test_rewards_are_never_changed_in_place(library, function):
    g = library.array(BATCH)
    function(g, 1)
    function(g, 2)
    np.testing.assert_array_equal(library.numpy(g), BATCH)


@every_function
@every_library
def test_memory_order_does_not_matter(library, function):
    expected = library.numpy(function(library.array(BATCH), 2))
    transposed = library.xp.permute_dims(library.array(BATCH.T), (2, 1, 0))
    every_other = library.array(np.repeat(BATCH, 2, axis=-1))[..., ::2]
    for same in (transposed, every_other):
        np.testing.assert_allclose(library.numpy(function(same, 2)), expected, rtol=0, atol=1e-14)


# --- errors


@pytest.mark.parametrize("k", [0, -3, 6, 2.0, True, "2", None, [1, 2.0], [1, 6]])
@every_function
@every_library
def test_errors_of_k_are_those_of_numpy(library, function, k):
    with pytest.raises(ValueError, match="k must be") as of_numpy:
        function(BATCH, k)
    with pytest.raises(ValueError, match="k must be") as error:
        function(library.array(BATCH), k)
    assert str(error.value) == str(of_numpy.value)


@every_library
def test_a_baseline_of_k_others_needs_k_below_n(library):
    g = library.array(BATCH)
    for transform in ("sloo", "jackknife"):
        for call in (named(transform), partial(advantages, estimator=transform)):
            with pytest.raises(
                ValueError, match=r"k must be below n, got k = n = 5: .*n - 1 other"
            ):
                call(g, 5)
    with pytest.raises(ValueError, match=r"k must be below n, got k = n = 1: .*n - 1 other"):
        named("sloo_minus_one")(library.array([1.0]), 1)


@every_function
@every_library
def test_rewards_that_are_not_groups_of_real_numbers_are_an_error(library, function):
    with pytest.raises(ValueError, match=r"k must be in 1\.\.n, got k = 1 with n = 0 attempts"):
        function(library.array(np.zeros((3, 0))), 1)
    with pytest.raises(ValueError, match=r"g must have shape \(\.\.\., n\).* got one value"):
        function(library.array(3.0), 1)
    with pytest.raises(TypeError, match="g must hold real numbers, got dtype .*complex128"):
        function(library.array([1, 2], "complex128"), 1)


@pytest.mark.parametrize(
    ("n", "c", "k"),
    [
        (5, [1, 6], 2),
        (5, [-1, 2], 2),
        (5, [[0, 2], [7, 9]], 2),
        (5, [1, 2], 6),
        (5, [1, 2], 0),
        (0, [0, 0], 1),
        ([5, 3], [1, 4], 2),
        ([5, 3], [1, 2], 4),
    ],
)
@every_library
def test_errors_of_pass_at_k_are_those_of_numpy(library, n, c, k):
    with pytest.raises(ValueError, match="must be") as of_numpy:
        pass_at_k(np.array(n), np.array(c), k)
    with pytest.raises(ValueError, match="must be") as error:
        pass_at_k(library.array(n, "int64"), library.array(c, "int64"), k)
    assert str(error.value) == str(of_numpy.value)


@pytest.mark.parametrize("dtype", ["float64", "bool"])
@every_library
def test_counts_that_are_not_integers_are_an_error(library, dtype):
    for name, place in (("n", 0), ("c", 1), ("k", 2)):
        counts = [5, 1, 1]
        counts[place] = library.array([1, 1], dtype)
        with pytest.raises(ValueError, match=f"{name} must be an integer, got"):
            pass_at_k(*counts)
