"""The definitions, by enumeration in exact rational arithmetic: slow, and beyond doubt.

Every function follows the sentence that defines the quantity, looks at all subsets (or at all
outcomes), and imports nothing from the rest of the package: the book and the tests hold the
fast code against this one. Rewards and probabilities may be int, float or `Fraction`; a float
stands for the binary fraction it stores. Every result is a `Fraction`.
"""

from fractions import Fraction
from itertools import combinations, product
from math import comb, prod


def pass_at_k(n, c, k):
    """Return the share of the k-subsets of n attempts, c of them right, with a right one.

    Args: n >= 1, 0 <= c <= n, 1 <= k <= n, integers.
    Source: Walder & Karkhanis (2025), Eqs. 3-7.
    """
    if not (1 <= k <= n and 0 <= c <= n):
        raise ValueError(f"need 1 <= k <= n and 0 <= c <= n, got n = {n}, c = {c}, k = {k}")
    return max_at_k([1] * c + [0] * (n - c), k)


def max_at_k(g, k):
    """Return the average, over all k-subsets of the n rewards, of the subset's best.

    Args: g, n numbers; 1 <= k <= n.
    Source: Walder & Karkhanis (2025), Eqs. 12-17.
    """
    g = _fractions(g, k)
    return sum(max(subset) for subset in combinations(g, k)) / comb(len(g), k)


def s(g, k):
    """Return, for each i, the sum of the best over the k-subsets with i, over C(n, k).

    Args: g, n numbers; 1 <= k <= n. Returns a list of n.
    Source: Walder & Karkhanis (2025), Eqs. 27-28.
    """
    g = _fractions(g, k)
    return [
        sum(max((g_i, *others)) for others in _companies(g, i, k)) / comb(len(g), k)
        for i, g_i in enumerate(g)
    ]


def sloo(g, k):
    """Return s_i minus 1/(n-1) times the sum of s over the other attempts, computed without i.

    Args: g, n numbers; 1 <= k <= n-1. Returns a list of n.
    Source: Walder & Karkhanis (2025), Eq. 29.
    """
    g = _fractions(g, k, spare=1)
    return [s_i - sum(s(_without(g, i), k)) / (len(g) - 1) for i, s_i in enumerate(s(g, k))]


def sloo_minus_one(g, k):
    """Return, for each i, the sum over the k-subsets with i of (best - best of the others).

    Divided by C(n, k). At k = 1, where there are no others: (g_i - mean of the others) / n.

    Args: g, n numbers; 1 <= k <= n, n >= 2 at k = 1. Returns a list of n.
    Source: Walder & Karkhanis (2025), Eq. 33.
    """
    g = _fractions(g, k, spare=int(k == 1))
    n = len(g)
    if k == 1:
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
    g = _fractions(g, k, spare=1)
    return [max_at_k(g, k) - max_at_k(_without(g, i), k) for i in range(len(g))]


def partitioned(g, k, estimator="sloo_minus_one"):
    """Return the weights of each k attempts as a group of their own, divided by the n/k groups.

    "s" and "sloo_minus_one" are those of the group with n = k; "sloo" is its s less the mean of s
    over the other groups. At k = 1, "sloo_minus_one" is "sloo".

    Args: g, n numbers; k divides n; estimator, one of the three names. Returns a list of n.
    Source: Walder & Karkhanis (2025), Fig. 4. Chapter 7.
    """
    if estimator not in ("s", "sloo", "sloo_minus_one"):
        raise ValueError(f"estimator must be 's', 'sloo' or 'sloo_minus_one', got {estimator!r}")
    alone = estimator == "sloo" or (estimator == "sloo_minus_one" and k == 1)
    g = _fractions(g, k, spare=int(alone))
    if len(g) % k:
        raise ValueError(f"k must divide n, got k = {k} with n = {len(g)}")
    groups = [g[i : i + k] for i in range(0, len(g), k)]
    if alone:
        best = [max(group) for group in groups]
        margin = [b - sum(_without(best, i)) / (len(best) - 1) for i, b in enumerate(best)]
        weights = [[m] * k for m in margin]
    else:
        weights = [{"s": s, "sloo_minus_one": sloo_minus_one}[estimator](x, k) for x in groups]
    return [w / len(groups) for group in weights for w in group]


def objective(p, g, k):
    """Return J_k, the expected best reward of k independent attempts of a discrete policy.

    Args:
        p: probability of each of A actions, summing to exactly 1.
        g: reward of each action.
        k: attempts, >= 1.
    Source: Walder & Karkhanis (2025), Eq. 11.
    """
    p, g = _policy(p, g, k)
    return sum(prod(p[a] for a in x) * max(g[a] for a in x) for x in _outcomes(p, k))


def gradient(p, g, k):
    """Return the gradient of J_k with respect to the A logits of a softmax policy.

    The product rule on J_k as a polynomial in p gives dJ/dp_b, and dp_b/dz_a = p_b (1[a=b] - p_a).

    Args: as `objective`. Returns a list of A.
    """
    p, g = _policy(p, g, k)
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
    p, _ = _policy(p, g, k)
    total = [Fraction(0)] * len(p)
    for x in _outcomes(p, n):
        chance = prod(p[b] for b in x)
        for w, b in zip(transform([g[b] for b in x], k), x, strict=True):
            for a in range(len(p)):
                total[a] += chance * Fraction(w) * ((a == b) - p[a])
    return total


def _companies(g, i, k):
    """Return the k - 1 others of every k-subset that holds attempt i."""
    return combinations(_without(g, i), k - 1)


def _outcomes(p, n):
    return product(range(len(p)), repeat=n)


def _without(g, i):
    return g[:i] + g[i + 1 :]


def _fractions(g, k, spare=0):
    """Return g as a list of `Fraction`, once 1 <= k <= n - spare holds."""
    g = [Fraction(x) for x in g]
    if not 1 <= k <= len(g) - spare:
        largest = f"n - {spare}" if spare else "n"
        raise ValueError(f"k must be in 1..{largest}, got k = {k} with n = {len(g)}")
    return g


def _policy(p, g, k):
    p, g = [Fraction(x) for x in p], [Fraction(x) for x in g]
    if len(p) != len(g) or sum(p) != 1 or min(p) < 0:
        got = ", ".join(map(str, p))
        raise ValueError(f"p must be {len(g)} probabilities that sum to exactly 1, got {got}")
    if k < 1:
        raise ValueError(f"k must be at least 1, got k = {k}")
    return p, g
