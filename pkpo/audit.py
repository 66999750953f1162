"""Spot the bug: which objective's gradient anybody's weights estimate, by enumeration."""

from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from math import isfinite

import numpy as np

from pkpo._checks import as_choice, as_count, as_k, as_reals, quietly, shown
from pkpo.transforms import s

MOST = 8  # attempts: 3^8 groups of them are looked at
_POLICIES = {  # chances and rewards of the actions
    "verdicts": ((0.7, 0.3), (0.0, 1.0)),
    "three rewards": ((0.55, 0.3, 0.15), (0.0, 1.0, 2.0)),
}
_STEP = 1e-4  # of a logit, for slopes


@dataclass(frozen=True, repr=False)
class Audit:
    """What weights do: see `audit`.

    n, k, reduction: as given.
    factor, cosine: the mean estimate beside the gradient of max@k, with three rewards: how many
    times as long it is, below 0 if it points away, and the cosine of the angle between the two.
    verdicts: the factor with rewards 0 and 1, where there is one direction only.
    closest: the j for which the gradient of max@j has the largest cosine, and that cosine; None
    and NaN if the mean estimate is 0.
    asymmetry: of the Jacobian of the mean estimate, 0 for a gradient, at most 1.
    zeros: largest weight of a group of all zeros. ties: largest difference between the weights of
    tied attempts. shift: largest change of a weight when all rewards rise by 1.
    by_k: for k = 1..n, by_n: for n = k..n the factor and the cosine; NaN where weights refuses.
    """

    n: int
    k: int
    reduction: str
    factor: float
    cosine: float
    verdicts: float
    closest: tuple
    asymmetry: float
    zeros: float
    ties: float
    shift: float
    by_k: tuple
    by_n: tuple

    @property
    def is_a_gradient(self):
        """Whether the mean estimate is the gradient of anything."""
        return self.asymmetry < 1e-6

    def __repr__(self):
        known = "of something" if self.is_a_gradient else "of nothing"
        moves = [
            f"factor for {name} = " + ", ".join(f"{at}: {factor:.3f}" for at, factor, _ in found)
            for name, found in (("k", self.by_k), ("n", self.by_n))
        ]
        return "\n".join(
            [
                f"n = {self.n}, k = {self.k}, the trainer takes the {self.reduction} over a group",
                f"times the gradient of max@{self.k}: {self.factor:.3f}, cosine {self.cosine:.4f}; "
                f"for verdicts {self.verdicts:.3f}",
                f"closest: max@{self.closest[0]}, cosine {self.closest[1]:.4f}",
                f"the gradient {known}: asymmetry {self.asymmetry:.1g}",
                f"all zeros weigh {self.zeros:.3g}; ties differ by {self.ties:.3g}; "
                f"a shift by 1 moves {self.shift:.3g}",
                *moves,
            ]
        )


@quietly
def audit(weights, n, k, *, reduction="mean"):
    """Say which gradient the weights of anybody's function estimate on average.

    All groups that small policies can draw are enumerated: a softmax over two actions with the
    rewards 0 and 1 (chance of success .3), and one over three with the rewards 0, 1 and 2 (.55,
    .3, .15), with scores in the logits. Not one draw is left to chance; but other policies have
    other numbers, and what is the gradient of max@k has factor and cosine 1 at all of them.

    Args:
        weights: function of (rewards, a NumPy array of shape (n,), and k) that returns n weights.
            For weights that know no k, such as those of GRPO: lambda g, k: ...
        n: attempts in a group, integer in 2..8.
        k: attempts allowed, integer in 1..n.
        reduction: "mean" if the trainer averages weight times score over the group, "sum" if it
            adds.
    Returns:
        `Audit`, which prints as a short table.
    Raises:
        ValueError: n, k or reduction out of its range, or weights does not return n finite numbers
            at this n and k, or raises an error.
        TypeError: weights is not a function.
    Source: unbiasedness as in Walder & Karkhanis (2025), Thms. 2 and 4. Chapters 5 and 10.
    Example:
        >>> from pkpo import advantages
        >>> audit(lambda g, k: advantages(g, k) / 2, 4, 2)
        n = 4, k = 2, the trainer takes the mean over a group
        times the gradient of max@2: 0.500, cosine 1.0000; for verdicts 0.500
        closest: max@2, cosine 1.0000
        the gradient of something: asymmetry 0
        all zeros weigh 0; ties differ by 0; a shift by 1 moves 0
        factor for k = 1: 0.500, 2: 0.500, 3: 0.500, 4: 0.500
        factor for n = 2: 0.500, 3: 0.500, 4: 0.500
    """
    if not callable(weights):
        raise TypeError(f"weights must be a function of rewards and k, got {shown(weights)}")
    n = as_count("n", n, most=MOST)
    if n < 2:
        raise ValueError(f"n must be at least 2, got n = {n}")
    k = as_k(k, n)
    as_choice("reduction", reduction, ("mean", "sum"))
    each = partial(_of_each, weights, k=k)
    of_three, of_verdicts = (
        _Mean(each, n, reduction, name) for name in ("three rewards", "verdicts")
    )
    mean = of_three()
    factor, cosine = _beside(mean, _truth("three rewards", k))
    near = [(_beside(mean, _truth("three rewards", j))[1], j) for j in range(1, n + 1)]
    jacobian = of_three.jacobian()
    odd, even = np.linalg.norm(jacobian - jacobian.T), np.linalg.norm(jacobian + jacobian.T)
    outcomes, given = of_three.rewards, of_three.weights
    one_up = each(outcomes + 1)
    same = outcomes[:, :, None] == outcomes[:, None, :]
    differ = np.abs(given[:, :, None] - given[:, None, :])
    return Audit(
        n=n, k=k, reduction=reduction, factor=factor, cosine=cosine,
        verdicts=_beside(of_verdicts(), _truth("verdicts", k))[0],
        closest=max(near)[::-1] if factor else (None, np.nan),
        asymmetry=_rounded(odd / (odd + even)) if odd + even else 0.0,
        zeros=float(np.abs(given[0]).max()),
        ties=_rounded(differ[same].max()),
        shift=_rounded(np.abs(one_up - given).max()),
        by_k=tuple((j, *_factor(weights, n, j, reduction)) for j in range(1, n + 1)),
        by_n=tuple((m, *_factor(weights, m, k, reduction)) for m in range(max(2, k), n + 1)),
    )  # fmt: skip


