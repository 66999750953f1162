"""Which k to train with: each number against the definition that it stands for."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from pkpo import sloo_minus_one
from pkpo.lab.choosing import agreement, counting, profile, silence

P = np.array([0.0, 0.02, 0.3, 0.7, 1.0])


def verdicts(n, p):
    """Yield the verdicts of n attempts, and how likely they are."""
    for f in product((0, 1), repeat=n):
        yield np.array(f), p ** sum(f) * (1 - p) ** (n - sum(f))


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(2, 7) for k in range(1, n + 1)])
def test_silence_is_the_chance_of_a_group_without_a_weight(n, k):
    for p, none, few in zip(P, *silence(P, n, k), strict=True):
        dumb = [(f, chance) for f, chance in verdicts(n, p) if not sloo_minus_one(f, k).any()]
        assert none == pytest.approx(sum(chance for f, chance in dumb if not f.any()), abs=1e-12)
        assert few == pytest.approx(sum(chance for f, chance in dumb if f.any()), abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(16, 1), (16, 2), (16, 8), (64, 64), (256, 100)])
def test_a_curtain_is_a_binomial_tail(n, k):
    none, few = silence(P[1:], n, k)
    np.testing.assert_allclose(none, (1 - P[1:]) ** n, rtol=1e-11)
    np.testing.assert_allclose(few, stats.binom.cdf(max(k - 2, 0), n, 1 - P[1:]), atol=1e-12)


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(2, 7) for k in range(1, n + 1)])
def test_attempts_that_count_are_signal_over_noise_by_enumeration(n, k):
    p = np.array([0.1, 0.45, 0.8])
    signal = noise = 0
    for p_q in p:
        along = squares = 0
        for f, chance in verdicts(n, p_q):
            weight = sloo_minus_one(f, k)
            along += chance * weight @ (f - p_q)
            squares += chance * weight @ weight
        assert along == pytest.approx(k * (1 - p_q) ** (k - 1) * p_q * (1 - p_q))
        signal += along**2 / (p_q * (1 - p_q))
        noise += squares
    assert counting(p, n, k) == pytest.approx(signal / noise)


def test_step_of_a_softmax_is_as_long_as_its_weights_where_answers_are_many():
    """Every group of 3 out of N answers, half of them right: lengths differ by order 1/N."""
    lengths, n, k = {}, 3, 2
    for many in (8, 16):
        steps = []
        for answers in product(range(many), repeat=n):
            weight = sloo_minus_one(np.array(answers) < many / 2, k)
            scores = np.eye(many)[list(answers)] - 1 / many
            steps.append(weight @ scores)
        mean = np.mean(steps, axis=0)
        uphill = np.where(np.arange(many) < many / 2, 0.5, -0.5) / many  # the slope of p
        np.testing.assert_allclose(mean, k * 0.5 ** (k - 1) * uphill, atol=1e-14)
        lengths[many] = np.mean(np.sum(np.square(steps), axis=1))
    noise = k**2 * 0.5**2 * 0.25 / counting([0.5], n, k)  # as in the definition
    assert abs(lengths[16] - noise) < 0.6 * abs(lengths[8] - noise) < 0.2 * noise


@pytest.mark.parametrize("p", [[0.5], [0.01, 0.4], [0.2, 0.2, 0.99]])
def test_one_try_counts_all_attempts_but_one_and_nothing_counts_more_than_all(p):
    for n in (2, 5, 64):
        assert counting(p, n, 1) == pytest.approx(n - 1)
        assert all(counting(p, n, k) <= n for k in range(1, n + 1))


@pytest.mark.parametrize(("k", "k_eval"), [(1, 8), (3, 3), (256, 2)])
def test_agreement_is_the_cosine_of_two_gradients(k, k_eval):
    p = np.array([[0.05, 0.5, 0.9], [0.3, 0.3, 0.3]])
    u, v = (j * (1 - p) ** (j - 1) * np.sqrt(p * (1 - p)) for j in (k, k_eval))
    cosine = np.sum(u * v, axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    np.testing.assert_allclose(agreement(p, k, k_eval), cosine, rtol=1e-12)


def test_profile_is_the_quantiles_of_a_beta_distribution():
    np.testing.assert_allclose(
        profile(0.2, 0.4, 5), stats.beta.ppf((np.arange(5) + 0.5) / 5, 0.3, 1.2)
    )
    assert set(profile(0.2, 0)) == {0.2}
    np.testing.assert_allclose(profile(0.2, 1e-4, 3), 0.2, atol=0.01)


@pytest.mark.parametrize("spread", [0.2, 0.4])
@pytest.mark.parametrize(("n", "k_eval"), [(16, 16), (32, 32), (64, 16), (128, 128)])
def test_best_k_is_that_of_the_two_limits_in_parallel(n, k_eval, spread):
    p = profile(0.1, spread)
    progress = [agreement(p, k, k_eval) * counting(p, n, k) ** 0.5 for k in range(1, n + 1)]
    assert abs(1 + np.argmax(progress) - n * k_eval / (n + k_eval)) < 1.5


def test_both_factors_near_the_limit_are_powers():
    a, n, k, k_eval = 0.5, 256, 64, 128
    p = profile(0.2, 1 / (1 + a / 0.2), 10_000)
    rule = (2 * (k * k_eval) ** 0.5 / (k + k_eval)) ** (a + 1)
    assert agreement(p, k, k_eval) == pytest.approx(rule, rel=0.02)
    assert counting(p, n, k) / n == pytest.approx((1 - k / (2 * n)) ** (a + 1), rel=0.02)


def test_where_nothing_is_said_nothing_counts():
    assert counting([0.0, 1.0], 4, 2) == 0
    assert np.isnan(agreement([0.0, 1.0], 1, 2))
