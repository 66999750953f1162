"""Whether the numbers of a run can all be true at once: a noisy machine writes some that cannot."""

from itertools import permutations
from statistics import median
from typing import NamedTuple

SAME = 1.15  # two measures of one time may differ by this factor
ORDER = 1.1  # and a part may seem to take longer than the whole by this one, in bursts of calls
SORT_OF = {"NumPy": "np.argsort", "PyTorch": "torch.sort"}


class Name(NamedTuple):
    """What tells one case from another."""

    what: str
    start: str
    shape: tuple
    k: int | None

    def __str__(self):
        return f"{self.what} ({self.start}, {' x '.join(map(str, self.shape))}, k = {self.k})"


def disagreements(cases):
    """Return what is wrong with the stored cases, one sentence each; nothing if they agree."""
    times = {name(c): c["median_us"] for c in cases}
    return [*unsteady(cases), *off_the_medians(cases, times), *out_of_order(times)]


def unsteady(cases):
    """Yield the cases whose pace changed between the halves of the run, more than that of all."""
    halves = [c["halves_us"] for c in cases]
    pace = median(second / first for first, second in halves)
    for c, (first, second) in zip(cases, halves, strict=True):
        if differ(first * pace, second):
            yield f"{name(c)}: {first} µs in the first half of the run, {second} in the second"


def off_the_medians(cases, times):
    """Yield the ratios, taken by turns, that are not the quotients of the stored times."""
    for c in cases:
        for what, ratio in c["ratio"].items():
            sort = next(t for n, t in times.items() if (n.what, n.shape) == (what, name(c).shape))
            if differ(ratio, c["median_us"] / sort):
                quotient = c["median_us"] / sort
                yield f"{name(c)}: {ratio} times {what} by turns, {quotient:.4g} by medians"


def out_of_order(times):
    """Yield the cases that took longer than what holds all of their work."""
    for a, b in permutations(times, 2):
        slack = SAME if b.start == "cold" else ORDER  # a first call comes but once
        if is_part(a, b) and times[a] > slack * times[b]:
            yield f"{a}: {times[a]} µs, more than {times[b]} for {b}"


def is_part(a, b):
    """Tell whether b does all that a does, and more."""
    if a.what != b.what:
        return a.what == SORT_OF.get(b.what) and a.shape == b.shape
    if a.start != b.start:
        return a.start == "warm" and (a.shape, a.k) == (b.shape, b.k)
    if a.shape == b.shape or len(a.shape) != len(b.shape):
        return False
    larger = all(x <= y for x, y in zip(a.shape, b.shape, strict=True))
    same_share = a.k is not None and a.k * b.shape[-1] == b.k * a.shape[-1]
    return larger and (a.k == b.k or same_share)


def differ(x, y):
    return max(x, y) > SAME * min(x, y)


def name(c):
    return Name(c["what"], c["start"], tuple(c["shape"]), c["k"])
