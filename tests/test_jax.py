"""The public functions in JAX: compiled, mapped, differentiated, and without 64 bits."""

from functools import partial

import numpy as np
import pytest
from libraries import BATCH, JAX, ROWS, each, every_function, slope
from rewards import named

from pkpo import advantages_by_group, pass_at_k, pass_hat_k

jax = pytest.importorskip("jax")
EPS = np.finfo(float).eps
every_library = each(JAX)


@every_function
@every_library
def test_jit_changes_nothing(library, function):
    compiled = jax.jit(function, static_argnums=1)
    for dtype, k in (("float32", 3), ("float64", 1), ("int32", 3)):
        g = library.array(BATCH, dtype)
        eager, result = function(g, k), compiled(g, k)
        library.assert_own(result, str(eager.dtype), eager.shape)
        rounding = 4 * np.finfo(eager.dtype).eps
        np.testing.assert_allclose(result, eager, rtol=0, atol=rounding)


@every_library
def test_what_is_first_built_under_jit_serves_afterwards(library):
    g = np.arange(91.0)  # a size of its own: nothing of it is kept from another test
    function = partial(named("sloo_minus_one"), k=7)
    expected = function(g)
    np.testing.assert_allclose(jax.jit(function)(library.array(g)), expected, rtol=1e-13)
    np.testing.assert_allclose(function(library.array(g)), expected, rtol=1e-13)
    np.testing.assert_allclose(jax.jit(lambda: pass_at_k(91, jax.numpy.arange(92), 7))(),
                               pass_at_k(91, np.arange(92), 7), rtol=1e-13)  # fmt: skip
    np.testing.assert_allclose(pass_at_k(91, library.array(range(92), "int64"), 7),
                               pass_at_k(91, np.arange(92), 7), rtol=1e-13)  # fmt: skip


@every_function
@every_library
def test_vmap_is_a_leading_axis(library, function):
    function = partial(function, k=3)
    last = jax.jit(jax.vmap(jax.vmap(function)))(library.array(BATCH))
    np.testing.assert_allclose(last, function(BATCH), rtol=0, atol=1e-14)
    across = jax.vmap(function, in_axes=1)(library.array(BATCH))
    np.testing.assert_allclose(across, function(BATCH.swapaxes(0, 1)), rtol=0, atol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 4])
@every_function
@every_library
def test_gradients_in_jax_are_the_slopes(library, function, k):
    g, direction = ROWS[0, :5], np.array([1.0, -2.0, 0.5, 3.0, -1.0])
    jacobian = jax.jacobian(partial(function, k=k))(library.array(g))
    expected = slope(partial(function, k=k), g, direction)
    np.testing.assert_allclose(jacobian @ direction, expected, rtol=0, atol=1e-11)


@every_function
@every_library
def test_gradients_in_jax_are_finite_where_rewards_tie(library, function):
    total = jax.jit(lambda g: function(g, 3).sum())
    assert np.isfinite(jax.grad(total)(library.array(ROWS))).all()


@every_library
def test_groups_work_under_jit_and_grad_once_their_labels_are_known(library):
    g, group = library.array(BATCH[0].ravel()), np.arange(15) % 4
    weight = partial(advantages_by_group, group=group, k=2)
    np.testing.assert_allclose(jax.jit(weight)(g), weight(g), rtol=0, atol=1e-14)
    assert np.isfinite(jax.grad(lambda g: weight(g).sum())(g)).all()


@pytest.mark.parametrize("estimate", [pass_at_k, pass_hat_k])
@every_library
def test_estimates_from_counts_work_under_jit_and_vmap(library, estimate):
    c = library.array([[0, 1, 2], [3, 4, 5]], "int32")
    for k in (1, 3, 5):
        rho = partial(estimate, 5, k=k)
        expected = rho(np.asarray(c))
        for traced in (jax.jit(rho), jax.vmap(rho), jax.jit(jax.vmap(jax.vmap(rho)))):
            result = traced(c)
            library.assert_own(result, "float64", (2, 3))
            np.testing.assert_allclose(result, expected, rtol=8 * EPS)


@every_library
def test_counts_outside_their_range_are_nan_where_they_cannot_raise(library):
    c = library.array([-7, -1, 0, 2, 5, 6, 99], "int32")
    rho = np.asarray(jax.jit(partial(pass_at_k, 5, k=2))(c))
    np.testing.assert_array_equal(np.isnan(rho), [1, 1, 0, 0, 0, 1, 1])
    np.testing.assert_allclose(rho[2:5], pass_at_k(5, [0, 2, 5], 2), rtol=8 * EPS)


@every_function
@every_library
def test_errors_of_k_are_raised_under_jit_too(library, function):
    with pytest.raises(ValueError, match=r"k must be in 1\.\.n, got k = 6 with n = 5 attempts"):
        jax.jit(partial(function, k=6))(library.array(BATCH))


@every_function
def test_without_x64_jax_answers_in_float32(function):
    function(jax.numpy.asarray(BATCH), 3)  # what is kept from here must not come back below
    with jax.enable_x64(False):
        for dtype in ("float16", "bfloat16", "float32", "int32", "bool"):
            g = jax.numpy.asarray(BATCH > 0 if dtype == "bool" else BATCH).astype(dtype)
            result = function(g, 3)
            assert result.dtype == (g.dtype if "float" in dtype else "float32")
            expected = function(np.asarray(g, dtype=float), 3)
            rounding = 8 * float(jax.numpy.finfo(result.dtype).eps)
            np.testing.assert_allclose(result.astype(float), expected, rtol=0, atol=rounding)
        assert pass_at_k(5, jax.numpy.arange(6), 2).dtype == "float32"
