"""From the rewards of a benchmark to its grade, and from two models to their difference."""

from itertools import compress

import numpy as np

from pkpo._arrays import on_host
from pkpo._checks import as_choice, as_counts, quietly, shown
from pkpo._grades import errors, graded, interval
from pkpo._tables import as_table
from pkpo.results import Comparison, Score

_SMALL = ("error", "nan", "drop")


@quietly
def score(g, k, *, task=None, threshold=None, missing="error", small="error"):
    """Grade a table of rewards: pass@k or max@k, averaged over its tasks.

    Rewards that are all 0 or 1, or compared with a threshold, are verdicts, graded by pass@k;
    others are graded by max@k. All is computed by NumPy in float64.

    `se_like_these` is the standard deviation of the tasks' estimates over the square root of their
    number: attempts at one task count as one cluster. `se_these` leaves the tasks as they are, and
    adds up the unbiased estimates of the variance of each, rho_k^2 less the mean, over all pairs
    of disjoint k-subsets, of best times best; for verdicts (1 - rho_k)^2 - (1 - rho_2k). That
    takes 2k attempts of each task; with fewer it is NaN, and `notes` says so. A sum below 0,
    which chance can bring, counts as 0.

    The interval is for *tasks like these*. For verdicts it is Wilson's, which stays in [0, 1], at
    the effective number of tasks mean (1 - mean) / se_like_these^2 (at most the number of
    attempts; the number of tasks where all estimates are 0, or all 1) and with the quantile of
    Student's t. How often it holds the truth, for tasks drawn from Beta distributions and true
    means in .1 to .9: in .93 or more of all outcomes of 30 tasks with 2 attempts, by enumeration;
    in .936 or more of 4000 simulations for 100 to 500 tasks with 10 to 20, .925 for 30, but .83
    for 10. Nearer to 0 or 1 a few tasks decide, and it can be less: .79 at a mean of .998.
    For other rewards, it is the mean -+ t standard errors.

    Args:
        g: rewards: an array of shape (task, attempt); a list of rows, one for each task, of any
            lengths; or shape (N,) with `task`.
        k: attempts allowed, integer >= 1, or several, shape (K,).
        task: label of the task of each of N rewards: an array, a list or a column of integers,
            strings or whatever else has equal labels for the attempts at a task.
        threshold: a reward is a success if it is at least so large; None for rewards as they are.
        missing: what becomes of None and NaN: "error" raises; "leave out" grades the task as if
            it had been tried once less; "failure" counts as the reward 0, below which no reward
            may then be.
        small: what becomes of tasks with fewer than k attempts (the largest k, so that all k are
            graded on the same tasks): "error" raises; "nan" gives NaN for them and the mean;
            "drop" leaves them out, and counts them in `dropped`.
    Returns:
        `Score`.
    Raises:
        ValueError: an argument out of its range or of another shape, a missing or infinite
            reward, a task too small, no task at all.
        TypeError: g does not hold real numbers, or is masked.
    Source: Walder & Karkhanis (2025), Eqs. 3 and 12; variance of a U-statistic by Hoeffding
        (1948); Wilson's interval (1927) at an effective size by Korn & Graubard (1998) and Franco
        et al. (2019). Chapter 2.
    Example:
        >>> score([[1, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0]], [1, 2])
        3 tasks of 4 attempts, 0 tasks dropped, 0 rewards missing
        k  pass@k  se, tasks like these  se, these tasks  95 % from      to
        1  0.3333                0.2205           0.1179    0.02418  0.9098
        2     0.5                0.2887           0.1667    0.03617  0.9638
    """
    ks = _ks(k)
    table = as_table("g", g, task, threshold, missing)
    (table,), dropped = _large([table], int(ks.max()), small)
    estimates, within = graded(table, ks)
    mean, like_these, these, notes = errors(estimates, within, ks)
    low, high = interval(mean, like_these, table)
    arrays = _shaped(k, ks, mean, like_these, these, low, high, estimates)
    n = table.sizes
    n.flags.writeable = False
    counts = {"dropped": dropped, "missing": table.missing, "verdicts": table.verdicts}
    return Score(*arrays, tuple(table.labels), n, **counts, notes=notes)


