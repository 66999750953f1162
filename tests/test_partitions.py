"""Disjoint groups: the definitions, unbiasedness, and where they meet the transforms."""

import numpy as np
import pytest
from hypothesis import given
from libraries import LIBRARIES, each
from rewards import KINDS, assert_equal_to_rounding, assert_unbiased, groups, law, rloo

from pkpo import exact, partitioned, s, sloo_minus_one

ESTIMATORS = ("s", "sloo", "sloo_minus_one")
BATCH = np.array([KINDS["distinct"][:6], KINDS["tied"][:6], KINDS["binary"][:6]], dtype=float)


def ks(estimator, n):
    """Return every k that divides n and that the estimator takes."""
    needs_two = estimator == "sloo"
    return [k for k in range(1, n + 1 - needs_two) if n % k == 0 and (k > 1 or n > 1)]


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weights_equal_their_definitions(estimator, kind, n):
    g = KINDS[kind][:n]
    for k in ks(estimator, n):
        definition = exact.partitioned(g, k, estimator)
        assert_equal_to_rounding(partitioned(g, k, estimator), definition, g)


@pytest.mark.parametrize("n", range(2, 6))
@pytest.mark.parametrize("function", [partitioned, exact.partitioned])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weights_are_unbiased(estimator, function, n):
    for k in ks(estimator, n):
        assert_unbiased(lambda g, k: function(g, k, estimator), n, k)


@law
@given(groups())
def test_one_group_is_the_transform_of_all_attempts(group):
    g, _ = group
    n = len(g)
    np.testing.assert_array_equal(partitioned(g, n, "s"), s(g, n))
    np.testing.assert_array_equal(partitioned(g, n), sloo_minus_one(g, n))


@law
@given(groups())
def test_groups_of_one_give_reinforce_or_rloo_over_n(group):
    g, _ = group
    assert_equal_to_rounding(partitioned(g, 1, "s"), g / len(g), g)
    assert_equal_to_rounding(partitioned(g, 1, "sloo"), rloo(g) / len(g), g)
    assert_equal_to_rounding(partitioned(g, 1), rloo(g) / len(g), g)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@each(LIBRARIES)
def test_batches_of_every_library_go_group_by_group(library, estimator):
    expected = np.array([exact.partitioned(row, 3, estimator) for row in BATCH], dtype=float)
    result = partitioned(library.array(BATCH), 3, estimator)
    library.assert_own(result, "float64", BATCH.shape)
    np.testing.assert_allclose(library.numpy(result), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("function", [partitioned, exact.partitioned])
@pytest.mark.parametrize(
    ("n", "k", "estimator", "message"),
    [
        (6, 4, "s", r"k must divide n, got k = 4 with n = 6"),
        (6, 0, "s", r"k must be in 1\.\.n"),
        (6, 7, "s", r"k must be in 1\.\.n"),
        (6, 6, "sloo", "k must be below n, got k = n = 6: the others"),
        (1, 1, "sloo_minus_one", "k must be below n, got k = n = 1: the others"),
    ],
)
def test_groups_that_cannot_be_made_are_refused(function, n, k, estimator, message):
    with pytest.raises(ValueError, match=message):
        function([0.0] * n, k, estimator)


@pytest.mark.parametrize("function", [partitioned, exact.partitioned])
def test_unknown_estimator_is_refused(function):
    with pytest.raises(ValueError, match="estimator must be .*, got 'jackknife'"):
        function([1.0, 2.0], 1, "jackknife")
