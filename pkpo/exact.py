"""The definitions, by enumeration in exact rational arithmetic: slow, and beyond doubt.

Every function follows the sentence that defines the quantity, looks at all subsets (or at all
outcomes), and takes nothing from the rest of the package but the checks of arguments: the book
and the tests hold the fast code against this one. Rewards and probabilities may be int, float or
`Fraction`; a float stands for the binary fraction it stores. Every result is a `Fraction`.

What is wrong raises a `ValueError` or a `TypeError` that names it. So does what would take more
than `pkpo._enumerable.MOST` = 10^7 rewards to look at, which are minutes.
"""

from fractions import Fraction
from itertools import combinations, pairwise, product
from math import comb, prod

from pkpo._checks import as_choice, as_count, as_k, as_list, shown
from pkpo._enumerable import afford_outcomes, group, policy, verdicts, weights_of

_SPARE = "its definition leaves one attempt out, and k of the others are needed"


def pass_at_k(n, c, k):
    """Return the share of the k-subsets of n attempts, c of them right, with a right one.

    Args: n >= 1, 0 <= c <= n, 1 <= k <= n, integers.
    Source: Walder & Karkhanis (2025), Eqs. 3-7.
    """
    return max_at_k(verdicts(n, c, k), k)


def pass_hat_k(n, c, k):
    """Return the share of the k-subsets of n attempts, c of them right, that are right throughout.

    Args: as `pass_at_k`.
    Source: Yao et al. (2024), tau-bench. Chapter 2.
    """
    return min_at_k(verdicts(n, c, k), k)


def max_at_k(g, k):
    """Return the average, over all k-subsets of the n rewards, of the subset's best.

    Args: g, n numbers; 1 <= k <= n.
    Source: Walder & Karkhanis (2025), Eqs. 12-17.
    """
    g, k = group(g, k)
    return sum(max(subset) for subset in combinations(g, k)) / comb(len(g), k)


def min_at_k(g, k):
    """Return the average, over all k-subsets of the n rewards, of the subset's worst.

    Args: as `max_at_k`.
    Source: the definition. Chapter 3.
    """
    g, k = group(g, k)
    return sum(min(subset) for subset in combinations(g, k)) / comb(len(g), k)


def s(g, k):
    """Return, for each i, the sum of the best over the k-subsets with i, over C(n, k).

    Args: g, n numbers; 1 <= k <= n. Returns a list of n.
    Source: Walder & Karkhanis (2025), Eqs. 27-28.
    """
    g, k = group(g, k)
    return [
        sum(max((g_i, *others)) for others in _companies(g, i, k)) / comb(len(g), k)
        for i, g_i in enumerate(g)
    ]


def sloo(g, k):
    """Return s_i minus 1/(n-1) times the sum of s over the other attempts, computed without i.

    Args: g, n numbers; 1 <= k <= n-1. Returns a list of n.
    Source: Walder & Karkhanis (2025), Eq. 29.
    """
    g, k = group(g, k, below_n=_SPARE)
    return [s_i - sum(s(_without(g, i), k)) / (len(g) - 1) for i, s_i in enumerate(s(g, k))]


def sloo_minus_one(g, k):
    """Return, for each i, the sum over the k-subsets with i of (best - best of the others).

    Divided by C(n, k). At k = 1, where there are no others: (g_i - mean of the others) / n.

    Args: g, n numbers; 1 <= k <= n, n >= 2 at k = 1. Returns a list of n.
    Source: Walder & Karkhanis (2025), Eq. 33.
    """
    g, k = group(g, k)
    n = len(g)
    if k == 1:
        as_k(k, n, below_n=_SPARE)
        return [(g[i] - sum(_without(g, i)) / (n - 1)) / n for i in range(n)]
    return [
        sum(max((g_i, *others)) - max(others) for others in _companies(g, i, k)) / comb(n, k)
        for i, g_i in enumerate(g)
    ]


def jackknife(g, k):
    """Return, for each i, max_at_k of all attempts minus max_at_k of the others.

    Args: g, n numbers; 1 <= k <= n-1. Returns a list of n.
    Source: derived in chapter 7.
    """
    g, k = group(g, k, below_n=_SPARE)
    return [max_at_k(g, k) - max_at_k(_without(g, i), k) for i in range(len(g))]


