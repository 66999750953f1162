"""Many prompts and one policy: what is learnt on a prompt moves the answers to all the others.

A softmax policy answers token by token. The logits of each token are linear in the features of
the prompt, and their coefficients are shared by all prompts. A verifier pays 1 for the one right
answer and 0 for every other, so the success probability of a prompt is a product of token
probabilities, and pass@k needs no sampling.
"""

from dataclasses import dataclass

import numpy as np

from pkpo._checks import as_count, as_ints, as_rng


@dataclass(frozen=True, eq=False)
class Prompts:
    """A problem for `pkpo.lab.training.train`, in which every step asks every prompt once.

    features: shape (prompt, feature). Prompts of equal features cannot be told apart.
    answers: the right tokens, integers in 0..vocabulary-1, shape (prompt, token).
    vocabulary: number of tokens to choose from, integer >= 2.

    The parameters are the coefficients, flattened: shape (token * vocabulary * feature,).
    Source: chapter 9.
    """

    features: np.ndarray
    answers: np.ndarray
    vocabulary: int

    def __post_init__(self):
        shapes = np.shape(self.features), np.shape(as_ints("answers", self.answers))
        if [len(shape) for shape in shapes] != [2, 2] or shapes[0][0] != shapes[1][0]:
            raise ValueError(
                "features and answers must have shapes (prompt, feature) and (prompt, token), "
                f"got {shapes[0]} and {shapes[1]}"
            )
        if np.min(self.answers) < 0 or np.max(self.answers) >= self.vocabulary:
            raise ValueError(
                f"answers must be in 0..vocabulary-1 = 0..{self.vocabulary - 1}, "
                f"got {np.min(self.answers)}..{np.max(self.answers)}"
            )

    @property
    def parameters(self):
        return self.answers.shape[1] * self.vocabulary * self.features.shape[1]

    def probabilities(self, theta):
        """Return the probability of every token, shape (..., token, vocabulary, prompt).

        Args: theta, shape (..., parameter).
        """
        prompts, inputs = self.features.shape
        logits = theta.reshape(*theta.shape[:-1], -1, inputs) @ self.features.T
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
        each = self.probabilities(theta)
        slope = self._right(each).prod(axis=-2) * (self._wanted() - each)
        return np.einsum("lvp,pf->plvf", slope, self.features).reshape(each.shape[-1], -1)

    def draw(self, theta, groups, n, *, rng):
        """Return answers, shape (seed, n, token, prompt), and verdicts, shape (seed, prompt, n)."""
        if groups != len(self.features):
            raise ValueError(
                f"groups must be the number of prompts, {len(self.features)}, got {groups}"
            )
        each = self.probabilities(theta)
        u = as_rng(rng).random((len(theta), n, *self.answers.T.shape))
        x, upto = np.zeros(u.shape, np.int8), 0.0
        for v in range(self.vocabulary - 1):
            upto = upto + each[:, None, :, v]
            x += u > upto
        right = (x == self.answers.T).all(axis=-2)
        return x, np.swapaxes(right, 1, 2).astype(np.float64)

    def gradient(self, theta, x, weight):
        """Return the gradient estimate, shape (seed, parameter)."""
        each = self.probabilities(theta)
        by_place = np.ascontiguousarray(np.swapaxes(weight, 1, 2))  # sums run along prompts
        drawn = np.stack(
            [np.einsum("snlp,snp->slp", x == v, by_place) for v in range(self.vocabulary)], axis=2
        )
        slope = drawn - each * weight.sum(axis=-1)[:, None, None]
        return self._by_parameter(slope)

    def entropy_gradient(self, theta):
        """Return the gradient of `entropy`, shape (seed, parameter)."""
        each = self.probabilities(theta)
        surprise = -_log(each)
        level = np.sum(each * surprise, axis=-2, keepdims=True)
        return self._by_parameter(each * (surprise - level))

    def _by_parameter(self, slope):
        """Return slopes in the logits, averaged over prompts, as slopes in the parameters."""
        seeds, prompts = len(slope), slope.shape[-1]
        return (slope.reshape(seeds, -1, prompts) @ self.features).reshape(seeds, -1) / prompts

    def _wanted(self):
        """Return 1 for the right tokens and 0 for others, shape (token, vocabulary, prompt)."""
        return np.moveaxis(np.eye(self.vocabulary)[self.answers], 0, -1)

    def _right(self, each):
        """Return the probability of each right token, shape (..., token, prompt)."""
        return np.sum(each * self._wanted(), axis=-2)


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
    Source: chapter 9.
    """
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


def half_learnt(
    prompts=200, features=64, tokens=3, vocabulary=6, *, rng, between=(1e-4, 0.5)
):  # fmt: skip
    """Return prompts whose answers follow a rule, and parameters that know half of it.

    Features are drawn evenly over directions. The right token is the one with the largest logit
    under normal coefficients, the rule; the parameters are twice the sum of the rule and as much
    noise. Prompts whose success probability is not `between` the two bounds are drawn again.

    Args:
        prompts, features, tokens, vocabulary: how many of each; integers, vocabulary >= 2.
        rng: `numpy.random.Generator`.
        between: least and largest success probability of the parameters returned.
    Returns:
        `Prompts`, and parameters of shape (parameter,).
    Raises:
        ValueError: a number that is not an integer in its range, or bounds that leave no room.
    Source: chapter 9.
    """
    for name, value in (("prompts", prompts), ("features", features), ("tokens", tokens)):
        as_count(name, value)
    if as_count("vocabulary", vocabulary) < 2:
        raise ValueError(f"vocabulary must be at least 2, got vocabulary = {vocabulary}")
    if not 0 <= between[0] < between[1] <= 1:
        raise ValueError(f"between must be two rising bounds in 0..1, got {between!r}")
    rule, noise = as_rng(rng).normal(size=(2, tokens, vocabulary, features))
    theta = (2 * rule + 2 * noise).ravel()
    kept = np.empty((0, features)), np.empty((0, tokens), dtype=int)
    while len(kept[0]) < prompts:
        x = rng.normal(size=(prompts, features))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        answers = np.einsum("lvf,pf->plv", rule, x).argmax(axis=-1)
        p = Prompts(x, answers, vocabulary).success(theta)
        ok = (p > between[0]) & (p < between[1])
        kept = tuple(np.concatenate([a, b[ok]]) for a, b in zip(kept, (x, answers), strict=True))
    return Prompts(kept[0][:prompts], kept[1][:prompts], vocabulary), theta


def lookalikes(cosine, easy=16, hard=4):
    """Return prompts that look almost alike and need different answers, and a policy.

    Answers are one token out of two. The easy prompts want the first and share one feature
    vector; the hard ones want the second, and theirs is at `cosine` to it. The policy has logits
    1 and -1 on the easy ones.

    Args:
        cosine: of the angle between the features of the two kinds, -1..1.
        easy, hard: how many prompts of each kind.
    Returns:
        `Prompts`, the easy ones first, and parameters of shape (4,).
    Raises:
        ValueError: a cosine outside -1..1, or a number of prompts that is no integer >= 1.
    Source: chapter 9.
    """
    if not -1 <= cosine <= 1:
        raise ValueError(f"cosine must be in -1..1, got {cosine!r}")
    easy, hard = as_count("easy", easy), as_count("hard", hard)
    kinds = np.repeat([0, 1], [easy, hard])
    features = np.array([[1, 0], [cosine, np.sqrt(1 - cosine**2)]])
    return Prompts(features[kinds], kinds[:, None], vocabulary=2), np.array([1.0, 0, -1, 0])


def best_split(shares, k):
    """Return the probabilities of strategies that maximise pass@k when the prompt is not seen.

    A share w_j of the prompts is solved by strategy j alone, so that pass@k is the sum over j of
    w_j (1 - (1 - pi_j)**k). The best pi_j is max(0, 1 - (level / w_j)**(1/(k-1))), with the level
    at which they sum to 1; at k = 1 it is all on the largest share, split evenly among equals.

    Args:
        shares: w, shape (strategy,), positive.
        k: attempts, integer >= 1.
    Returns:
        pi, shape (strategy,), sums to 1.
    Raises:
        ValueError: k is not an integer >= 1, or shares are not positive.
    Source: chapter 9.
    """
    k, w = as_count("k", k), np.asarray(shares, dtype=np.float64)
    if not np.all(w > 0):
        raise ValueError(f"shares must be positive, got {shares!r}")
    if k == 1:
        return (w == w.max()) / np.sum(w == w.max())

    a = w ** (-1 / (k - 1))
    order = np.argsort(a)
    # with the r largest shares in use, root_r = level**(1/(k-1)) makes their pi sum to 1
    root = np.arange(len(w)) / a[order].cumsum()
    used = np.flatnonzero(root * a[order] < 1)[-1]
    return np.maximum(0, 1 - root[used] * a)


def _log(p):
    return np.log(np.maximum(p, 1e-300))  # 0 log 0 is 0
