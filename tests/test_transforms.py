"""The transforms: the definitions, unbiasedness, and the laws that follow from the definitions."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from rewards import (
    KINDS,
    TRANSFORMS,
    assert_equal_to_rounding,
    assert_unbiased,
    bits,
    groups,
    ks,
    law,
    named,
    rloo,
)

from pkpo import advantages, exact, jackknife, max_at_k, pass_at_k, s, sloo, sloo_minus_one


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transforms_equal_their_definitions(transform, kind, n):
    g = KINDS[kind][:n]
    for k in ks(transform, n):
        definition = getattr(exact, transform)(g, k)
        assert_equal_to_rounding(named(transform)(g, k), definition, g)
        assert_equal_to_rounding(advantages(g, k, transform, "sum"), definition, g)
        per_mean = [n * weight for weight in definition]
        assert_equal_to_rounding(advantages(g, k, transform, "mean"), per_mean, g)


def test_advantages_are_those_of_sloo_minus_one_for_trainers_that_average():
    g = KINDS["distinct"]
    assert_equal_to_rounding(advantages(g, 3), len(g) * sloo_minus_one(g, 3), g)


@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_transforms_are_unbiased(transform, n):
    for k in ks(transform, n):
        assert_unbiased(named(transform), n, k)


@law
@given(groups())
def test_s_sums_to_k_times_the_estimate(group):
    g, k = group
    assert_equal_to_rounding(s(g, k).sum(), k * max_at_k(g, k), g)


@law
@given(groups("sloo"))
def test_sloo_sums_to_minus_k_over_n_less_one_times_the_estimate(group):
    g, k = group
    assert_equal_to_rounding(sloo(g, k).sum(), -k / (len(g) - 1) * max_at_k(g, k), g)


@law
@given(groups("sloo_minus_one"))
def test_sloo_minus_one_sums_to_k_times_the_gain_of_the_last_attempt(group):
    g, k = group
    gain = max_at_k(g, k) - max_at_k(g, k - 1) if k > 1 else 0
    assert_equal_to_rounding(sloo_minus_one(g, k).sum(), k * gain, g)


@law
@given(groups("jackknife"))
def test_jackknife_is_centred_s_and_what_the_estimate_loses_without_the_attempt(group):
    g, k = group
    n, weight = len(g), jackknife(g, k)
    loss = [max_at_k(g, k) - max_at_k(np.delete(g, i), k) for i in range(n)]
    assert_equal_to_rounding(weight.sum(), 0, g)
    assert_equal_to_rounding(weight, loss, g)
    assert_equal_to_rounding(weight, n / (n - k) * (s(g, k) - s(g, k).mean()), g)


@law
@given(groups("jackknife", smallest=3))
def test_sloo_minus_one_less_its_leave_one_out_mean_is_the_jackknife(group):
    g, k = group
    n = len(g)
    of_others = [sloo_minus_one(np.delete(g, i), k).sum() / n for i in range(n)]
    assert_equal_to_rounding(sloo_minus_one(g, k) - of_others, jackknife(g, k), g)


@law
@given(groups())
def test_one_attempt_gives_reinforce_or_rloo_over_n(group):
    g, _ = group
    n = len(g)
    assert_equal_to_rounding(s(g, 1), g / n, g)
    assert_equal_to_rounding(sloo_minus_one(g, 1), rloo(g) / n, g)
    assert_equal_to_rounding(jackknife(g, 1), rloo(g) / n, g)


@law
@given(groups())
def test_all_attempts_give_the_best_to_all_or_its_margin_to_the_winner(group):
    g, _ = group
    n = len(g)
    second, best = np.sort(g)[-2:]
    margin = np.where(g == best, best - second, 0)
    assert_equal_to_rounding(s(g, n), np.full(n, best), g)
    np.testing.assert_array_equal(sloo_minus_one(g, n), margin)


@law
@given(groups(rewards=bits))
def test_s_of_successes_and_failures_is_the_paper_s_equation_8(group):
    f, k = group
    n, c = len(f), int(f.sum())
    failure = pass_at_k(n - 1, c, k - 1) if k > 1 and c < n else 0
    np.testing.assert_allclose(s(f, k), k / n * np.where(f == 1, 1, failure), rtol=0, atol=1e-14)


@law
@given(groups(rewards=bits))
def test_sloo_minus_one_of_successes_and_failures_pays_only_successes(group):
    f, k = group
    n, c = len(f), int(f.sum())
    if k > 1:
        expected = f * comb(n - c, k - 1) / comb(n, k)
        np.testing.assert_allclose(sloo_minus_one(f, k), expected, rtol=1e-14, atol=0)
