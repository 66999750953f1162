"""The policy of many prompts, and what a run on it has achieved."""

from dataclasses import dataclass

import numpy as np

from pkpo._checks import (
    as_count,
    as_int,
    as_ints,
    as_reals,
    as_rng,
    finite,
    quietly,
    require,
    shown,
)
from pkpo._shapes import fits_memory, real_array, shaped
from pkpo.lab.training import History


@dataclass(frozen=True, eq=False)
class Prompts:
    """A problem for `pkpo.lab.training.train`, in which every step asks every prompt once.

    features: shape (prompt, feature). Prompts of equal features cannot be told apart.
    answers: the right tokens, integers in 0..vocabulary-1, shape (prompt, token).
    vocabulary: number of tokens to choose from, integer >= 2.

    The parameters are the coefficients, flattened: shape (token * vocabulary * feature,). Its
    functions refuse parameters of another shape, or such that a logit is not finite.
    Raises:
        ValueError: shapes that do not fit, features not finite, tokens outside the vocabulary.
        TypeError: features are no real numbers.
    Source: chapter 9.
    """

    features: np.ndarray
    answers: np.ndarray
    vocabulary: int

    def __post_init__(self):
        features, answers = as_reals("features", self.features), as_ints("answers", self.answers)
        vocabulary, shapes = as_vocabulary(self.vocabulary), (features.shape, answers.shape)
        if (
            [len(s) for s in shapes] != [2, 2]
            or shapes[0][0] != shapes[1][0]
            or 0 in sum(shapes, ())
        ):
            raise ValueError(
                "features and answers must have shapes (prompt, feature) and (prompt, token), "
                f"none of them 0, got {shapes[0]} and {shapes[1]}"
            )
        in_it = (answers >= 0) & (answers < vocabulary)
        require("answers", answers, in_it, f"in 0..vocabulary-1 = 0..{vocabulary - 1}")
        fits_memory("vocabulary", (*answers.shape, vocabulary))
        for name, value in zip(self.__match_args__, (features, answers, vocabulary), strict=True):
            object.__setattr__(self, name, value)

    @property
    def parameters(self):
        return self.answers.shape[1] * self.vocabulary * self.features.shape[1]

    @quietly
    def probabilities(self, theta):
        """Return the probability of every token, shape (..., token, vocabulary, prompt).

        Args: theta, shape (..., parameter).
        """
        theta = real_array("theta", theta, "...", self.parameters)
        prompts, inputs = self.features.shape
        logits = theta.reshape(*theta.shape[:-1], -1, inputs) @ self.features.T
        finite(logits, "the logits", "theta", theta)
        logits = logits.reshape(*theta.shape[:-1], -1, self.vocabulary, prompts)
        likely = np.exp(logits - logits.max(axis=-2, keepdims=True))
        return likely / likely.sum(axis=-2, keepdims=True)

    def success(self, theta):
        """Return p, the success probability of each prompt, shape (..., prompt).

        Args: theta, shape (..., parameter).
        """
        return self._right(self.probabilities(theta)).prod(axis=-2)

    def entropy(self, theta):
        """Return the mean over prompts of the entropy of an answer, in nats, shape (...).

        Args: theta, shape (..., parameter).
        """
        each = self.probabilities(theta)
        return -np.sum(each * _log(each), axis=(-3, -2)).mean(axis=-1)

    def success_gradient(self, theta):
        """Return the gradient of the success probability of each prompt.

        Args: theta, shape (parameter,).
        Returns: shape (prompt, parameter).
        """
        each = self.probabilities(real_array("theta", theta, self.parameters))
        slope = self._right(each).prod(axis=-2) * (self._wanted() - each)
        return np.einsum("lvp,pf->plvf", slope, self.features).reshape(each.shape[-1], -1)

    def draw(self, theta, groups, n, *, rng):
        """Return answers, shape (seed, n, token, prompt), and verdicts, shape (seed, prompt, n)."""
        if as_int("groups", groups) != len(self.features):
            raise ValueError(
                f"groups must be the number of prompts, {len(self.features)}, got {groups}"
            )
        each = self._of_seeds(theta)
        size = fits_memory("n", (len(each), as_count("n", n), *self.answers.T.shape))
        u = as_rng(rng).random(size)
        x, upto = np.zeros(size, np.min_scalar_type(self.vocabulary - 1)), 0.0
        for v in range(self.vocabulary - 1):
            upto = upto + each[:, None, :, v]
            x += u > upto
        right = (x == self.answers.T).all(axis=-2)
        return x, np.swapaxes(right, 1, 2).astype(np.float64)

    @quietly
    def gradient(self, theta, x, weight):
        """Return the gradient estimate, shape (seed, parameter).

        Args: theta, shape (seed, parameter); answers x and their weights, shapes as from `draw`.
        """
        each = self._of_seeds(theta)
        x = shaped("x", as_ints("x", x), len(each), "n", *self.answers.T.shape)
        require("x", x, (x >= 0) & (x < self.vocabulary), "a token of the vocabulary")
        weight = real_array("weight", weight, len(each), len(self.answers), x.shape[1])
        by_place = np.ascontiguousarray(np.swapaxes(weight, 1, 2))  # sums run along prompts
        drawn = np.stack(
            [np.einsum("snlp,snp->slp", x == v, by_place) for v in range(self.vocabulary)], axis=2
        )
        slope = self._by_parameter(drawn - each * weight.sum(axis=-1)[:, None, None])
        return finite(slope, "the gradient", "weight", weight)

    @quietly
    def entropy_gradient(self, theta):
        """Return the gradient of `entropy`, shape (seed, parameter).

        Args: theta, shape (seed, parameter).
        """
        each = self._of_seeds(theta)
        surprise = -_log(each)
        level = np.sum(each * surprise, axis=-2, keepdims=True)
        return self._by_parameter(each * (surprise - level))

    def _of_seeds(self, theta):
        return self.probabilities(real_array("theta", theta, "seed", self.parameters))

    def _by_parameter(self, slope):
        """Return slopes in the logits, averaged over prompts, as slopes in the parameters."""
        seeds, prompts = len(slope), slope.shape[-1]
        return (slope.reshape(seeds, -1, prompts) @ self.features).reshape(seeds, -1) / prompts

    def _wanted(self):
        """Return 1 for the right tokens and 0 for others, shape (token, vocabulary, prompt)."""
        return self.answers.T[:, None] == np.arange(self.vocabulary)[:, None]

    def _right(self, each):
        """Return the probability of each right token, shape (..., token, prompt)."""
        return np.sum(each * self._wanted(), axis=-2)