class _Mean:
    """The mean of sum_i weight_i score_i over all groups of n attempts, at any logits."""

    def __init__(self, weights_of_all, n, reduction, policy):
        self.p, pays = map(np.array, _POLICIES[policy])
        self.actions = np.array(list(product(range(len(pays)), repeat=n)))
        self.rewards = pays[self.actions]
        self.weights = weights_of_all(self.rewards)
        self.share = n if reduction == "mean" else 1

    def __call__(self, shift=0.0):
        """Return the mean at the policy's logits plus a shift, shape (action,)."""
        p = self.p * np.exp(shift)
        p = p / p.sum()
        chance = np.prod(p[self.actions], axis=1)
        count = np.stack([(self.weights * (self.actions == a)).sum(axis=1) for a in range(len(p))])
        total = self.weights.sum(axis=1)  # sum of w_i (1[x_i = a] - p_a)
        return (count - p[:, None] * total) @ chance / self.share

    def jacobian(self):
        """Return the slopes of all components in all logits."""
        steps = _STEP * np.eye(len(self.p))
        return np.stack([(self(step) - self(-step)) / (2 * _STEP) for step in steps])


@cache
def _truth(policy, k):
    """Return the gradient of max@k, as the mean of weights that are unbiased."""
    return _Mean(partial(s, k=k), k, "sum", policy)()


def _beside(mean, gradient):
    """Return how many times as long as a gradient a mean is, and the cosine between the two."""
    along, length, unit = mean @ gradient, np.linalg.norm(mean), np.linalg.norm(gradient)
    if length < 1e-12:
        return 0.0, np.nan
    return float(np.copysign(length / unit, along)), float(along / length / unit)


def _factor(weights, n, k, reduction):
    """Return factor and cosine at another n and k, NaN where weights refuses."""
    try:
        mean = _Mean(partial(_of_each, weights, k=k), n, reduction, "three rewards")()
    except ValueError:
        return np.nan, np.nan
    return _beside(mean, _truth("three rewards", k))


def _of_each(weights, groups, k):
    """Return the weights of groups, shape (group, n), asked for one by one."""
    return np.array([_called(weights, g, k) for g in groups])


def _called(weights, g, k):
    """Return the weights of a group, if they are n finite numbers."""
    try:
        answer = weights(g.copy(), k)
    except Exception as error:
        raise ValueError(f"weights must take n = {len(g)} rewards and k = {k}: {error}") from None
    try:
        answer = as_reals("weights", answer)
        if answer.shape != g.shape:
            raise ValueError(f"got shape {answer.shape}")
    except (ValueError, TypeError) as error:
        raise ValueError(f"weights must return n = {len(g)} finite numbers: {error}") from None
    return answer


def _rounded(x):
    """Return a number without what is rounding."""
    return float(x) if isfinite(x) and x > 1e-9 else 0.0
