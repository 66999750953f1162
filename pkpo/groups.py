"""Groups of unequal size, given as one label per attempt."""

import numpy as np

from pkpo._arrays import as_rewards, on_host, picked
from pkpo._checks import as_choice, as_int
from pkpo.transforms import ESTIMATORS, advantages


def advantages_by_group(
    g, group, k, *, estimator="sloo_minus_one", reduction="mean", small_groups="error"
):
    """Return `advantages` of ragged groups: each attempt weighed within the group of its label.

    Groups of the same size are computed together. The labels are read by NumPy, so they cannot
    be traced by JAX.

    Args:
        g: rewards, shape (N,), any unit.
        group: label of the group of each attempt, shape (N,), integers or strings in any order.
        k: attempts allowed, integer >= 1.
        estimator, reduction: as in `advantages`; "mean" multiplies by the size of the own group.
        small_groups: what becomes of groups that have too few attempts for k and the estimator
            (fewer than k; for "sloo" and "jackknife" fewer than k + 1; fewer than 2 at k = 1 for
            "sloo_minus_one"): "error" raises, "zero" gives their attempts the weight 0, "nan"
            the weight NaN.
    Returns:
        shape (N,), in the order of g; library, device, unit and floating dtype as `advantages`.
    Raises:
        ValueError: as `advantages`; a group too small; g and group of different shape.
        TypeError: g does not hold real numbers, or group neither integers nor strings.
    Source: scale from Walder & Karkhanis (2025), Eq. 18.
    """
    as_choice("estimator", estimator, tuple(ESTIMATORS))
    as_choice("small_groups", small_groups, ("error", "zero", "nan"))
    xp, g, answer = as_rewards(g)
    labels, group, sizes = _labels(group, g.shape)
    needed = _needed(estimator, as_int("k", k))
    if small_groups == "error" and (sizes < needed).any():
        _refuse(labels[sizes < needed], sizes[sizes < needed], needed, k, estimator)
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


def _labels(group, shape):
    """Return the labels, the number of the label of each attempt, and the sizes of the groups."""
    group = np.asarray(on_host(group))
    if len(shape) != 1 or group.shape != shape:
        raise ValueError(
            f"g and group must have one shape (N,), got shapes {tuple(shape)} and {group.shape}"
        )
    if group.size and group.dtype.kind not in "iuUS":
        raise TypeError(f"group must hold integers or strings, got dtype {group.dtype}")
    return np.unique(group, return_inverse=True, return_counts=True)


def _needed(estimator, k):
    """Return how many attempts a group must have."""
    if k < 1:
        raise ValueError(f"k must be at least 1, got k = {k}")
    spare = estimator in ("sloo", "jackknife") or (estimator == "sloo_minus_one" and k == 1)
    return k + spare


def _refuse(labels, sizes, needed, k, estimator):
    some = ", ".join(f"{x} with {n}" for x, n in zip(labels[:5].tolist(), sizes[:5], strict=True))
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    raise ValueError(
        f"every group must have at least {needed} attempts for k = {k} and estimator "
        f"{estimator!r}, got group {some}{more}; small_groups='zero' or 'nan' lets them pass"
    )
