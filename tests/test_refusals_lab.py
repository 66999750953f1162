"""What the lab's functions do with arguments that are odd: they answer right, or say why not.

As `test_refusals`, for problems, policies and training. What is answered is held against its
definition where that takes a line, and else against its shape and its range.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from test_refusals import floats
from wrong import answers_or_refuses, anything
from wrong import fuzz as long_fuzz

from pkpo import _shapes
from pkpo.lab import choosing, peaks, pipelines, policies, prompts, toy, training, ustatistics

fuzz = settings(long_fuzz, max_examples=40)
THETA = np.array([[0.5], [0.9]])
X = np.array([[[0.5, 1.2], [0.0, 0.9]], [[0.7, 0.1], [1.0, 0.8]]])  # seed, group, n
MEANS = policies.GaussianMean()
WIDTHS = policies.Gaussian(reward=toy.reward)
ASKED = prompts.Prompts([[1.0, 0.0], [0.5, -0.5], [0.0, 2.0]], [[0], [1], [1]], 2)
COEFFICIENTS = np.array([[1.0, 0.0, -1.0, 0.5], [0.0, 0.0, 0.0, 0.0]])  # seed, parameter
ANSWERS = np.array([[[[0, 1, 1]], [[1, 1, 0]]]] * 2)  # seed, n, token, prompt
WEIGHTS = np.arange(12.0).reshape(2, 3, 2)  # seed, prompt, n


def rng():
    return np.random.default_rng(0)


def within(low, high, *like):
    """Return the check that an answer has the broadcast shape of these arguments, and a range."""

    def right(answer, arguments):
        shapes = [np.shape(floats(arguments[name])) for name in like]
        assert np.shape(answer) == np.broadcast_shapes(*shapes)
        assert np.all((np.asarray(answer) >= low) & (np.asarray(answer) <= high)), answer

    return right


def right_profile(answer, arguments):
    assert answer.shape == (arguments["prompts"],)
    assert np.all((answer >= 0) & (answer <= 1) & (np.diff(answer, prepend=0) >= 0))


def right_silence(answer, arguments):
    p, n = floats(arguments["p"]), int(arguments["n"])
    for share in answer:
        assert np.shape(share) == p.shape
        assert np.all((share >= 0) & (share <= 1 + 1e-12))
    np.testing.assert_allclose(answer[0], (1 - p) ** n, rtol=1e-11)


def right_counting(answer, arguments):
    assert np.shape(answer) == floats(arguments["p"]).shape[:-1]
    assert np.all((answer >= 0) & (answer <= int(arguments["n"]) + 1e-9))


def right_agreement(answer, arguments):
    p = floats(arguments["p"])
    assert np.shape(answer) == p.shape[:-1]
    unsaid = np.all((p == 0) | (p == 1), axis=-1)
    assert np.all(np.isnan(answer) == unsaid)
    assert np.all(unsaid | ((answer >= 0) & (answer <= 1)))


def right_centred(answer, arguments):
    weights = floats(arguments["weights"])
    assert answer.shape == weights.shape
    size = np.abs(weights).max(axis=-1)
    assert np.all(np.abs(answer.sum(axis=-1)) <= 1e-12 * weights.shape[-1] * (size + 1))


def right_push(answer, arguments):
    assert answer.shape == floats(arguments["p"]).shape
    assert abs(answer.sum()) <= 1e-9 * int(arguments["n"])


def right_beside(answer, arguments):
    factor, cosine = answer
    assert np.isfinite(factor)
    assert np.isnan(cosine) or abs(cosine) <= 1 + 1e-9


def right_toy_reward(answer, arguments):
    x = floats(arguments["x"])
    expected = [v * v if 0 <= v <= 1 else 0.0 for v in x.flat]
    np.testing.assert_array_equal(answer, np.reshape(expected, x.shape))


def right_score(answer, arguments):
    x, theta, sigma = (floats(value) for value in arguments.values())
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(answer, (x - theta) / (sigma * sigma), rtol=1e-13)


def right_survival(answer, arguments):
    level, theta, sigma = (floats(value) for value in arguments.values())
    assert np.all((level >= 0) & (level <= 1))
    within(0, 1, "level", "theta")(answer, arguments)
    with np.errstate(all="ignore"):
        low, high = (np.sqrt(level) - theta) / sigma, (1 - theta) / sigma
    np.testing.assert_allclose(answer, ndtr(high) - ndtr(low), atol=1e-12)


def right_sample(answer, arguments):
    size = arguments["size"]
    assert answer.shape == (tuple(map(int, size)) if isinstance(size, list | tuple) else (size,))
    assert np.isfinite(answer).all()


def right_mean_reward(answer, arguments):
    assert np.all(floats(arguments["sigma"]) >= 0)
    within(0, 1.00004, "mean", "sigma")(answer, arguments)


def right_slopes(answer, arguments):
    mean, sigma, k = (floats(value) for value in arguments.values())
    for slope in answer:
        assert slope.shape == np.broadcast_shapes(mean.shape, sigma.shape, k.shape)
        assert np.isfinite(slope).all()


def right_optimum(answer, arguments):
    within(0.5, 1, "k")(answer, arguments)
    slope = toy.gradient(answer, floats(arguments["k"]).astype(int), floats(arguments["sigma"])[()])
    assert np.all(np.abs(slope) < 1e-4)


def right_variance(answer, arguments):
    assert np.isfinite(answer)
    zeta, n = floats(arguments["zeta"]), int(arguments["n"])
    if n == len(zeta):  # one subset, and itself: all attempts in common
        np.testing.assert_allclose(answer, zeta[-1], rtol=1e-13)


def right_zetas(answer, arguments):
    k, estimator = int(arguments["k"]), arguments["estimator"]
    longer = estimator in ("sloo", "jackknife") or (estimator, k) == ("sloo_minus_one", 1)
    assert answer.shape == (k + longer,)
    assert np.isfinite(answer).all()
    assert np.all(answer > -1e-9 * np.max(answer))  # a variance of conditional means


def right_split(answer, arguments):
    w, k = floats(arguments["shares"]), int(arguments["k"])
    assert answer.shape == w.shape
    np.testing.assert_allclose(answer.sum(), 1)
    even = np.full(len(w), 1 / len(w))
    scale = w / w.max()
    best, other = (scale @ (1 - (1 - pi) ** k) for pi in (answer, even))
    assert best >= other - 1e-9


def right_band(answer, arguments):
    values = floats(arguments["values"])
    mean, lower, upper = answer
    largest = np.max(np.abs(values), initial=0)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-12, atol=1e-12 * largest)
    assert np.all((lower <= mean) & (mean <= upper))


def right_history(answer, arguments):
    seeds, groups = int(arguments["seeds"]), int(arguments["groups"])
    steps = int(arguments["steps"])
    assert answer.theta.shape == (seeds, steps + 1, arguments["problem"].parameters)
    assert answer.mean.shape == answer.best.shape == (seeds, steps, groups)
    assert answer.k.shape == (steps,)
    assert all(np.isfinite(a).all() for a in (answer.theta, answer.mean, answer.best))


def right_draw(answer, arguments):
    x, g = answer
    assert x.shape == g.shape
    assert x.shape[1:] == (int(arguments["groups"]), int(arguments["n"]))
    assert np.isfinite(x).all()
    assert np.isfinite(g).all()


def right_verdicts(answer, arguments):
    x, g = answer
    n = int(arguments["n"])
    assert x.shape == (len(g), n, 1, 3)
    assert g.shape[1:] == (3, n)
    assert set(np.unique(g)) <= {0.0, 1.0}


def per_seed(parameters):
    def right(answer, arguments):
        assert answer.shape == (len(floats(arguments["theta"])), parameters)
        assert np.isfinite(answer).all()

    return right


def chances(*shape):
    def right(answer, arguments):
        theta = floats(arguments["theta"])
        assert answer.shape == (*theta.shape[:-1], *shape)
        assert np.all((answer >= 0) & (answer <= 1 + 1e-12))

    return right


def right_success_gradient(answer, arguments):
    theta = floats(arguments["theta"])
    step = 1e-6 * np.eye(4)
    with np.errstate(all="ignore"):
        slopes = (ASKED.success(theta + step) - ASKED.success(theta - step)) / 2e-6
    assert answer.shape == (3, 4)
    if np.max(np.abs(theta)) < 100:
        np.testing.assert_allclose(answer, slopes.T, atol=1e-6)


def right_prompts(answer, arguments):
    assert answer.features.shape[0] == answer.answers.shape[0]
    assert np.isfinite(answer.features).all()
    assert np.all((answer.answers >= 0) & (answer.answers < answer.vocabulary))


def right_half_learnt(answer, arguments):
    problem, theta = answer
    low, high = floats(list(arguments["between"]))
    p = problem.success(theta)
    assert p.shape == (int(arguments["prompts"]),)
    assert np.all((p > low) & (p < high))


def right_lookalikes(answer, arguments):
    problem, theta = answer
    first, last = problem.features[[0, -1]]
    np.testing.assert_allclose(first @ last, float(arguments["cosine"]), atol=1e-12)
    assert len(problem.features) == int(arguments["easy"]) + int(arguments["hard"])
    assert theta.shape == (4,)


def right_measures(answer, arguments):
    assert answer.shape == (4, 2, -(-4 // int(arguments["every"])))
    assert np.all((answer[:3] >= 0) & (answer[:3] <= 1))


def right_made(answer, arguments):
    assert callable(answer.reward)
    assert answer.parameters == len(arguments)


RUN = {"k": 2, "n": 4, "steps": 3, "lr": 0.1, "seeds": 2, "groups": 1}
HOW = {"estimator": "jackknife", "optimizer": "adam", "bonus": 0.1}
HISTORY = training.train(ASKED, COEFFICIENTS, **(RUN | {"groups": 3}), rng=rng())

# A function, arguments that are right, the check of an answer, and other names it may blame.
CASES = {
    "toy.reward": (toy.reward, {"x": [0.5, 2.0]}, right_toy_reward),
    "toy.sample": (
        toy.sample,
        {"theta": [0.5, 0.9], "size": (3, 2), "rng": rng(), "sigma": 0.2},
        right_sample,
    ),
    "toy.score": (toy.score, {"x": [0.1, 0.9], "theta": 0.5, "sigma": 0.1}, right_score),
    "toy.survival": (
        toy.survival,
        {"level": [0.0, 0.5, 1.0], "theta": 0.9, "sigma": 0.1},
        right_survival,
    ),
    "toy.objective": (
        toy.objective,
        {"theta": [0.8, 1.0], "k": 4, "sigma": 0.1},
        within(0, 1, "theta", "k"),
    ),
    "toy.gradient": (
        toy.gradient,
        {"theta": [0.8, 1.0], "k": 4, "sigma": 0.1},
        within(-1e7, 1e7, "theta", "k"),
    ),
    "toy.optimal_theta": (toy.optimal_theta, {"k": [1, 8], "sigma": 0.1}, right_optimum),
    "peaks.reward": (peaks.reward, {"x": [-1.0, 1.2]}, within(0, 1.00004, "x")),
    "peaks.mean_reward": (
        peaks.mean_reward,
        {"mean": [-1.0, 1.2], "sigma": 0.5},
        right_mean_reward,
    ),
    "peaks.objective": (
        peaks.objective,
        {"mean": [-1.0, 1.2], "sigma": 0.5, "k": 4},
        within(-1e-9, 1.00004, "mean", "sigma", "k"),
    ),
    "peaks.gradient": (
        peaks.gradient,
        {"mean": [-1.0, 1.2], "sigma": 0.5, "k": 4},
        right_slopes,
    ),
    "choosing.profile": (
        choosing.profile,
        {"mean": 0.2, "spread": 0.4, "prompts": 5},
        right_profile,
    ),
    "choosing.silence": (
        choosing.silence,
        {"p": [[0.1, 0.5], [0.0, 1.0]], "n": 8, "k": 4},
        right_silence,
    ),
    "choosing.counting": (
        choosing.counting,
        {"p": [[0.1, 0.5], [0.0, 1.0]], "n": 8, "k": 4},
        right_counting,
    ),
    "choosing.agreement": (
        choosing.agreement,
        {"p": [[0.1, 0.5], [0.2, 0.4]], "k": 4, "k_eval": 8},
        right_agreement,
    ),
    "pipelines.centred": (pipelines.centred, {"weights": [[0.0, 1.0, 3.0]]}, right_centred),
    "pipelines.standardised": (
        pipelines.standardised,
        {"weights": [[0.0, 1.0, 3.0]], "epsilon": 1e-4},
        right_centred,
    ),
    "pipelines.mean_push": (
        pipelines.mean_push,
        {"weigh": lambda answers: answers, "p": [0.5, 0.3, 0.2], "n": 3},
        right_push,
    ),
    "pipelines.beside": (
        pipelines.beside,
        {"push": [1.0, -2.0], "gradient": [2.0, 1.0]},
        right_beside,
    ),
    "ustatistics.variance": (
        ustatistics.variance,
        {"zeta": [0.5, 2.0], "n": 8},
        right_variance,
    ),
    "ustatistics.zetas": (
        ustatistics.zetas,
        {"theta": 0.8, "k": 2, "estimator": "sloo", "n": 8, "sigma": 0.1},
        right_zetas,
    ),
    "prompts.best_split": (
        prompts.best_split,
        {"shares": [0.6, 0.3, 0.1], "k": 4},
        right_split,
    ),
    "prompts.half_learnt": (
        prompts.half_learnt,
        {"prompts": 3, "features": 4, "tokens": 1, "vocabulary": 3}
        | {"rng": rng(), "between": (0.05, 0.9)},
        right_half_learnt,
    ),
    "prompts.lookalikes": (
        prompts.lookalikes,
        {"cosine": 0.9, "easy": 2, "hard": 1},
        right_lookalikes,
    ),
    "prompts.measures": (
        prompts.measures,
        {"problem": ASKED, "history": HISTORY, "every": 1},
        right_measures,
    ),
    "Prompts": (
        prompts.Prompts,
        {"features": [[1.0, 0.0], [0.0, 1.0]], "answers": [[0], [1]], "vocabulary": 2},
        right_prompts,
    ),
    "Prompts.probabilities": (
        ASKED.probabilities,
        {"theta": COEFFICIENTS},
        chances(1, 2, 3),
    ),
    "Prompts.success": (ASKED.success, {"theta": COEFFICIENTS}, chances(3)),
    "Prompts.entropy": (ASKED.entropy, {"theta": COEFFICIENTS}, chances()),
    "Prompts.success_gradient": (
        ASKED.success_gradient,
        {"theta": COEFFICIENTS[0]},
        right_success_gradient,
    ),
    "Prompts.draw": (
        ASKED.draw,
        {"theta": COEFFICIENTS, "groups": 3, "n": 2, "rng": rng()},
        right_verdicts,
    ),
    "Prompts.gradient": (
        ASKED.gradient,
        {"theta": COEFFICIENTS, "x": ANSWERS, "weight": WEIGHTS},
        per_seed(4),
    ),
    "Prompts.entropy_gradient": (
        ASKED.entropy_gradient,
        {"theta": COEFFICIENTS},
        per_seed(4),
    ),
    "GaussianMean": (
        policies.GaussianMean,
        {"reward": toy.reward, "sigma": 0.1},
        lambda answer, arguments: right_made(answer, ["theta"]),
    ),
    "GaussianMean.draw": (
        MEANS.draw,
        {"theta": THETA, "groups": 2, "n": 3, "rng": rng()},
        right_draw,
    ),
    "GaussianMean.gradient": (
        MEANS.gradient,
        {"theta": THETA, "x": X, "weight": X},
        per_seed(1),
    ),
    "GaussianMean.entropy_gradient": (
        MEANS.entropy_gradient,
        {"theta": THETA},
        per_seed(1),
    ),
    "Gaussian": (
        policies.Gaussian,
        {"reward": toy.reward},
        lambda answer, arguments: right_made(answer, ["mean", "log sigma"]),
    ),
    "Gaussian.draw": (
        WIDTHS.draw,
        {"theta": np.hstack([THETA, -THETA]), "groups": 2, "n": 3, "rng": rng()},
        right_draw,
    ),
    "Gaussian.gradient": (
        WIDTHS.gradient,
        {"theta": np.hstack([THETA, -THETA]), "x": X, "weight": X},
        per_seed(2),
    ),
    "Gaussian.entropy_gradient": (
        WIDTHS.entropy_gradient,
        {"theta": np.hstack([THETA, -THETA])},
        per_seed(2),
    ),
    "training.train": (
        training.train,
        {"problem": MEANS, "start": [0.5], "rng": rng(), **RUN, **HOW},
        right_history,
    ),
    "training.mean_band": (
        training.mean_band,
        {"values": [[0.5, 1.0], [0.25, 3.0]]},
        right_band,
    ),
}  # fmt: skip
EACH = [(case, argument) for case, (_, valid, _) in CASES.items() for argument in valid]


@pytest.fixture(scope="module", autouse=True)
def little_memory():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_shapes, "MOST", 10**4)
        yield


@pytest.mark.parametrize("case", CASES)
def test_what_is_right_is_answered_right(case):
    function, valid, right = CASES[case]
    assert answers_or_refuses(function, valid, right) is None


@pytest.mark.parametrize(("case", "argument"), EACH)
@given(odd=anything)
@fuzz
def test_one_odd_argument_is_answered_right_or_refused_by_name(case, argument, odd):
    function, valid, right = CASES[case]
    answers_or_refuses(function, valid | {argument: odd}, right)


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@fuzz
def test_many_odd_arguments_are_answered_right_or_refused_by_name(case, data):
    function, valid, right = CASES[case]
    arguments = {name: data.draw(st.just(value) | anything) for name, value in valid.items()}
    answers_or_refuses(function, arguments, right)


def test_all_public_functions_of_the_lab_are_tried():
    tried = {function for function, *_ in CASES.values()}
    for module in (choosing, peaks, pipelines, policies, prompts, toy, training, ustatistics):
        for name, value in vars(module).items():
            here = callable(value) and getattr(value, "__module__", "").startswith(module.__name__)
            if here and not name.startswith("_") and name not in ("History", "Problem"):
                assert value in tried, f"{module.__name__}.{name}"
