"""What is answered where it is more than an array: frozen, and printed as a table."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Score:
    """The grade of a model for each k; its arrays are read-only, and one k gives single numbers.

    k: attempts allowed, shape (K,).
    mean: pass@k, or max@k in the unit of the rewards, averaged over the tasks.
    se_like_these: its standard error for *tasks like these*, from the spread between tasks.
    se_these: its standard error for *these tasks*, from the spread within them.
    low, high: 95 % interval for the mean over tasks like these.
    estimates: of each task, shape (task, K). tasks: their labels. n: their attempts.
    dropped: labels of the tasks that are left out. missing: how many rewards were missing.
    verdicts: whether rewards are successes and failures, so that `mean` is pass@k.
    notes: why a number is NaN.
    """

    k: np.ndarray
    mean: np.ndarray
    se_like_these: np.ndarray
    se_these: np.ndarray
    low: np.ndarray
    high: np.ndarray
    estimates: np.ndarray
    tasks: tuple
    n: np.ndarray
    dropped: tuple
    missing: int
    verdicts: bool
    notes: tuple

    def __repr__(self):
        columns = (self.mean, self.se_like_these, self.se_these, self.low, self.high)
        what = "pass@k" if self.verdicts else "max@k"
        heads = (what, "se, tasks like these", "se, these tasks", "95 % from", "to")
        n = " to ".join(map(str, sorted({self.n.min(), self.n.max()})))
        first = (
            f"{len(self.tasks)} tasks of {n} attempts, {len(self.dropped)} tasks dropped, "
            f"{self.missing} rewards missing"
        )
        return "\n".join([first, *_table(self.k, heads, columns), *self.notes])


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """The difference of two models on the same tasks, for each k; arrays as in `Score`.

    k: attempts allowed, shape (K,).
    difference: mean of the first less mean of the second.
    se_like_these, se_these: its standard errors, as in `Score`, from the differences by task.
    wins, losses, ties: shares of the tasks where the first model's estimate is above, below, equal.
    tasks, dropped: labels of the tasks that are compared, and of those that are left out.
    notes: why a number is NaN.
    """

    k: np.ndarray
    difference: np.ndarray
    se_like_these: np.ndarray
    se_these: np.ndarray
    wins: np.ndarray
    losses: np.ndarray
    ties: np.ndarray
    tasks: tuple
    dropped: tuple
    notes: tuple

    def __repr__(self):
        heads = ("difference", "se, tasks like these", "se, these tasks", "wins", "losses", "ties")
        columns = (self.difference, self.se_like_these, self.se_these)
        columns += (self.wins, self.losses, self.ties)
        first = f"{len(self.tasks)} tasks, {len(self.dropped)} dropped"
        return "\n".join([first, *_table(self.k, heads, columns), *self.notes])


@dataclass(frozen=True, repr=False)
class Diagnostics:
    """What a trainer logs of a batch.

    k: attempts allowed. groups, attempts: how many there are, of attempts only those that count.
    missing: attempts without a reward.
    silent: share of the groups whose weights are all 0, among those that are weighed.
    grade: pass@k, or max@k in the unit of the rewards, averaged over the groups that are weighed.
    largest: the largest weight, in size.
    small: label and size of the groups with too few attempts. spoilt: labels of the groups with a
    reward that is not finite.
    """

    k: int
    groups: int
    attempts: int
    missing: int
    silent: float
    grade: float
    largest: float
    small: tuple
    spoilt: tuple

    def __repr__(self):
        left = [f"{x!r} with {n}" for x, n in self.small] + [
            f"{x!r} not finite" for x in self.spoilt
        ]
        few = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        return "\n".join(
            [
                f"{self.groups} groups, {self.attempts} attempts, {self.missing} rewards missing; "
                f"k = {self.k}",
                f"silent groups    {self.silent:.4g}",
                f"pass@k or max@k  {self.grade:.4g}",
                f"largest weight   {self.largest:.4g}",
                f"left out: {few or 'none'}",
            ]
        )


def _table(k, heads, columns):
    """Return the lines of a table with a row for each k."""
    rows = [("k", *heads)]
    for row in zip(*map(np.atleast_1d, (k, *columns)), strict=True):
        rows.append((str(row[0]), *(f"{x:.4g}" for x in row[1:])))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [[x.rjust(width) for x, width in zip(row, widths, strict=True)] for row in rows]
    return ["  ".join(row) for row in cells]
