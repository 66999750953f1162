"""Groups of unequal size, given as one label per attempt."""

import numpy as np

from pkpo._arrays import as_rewards, picked
from pkpo._checks import as_choice, as_count, shown
from pkpo._labels import as_labels, counted
from pkpo.transforms import ESTIMATORS, advantages


def advantages_by_group(
    g, group, k, *, estimator="sloo_minus_one", reduction="mean", small_groups="error"
):
    """Return `advantages` of ragged groups: each attempt weighed within the group of its label.

    Groups of the same size are computed together. The labels are read by NumPy, so they cannot
    be traced by JAX.

    Args:
        g: rewards, shape (N,), any unit.
        group: label of the group of each attempt, shape (N,), in any order: an array or a column
            of integers, strings or whatever else has equal labels for the attempts of a group.
        k: attempts allowed, integer >= 1.
        estimator, reduction: as in `advantages`; "mean" multiplies by the size of the own group.
        small_groups: what becomes of groups that have too few attempts for k and the estimator
            (fewer than k; for "sloo" and "jackknife" fewer than k + 1; fewer than 2 at k = 1 for
            "sloo_minus_one"): "error" raises, "zero" gives their attempts the weight 0, "nan"
            the weight NaN.
    Returns:
        shape (N,), in the order of g; library, device, unit and floating dtype as `advantages`.
    Raises:
        ValueError: as `advantages`; a group too small; g and group of different shape; a label
            that is missing (None, NaN and the like) or has no hash.
        TypeError: g does not hold real numbers; g or group is masked; group has a dtype that
            labels cannot have.
    Source: scale from Walder & Karkhanis (2025), Eq. 18.
    """
    as_choice("estimator", estimator, tuple(ESTIMATORS))
    as_choice("reduction", reduction, ("mean", "sum"))
    as_choice("small_groups", small_groups, ("error", "zero", "nan"))
    xp, g, answer = as_rewards(g)
    labels, group, sizes = counted(as_labels("group", group, g.shape))
    needed = _needed(estimator, as_count("k", k))
    if small_groups == "error" and (sizes < needed).any():
        _refuse(labels, sizes, needed, k, estimator)
    order, starts = np.argsort(group, kind="stable"), np.cumsum(sizes) - sizes
    parts, places = [g[:0]], [order[:0]]
    for n in np.unique(sizes).tolist():
        places.append(order[starts[sizes == n][:, None] + np.arange(n)].reshape(-1))
        part = picked(xp, g, places[-1])
        if n < needed:
            parts.append(xp.full_like(part, 0.0 if small_groups == "zero" else np.nan))
        else:
            rows = xp.reshape(part, (-1, n))
            parts.append(xp.reshape(advantages(rows, k, estimator, reduction), (-1,)))
    return answer(picked(xp, xp.concat(parts), np.argsort(np.concatenate(places))))


def _needed(estimator, k):
    """Return how many attempts a group must have."""
    spare = estimator in ("sloo", "jackknife") or (estimator == "sloo_minus_one" and k == 1)
    return k + spare


def _refuse(labels, sizes, needed, k, estimator):
    small = [(x, n) for x, n in zip(labels, sizes.tolist(), strict=True) if n < needed]
    some = ", ".join(f"{shown(x)} with {n}" for x, n in small[:5])
    more = f" and {len(small) - 5} more" if len(small) > 5 else ""
    raise ValueError(
        f"group must have at least {shown(needed)} attempts of every label for k = {shown(k)} and "
        f"estimator {estimator!r}, got {some}{more}; small_groups='zero' or 'nan' lets them pass"
    )
