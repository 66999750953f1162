"""The definitions: examples counted by hand, laws that hold without rounding, errors."""

from fractions import Fraction
from itertools import product
from math import comb, prod

import pytest
from rewards import KINDS, TRANSFORMS, ks

from pkpo import exact, objectives

POLICY = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))  # the chance of each of three actions
PAYS = (1, 0, Fraction(5, 2))


def test_pass_at_k_counts_the_pairs_that_hold_the_success():
    assert exact.pass_at_k(4, 1, 2) == Fraction(3, 6)


def test_max_at_k_averages_the_best_of_each_pair():
    assert exact.max_at_k([1, 2, 4], 2) == Fraction(2 + 4 + 4, 3)


@pytest.mark.parametrize(
    ("transform", "thirds"),
    [
        ("s", [2 + 4, 2 + 4, 4 + 4]),  # the best of each pair that holds the attempt
        ("sloo", [6 - 3 * 4, 6 - 3 * 4, 8 - 3 * 2]),  # less the best of the others
        ("sloo_minus_one", [0, 2 - 1, (4 - 1) + (4 - 2)]),  # in each pair, the best less the other
        ("jackknife", [10 - 3 * 4, 10 - 3 * 4, 10 - 3 * 2]),  # max_at_k less that of the others
    ],
)
def test_transforms_of_three_attempts_are_what_a_hand_counts(transform, thirds):
    weights = getattr(exact, transform)([1, 2, 4], 2)
    assert weights == [Fraction(third, 3) for third in thirds]


