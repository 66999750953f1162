"""The estimate of each task of a table, and the variances of these estimates, without bias."""

from functools import cache, partial

import numpy as np

from pkpo._weights import hat, rho, shares

_SORTED = 400_000  # rewards at a time: they stay in the cache
_FEW = 20  # ranks whose products are all made
_ORIGIN = 8  # attempts, the best of which is the origin of a task's rewards
_MOST = 1e150  # of rewards, in size


def graded(table, ks):
    """Return the estimate of each task, shape (task, K), and the sum of their variances, (K,)."""
    estimates, within = np.full((ks.size, len(table.labels)), np.nan), np.zeros(ks.size)
    for places, rows in table.blocks:
        fit = ks <= rows.shape[1]
        within[~fit] = np.nan
        if fit.any():
            grade = _of_verdicts if table.verdicts else partial(_of_rewards, table.name)
            found, variances = grade(rows, ks[fit].tolist())
            within[fit] += variances
            for row, each in zip(np.flatnonzero(fit), found, strict=True):
                estimates[row, places] = each
    return estimates.T, within


def _of_verdicts(rows, ks):
    """Return estimates, (K, task), and variances as `graded`, for tasks with n attempts each."""
    n, c = rows.shape[1], rows.sum(axis=1).astype(np.intp)
    estimates = np.stack([rho(n, k)[c] for k in ks])
    fail = [hat(n, k)[n - c] for k in ks]
    within = [
        np.sum(f**2 - hat(n, 2 * k)[n - c]) if 2 * k <= n else np.nan
        for f, k in zip(fail, ks, strict=True)
    ]
    return estimates, within


def _of_rewards(name, rows, ks):
    """As `_of_verdicts`, by one sort.

    The mean product of the bests of two disjoint k-subsets is twice the sum, over the ranks i < j,
    of w_i(n, k) w_{j-k}(n-k, k) g_(i) g_(j): rank i is the best of one subset, and j that of the
    other, from the n - k attempts that the first leaves. A few ranks at a time: of pairs among
    them, the products are summed over the tasks; of pairs with ranks below, over these ranks.
    """
    tasks, n = rows.shape
    first, second = np.zeros((2, len(ks), n))
    for j, k in enumerate(ks):
        first[j] = shares(n, k)
        if 2 * k <= n:
            second[j, k:] = shares(n - k, k)
    few = [slice(start, start + _FEW) for start in range(0, n, _FEW)]
    both = [np.vstack([first[:, ranks], second[:, ranks]]) for ranks in few]
    products = [np.zeros((w.shape[1],) * 2) for w in both]
    estimates, within = np.empty((len(ks), tasks)), np.zeros(len(ks))
    some = max(1, _SORTED // n)
    room = np.empty((min(some, tasks), n))
    for start in range(0, tasks, some):
        here = slice(start, start + some)
        origin = rows[here, :_ORIGIN].T.copy().max(axis=0)
        g = np.subtract(rows[here], origin[:, None], out=room[: len(origin)])  # or much cancels
        g.sort(axis=-1)
        if max(-(g[:, 0] + origin).min(), (g[:, -1] + origin).max()) > _MOST:
            raise ValueError(f"{name} must be at most {_MOST:g} in size, or squares overflow")
        means = np.zeros((len(ks), len(g)))
        for ranks, w, among in zip(few, both, products, strict=True):
            x = g[:, ranks].T
            among += x @ x.T
            sums = w @ x
            within -= 2 * np.vecdot(means, sums[len(ks) :])
            means += sums[: len(ks)]
        within += np.vecdot(means, means)
        estimates[:, here] = means + origin
    for ranks, among in zip(few, products, strict=True):
        within -= 2 * np.vecdot(first[:, ranks] @ np.triu(among, 1), second[:, ranks])
    return estimates, np.where(2 * np.array(ks) <= n, within, np.nan)


def errors(estimates, within, ks):
    """Return mean, both standard errors and the reasons for a NaN, of estimates (task, K)."""
    tasks, notes = len(estimates), []
    mean = estimates.mean(axis=0)
    like_these = np.full(ks.size, np.nan)
    if tasks > 1:
        like_these = estimates.std(axis=0, ddof=1) / np.sqrt(tasks)
    else:
        notes.append("se, tasks like these: NaN, as it takes two tasks")
    these = np.sqrt(np.maximum(within, 0)) / tasks
    for what, x, need in (("mean", mean, "k"), ("se, these tasks", these, "2k")):
        if lacking := ks[np.isnan(x)].tolist():
            which = ", ".join(map(str, lacking))
            notes.append(f"{what}: NaN for k = {which}, as a task has fewer than {need} attempts")
    return mean, like_these, these, tuple(notes)


def interval(mean, se, table):
    """Return the 95 % interval for the mean over tasks like these, as `score` describes it."""
    tasks, attempts = len(table.labels), table.sizes.sum()
    t = student(tasks - 1)
    if not table.verdicts:
        return mean - t * se, mean + t * se
    spread = mean * (1 - mean)
    size = np.where(spread > 0, np.minimum(spread / se**2, attempts), tasks)
    half = t * np.sqrt(spread / size + (t / (2 * size)) ** 2)
    middle, shrunk = mean + t**2 / (2 * size), 1 + t**2 / size
    return np.maximum((middle - half) / shrunk, 0), np.minimum((middle + half) / shrunk, 1)


@cache
def student(df):
    """Return the .975 quantile of Student's t: of sqrt(df) tan(x), with density cos(x)^(df-1)."""
    if df == 0:
        return np.nan
    x = np.linspace(0, min(np.pi / 2, 9 / np.sqrt(df)), 20_001)
    density = np.cos(x) ** (df - 1)
    below = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(df) * np.tan(np.interp(0.95 * below[-1], below, x)))
