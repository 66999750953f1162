"""Groups of unequal size, given as one label per attempt."""

import numpy as np

from pkpo._arrays import as_rewards, is_array, is_traced, on_host, picked
from pkpo._checks import as_array, as_choice, as_count, at, shown, unmasked
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
    labels, group, sizes = _counted(_labels(group, g.shape))
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


def _labels(group, shape):
    """Return the label of each attempt: an array that NumPy can sort, or a list of any labels."""
    if is_traced(group):
        raise TypeError("group must have values, which JAX is still tracing")
    unmasked("group", group)
    if isinstance(group, (list, tuple)):  # an array would make 1 and "1" the same
        got = (len(group),)
    else:
        group = as_array("group", on_host(group))
        got = group.shape
    if len(shape) != 1 or got != tuple(shape):
        raise ValueError(
            f"g and group must have one shape (N,), got shapes {tuple(shape)} and {got}"
        )
    if isinstance(group, (list, tuple)) or group.dtype.kind in "OT":
        return [_label(at("group", [i]), x) for i, x in enumerate(group)]
    if group.dtype.kind not in "biufSUmM":
        raise TypeError(f"group must hold labels, got dtype {group.dtype}")
    if group.dtype.kind in "fmM" and np.isnan(group).any():
        i = np.flatnonzero(np.isnan(group))[0]
        raise ValueError(f"group[{i}] must be a label, got {group[i]}, which is a missing one")
    return group


def _label(name, label):
    """Return a label, which is to have a hash and to be equal to itself."""
    try:
        if is_array(label):  # its hash would not depend on its value
            label = np.asarray(on_host(label)).item()
        hash(label)
        known = label is not None and bool(label == label)
    except Exception:  # lists have no hash; pandas.NA does not say what it is equal to
        known = False
    if not known:
        raise ValueError(f"{name} must be a label, got {shown(label)}")
    return label


def _counted(labels):
    """Return the different labels, the number of the one of each attempt, and how often each is."""
    if isinstance(labels, np.ndarray):
        labels, group, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        return labels.tolist(), group, sizes
    numbers = {}
    group = np.array([numbers.setdefault(x, len(numbers)) for x in labels], dtype=np.intp)
    return list(numbers), group, np.bincount(group, minlength=len(numbers))


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
