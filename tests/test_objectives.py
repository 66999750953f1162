"""The objectives of other trainers: what they climb, by enumeration, and how they are related."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import BATCH, JAX, LIBRARIES, each
from rewards import (
    PAYS,
    POLICY,
    assert_equal_to_rounding,
    climb,
    eighths,
    groups,
    law,
    rloo,
)  # fmt: skip

from pkpo import advantages, exact, jackknife, objectives, s, sloo_minus_one
from pkpo.objectives import dr_grpo, grpo, maxrl, pass_at_k_training, reinforce, rs_grpo, tailrl

rs_grpo_2, training_2 = partial(rs_grpo, beta=2), partial(pass_at_k_training, k=2)
ALL = {
    "reinforce": reinforce,
    "rloo": objectives.rloo,
    "dr_grpo": dr_grpo,
    "grpo": grpo,
    "pass_at_k_training": training_2,
    "maxrl": maxrl,
    "tailrl": tailrl,
    "rs_grpo": rs_grpo_2,
}
every_objective = pytest.mark.parametrize("objective", ALL.values(), ids=ALL)
every_library = each(LIBRARIES)
shares = st.integers(0, 40).map(lambda i: i / 8)


def harmonic(p, order):
    """Return the slope in p of the first terms of log p = -sum_k (1-p)^k / k."""
    return sum((1 - p) ** (k - 1) for k in range(1, order + 1))


# --- what they climb


@pytest.mark.parametrize("n", [2, 3, 5, 8])
@pytest.mark.parametrize("p", [0.05, 0.4, 0.9])
def test_verdicts_climb_p_as_strongly_as_each_objective_says(n, p):
    assert climb(reinforce, n, p) == pytest.approx(1)
    assert climb(objectives.rloo, n, p) == pytest.approx(1)
    assert climb(dr_grpo, n, p) == pytest.approx((n - 1) / n)
    assert climb(tailrl, n, p) == pytest.approx(harmonic(p, n))
    assert climb(tailrl, n, p) == pytest.approx((1 - (1 - p) ** n) / p)
    assert climb(maxrl, n, p) == pytest.approx(harmonic(p, n - 1))
    for k in range(1, n):
        slope = k * (1 - p) ** (k - 1)
        assert climb(partial(jackknife, k=k), n, p) == pytest.approx(slope)
        assert climb(partial(sloo_minus_one, k=k), n, p) == pytest.approx(slope)


def population(objective, p):
    """Return what `climb` approaches for large n, if the error falls as 1/n."""
    near, far = climb(objective, 200, p), climb(objective, 400, p)
    return 2 * far - near


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
def test_dividing_by_a_standard_deviation_climbs_an_arcsine(p):
    assert population(grpo, p) == pytest.approx(1 / np.sqrt(p * (1 - p)), rel=1e-4)
    for k in (2, 3):
        passes = 1 - (1 - p) ** k
        slope = (1 - p) ** (k - 1) / np.sqrt(passes * (1 - passes))
        training = partial(pass_at_k_training, k=k)
        assert population(training, p) == pytest.approx(slope, rel=1e-3)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
def test_rs_grpo_climbs_the_log_of_the_mean_exponential(p):
    growth = np.expm1(2)
    assert population(rs_grpo_2, p) == pytest.approx(growth / (2 * (1 + p * growth)), rel=1e-4)


def mean_gradient(objective, n):
    gradient = exact.expected_gradient(lambda g, k: objective(g), POLICY, PAYS, n, 1)
    return np.array(gradient, dtype=float)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_mean_of_rewards_of_three_values_climbs_j_1_and_the_harmonic_mixture(n):
    slopes = [np.array(exact.gradient(POLICY, PAYS, k), dtype=float) for k in range(1, n + 1)]
    np.testing.assert_allclose(mean_gradient(reinforce, n), slopes[0], atol=1e-12)
    np.testing.assert_allclose(mean_gradient(objectives.rloo, n), slopes[0], atol=1e-12)
    np.testing.assert_allclose(mean_gradient(dr_grpo, n), (n - 1) / n * slopes[0], atol=1e-12)
    mixture = sum(slope / k for k, slope in enumerate(slopes, 1))
    np.testing.assert_allclose(mean_gradient(tailrl, n), mixture, atol=1e-12)


# --- how they are related


@law
@given(groups())
def test_jackknife_is_s_less_its_mean_times_n_over_n_less_k(group):
    g, k = group
    n = len(g)
    if k < n:
        centred = s(g, k) - s(g, k).mean()
        assert_equal_to_rounding(jackknife(g, k), n / (n - k) * centred, np.append(g * n, 1))


@law
@given(groups())
def test_tailrl_is_the_harmonic_mixture_of_own_margins(group):
    g, n = group[0], len(group[0])
    mixture = g / n + sum(sloo_minus_one(g, k) / k for k in range(2, n + 1))
    assert_equal_to_rounding(tailrl(g), mixture, np.append(g, 1))


@law
@given(groups())
def test_rloo_is_the_jackknife_at_1_and_dr_grpo_is_smaller(group):
    g, n = group[0], len(group[0])
    assert_equal_to_rounding(objectives.rloo(g) * n, rloo(g), np.append(g, 1))
    assert_equal_to_rounding(dr_grpo(g) * n, g - g.mean(), np.append(g, 1))


@law
@given(groups())
def test_grpo_is_reward_less_mean_over_standard_deviation(group):
    g = group[0]
    if np.ptp(g):
        np.testing.assert_allclose(grpo(g) * len(g), (g - g.mean()) / g.std(ddof=1), atol=1e-12)
    else:
        assert not grpo(g).any()


@law
@given(st.lists(shares, min_size=1, max_size=9))
def test_maxrl_is_reward_less_mean_over_mean(g):
    g = np.array(g)
    expected = (g / g.mean() - 1) / len(g) if g.any() else 0 * g
    np.testing.assert_allclose(maxrl(g), expected, atol=1e-14)
    f = np.sign(g)
    if f.any():
        np.testing.assert_allclose(maxrl(f), tailrl(f) - tailrl(f).mean(), atol=1e-14)


@law
@given(st.lists(eighths, min_size=1, max_size=9), st.floats(0.1, 3))
def test_rs_grpo_is_its_definition_and_dr_grpo_without_risk(g, beta):
    g = np.array(g)
    e = np.exp(beta * (g - g.max()))
    np.testing.assert_allclose(rs_grpo(g, beta), (e / e.mean() - 1) / beta / len(g), atol=1e-12)
    if len(g) > 1:
        np.testing.assert_allclose(rs_grpo(g, 1e-9), dr_grpo(g), atol=1e-6)
        np.testing.assert_allclose(rs_grpo(g, 5e-324), dr_grpo(g), atol=1e-14)


@pytest.mark.parametrize("n", [4, 9])
def test_centred_and_standardised_verdicts_weigh_the_same_whatever_k_was(n):
    for c in range(1, n):
        f = np.arange(n) < c
        for k in range(1, n):
            weight = jackknife(f, k)
            if weight.std() > 0:
                standardised = (weight - weight.mean()) / weight.std(ddof=1) / n
                np.testing.assert_allclose(standardised, grpo(f), atol=1e-12)


def test_a_lone_success_of_16_weighs_k_and_under_grpo_3_75():
    f = np.arange(16) == 3
    assert grpo(f)[3] * 16 == pytest.approx(3.75)
    for k in (2, 4, 16):
        assert advantages(f, k)[3] == pytest.approx(k)


# --- arrays


@every_objective
@every_library
def test_arrays_of_every_library_are_answered_in_it(library, objective):
    g = np.abs(BATCH)
    expected = objective(g)
    result = objective(library.array(g))
    library.assert_own(result, "float64", g.shape)
    np.testing.assert_allclose(library.numpy(result), expected, rtol=0, atol=1e-14)
    short = objective(library.array(g, "float32"))
    library.assert_own(short, "float32", g.shape)
    whole = objective(library.array([0, 1, 1, 0], "int64"))
    library.assert_own(whole, "float64", (4,))


@every_objective
@each(JAX)
def test_jit_changes_nothing(library, objective):
    import jax

    g = library.array(np.abs(BATCH))
    np.testing.assert_allclose(jax.jit(objective)(g), objective(g), rtol=0, atol=1e-14)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@every_objective
@every_library
@pytest.mark.filterwarnings("error")
def test_a_reward_that_is_not_finite_spoils_its_own_group_and_all_of_it(library, objective, bad):
    g = np.abs(BATCH)
    whole = library.numpy(objective(library.array(g))).copy()
    g[1, 2, 3] = bad
    whole[1, 2, :] = np.nan
    np.testing.assert_allclose(library.numpy(objective(library.array(g))), whole, atol=1e-14)


@every_objective
def test_rewards_of_any_size_are_weighed_without_overflow(objective):
    g = np.array([[1e308, 0.0, 1e308, 0.5e308], [0, 0, 0, 0], [1e-300, 0, 0, 1e-300]])
    assert np.isfinite(objective(g)).all()
    assert np.abs(grpo(g) - grpo(g / g.max(axis=1, keepdims=True).clip(1e-300))).max() < 1e-12


@every_objective
def test_objectives_show_an_example_and_take_lists(objective):
    assert objective([0, 1, 0.5]).shape == (3,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grpo([1.0]), "g must have groups of at least 2 attempts, got 1"),
        (lambda: objectives.rloo([[1.0]]), "g must have groups of at least 2 attempts, got 1"),
        (lambda: reinforce([]), "g must have groups of at least 1 attempts, got 0"),
        (lambda: maxrl([1, -0.5]), r"g must be at least 0, got -0\.5"),
        (lambda: rs_grpo([1, 0], 0), "beta must be a positive number, got 0"),
        (lambda: pass_at_k_training([1, 0], 2), "k must be below n, got k = n = 2"),
        (lambda: tailrl(3), "g must have shape"),
    ],
)
def test_what_they_do_not_take_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