@quietly
def compare(a, b, k, *, task=None, threshold=None, missing="error", small="error"):
    """Compare two models on the same tasks, each with its own attempts.

    Tasks are paired, so what makes a task hard for both cancels: `se_like_these` is the spread
    of the tasks' differences. `se_these` adds the variances within the tasks of both.

    Args:
        a, b: rewards of the first and the second model, each as g of `score`; tasks are paired by
            position, or by label with `task`.
        k: attempts allowed, integer >= 1, or several, shape (K,).
        task: a pair, the labels for a and those for b; both are to have the same tasks.
        threshold, missing, small: as in `score`; a task too small for one model is for both.
    Returns:
        `Comparison`.
    Raises:
        ValueError, TypeError: as `score`; or the tasks are not the same.
    Source: as `score`; paired by task as in Miller (2024), Adding error bars to evals. Chapter 2.
    Example:
        >>> compare([[1, 1, 1, 0], [1, 0, 1, 0]], [[1, 0, 1, 0], [0, 0, 1, 0]], 2)
        2 tasks, 0 dropped
        k  difference  se, tasks like these  se, these tasks  wins  losses  ties
        2        0.25               0.08333           0.2764     1       0     0
    """
    ks = _ks(k)
    try:
        task_a, task_b = (None, None) if task is None else task
    except (TypeError, ValueError):
        raise ValueError(
            f"task must be a pair, labels for a and for b, got {shown(task)}"
        ) from None
    first = as_table("a", a, task_a, threshold, missing)
    second = _paired(first, as_table("b", b, task_b, threshold, missing))
    (first, second), dropped = _large([first, second], int(ks.max()), small)
    (of_a, within_a), (of_b, within_b) = graded(first, ks), graded(second, ks)
    difference, like_these, these, notes = errors(of_a - of_b, within_a + within_b, ks)
    tied = np.isclose(of_a, of_b, rtol=1e-12, atol=0)  # up to rounding
    known = np.where(np.isnan(difference), np.nan, 1.0)
    shares = [
        np.mean(x, axis=0) * known for x in (~tied & (of_a > of_b), ~tied & (of_a < of_b), tied)
    ]
    arrays = _shaped(k, ks, difference, like_these, these, *shares)
    return Comparison(*arrays, tuple(first.labels), dropped, notes)


def _ks(k):
    ks = as_counts("k", on_host(k), most=10**7)
    if ks.ndim > 1 or not ks.size:
        raise ValueError(f"k must be an integer or several, got shape {ks.shape}")
    return np.atleast_1d(ks).astype(np.int64)


def _paired(first, second):
    """Return the second table with its tasks in the order of the first."""
    place = {label: i for i, label in enumerate(second.labels)}
    if odd := place.keys() ^ set(first.labels):
        raise ValueError(f"a and b must have the same tasks, but one of them lacks {shown(odd)}")
    return second.only([place[label] for label in first.labels])


def _large(tables, most, small):
    """Return tables with the tasks that have `most` attempts in all, and the labels dropped."""
    as_choice("small", small, _SMALL)
    enough = np.all([table.sizes >= most for table in tables], axis=0)
    if small == "nan" or enough.all():
        return tables, ()
    if small == "error":
        for table in tables:
            _refuse(table, most)
    if not enough.any():
        raise ValueError(f"k must leave a task that has k attempts, got k = {most}")
    chosen = np.flatnonzero(enough).tolist()
    dropped = tuple(compress(tables[0].labels, ~enough))
    return [table.only(chosen) for table in tables], dropped


def _refuse(table, most):
    """Raise an error about the tasks that have fewer than `most` attempts, if there are any."""
    few = [(x, n) for x, n in zip(table.labels, table.sizes.tolist(), strict=True) if n < most]
    if few:
        some = ", ".join(f"{n} for task {shown(x)}" for x, n in few[:5])
        more = f" and fewer for {len(few) - 5} more" if len(few) > 5 else ""
        raise ValueError(
            f"{table.name} must have at least k = {most} attempts at every task, got {some}{more}; "
            "small='nan' or 'drop' lets them pass"
        )


def _shaped(k, *arrays):
    """Return arrays whose last axis is that of the k, without it where k was one number."""
    if np.ndim(on_host(k)) == 0:
        arrays = [x[..., 0] for x in arrays]
    for x in arrays:
        if isinstance(x, np.ndarray):
            x.flags.writeable = False
    return arrays