def as_vocabulary(value):
    """Return `value` as a number of tokens to choose from."""
    value = as_int("vocabulary", value)
    if value < 2:
        raise ValueError(f"vocabulary must be at least 2, got vocabulary = {shown(value)}")
    return value


def measures(problem, history, every=1):
    """Return what a run on prompts has achieved: solve rate, pass@1, pass@8 and entropy.

    Args:
        problem: `Prompts`.
        history: `pkpo.lab.training.History` of a run on it.
        every: steps between the results, integer >= 1.
    Returns:
        shape (4, seed, step), from the start on. First the cumulative solve rate, which is the
        share of prompts with a success so far in training, then exact pass@1 and pass@8, averaged
        over the prompts, then the mean entropy of an answer, in nats.
    Raises:
        ValueError: every is not an integer >= 1, or the run was on other prompts.
        TypeError: problem or history is something else.
    Source: chapter 9.
    """
    for name, value, kind in (("problem", problem, Prompts), ("history", history, History)):
        if not isinstance(value, kind):
            raise TypeError(f"{name} must be `{kind.__name__}`, got {shown(value)}")
    theta, groups = history.theta, history.best.shape[-1]
    if theta.shape[-1] != problem.parameters or groups != len(problem.features):
        raise ValueError(
            f"history must be of a run on problem, with {problem.parameters} parameters and "
            f"{len(problem.features)} prompts, got {theta.shape[-1]} and {groups}"
        )
    every = as_count("every", every)
    solved = np.maximum.accumulate(history.best, axis=1).mean(axis=-1)
    theta = history.theta[:, ::every]
    p = problem.success(theta)
    return np.stack(
        [
            np.pad(solved, ((0, 0), (1, 0)))[:, ::every],
            p.mean(axis=-1),
            np.mean(1 - (1 - p) ** 8, axis=-1),
            problem.entropy(theta),
        ]
    )


def _log(p):
    return np.log(np.maximum(p, 1e-300))  # 0 log 0 is 0
