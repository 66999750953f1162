"""Estimates from disjoint groups of k attempts: what averaging over all subsets improves on."""

from pkpo._arrays import as_rewards
from pkpo._checks import as_choice, as_k
from pkpo.transforms import jackknife, s, sloo_minus_one


def partitioned(g, k, estimator="sloo_minus_one"):
    """Return the weights of n/k disjoint groups of k attempts, the groups' gradients averaged.

    The attempts are split in the order given, the first k, the next k, and so on. With b the best
    reward of a group, "s" gives b to each of its attempts; "sloo" gives b less the mean b of the
    other groups; "sloo_minus_one" gives the group's best attempt its margin over the runner-up,
    and the others 0. All three are unbiased. They are multiplied by k/n, because the gradients of
    n/k groups are averaged; without that factor their sum estimates n/k times the gradient.

    At k = 1 "sloo_minus_one" is "sloo", as there is no runner-up: RLOO / n, as
    `pkpo.sloo_minus_one`.

    Args:
        g: rewards, shape (..., n), any unit; each row is n attempts at one problem.
        k: attempts allowed, integer in 1..n that divides n.
        estimator: "s", "sloo" (needs at least two groups) or "sloo_minus_one".
    Returns:
        shape (..., n), unit, library, device and floating dtype of g, as `pkpo.s`. The gradient
        estimate is the sum over the n attempts of weight times score.
    Raises:
        ValueError: k is not an integer in 1..n, does not divide n, is n where a second group is
            needed, or the estimator is unknown.
        TypeError: g does not hold real numbers.
    Source: Walder & Karkhanis (2025), Fig. 4, with averages in place of sums. Chapter 7.
    """
    estimator = as_choice("estimator", estimator, ("s", "sloo", "sloo_minus_one"))
    xp, g, answer = as_rewards(g)
    n = g.shape[-1]
    k = as_k(k, n)
    if estimator == "sloo_minus_one" and k == 1:
        estimator = "sloo"
    if estimator == "sloo":
        as_k(k, n, below_n="the others are the groups that attempt i is not in")
    if n % k:
        raise ValueError(f"k must divide n, got k = {k} with n = {n} attempts")
    groups = xp.reshape(g, (*g.shape[:-1], n // k, k))
    if estimator == "sloo_minus_one":
        weight = sloo_minus_one(groups, k) * (k / n)
    elif estimator == "s":
        weight = s(groups, k) * (k / n)
    else:
        best = s(groups, k)[..., 0]  # which is NaN if its group is not finite
        weight = xp.broadcast_to(jackknife(best, 1)[..., None], groups.shape)
    return answer(xp.reshape(weight, g.shape))
