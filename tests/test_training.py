"""Training and its policies: each step is what the formula says, and nothing else happens."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from rewards import TRANSFORMS, ks, named

from pkpo import exact
from pkpo.lab import toy
from pkpo.lab.policies import Gaussian, GaussianMean
from pkpo.lab.training import History, mean_band, train

P, PAID = [Fraction(1, 6), Fraction(1, 3), Fraction(1, 2)], [3, 1, -2]  # a policy of 3 actions


FREE = Gaussian(toy.reward)


def rng(seed=0):
    return np.random.default_rng(seed)


def run(problem=None, start=0.5, **changed):
    arguments = {"k": 2, "n": 4, "steps": 6, "lr": 0.02, "seeds": 3, "rng": rng()} | changed
    return train(problem or GaussianMean(), start, **arguments)


@dataclass
class Given:
    """Attempts that do not depend on theta: every seed has its own, the same at every step."""

    x: np.ndarray  # scores, shape (seed, group, n, parameter)
    g: np.ndarray  # rewards, shape (seed, group, n)

    @property
    def parameters(self):
        return self.x.shape[-1]

    def draw(self, theta, groups, n, *, rng):
        return self.x, self.g

    def gradient(self, theta, x, weight):
        return (weight[..., None] * x).sum(axis=-2).mean(axis=-2)


def every_outcome(n):
    """Return all 3**n groups of n actions, one for each seed, and the probability of each."""
    outcomes = list(product(range(3), repeat=n))
    probability = np.array([float(np.prod([P[a] for a in x])) for x in outcomes])
    scores = np.eye(3)[np.array(outcomes)] - np.array(P, dtype=float)
    paid = np.array(PAID, dtype=float)[np.array(outcomes)]
    return Given(scores[:, None], paid[:, None]), probability


@pytest.mark.parametrize("estimator", TRANSFORMS)
def test_mean_step_over_all_outcomes_is_lr_times_the_gradient_at_every_k(estimator):
    problem, probability = every_outcome(4)
    for k in ks(estimator, 4):
        h = run(problem, np.zeros(3), k=k, steps=1, seeds=3**4, lr=0.5, estimator=estimator)
        step = probability @ h.theta[:, 1]
        truth = [0.5 * float(slope) for slope in exact.gradient(P, PAID, k)]
        np.testing.assert_allclose(step, truth, atol=1e-14)


@pytest.mark.parametrize("estimator", TRANSFORMS)
def test_step_is_lr_times_the_weighted_scores_averaged_over_groups(estimator):
    start, sigma = np.array([[0.6], [0.9]]), 0.1
    h = run(start=start, k=2, steps=1, lr=0.3, seeds=2, groups=5, estimator=estimator)
    x = toy.sample(start[:, None], (2, 5, 4), rng=rng())
    g = toy.reward(x)
    by_hand = [
        np.mean([weighted(g[i, j], x[i, j], start[i], sigma, estimator) for j in range(5)])
        for i in range(2)
    ]
    np.testing.assert_allclose(h.theta[:, 1, 0], start[:, 0] + 0.3 * np.array(by_hand), rtol=1e-12)
    np.testing.assert_allclose(h.mean[:, 0], g.mean(axis=-1), rtol=1e-15)
    np.testing.assert_array_equal(h.best[:, 0], g.max(axis=-1))


def weighted(g, x, theta, sigma, estimator):
    weights = getattr(exact, estimator)(g.tolist(), 2)
    return sum(float(w) * (x_i - theta[0]) / sigma**2 for w, x_i in zip(weights, x, strict=True))


@pytest.mark.parametrize("estimator", ["s", "sloo_minus_one", "jackknife"])
def test_schedule_changes_k_and_nothing_else(estimator):
    scores, paid = rng(1).normal(size=(2, 3, 1, 4))
    h = run(Given(scores[..., None], paid), 0.0, k=[3, 3, 1, 2], steps=4, estimator=estimator)
    for t, k in enumerate([3, 3, 1, 2]):
        estimate = (named(estimator)(paid, k) * scores).sum(axis=(1, 2))
        np.testing.assert_allclose(np.diff(h.theta[..., 0])[:, t], 0.02 * estimate, rtol=1e-12)
    np.testing.assert_array_equal(h.k, [3, 3, 1, 2])


@pytest.mark.parametrize("bonus", [0.3, [0.5, 0.0, 0.0, 2.0]])
def test_bonus_adds_its_share_of_the_gradient_of_the_entropy_at_its_steps(bonus):
    scores, paid = rng(1).normal(size=(2, 3, 1, 4))
    problem = Given(scores[..., None], paid)
    problem.entropy_gradient = lambda theta: theta + 1
    h = run(problem, 0.0, k=2, steps=4, bonus=bonus)
    estimate = (named("sloo_minus_one")(paid, 2) * scores).sum(axis=(1, 2))
    for t, share in enumerate(np.broadcast_to(bonus, 4)):
        now = h.theta[:, t, 0]
        step = 0.02 * (estimate + share * (now + 1))
        np.testing.assert_allclose(h.theta[:, t + 1, 0] - now, step, rtol=1e-12)


def test_annealed_run_is_two_runs_one_after_the_other():
    whole = run(k=[4] * 5 + [1] * 7, steps=12)
    one = rng()
    first = run(k=4, steps=5, rng=one)
    second = run(start=first.theta[:, -1], k=1, steps=7, rng=one)
    np.testing.assert_array_equal(whole.theta[:, :6], first.theta)
    np.testing.assert_array_equal(whole.theta[:, 5:], second.theta)
    np.testing.assert_array_equal(whole.mean, np.concatenate([first.mean, second.mean], axis=1))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("problem", [GaussianMean(), Gaussian(toy.reward)], ids=type)
def test_what_one_seed_does_leaves_the_others_as_they_were(problem, optimizer):
    start = np.full((4, problem.parameters), 0.5)
    moved = start.copy()
    moved[1] = -0.4
    a, b = (run(problem, s, seeds=4, groups=2, optimizer=optimizer) for s in (start, moved))
    assert np.all(a.theta[1] != b.theta[1])
    for i in (0, 2, 3):
        np.testing.assert_array_equal(a.theta[i], b.theta[i])


def test_generators_in_the_same_state_give_the_same_draws_to_every_arm():
    a, b = (run(k=k, steps=1, groups=2, estimator="s") for k in (1, 4))
    np.testing.assert_array_equal(a.mean, b.mean)
    assert np.all(a.theta[:, 1] != b.theta[:, 1])


def test_adam_follows_its_definition():
    gradients = np.array([0.5, -2.0, 1e-3, 4.0])

    class Scripted:
        parameters, t = 1, -1

        def draw(self, theta, groups, n, *, rng):
            self.t += 1
            return None, np.zeros((len(theta), groups, n))

        def gradient(self, theta, x, weight):
            return np.full((len(theta), 1), gradients[self.t])

    h = run(Scripted(), 1.0, steps=4, lr=0.1, optimizer="adam")
    theta, m, v = 1.0, 0.0, 0.0
    for t, slope in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        theta += 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        np.testing.assert_allclose(h.theta[:, t, 0], theta, rtol=1e-12)


def test_history_has_the_shapes_it_says_and_cannot_be_changed():
    h = run(Gaussian(toy.reward), [0.5, -2.0], steps=6, seeds=3, groups=5)
    shapes = {"theta": (3, 7, 2), "mean": (3, 6, 5), "best": (3, 6, 5), "k": (6,)}
    assert {name: array.shape for name, array in vars(h).items()} == shapes
    for name, array in vars(h).items():
        assert not array.flags.writeable, name
    with pytest.raises(FrozenInstanceError):
        h.k = 1
    assert isinstance(h, History)


@pytest.mark.parametrize("start", [0.5, [0.5], [[0.5]] * 3])
def test_start_may_be_shared_or_one_for_each_seed(start):
    np.testing.assert_array_equal(run(start=start).theta, run().theta)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"k": 5}, r"k must be in 1\.\.n, got k = 5 with n = 4 attempts"),
        ({"k": [2] * 5 + [0]}, r"k must be in 1\.\.n, got k = 0 with n = 4 attempts"),
        ({"k": [2] * 5 + [5]}, r"k must be in 1\.\.n, got k = 5 with n = 4 attempts"),
        ({"k": [2] * 5}, r"one for each of the 6 steps, got shape \(5,\)"),
        ({"k": [[2] * 6]}, r"one for each of the 6 steps, got shape \(1, 6\)"),
        ({"k": [2.0] * 6}, r"k must be an integer, got \[2\.0"),
        ({"k": 2.0}, r"k must be an integer, got 2\.0"),
        ({"k": [2] * 5 + [4], "estimator": "jackknife"}, "k must be below n, got k = n = 4"),
        ({"k": 1, "n": 1}, "k must be below n, got k = n = 1"),
        ({"bonus": -0.1}, r"bonus must be at least 0, got -0\.1"),
        ({"bonus": [0.1] * 5 + [float("nan")]}, r"bonus\[5\] must be finite, got nan"),
        ({"bonus": [0.1] * 5}, r"bonus must be one number or one for each of the 6 .*\(5,\)"),
        ({"n": 0}, "n must be at least 1, got n = 0"),
        ({"steps": 0}, "steps must be at least 1, got steps = 0"),
        ({"steps": 2.0}, r"steps must be an integer, got 2\.0"),
        ({"seeds": -1}, "seeds must be at least 1, got seeds = -1"),
        ({"groups": 0}, "groups must be at least 1, got groups = 0"),
        ({"lr": 0}, "lr must be a positive number, got 0"),
        ({"lr": float("nan")}, "lr must be a positive number, got nan"),
        ({"lr": float("inf")}, "lr must be a positive number, got inf"),
        ({"lr": True}, "lr must be a positive number, got True"),
        ({"start": float("nan")}, "start must be finite, got nan"),
        ({"start": [[0.5], [None], [0.5]]}, r"start\[1, 0\] must be a finite number, got None"),
        ({"steps": 10**30}, "steps must fit into memory, got an array of shape"),
        ({"estimator": "loo"}, "estimator must be one of 's', .*, got 'loo'"),
        ({"optimizer": "momentum"}, "optimizer must be one of 'sgd', 'adam', got 'momentum'"),
        ({"start": [0.5, 0.1]}, r"\(parameter,\) = \(1,\) .* \(3, 1\), got shape \(2,\)"),
        ({"start": [[0.5]] * 2}, r"\(parameter,\) = \(1,\) .* \(3, 1\), got shape \(2, 1\)"),
        ({"problem": Gaussian(toy.reward)}, r"\(parameter,\) = \(2,\) .*, got shape \(\)"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_drawn(changed, message):
    generator = rng()
    with pytest.raises(ValueError, match=message):
        run(**{"rng": generator} | changed)
    assert generator.bit_generator.state == rng().bit_generator.state


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            {"draw": lambda x, g: (x, g[:, 0])},
            r"its rewards must have shape \(2, 1, 4\), got \(2, 4\)",
        ),
        ({"draw": lambda x, g: (x, g + np.nan)}, r"its rewards\[0, 0, 0\] must be finite, got nan"),
        (
            {"gradient": lambda slope: slope[:1]},
            r"its gradient must have shape \(2, 1\), got \(1, 1\)",
        ),
    ],
)
def test_a_problem_that_does_not_keep_its_word_is_refused(spoil, message):
    scores, paid = rng(1).normal(size=(2, 2, 1, 4))
    problem = Given(scores[..., None], paid)
    if "draw" in spoil:
        problem.draw = lambda theta, groups, n, *, rng: spoil["draw"](problem.x, paid)
    else:
        problem.gradient = lambda *drawn: spoil["gradient"](Given.gradient(problem, *drawn))
    with pytest.raises(ValueError, match="problem must be as `Problem` says, but " + message):
        run(problem, 0.0, seeds=2)


def test_a_step_that_leaves_the_numbers_is_refused():
    with pytest.raises(ValueError, match=r"lr must leave parameters finite, got 1e\+308"):
        run(start=0.9, lr=1e308)


@pytest.mark.parametrize("problem", [None, 7, GaussianMean])
def test_what_is_no_problem_is_refused(problem):
    with pytest.raises((TypeError, ValueError), match="problem must"):
        train(problem, 0.5, k=2, n=4, steps=1, lr=0.1, rng=rng())


def test_a_generator_is_required():
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator, got 7"):
        run(
            every_outcome(4)[0], np.zeros(3), seeds=81, rng=7
        )  # a problem that would not ask for one


@pytest.mark.parametrize("theta", [(0.8, -2.3), (0.2, 0.1)])
def test_gaussian_scores_are_the_slopes_of_its_log_density(theta):
    theta, x, h = np.array([theta]), np.array([[[0.3, 0.9, 1.4]]]), 1e-6
    for i in range(3):
        slopes = [
            (log_density(theta[0] + step, x[0, 0, i]) - log_density(theta[0] - step, x[0, 0, i]))
            / (2 * h)
            for step in h * np.eye(2)
        ]
        one = np.eye(3)[i].reshape(1, 1, 3)
        np.testing.assert_allclose(
            Gaussian(toy.reward).gradient(theta, x, one)[0], slopes, rtol=1e-6
        )


def log_density(theta, x):
    return -(((x - theta[0]) / np.exp(theta[1])) ** 2) / 2 - theta[1]


@pytest.mark.parametrize("problem", [GaussianMean(sigma=0.3), Gaussian(toy.reward)], ids=type)
def test_gradient_of_a_gaussians_entropy_is_its_slope(problem):
    theta, h = np.array([[0.8, -2.3], [0.2, 0.1]])[:, : problem.parameters], 1e-6

    def entropy(theta):
        sigma = np.exp(theta[1]) if len(theta) == 2 else problem.sigma
        return np.log(sigma * np.sqrt(2 * np.pi * np.e))

    for row, got in zip(theta, problem.entropy_gradient(theta), strict=True):
        steps = h * np.eye(len(row))
        slopes = [(entropy(row + d) - entropy(row - d)) / (2 * h) for d in steps]
        np.testing.assert_allclose(got, slopes, atol=1e-8)


def test_gaussian_with_a_fixed_width_is_the_toy():
    theta = np.array([[0.7, np.log(0.1)]])
    free, fixed = Gaussian(toy.reward), GaussianMean()
    (x, g), (x_toy, g_toy) = (
        problem.draw(theta[:, : problem.parameters], 2, 5, rng=rng()) for problem in (free, fixed)
    )
    np.testing.assert_allclose(x, x_toy, rtol=1e-14)
    np.testing.assert_array_equal(g_toy, toy.reward(x_toy))
    weight = rng(1).normal(size=x.shape)
    np.testing.assert_allclose(
        free.gradient(theta, x, weight)[:, :1], fixed.gradient(theta[:, :1], x, weight), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GaussianMean(sigma=0), "sigma must be a positive number, got 0"),
        (lambda: Gaussian("x**2"), r"reward must be a function of x, got 'x\*\*2'"),
        (lambda: FREE.draw([0.5, 0.0], 1, 4, rng=rng()), r"theta must have shape \(seed, 2\), got"),
        (lambda: FREE.draw([[0.5, 800]], 1, 4, rng=rng()), r"theta\[0, 1\] must be at most 700 in"),
        (lambda: FREE.draw([[0.5, 0.0]], 1, 0, rng=rng()), "n must be at least 1, got n = 0"),
        (lambda: FREE.gradient([[0.5, 0.0]], [[[1.0]]], [[[1.0, 2.0]]]),
         r"weight must have shape \(1, 1, 1\), got \(1, 1, 2\)"),
        (lambda: FREE.gradient([[0.5, -700]], [[[1.0]]], [[[1.0]]]), "weight must leave the gr"),
        (lambda: Gaussian(np.sum).draw([[0.5, 0.0]], 1, 4, rng=rng()),
         r"reward must have shape \(1, 1, 4\), got \(\)"),
    ],
)  # fmt: skip
def test_policies_refuse_what_does_not_fit(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_band_is_the_mean_and_its_standard_errors():
    values = np.arange(24.0).reshape(4, 3, 2) ** 2
    mean, lower, upper = mean_band(values)
    half = 1.96 * np.sqrt(np.var(values[:, 1, 1], ddof=1) / 4)
    assert (mean.shape, lower.shape) == ((3, 2), (3, 2))
    assert mean[1, 1] == pytest.approx(np.mean(values[:, 1, 1]), rel=1e-15)
    assert [lower[1, 1], upper[1, 1]] == pytest.approx([mean[1, 1] - half, mean[1, 1] + half])


def test_band_of_booleans_is_that_of_a_share():
    there = [True, False, True, True]
    np.testing.assert_array_equal(mean_band(there), mean_band([1.0, 0.0, 1.0, 1.0]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.5, np.nan], r"values\[1\] must be finite, got nan"),
        ([1e308, -1e308], "values must leave their band finite"),
        (["a", "b"], "values must hold real numbers"),
    ],
)
def test_band_of_what_is_no_number_is_refused(values, message):
    with pytest.raises((ValueError, TypeError), match=message):
        mean_band(values)


@pytest.mark.parametrize("values", [1.0, [1.0], np.zeros((0, 3))])
def test_band_of_fewer_than_two_seeds_is_refused(values):
    with pytest.raises(ValueError, match="values must have two seeds at least, got shape"):
        mean_band(values)


def test_training_needs_nothing_heavier_than_numpy():
    program = (
        "import sys, pkpo.lab.training; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert not set(run.stdout.split()) & {"scipy", "matplotlib", "ipywidgets"}
