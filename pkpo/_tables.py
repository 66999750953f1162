"""Rewards as people have them: a table of tasks and attempts, ragged rows, or flat with labels."""

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np

from pkpo._arrays import as_rewards, is_array, on_host
from pkpo._checks import as_array, as_choice, as_real, at, shown, unmasked
from pkpo._labels import as_labels, counted

MISSING = ("error", "leave out", "failure")


@dataclass(frozen=True)
class Table:
    """Rewards of tasks, without those that are missing, and the name of their argument.

    labels: of the tasks. blocks: for each number n of attempts the places of the tasks that have
    so many, shape (task,), and their rewards, shape (task, n). missing: how many were missing.
    verdicts: whether all rewards are 0 or 1.
    """

    name: str
    labels: list
    blocks: list
    missing: int
    verdicts: bool

    @property
    def sizes(self):
        """Attempts of each task, shape (task,)."""
        sizes = np.zeros(len(self.labels), dtype=np.int64)
        for places, rows in self.blocks:
            sizes[places] = rows.shape[1]
        return sizes

    def only(self, chosen):
        """Return the table of the tasks at `chosen`, different places, in that order."""
        place = np.full(len(self.labels), -1)
        place[chosen] = np.arange(len(chosen))
        blocks = []
        for places, rows in self.blocks:
            here = place[places] >= 0
            blocks.append((place[places[here]], rows[here]))
        return replace(self, labels=[self.labels[i] for i in chosen], blocks=blocks)


def as_table(name, g, task, threshold, missing):
    """Return rewards as a `Table`; the arguments are those of `pkpo.score`."""
    as_choice("missing", missing, MISSING)
    g, labels, group, place = _read(name, g, task)
    if not labels:
        raise ValueError(f"{name} must have at least one task, got none")
    if threshold is not None:
        g = np.where(np.isnan(g), g, g >= as_real("threshold", threshold))
    flat = g.ravel()
    count, whole = 0, bool(np.isfinite(flat @ flat))  # what is not finite spreads to the sum
    if not whole:
        g, count = filled(name, g, missing, place)
        if np.isinf(g).any():
            i = np.flatnonzero(np.isinf(g))[0]
            raise ValueError(f"{at(name, place(i))} must be finite, got {g.flat[i]}")
        whole = not np.isnan(g).any()
    few = g.ravel()[:4096]  # most rewards that are no verdicts show it early
    verdicts = threshold is not None or (_are_verdicts(few) and _are_verdicts(g))
    if group is None and whole:
        return Table(name, labels, [(np.arange(len(g)), g)], count, verdicts)
    if group is None:
        group = np.repeat(np.arange(len(g)), g.shape[1])
    there = ~np.isnan(g.ravel())
    blocks = _blocks(g.ravel()[there], group[there], len(labels))
    return Table(name, labels, blocks, count, verdicts)


def filled(name, g, missing, place):
    """Return NumPy's rewards with what stands for a missing one, NaN or 0, and how many are.

    place: the way from a position in the flat array to its place in g.
    """
    gone = np.isnan(g)
    if missing == "error" and gone.any():
        where = at(name, place(np.flatnonzero(gone)[0]))
        raise ValueError(
            f"{where} must be a reward, got a missing one; missing='leave out' or 'failure' lets "
            "it pass"
        )
    if missing == "failure" and gone.any():
        if np.nanmin(g, initial=0) < 0:
            raise ValueError(
                f"{name} must be at least 0 where missing='failure' counts as the reward 0, got "
                f"{np.nanmin(g)}"
            )
        g = np.where(gone, 0.0, g)
    return g, int(gone.sum())


def numbers(name, values, row=()):
    """Return rewards of any shape in NumPy's floats, NaN where one is missing: None, NaN, NA."""
    where = at(name, row)
    if is_array(values) and not isinstance(values, np.ndarray):
        values = on_host(as_rewards(values, where)[1])
    array = as_array(where, values)
    if array.dtype.kind == "O":
        floats = np.empty(array.shape)
        for place, reward in np.ndenumerate(array):
            floats[place] = _number(at(name, (*row, *place)), reward)
        return floats
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{where} must hold real numbers, got dtype {array.dtype}")
    return array.astype(np.float64, copy=False)


def _read(name, g, task):
    """Return rewards, the tasks' labels, the task of each reward, and the way to its place.

    Rewards have shape (task, attempt) and then no task of each, or (N,).
    """
    if task is not None:
        g = numbers(name, g)
        labels, group, _ = counted(as_labels("task", task, g.shape, name))
        return g, labels, group, lambda i: (i,)
    if not isinstance(g, (list, tuple)):
        g = numbers(name, g)
        if g.ndim != 2:
            raise ValueError(
                f"{name} must have shape (task, attempt), or (N,) and the task of each attempt in "
                f"task=labels, got shape {g.shape}"
            )
        return g, list(range(len(g))), None, lambda i: np.unravel_index(i, g.shape)
    unmasked(name, g)
    rows = [numbers(name, row, (i,)) for i, row in enumerate(g)]
    for i, row in enumerate(rows):
        if row.ndim != 1:
            raise ValueError(
                f"{at(name, (i,))} must be the attempts of a task, or the tasks must be told by "
                f"task=labels, got {shown(g[i])}"
            )
    sizes = [len(row) for row in rows]
    group = np.repeat(np.arange(len(rows)), np.array(sizes, dtype=int))
    starts = np.cumsum([0, *sizes])
    flat = np.concatenate(rows) if rows else np.empty(0)
    return flat, list(range(len(rows))), group, lambda i: (group[i], i - starts[group[i]])


def _number(name, reward):
    """Return a reward among Python's objects as a float, NaN for a missing one."""
    try:
        if reward is None or not bool(reward == reward):
            return np.nan
    except TypeError:  # pandas.NA does not say what it is equal to
        return np.nan
    except Exception:
        pass
    if not isinstance(reward, (Real, np.bool_)):
        raise TypeError(f"{name} must be a real number, got {shown(reward)}")
    try:
        return float(reward)
    except OverflowError:
        raise ValueError(f"{name} must fit a float, got {shown(reward)}") from None


def _are_verdicts(g):
    return bool(np.all((g == 0) | (g == 1) | np.isnan(g)))


def _blocks(g, group, tasks):
    """Return rewards, shape (N,), as the rows of tasks, those of one size together."""
    sizes = np.bincount(group, minlength=tasks)
    order, starts, blocks = np.argsort(group, kind="stable"), np.cumsum(sizes) - sizes, []
    for n in np.unique(sizes).tolist():
        places = np.flatnonzero(sizes == n)
        blocks.append((places, g[order[starts[places][:, None] + np.arange(n)]]))
    return blocks