def test_levels_are_shared_by_the_attempts_that_reach_them():
    assert exact.tailrl([1, 4, 2, 4]) == [Fraction(1, 4), Fraction(19, 12), Fraction(7, 12)] + [
        Fraction(19, 12)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_shared_levels_are_the_harmonic_mixture_of_own_margins(kind, n):
    g = [Fraction(x) for x in KINDS[kind][:n]]
    mixture = [g_i / n for g_i in g]
    for k in range(2, n + 1):
        own = exact.sloo_minus_one(g, k)
        mixture = [x + w / k for x, w in zip(mixture, own, strict=True)]
    assert exact.tailrl(g) == mixture


STAKES = {
    "s": lambda n, m, k: Fraction(k * comb(n - 1 - m, k - 1), comb(n - 1, k - 1)),
    "tailrl": lambda n, m, k: Fraction(n, m + 1),
    "reward": lambda n, m, k: 1,
    "less mean": lambda n, m, k: Fraction(n - 1, n),
}
RULES = {
    "tailrl": lambda g, k: exact.tailrl(g),
    "reward": lambda g, k: [Fraction(x, len(g)) for x in g],
    "less mean": lambda g, k: [(x - Fraction(sum(g), len(g))) / len(g) for x in g],
}


@pytest.mark.parametrize("rule", [*TRANSFORMS, *RULES])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_stakes_are_what_a_hand_counts_whatever_the_baseline(rule, n):
    transform = RULES.get(rule) or getattr(exact, rule)
    by_hand = STAKES["s" if rule in TRANSFORMS else rule]
    for k in ks(rule, n) if rule in TRANSFORMS else [1]:
        assert exact.stakes(transform, n, k) == [by_hand(n, m, k) for m in range(n)]


@pytest.mark.parametrize("rule", [exact.s, objectives.pass_at_k_training, RULES["tailrl"]])
def test_average_stake_is_how_strongly_a_coin_is_pushed(rule):
    n, k, p = 4, 2, Fraction(1, 3)
    average = sum(
        comb(n - 1, m) * p**m * (1 - p) ** (n - 1 - m) * stake
        for m, stake in enumerate(exact.stakes(rule, n, k))
    )
    push = exact.expected_gradient(rule, [1 - p, p], [0, 1], n, k)
    assert push == [-average * p * (1 - p), average * p * (1 - p)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [2, 3, 6])
def test_sums_are_multiples_of_the_estimates(kind, n):
    g = KINDS[kind][:n]
    rho = {k: exact.max_at_k(g, k) for k in range(1, n + 1)}
    for k in range(1, n + 1):
        assert sum(exact.s(g, k)) == k * rho[k]
        if k > 1:
            assert sum(exact.sloo_minus_one(g, k)) == k * (rho[k] - rho[k - 1])
        if k < n:
            assert sum(exact.sloo(g, k)) == -Fraction(k, n - 1) * rho[k]
            assert sum(exact.jackknife(g, k)) == 0


@pytest.mark.parametrize("transform", ["max_at_k", *TRANSFORMS])
def test_results_are_fractions(transform):
    result = getattr(exact, transform)([0.5, 1, 0], 2)
    assert all(type(x) is Fraction for x in (result if isinstance(result, list) else [result]))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_objective_is_what_the_estimate_is_on_average(k):
    n = 4
    average = sum(
        prod(POLICY[a] for a in x) * exact.max_at_k([PAYS[a] for a in x], k)
        for x in product(range(3), repeat=n)
    )
    assert average == exact.objective(POLICY, PAYS, k)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("a", range(3))
def test_gradient_is_the_slope_of_the_objective(a, k):
    def moved(h):
        """Return J_k once logit a has moved p by h along dp/dz_a = p_a (e_a - p)."""
        p = [POLICY[b] + h * POLICY[a] * ((a == b) - POLICY[b]) for b in range(3)]
        return exact.objective(p, PAYS, k)

    # J_k is a polynomial of degree k <= 4 in h: the five-point difference is its derivative.
    h = Fraction(1, 10)
    slope = (moved(-2 * h) - 8 * moved(-h) + 8 * moved(h) - moved(2 * h)) / (12 * h)
    assert exact.gradient(POLICY, PAYS, k)[a] == slope


@pytest.mark.parametrize("k", [1, 2, 5])
def test_gradient_of_pass_at_k_is_that_of_one_less_all_failures(k):
    p = Fraction(1, 10)  # J = 1 - (1-p)**k, and dp/dz = p (1-p) for the logit of success
    slope = k * (1 - p) ** (k - 1) * p * (1 - p)
    assert exact.gradient([p, 1 - p], [1, 0], k) == [slope, -slope]


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_transforms_are_unbiased(transform, n):
    for k in ks(transform, n):
        expected = exact.expected_gradient(getattr(exact, transform), POLICY, PAYS, n, k)
        assert expected == exact.gradient(POLICY, PAYS, k)


def test_a_biased_transform_is_seen():
    def doubled(g, k):
        return [2 * weight for weight in exact.s(g, k)]

    expected = exact.expected_gradient(doubled, POLICY, PAYS, 3, 2)
    assert expected == [2 * slope for slope in exact.gradient(POLICY, PAYS, 2)]


def test_pass_at_k_is_one_less_the_share_of_failing_subsets():
    for n in range(1, 8):
        for c, k in product(range(n + 1), range(1, n + 1)):
            assert exact.pass_at_k(n, c, k) == 1 - Fraction(comb(n - c, k), comb(n, k))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact.pass_at_k(3, 4, 2), r"c must be in 0\.\.n, got c = 4 with n = 3"),
        (lambda: exact.pass_at_k(3, 2, 4), r"k must be in 1\.\.n, got k = 4 with n = 3"),
        (lambda: exact.max_at_k([1, 2], 3), r"k must be in 1\.\.n, got k = 3 with n = 2"),
        (lambda: exact.s([1, 2], 0), r"k must be in 1\.\.n, got k = 0 with n = 2"),
        (lambda: exact.sloo([1, 2], 2), "k must be below n, got k = n = 2: its definition"),
        (lambda: exact.jackknife([1, 2], 2), "k must be below n, got k = n = 2: its definition"),
        (lambda: exact.sloo_minus_one([1], 1), "k must be below n, got k = n = 1: its definition"),
        (
            lambda: exact.objective([1], [1, 2], 1),
            "p must be 2 prob.* sum to exactly 1, got 1",
        ),
        (lambda: exact.gradient([0.5, 0.25], [1, 2], 1), "p must be 2.*got 1/2, 1/4"),
        (lambda: exact.gradient([2, -1], [1, 2], 1), "p must be 2 probabilities.*got 2, -1"),
        (lambda: exact.objective([1], [1], 0), "k must be at least 1, got k = 0"),
        (lambda: exact.gradient([1], [1], 0), "k must be at least 1, got k = 0"),
    ],
)
def test_errors_say_what_was_given_and_what_is_needed(call, message):
    with pytest.raises(ValueError, match=message):
        call()
