"""What trainers do to weights: against definitions in fractions, and numbers by hand."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from pkpo import advantages, audit, exact, jackknife, s, sloo_minus_one
from pkpo.lab.pipelines import beside, centred, mean_push, standardised

P, G = np.array([0.5, 0.3, 0.2]), np.array([0.0, 1.0, 3.0])


def test_standardised_by_hand():
    np.testing.assert_allclose(standardised([1, 2, 3], 1e-12), [-1, 0, 1], rtol=1e-9)
    np.testing.assert_allclose(standardised([0, 0, 0, 4]), [-1 / 2.0001] * 3 + [3 / 2.0001])
    assert standardised([[5, 5], [0, 0]]).tolist() == [[0, 0], [0, 0]]
    assert centred([[1, 2, 6]]).tolist() == [[-2, -1, 3]]


@pytest.mark.parametrize("k, weights", [(1, s), (3, s), (2, jackknife), (4, sloo_minus_one)])
def test_mean_push_of_unbiased_weights_is_the_gradient_of_max_at_k(k, weights):
    p = [Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)]
    truth = [float(x) for x in exact.gradient(p, [0, 1, 3], k)]
    np.testing.assert_allclose(mean_push(lambda a: weights(G[a], k), P, 4), truth, atol=1e-14)


def test_mean_push_is_its_definition():
    def weigh(a):
        return np.cos(a) + a[:, ::-1] * a

    expected = np.zeros(3)
    for group in product(range(3), repeat=3):
        w = weigh(np.array([group]))[0]
        scores = np.eye(3)[list(group)] - P
        expected += np.prod(P[list(group)]) * (w @ scores)
    np.testing.assert_allclose(mean_push(weigh, P, 3), expected, atol=1e-15)


def test_beside_agrees_with_audit():
    p, g = np.array([0.55, 0.3, 0.15]), np.array([0.0, 1.0, 2.0])
    truth = mean_push(lambda a: s(g[a], 4), p, 6)
    mean = mean_push(lambda a: standardised(g[a]), p, 6) / 6
    found = audit(lambda g, k: standardised(g), 6, 4)
    np.testing.assert_allclose(beside(mean, truth), (found.factor, found.cosine), rtol=1e-12)
    assert beside([-2, 0], [1, 0]) == (-2, -1)
    assert beside([0, 0], [1, 0])[0] == 0


@pytest.mark.parametrize("k", [2, 4])
def test_an_average_per_answer_divides_what_each_answer_is_paid_by_its_length(k):
    """The mean push is that of one attempt alone, paid its effective reward over its length."""
    length = np.array([10, 20, 40])
    seen = mean_push(lambda a: advantages(G[a], k) / length[a], P, 5) / 5
    others = np.array(list(product(range(3), repeat=4)))
    chance = np.prod(P[others], axis=1)
    for answer in range(3):
        group = np.c_[np.full(len(others), answer), others]
        paid = advantages(G[group], k)[:, 0] @ chance / length[answer]
        seen -= P[answer] * paid * (np.eye(3)[answer] - P)
    np.testing.assert_allclose(seen, 0, atol=1e-14)


@pytest.mark.parametrize("tokens, degrees", [((10, 20, 40), 30.9), ((40, 20, 10), 4.9)])
def test_how_far_all_stages_turn_depends_on_the_lengths(tokens, degrees):
    """As chapter 12 says of its policy, and of one whose right answer is the shortest."""
    p, g, tokens = np.array([0.6, 0.3, 0.1]), np.array([0, 0.5, 1]), np.array(tokens)
    truth = mean_push(lambda a: advantages(g[a], 4), p, 8)
    push = mean_push(lambda a: standardised(advantages(g[a], 4)) / tokens[a], p, 8)
    assert np.degrees(np.arccos(beside(push, truth)[1])) == pytest.approx(degrees, abs=0.05)
