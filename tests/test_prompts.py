"""Many prompts: probabilities, verdicts and gradients are those of the definition."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from pkpo import sloo_minus_one
from pkpo.lab.prompts import Prompts, best_split, half_learnt, lookalikes, measures
from pkpo.lab.training import train


def problem(seed=0):
    """Four prompts of three features, answers of two tokens out of three."""
    rng = np.random.default_rng(seed)
    return Prompts(rng.normal(size=(4, 3)), rng.integers(3, size=(4, 2)), 3)


def some_theta(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=(*shape, 2 * 3 * 3))


def answers_with_probability(prompts, theta, prompt):
    """Yield every answer to a prompt, and its probability from the definition."""
    coefficients = theta.reshape(2, 3, 3)
    for answer in product(range(3), repeat=2):
        chance = 1.0
        for token, choice in enumerate(answer):
            likely = np.exp(coefficients[token] @ prompts.features[prompt])
            chance *= likely[choice] / likely.sum()
        yield answer, chance


def slope(function, theta, h=1e-6):
    """Return the gradient of `function` at theta by central differences, last axis."""
    steps = h * np.eye(theta.size)
    return np.stack([(function(theta + d) - function(theta - d)) / (2 * h) for d in steps], axis=-1)


def test_success_is_the_probability_of_the_right_answer():
    prompts, theta = problem(), some_theta()
    for p in range(4):
        chances = dict(answers_with_probability(prompts, theta, p))
        assert np.isclose(prompts.success(theta)[p], chances[tuple(prompts.answers[p].tolist())])
        assert np.isclose(sum(chances.values()), 1)


def test_entropy_is_that_of_the_answers():
    prompts, theta = problem(), some_theta()
    each = [
        -sum(q * np.log(q) for _, q in answers_with_probability(prompts, theta, p))
        for p in range(4)
    ]
    assert np.isclose(prompts.entropy(theta), np.mean(each))


def test_leading_axes_are_policies_of_their_own():
    prompts, theta = problem(), some_theta(5, 2)
    for i, j in product(range(5), range(2)):
        np.testing.assert_allclose(prompts.success(theta)[i, j], prompts.success(theta[i, j]))
        assert np.isclose(prompts.entropy(theta)[i, j], prompts.entropy(theta[i, j]))


def test_gradient_of_success_is_its_slope():
    prompts, theta = problem(), some_theta()
    np.testing.assert_allclose(
        prompts.success_gradient(theta), slope(prompts.success, theta), atol=1e-8
    )


def test_draws_are_shared_and_follow_the_probabilities():
    prompts, theta = problem(), np.repeat(some_theta(1), 2, axis=0)
    x, g = prompts.draw(theta, 4, 50_000, rng=np.random.default_rng(0))
    assert x.shape == (2, 50_000, 2, 4)
    verdicts = (np.moveaxis(x, -1, 1) == prompts.answers[:, None]).all(axis=-1)
    np.testing.assert_array_equal(g, verdicts)
    for p in range(4):
        for answer, chance in answers_with_probability(prompts, theta[0], p):
            share = (x[..., p] == answer).all(axis=-1).mean()
            assert abs(share - chance) < 5 * np.sqrt(chance * (1 - chance) / 100_000)


def test_gradient_sums_weight_times_score_and_averages_over_prompts():
    prompts, theta = problem(), some_theta(2)
    rng = np.random.default_rng(3)
    x, weight = rng.integers(3, size=(2, 5, 2, 4)), rng.normal(size=(2, 4, 5))

    def log_probability(theta, p, answer):
        return np.log(dict(answers_with_probability(prompts, theta, p))[tuple(answer.tolist())])

    for seed in range(2):
        wanted = sum(
            weight[seed, p, i]
            * slope(lambda t, p=p, a=x[seed, i, :, p]: log_probability(t, p, a), theta[seed])
            for p, i in product(range(4), range(5))
        )
        np.testing.assert_allclose(prompts.gradient(theta, x, weight)[seed], wanted / 4, atol=1e-6)


def test_gradient_of_entropy_is_its_slope():
    theta = some_theta(2)
    wanted = np.array([slope(problem().entropy, each) for each in theta])
    np.testing.assert_allclose(problem().entropy_gradient(theta), wanted, atol=1e-8)


def test_training_climbs_pass_at_k():
    prompts = problem()
    h = train(prompts, np.zeros(18), k=2, n=8, steps=60, lr=2.0, seeds=4, groups=4,
              rng=np.random.default_rng(0))  # fmt: skip
    p = prompts.success(h.theta)
    assert np.all((1 - (1 - p) ** 2).mean(axis=-1)[:, -1] > 0.7)
    assert h.best.shape == (4, 60, 4)


def test_measures_follow_the_run():
    prompts = problem()
    h = train(prompts, np.zeros(18), k=2, n=3, steps=6, lr=2.0, seeds=3, groups=4,
              rng=np.random.default_rng(2))  # fmt: skip
    solved, one, eight, entropy = measures(prompts, h, every=2)
    for seed, (i, step) in product(range(3), enumerate((0, 2, 4, 6))):
        so_far = [any(h.best[seed, :step, p] == 1) for p in range(4)]
        p = prompts.success(h.theta[seed, step])
        assert solved[seed, i] == np.mean(so_far)
        assert np.isclose(one[seed, i], sum(p) / 4)
        assert np.isclose(eight[seed, i], sum(1 - (1 - q) ** 8 for q in p) / 4)
        assert np.isclose(entropy[seed, i], prompts.entropy(h.theta[seed, step]))


def test_every_prompt_is_asked_at_every_step():
    with pytest.raises(ValueError, match="groups must be the number of prompts, 4, got 3"):
        problem().draw(some_theta(1), 3, 2, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"answers": [[0, 1]] * 3},
            r"features and answers must have .*, got \(4, 3\) and \(3, 2\)",
        ),
        ({"features": np.ones(4)}, r"features and answers must have .*, got \(4,\) and \(4, 2\)"),
        ({"features": np.ones((4, 0))}, r"none of them 0, got \(4, 0\) and \(4, 2\)"),
        ({"features": [[np.nan]] * 4}, r"features\[0, 0\] must be finite, got nan"),
        ({"vocabulary": 2}, r"answers\[0, 1\] must be in 0\.\.vocabulary-1 = 0\.\.1, got 2"),
        ({"vocabulary": 1}, "vocabulary must be at least 2, got vocabulary = 1"),
        ({"vocabulary": 2.5}, r"vocabulary must be an integer, got 2\.5"),
        ({"answers": [[0.5, 1.0]] * 4}, "answers must be an integer"),
    ],
)
def test_shapes_and_tokens_that_do_not_fit_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        replace(problem(), **changed)


def test_lists_make_the_same_problem_as_arrays():
    ok, theta = problem(), some_theta(2)
    same = Prompts(ok.features.tolist(), ok.answers.tolist(), np.int64(3))
    np.testing.assert_array_equal(same.success(theta.tolist()), ok.success(theta))
    drawn = [p.draw(theta, 4, 5, rng=np.random.default_rng(0)) for p in (same, ok)]
    for a, b in zip(*drawn, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("vocabulary", [2, 128, 129, 256, 257, 1000])
def test_every_token_of_a_large_vocabulary_can_be_drawn_and_judged(vocabulary):
    answers = np.array([[vocabulary - 1], [vocabulary // 2]])
    prompts = Prompts(np.eye(2), answers, vocabulary)
    sure = np.zeros((1, vocabulary, 2))
    sure[0, answers[:, 0], [0, 1]] = 100.0
    x, g = prompts.draw(sure.reshape(1, -1), 2, 3, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(x[0, :, 0], np.broadcast_to(answers[:, 0], (3, 2)))
    np.testing.assert_array_equal(g, 1)
    np.testing.assert_allclose(prompts.success(sure.ravel()), 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.success(np.ones(17)), r"theta must have shape \(\.\.\., 18\), got \(17,\)"),
        (lambda p: p.success(np.full(18, 1e308)), "theta must leave the logits finite"),
        (lambda p: p.success_gradient(np.ones((2, 18))), r"theta must have shape \(18\), got"),
        (lambda p: p.entropy_gradient(np.ones(18)), r"theta must have shape \(seed, 18\), got"),
        (lambda p: p.draw(np.ones((1, 18)), 3, 4, rng=None), "groups must be the number of pr"),
        (lambda p: p.draw(np.ones((1, 18)), 4, 0, rng=None), "n must be at least 1, got n = 0"),
        (lambda p: p.gradient(np.ones((1, 18)), np.full((1, 5, 2, 4), 3), np.ones((1, 4, 5))),
         r"x\[0, 0, 0, 0\] must be a token of the vocabulary, got 3"),
        (lambda p: p.gradient(np.ones((1, 18)), np.ones((1, 5, 2, 4), int), np.ones((1, 5, 4))),
         r"weight must have shape \(1, 4, 5\), got \(1, 5, 4\)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_prompts_is_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(problem())


def test_what_is_half_learnt_has_the_success_asked_for_and_can_be_learnt():
    prompts, theta = half_learnt(50, 8, 2, 3, rng=np.random.default_rng(0), between=(0.01, 0.6))
    assert prompts.features.shape == (50, 8)
    assert prompts.answers.shape == (50, 2)
    np.testing.assert_allclose(np.linalg.norm(prompts.features, axis=1), 1)
    p = prompts.success(theta)
    assert 0.01 < p.min() < p.max() < 0.6
    rule, noise = np.random.default_rng(0).normal(size=(2, 2 * 3 * 8))
    np.testing.assert_allclose(theta, 2 * (rule + noise))
    assert prompts.success(1e4 * rule).min() > 0.99


@pytest.mark.parametrize("cosine", [-0.5, 0.0, 0.9])
def test_lookalikes_pull_apart_by_the_angle_of_their_features(cosine):
    prompts, theta = lookalikes(cosine, easy=3, hard=2)
    easy, hard = 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2 * cosine))
    np.testing.assert_allclose(prompts.success(theta), [easy] * 3 + [hard] * 2)
    a, b = prompts.success_gradient(theta)[[0, -1]]
    assert np.isclose(a @ b / np.sqrt((a @ a) * (b @ b)), -cosine)


SHARES = [[2 / 3, 1 / 3], [0.4, 0.25, 0.15, 0.12, 0.08], [0.9, 0.1], [0.25] * 4, [0.5, 0.5 - 1e-9]]


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("k", [2, 3, 8, 100])
def test_no_probability_can_be_moved_with_profit(shares, k):
    w, pi = np.array(shares), best_split(shares, k)
    assert np.isclose(pi.sum(), 1)
    gain = w * (1 - pi) ** (k - 1)
    used = gain[pi > 0]
    np.testing.assert_allclose(used, used[0], rtol=1e-9)
    assert np.all(gain <= used[0] * (1 + 1e-9))


def test_two_strategies_by_hand():
    np.testing.assert_allclose(best_split([2 / 3, 1 / 3], 2), [2 / 3, 1 / 3])


def test_one_try_takes_the_largest_share():
    np.testing.assert_array_equal(best_split([0.2, 0.5, 0.3], 1), [0, 1, 0])
    np.testing.assert_array_equal(best_split([0.4, 0.2, 0.4], 1), [0.5, 0, 0.5])


def test_order_of_the_shares_does_not_matter():
    w, order = np.array(SHARES[1]), [3, 0, 4, 2, 1]
    np.testing.assert_allclose(best_split(w[order], 4), best_split(w, 4)[order])


def test_shares_too_small_to_matter_get_nothing():
    np.testing.assert_array_equal(best_split([1.0, 1e-17], 2), [1, 0])
    np.testing.assert_array_equal(best_split([5e-324, 1.0], 2), [0, 1])
    np.testing.assert_allclose(best_split([1e-320, 1e-320], 2), 0.5)
    np.testing.assert_allclose(best_split([3.0, 1.0], 10**400), 0.5)


@pytest.mark.parametrize(
    ("shares", "k", "message"),
    [
        ([0.5, 0.5], 0, "k must be at least 1, got k = 0"),
        ([1.0, 0.0], 2, r"shares\[1\] must be positive, got 0.0"),
        ([0.5, np.nan], 2, r"shares\[1\] must be finite, got nan"),
        ([], 2, "shares must have at least one entry, got none"),
        ([[1, 1]], 2, r"shares must have shape \(strategy\), got \(1, 2\)"),
        (1.0, 2, r"shares must have shape \(strategy\), got \(\)"),
    ],
)
def test_split_refuses_what_has_no_meaning(shares, k, message):
    with pytest.raises(ValueError, match=message):
        best_split(shares, k)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"prompts": 0}, "prompts must be at least 1, got prompts = 0"),
        ({"features": 1.5}, "features must be an integer, got 1.5"),
        ({"vocabulary": 1}, "vocabulary must be at least 2, got vocabulary = 1"),
        ({"between": (0.5, 0.5)}, r"between must be two rising bounds in 0\.\.1, got \(0.5, 0.5\)"),
        ({"between": (0.9, 0.1)}, r"between must be two rising bounds in 0\.\.1, got \(0.9, 0.1\)"),
        ({"between": (0.9,)}, r"between must be two rising bounds in 0\.\.1, got \(0.9,\)"),
        ({"between": 0.5}, "between must be numbers in an order, got 0.5"),
        ({"between": (0.1, 1.5)}, r"between\[1\] must be a number in 0\.\.1, got 1.5"),
    ],
)
def test_prompts_that_cannot_be_drawn_are_refused_before_a_draw(wrong, message):
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    with pytest.raises((ValueError, TypeError), match=message):
        half_learnt(rng=rng, **wrong)
    assert rng.bit_generator.state == before


def test_bounds_that_are_too_close_end_the_search():
    message = "between must leave room: of 5000 prompts drawn, . of the 5 asked for were between"
    with pytest.raises(ValueError, match=message):
        half_learnt(5, 4, 2, 3, rng=np.random.default_rng(0), between=(0.5, 0.500001))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cosine": 1.1}, r"cosine must be a number in -1\.\.1, got 1.1"),
        ({"cosine": 2.0}, r"cosine must be a number in -1\.\.1, got 2.0"),
        ({"cosine": np.nan}, r"cosine must be a number in -1\.\.1, got nan"),
        ({"easy": 0}, "easy must be at least 1, got easy = 0"),
        ({"hard": 1.0}, r"hard must be an integer, got 1\.0"),
    ],
)
def test_lookalikes_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        lookalikes(**{"cosine": 0.9} | wrong)


def test_measures_of_another_run_are_refused():
    prompts = problem()
    h = train(prompts, np.zeros(18), k=2, n=3, steps=2, lr=2.0, seeds=2, groups=4,
              rng=np.random.default_rng(2))  # fmt: skip
    with pytest.raises(ValueError, match="history must be of a run on problem, with 6 parameters"):
        measures(Prompts(np.ones((4, 1)), prompts.answers, 3), h)
    with pytest.raises(ValueError, match="every must be at least 1, got every = 0"):
        measures(prompts, h, every=0)
    with pytest.raises(TypeError, match="history must be `History`, got None"):
        measures(prompts, None)


def test_policy_that_cannot_tell_prompts_apart_learns_the_best_split():
    counts = np.array([10, 6, 4])
    prompts = Prompts(np.ones((20, 1)), np.repeat(np.arange(3), counts)[:, None], 3)
    pi = best_split(counts / 20, 4)
    for k in (2, 4):  # there, the expected step is zero in every direction
        pi = best_split(counts / 20, k)
        slopes = (k * (1 - prompts.success(np.log(pi))) ** (k - 1)) @ prompts.success_gradient(
            np.log(pi)
        )
        np.testing.assert_allclose(slopes, 0, atol=1e-12)
    x, g = prompts.draw(np.log(pi)[None], 20, 8, rng=np.random.default_rng(0))
    weight = sloo_minus_one(g, 4)
    assert abs(prompts.gradient(np.log(pi)[None], x, weight).sum()) < 1e-12
