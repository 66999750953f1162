"""The public functions in PyTorch: differentiated, compiled, and whatever its defaults are."""

from functools import partial

import numpy as np
import pytest
from libraries import BATCH, ROWS, TORCH, each, every_function, slope

from pkpo import advantages, advantages_by_group, max_at_k, pass_at_k, s

torch = pytest.importorskip("torch")
every_library = each(TORCH)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", [1, 2, 4])
@every_function
@every_library
def test_gradients_in_torch_are_the_slopes(library, function, k, dtype):
    g, direction = ROWS[0, :5], np.array([1.0, -2.0, 0.5, 3.0, -1.0])
    jacobian = torch.autograd.functional.jacobian(partial(function, k=k), library.array(g, dtype))
    library.assert_own(jacobian, dtype, (*function(g, k).shape, 5))
    expected = slope(partial(function, k=k), g, direction)
    rounding = 1e-11 if dtype == "float64" else 1e-5
    result = library.numpy(jacobian) @ direction
    np.testing.assert_allclose(result, expected, rtol=0, atol=rounding)


@every_function
@every_library
def test_gradients_reach_the_rewards_and_only_if_asked_for(library, function):
    g = library.array(BATCH)
    assert not function(g, 2).requires_grad
    g.requires_grad_()
    function(g, 2).sum().backward()
    assert np.isfinite(library.numpy(g.grad)).all()
    assert g.grad.shape == g.shape


@every_library
def test_gradients_reach_every_group_of_labels(library):
    g, sizes = np.random.default_rng(0).normal(size=9), [4, 2, 3]
    labels = library.array(np.repeat([7, -1, 4], sizes), "int64")
    rewards = library.array(g).requires_grad_()
    # s is of degree 1 in the rewards of a group: its slope along them is s itself
    advantages_by_group(rewards, labels, 2, estimator="s").sum().backward()
    expected = [n * s(part, 2).sum() for n, part in zip(sizes, np.split(g, [4, 6]), strict=True)]
    along = [part.sum() for part in np.split(library.numpy(rewards.grad) * g, [4, 6])]
    np.testing.assert_allclose(along, expected, rtol=1e-12)


@every_library
def test_what_is_kept_from_a_call_without_gradients_serves_one_with(library):
    g = library.array(np.arange(93.0)).requires_grad_()  # a size of its own
    with torch.inference_mode():
        max_at_k(g, 7)
    max_at_k(g, 7).backward()
    np.testing.assert_allclose(library.numpy(g.grad).sum(), 1, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools.lru_cache`")
@every_function
@every_library
def test_torch_compile_changes_nothing(library, function):
    g = library.array(BATCH)
    compiled = torch.compile(partial(function, k=3), backend="eager")
    np.testing.assert_array_equal(library.numpy(compiled(g)), library.numpy(function(g, 3)))


@every_library
def test_the_default_dtype_does_not_matter(library):
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        result = advantages(library.array([0, 1, 2, 3], "int64"), 2)
        rho = pass_at_k(6, library.array([0, 1, 2], "int64"), 2)
    finally:
        torch.set_default_dtype(before)
    np.testing.assert_array_equal(library.numpy(result), advantages([0, 1, 2, 3], 2))
    np.testing.assert_array_equal(library.numpy(rho), pass_at_k(6, [0, 1, 2], 2))
