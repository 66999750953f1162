"""Groups of unequal size, given as one label per attempt: their weights, and a log of them."""

import numpy as np

from pkpo._arrays import as_rewards, is_array, is_traced, on_host, picked
from pkpo._checks import as_choice, as_count, shown
from pkpo._labels import as_labels, counted
from pkpo._tables import filled, numbers
from pkpo.estimators import max_at_k
from pkpo.results import Diagnostics
from pkpo.transforms import NAMED, advantages

_MISSING = ("nan", "error", "leave out", "failure")


def advantages_by_group(
    g, group, k, *, attempt=None, estimator="sloo_minus_one", reduction="mean",
    small_groups="error", missing="nan",
):  # fmt: skip
    """Return `advantages` of ragged groups: each attempt weighed within the group of its label.

    Groups of the same size are computed together. The labels are read by NumPy, so they cannot
    be traced by JAX; nor can the rewards with `attempt`, or where `missing` is not "nan".

    Args:
        g: rewards, shape (N,), any unit.
        group: label of the group of each attempt, shape (N,), in any order: an array or a column
            of integers, strings or whatever else has equal labels for the attempts of a group.
        k: attempts allowed, integer >= 1.
        attempt: label of the attempt that each row belongs to within its group, shape (N,), where
            an attempt became several rows, such as the turns of an agent: they count as one, and
            get one weight. None where every row is an attempt.
        estimator, reduction: as in `advantages`; "mean" multiplies by the size of the own group.
        small_groups: what becomes of groups that have too few attempts for k and the estimator
            (fewer than k; for "sloo", "jackknife" and "pass_at_k_training" fewer than k + 1; fewer
            than 2 at k = 1 for "sloo_minus_one"): "error" raises, "zero" gives their attempts the
            weight 0, "nan" the weight NaN.
        missing: what becomes of a NaN, or a None in a list or a column: "nan" weighs its group NaN
            and takes no None; "error" raises; "leave out" gives the attempt the weight 0, and
            weighs its group as if it had been drawn without it; "failure" counts as the reward 0,
            below which no reward may then be.
    Returns:
        shape (N,), in the order of g; library, device, unit and floating dtype as `advantages`.
    Raises:
        ValueError: as `advantages`; a group too small; g, group and attempt of different shape; a
            label that is missing (None, NaN and the like) or has no hash; rows of one attempt with
            different rewards.
        TypeError: g does not hold real numbers; g, group or attempt is masked, or of a dtype that
            labels cannot have.
    Source: scale from Walder & Karkhanis (2025), Eq. 18.
    Example:
        >>> advantages_by_group([0.8, 0.8, 0.1], ["a", "a", "a"], 2, attempt=[0, 0, 1])
        array([1.4, 1.4, 0. ])
    """
    as_choice("reduction", reduction, ("mean", "sum"))
    batch = _Batch(g, group, k, attempt, estimator, small_groups, missing)
    xp, g = batch.xp, batch.g
    parts, places = [], []
    for n, _, here in batch.by_size():
        places.append(here.reshape(-1))
        part = picked(xp, g, places[-1])
        if n < batch.needed:
            parts.append(xp.full_like(part, 0.0 if small_groups == "zero" else np.nan))
        else:
            rows = xp.reshape(part, (-1, n))
            parts.append(xp.reshape(advantages(rows, k, estimator, reduction), (-1,)))
    places.append(np.full(batch.zero.shape, len(batch.group)))
    order = np.argsort(np.concatenate(places))
    return batch.answer(picked(xp, picked(xp, xp.concat([*parts, batch.zero]), order), batch.rows))


def diagnostics(
    g, group, k, *, attempt=None, estimator="sloo_minus_one", small_groups="error", missing="nan"
):
    """Return what a trainer logs of a batch: silent groups, groups left out, grade, largest weight.

    A group is silent if all its weights are 0: nothing in its attempts tells them apart at this k.

    Args:
        g, group, k, attempt, estimator, small_groups, missing: as `advantages_by_group`; all is
            computed by NumPy, in the scale of reduction="mean".
    Returns:
        `Diagnostics`.
    Raises:
        ValueError, TypeError: as `advantages_by_group`.
    Source: what silence means, the chapter on limits and which k.
    Example:
        >>> diagnostics([0, 0, 1, 1, 1, 0, 1], list("aaabbcc"), 2)
        3 groups, 7 attempts, 0 rewards missing; k = 2
        silent groups    0.3333
        pass@k or max@k  0.8889
        largest weight   2
        left out: none
    """
    batch = _Batch(on_host(g), group, k, attempt, estimator, small_groups, missing)
    g = np.asarray(batch.g)
    silent, grades, largest, few, spoilt = [], [], [], [], []
    for n, numbers_, here in batch.by_size():
        names = [batch.labels[i] for i in numbers_]
        if n < batch.needed:
            few += [(name, n) for name in names]
            continue
        weight = np.abs(advantages(g[here], k, estimator))
        whole = ~np.isnan(weight).any(axis=-1)
        spoilt += [name for name, fine in zip(names, whole, strict=True) if not fine]
        silent += (weight[whole] == 0).all(axis=-1).tolist()
        largest += weight[whole].max(axis=-1).tolist()
        grades += max_at_k(g[here][whole], k).tolist()
    share, grade = (float(np.mean(x)) if x else np.nan for x in (silent, grades))
    return Diagnostics(
        k=int(k), groups=len(batch.labels), attempts=len(g), missing=batch.missing,
        silent=share, grade=grade, largest=max(largest, default=np.nan),
        small=tuple(few), spoilt=tuple(spoilt),
    )  # fmt: skip


