"""What an enumeration takes: arguments as exact fractions, and not too many of them."""

from math import comb

from pkpo._checks import as_count, as_fractions, as_int, as_k, shown

MOST = 10**7  # rewards to look at, which are minutes


def verdicts(n, c, k):
    """Return c ones and n - c zeros, if k-subsets of them can be enumerated."""
    n, c = as_count("n", n), as_int("c", c)
    k = as_k(k, n)
    if not 0 <= c <= n:
        raise ValueError(f"c must be in 0..n, got c = {shown(c)} with n = {shown(n)}")
    _afford_subsets(n, k)
    return [1] * c + [0] * (n - c)


def group(g, k, below_n=None):
    """Return g as a list of `Fraction`, and k as an int that fits."""
    g = as_fractions("g", g)
    k = as_k(k, len(g), below_n=below_n)
    _afford_subsets(len(g), k)
    return g, k


def policy(p, g, k):
    """Return p and g as lists of `Fraction`, and k as an int, if they make an objective."""
    p, g, k = as_fractions("p", p), as_fractions("g", g), as_count("k", k)
    if len(p) != len(g) or sum(p) != 1 or min(p) < 0:
        got = ", ".join(map(str, p[:5]))
        raise ValueError(f"p must be {len(g)} probabilities that sum to exactly 1, got {got}")
    afford_outcomes("k", k, len(p))
    return p, g, k


def weights_of(transform, g, k):
    """Return what a transform makes of g, as a list of `Fraction`."""
    try:
        weights = as_fractions("weight", transform(g, k))
        if len(weights) != len(g):
            raise ValueError(f"got {len(weights)} for n = {len(g)}")
    except (ValueError, TypeError) as error:
        raise ValueError(f"transform must return n finite numbers: {error}") from None
    return weights


def _affordable(name, count, got):
    if count > MOST:
        raise ValueError(f"{name} must leave at most {MOST} rewards to look at, got {got}")


def _afford_subsets(n, k):
    rewards = n * comb(n, min(k, n - k, 12))  # beyond 12 there are too many anyway
    _affordable("k", rewards, f"k = {shown(k)} with n = {shown(n)}")


def afford_outcomes(name, attempts, actions):
    rewards = attempts * actions ** min(attempts, 24)  # likewise
    _affordable(name, rewards, f"{name} = {shown(attempts)} with {actions} actions")