def partitioned(g, k, estimator="sloo_minus_one"):
    """Return the weights of each k attempts as a group of their own, divided by the n/k groups.

    "s" and "sloo_minus_one" are those of the group with n = k; "sloo" is its s less the mean of s
    over the other groups. At k = 1, "sloo_minus_one" is "sloo".

    Args: g, n numbers; k divides n; estimator, one of the three names. Returns a list of n.
    Source: Walder & Karkhanis (2025), Fig. 4. Chapter 7.
    """
    as_choice("estimator", estimator, ("s", "sloo", "sloo_minus_one"))
    g, k = group(g, k)
    alone = estimator == "sloo" or (estimator == "sloo_minus_one" and k == 1)
    if alone:
        as_k(k, len(g), below_n="the others are the groups that attempt i is not in")
    if len(g) % k:
        raise ValueError(f"k must divide n, got k = {k} with n = {len(g)}")
    groups = [g[i : i + k] for i in range(0, len(g), k)]
    if alone:
        best = [max(x) for x in groups]
        margin = [b - sum(_without(best, i)) / (len(best) - 1) for i, b in enumerate(best)]
        weights = [[m] * k for m in margin]
    else:
        weights = [{"s": s, "sloo_minus_one": sloo_minus_one}[estimator](x, k) for x in groups]
    return [w / len(groups) for those in weights for w in those]


def tailrl(g):
    """Return, for each i, the levels up to g_i, each over the number of attempts that reach it.

    That is the lowest reward over n, and each gap below g_i over how many rewards are above it.

    Args: g, n numbers. Returns a list of n.
    Source: Ramasubramanian et al. (2026), arXiv 2609.02987. Chapter 10.
    """
    g, _ = group(g, 1)
    levels = sorted(set(g))
    gaps = [(b, (b - a) / sum(x >= b for x in g)) for a, b in pairwise(levels)]
    return [levels[0] / len(g) + sum(share for b, share in gaps if b <= g_i) for g_i in g]


def stakes(transform, n, k):
    """Return what an attempt has at stake, with m = 0..n-1 of the n - 1 others right.

    n times its weight if it succeeds, less n times its weight if it fails. On average over the
    others this is the slope in p that weights of verdicts climb.

    Args:
        transform: function of (list of n verdicts, k) that returns n weights, and the same ones in
            another order if the verdicts come in another order.
        n, k: 1 <= k <= n <= 1000.
    Returns:
        a list of n.
    Source: derived in chapter 10.
    """
    n = as_count("n", n, most=1000)
    k = as_k(k, n)
    _called(transform)
    others = [[1] * m + [0] * (n - 1 - m) for m in range(n)]
    right, wrong = ([weights_of(transform, [f, *x], k)[0] for x in others] for f in (1, 0))
    return [n * (a - b) for a, b in zip(right, wrong, strict=True)]


def objective(p, g, k):
    """Return J_k, the expected best reward of k independent attempts of a discrete policy.

    Args:
        p: probability of each of A actions, summing to exactly 1.
        g: reward of each action.
        k: attempts, >= 1.
    Source: Walder & Karkhanis (2025), Eq. 11.
    """
    p, g, k = policy(p, g, k)
    return sum(prod(p[a] for a in x) * max(g[a] for a in x) for x in _outcomes(p, k))


def gradient(p, g, k):
    """Return the gradient of J_k with respect to the A logits of a softmax policy.

    The product rule on J_k as a polynomial in p gives dJ/dp_b, and dp_b/dz_a = p_b (1[a=b] - p_a).

    Args: as `objective`. Returns a list of A.
    """
    p, g, k = policy(p, g, k)
    actions = range(len(p))
    by_p = [
        k * sum(prod(p[a] for a in x) * max(g[a] for a in (b, *x)) for x in _outcomes(p, k - 1))
        for b in actions
    ]
    return [sum(by_p[b] * p[b] * ((a == b) - p[a]) for b in actions) for a in actions]


def expected_gradient(transform, p, g, n, k):
    """Return the exact expectation of sum_i transform(g, k)_i * score(x_i) over n attempts.

    All A**n outcomes are enumerated; the score of action b is (1[a=b] - p_a) for logit a. An
    unbiased transform gives `gradient(p, g, k)`.

    Args:
        transform: function of (list of n rewards, k) that returns n weights. It gets rewards
            as they are in g; a float weight stands for the binary fraction it stores.
        p, g, k: as `objective`.
        n: attempts, >= k.
    Returns:
        a list of A.
    Source: Walder & Karkhanis (2025), Thms. 2 and 4.
    """
    pays = as_list("g", g)
    p, _, k = policy(p, pays, k)
    n = as_count("n", n)
    as_k(k, n)
    afford_outcomes("n", n, len(p))
    _called(transform)
    total = [Fraction(0)] * len(p)
    for x in _outcomes(p, n):
        chance = prod(p[b] for b in x)
        for w, b in zip(weights_of(transform, [pays[b] for b in x], k), x, strict=True):
            for a in range(len(p)):
                total[a] += chance * w * ((a == b) - p[a])
    return total


def _called(transform):
    if not callable(transform):
        raise TypeError(f"transform must be a function of rewards and k, got {shown(transform)}")


def _companies(g, i, k):
    """Return the k - 1 others of every k-subset that holds attempt i."""
    return combinations(_without(g, i), k - 1)


def _outcomes(p, n):
    return product(range(len(p)), repeat=n)


def _without(g, i):
    return g[:i] + g[i + 1 :]
