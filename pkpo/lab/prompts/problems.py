"""Prompts to learn: a rule that is half known already, and questions that look alike."""

import numpy as np

from pkpo._checks import as_count, as_list, as_rng, as_within, shown
from pkpo._shapes import fits_memory
from pkpo.lab.prompts.policy import Prompts, as_vocabulary

_BATCHES = 1000  # of as many prompts as are asked for, before `half_learnt` gives up


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
        between: least and largest success probability of the parameters returned. At most 1000
            times as many prompts as asked for are drawn.
    Returns:
        `Prompts`, and parameters of shape (parameter,).
    Raises:
        ValueError: a number that is not an integer in its range; bounds that are not two rising
            numbers in 0..1, or between which not enough of the prompts drawn lie.
        TypeError: rng is not a generator.
    Source: chapter 9.
    """
    prompts, features, tokens = (
        as_count(name, value)
        for name, value in (("prompts", prompts), ("features", features), ("tokens", tokens))
    )
    shape = (tokens, as_vocabulary(vocabulary), features)
    fits_memory("prompts", (prompts, *shape))
    low, high = _bounds(between)
    rule, noise = as_rng(rng).normal(size=(2, *shape))
    theta = (2 * rule + 2 * noise).ravel()
    kept = np.empty((0, features)), np.empty((0, tokens), dtype=int)
    for _ in range(_BATCHES):
        x = rng.normal(size=(prompts, features))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        answers = np.einsum("lvf,pf->plv", rule, x).argmax(axis=-1)
        p = Prompts(x, answers, vocabulary).success(theta)
        ok = (p > low) & (p < high)
        kept = tuple(np.concatenate([a, b[ok]]) for a, b in zip(kept, (x, answers), strict=True))
        if len(kept[0]) >= prompts:
            return Prompts(kept[0][:prompts], kept[1][:prompts], vocabulary), theta
    raise ValueError(
        f"between must leave room: of {_BATCHES * prompts} prompts drawn, {len(kept[0])} of the "
        f"{prompts} asked for were between {low:g} and {high:g}"
    )


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
    cosine = as_within("cosine", cosine, -1, 1)
    easy, hard = as_count("easy", easy), as_count("hard", hard)
    fits_memory("easy", (easy + hard,))
    kinds = np.repeat([0, 1], [easy, hard])
    features = np.array([[1, 0], [cosine, np.sqrt(1 - cosine**2)]])
    return Prompts(features[kinds], kinds[:, None], vocabulary=2), np.array([1.0, 0, -1, 0])


def _bounds(between):
    """Return two rising bounds of a probability."""
    each = enumerate(as_list("between", between))
    bounds = [as_within(f"between[{i}]", bound, 0, 1) for i, bound in each]
    if len(bounds) != 2 or bounds[0] >= bounds[1]:
        raise ValueError(f"between must be two rising bounds in 0..1, got {shown(between)}")
    return bounds