class _Batch:
    """The attempts of a batch, each once and without those that are left out.

    g: their rewards, in the library xp. group: the number of the group of each, whose labels and
    sizes are `labels` and `sizes`. rows: for each row that was given the place of its attempt, or
    len(g) if that is left out, with the weight `zero`, shape (1,). missing: how many attempts lack
    their reward. needed: how many attempts a group must have. answer: as of `as_rewards`.
    """

    def __init__(self, g, group, k, attempt, estimator, small_groups, missing):
        as_choice("estimator", estimator, tuple(NAMED))
        as_choice("small_groups", small_groups, ("error", "zero", "nan"))
        as_choice("missing", missing, _MISSING)
        if missing != "nan" and (not is_array(g) or str(g.dtype) == "object"):
            g = numbers("g", g)  # which knows a None
        self.xp, self.g, self.answer = as_rewards(g)
        self.labels, self.group, _ = counted(as_labels("group", group, self.g.shape))
        self.rows, self.missing = np.arange(len(self.group)), 0
        self.zero = self.xp.zeros_like(self.g[: min(1, len(self.group))])
        if attempt is not None:
            self._merge(attempt)
        if missing != "nan":
            self._fill(missing)
        self.sizes = np.bincount(self.group, minlength=len(self.labels))
        self.needed = _needed(estimator, as_count("k", k))
        if small_groups == "error" and (self.sizes < self.needed).any():
            _refuse(self.labels, self.sizes, self.needed, k, estimator)

    def by_size(self):
        """Yield each size n of groups, the numbers of these groups, and their places in g."""
        order, starts = np.argsort(self.group, kind="stable"), np.cumsum(self.sizes) - self.sizes
        for n in np.unique(self.sizes).tolist():
            of_size = np.flatnonzero(self.sizes == n)
            yield n, of_size.tolist(), order[starts[of_size][:, None] + np.arange(n)]

    def _merge(self, attempt):
        """Keep the first row of each attempt."""
        names, attempt, _ = counted(as_labels("attempt", attempt, self.g.shape))
        both = self.group * len(names) + attempt
        _, first, self.rows = np.unique(both, return_index=True, return_inverse=True)
        g = self._values("attempt")
        same = (g == g[first][self.rows]) | (np.isnan(g) & np.isnan(g[first][self.rows]))
        if not same.all():
            i = np.argmin(same)
            j = first[self.rows[i]]
            raise ValueError(
                f"g[{i}] must be as in the other rows of attempt {shown(names[attempt[i]])}, got "
                f"{g[i]}, and g[{j}] = {g[j]}"
            )
        self.g, self.group = picked(self.xp, self.g, first), self.group[first]
        self._first = first

    def _fill(self, missing):
        """Put 0 for the rewards that are missing, or take the attempts out."""
        first = getattr(self, "_first", self.rows)
        full, self.missing = filled("g", self._values("missing"), missing, lambda i: (first[i],))
        gone = np.isnan(full)
        if missing == "failure":
            zero = self.xp.isnan(self.g)
            self.g = self.xp.where(zero, self.xp.zeros_like(self.g), self.g)
        elif gone.any():
            kept = np.flatnonzero(~gone)
            place = np.full(len(gone), len(kept))
            place[kept] = np.arange(len(kept))
            self.g, self.group = picked(self.xp, self.g, kept), self.group[kept]
            self.rows = place[self.rows]

    def _values(self, what):
        """Return the rewards as NumPy's."""
        if is_traced(self.g):
            raise TypeError(f"g must have values for {what}, which JAX is still tracing")
        return np.asarray(on_host(self.g), dtype=np.float64)


def _needed(estimator, k):
    """Return how many attempts a group must have."""
    spare = estimator in ("sloo", "jackknife", "pass_at_k_training")
    return k + (spare or (estimator == "sloo_minus_one" and k == 1))


def _refuse(labels, sizes, needed, k, estimator):
    small = [(x, n) for x, n in zip(labels, sizes.tolist(), strict=True) if n < needed]
    some = ", ".join(f"{shown(x)} with {n}" for x, n in small[:5])
    more = f" and {len(small) - 5} more" if len(small) > 5 else ""
    raise ValueError(
        f"group must have at least {shown(needed)} attempts of every label for k = {shown(k)} and "
        f"estimator {estimator!r}, got {some}{more}; small_groups='zero' or 'nan' lets them pass"
    )
