"""Schedules: which k a training run allows at each step.

A schedule is an integer, one integer for each step, or a function of the step, from 0 on;
`stepped` and `linear` make such functions. A trainer asks it at each step, or has `schedule` check
all steps before the first.
"""

from itertools import pairwise

import numpy as np

from pkpo._checks import as_count, as_int, as_ints, as_k, shown


def stepped(first, changes):
    """Return a schedule that starts at `first` and changes at the steps that are named.

    Args:
        first: k from step 0 on, integer >= 1.
        changes: step -> the k from that step on, a dictionary of integers >= 1 with rising steps.
    Returns:
        function of the step, which returns k.
    Raises:
        ValueError: an integer is not one or too small, or steps do not rise.
    Source: Walder & Karkhanis (2025), Fig. 3: k = 8, then 1. Chapter 8.
    Example:
        >>> k = stepped(8, {1500: 1})
        >>> k(0), k(1499), k(1500)
        (8, 8, 1)
    """
    first = as_count("first", first)
    if not isinstance(changes, dict):
        raise ValueError(f"changes must be a dictionary from step to k, got {shown(changes)}")
    steps = [as_count("changes", step) for step in changes]
    ks = [first, *(as_count("changes", k) for k in changes.values())]
    if any(later <= step for step, later in pairwise(steps)):
        raise ValueError(f"changes must have steps that rise, got {shown(changes)}")
    return lambda step: ks[np.searchsorted(steps, _step(step), side="right")]


def linear(first, last, steps):
    """Return a schedule that goes from `first` to `last` in equal shares of the steps.

    Each k on the way, the ends included, has as many steps as the others, or one more; from the
    last of the steps on it stays at `last`.

    Args:
        first, last: k at either end, integers >= 1.
        steps: integer >= 1.
    Returns:
        function of the step, which returns k.
    Raises:
        ValueError: an argument is not an integer >= 1.
    Source: derived.
    Example:
        >>> [linear(4, 1, 8)(step) for step in range(10)]
        [4, 4, 3, 3, 2, 2, 1, 1, 1, 1]
    """
    first, last, steps = (
        as_count(name, x) for name, x in (("first", first), ("last", last), ("steps", steps))
    )
    levels, sign = abs(last - first) + 1, 1 if last > first else -1
    return lambda step: first + sign * min(_step(step) * levels // steps, levels - 1)


def schedule(k, steps, n):
    """Return k for each step of a run, all of them checked.

    Args:
        k: attempts allowed: an integer in 1..n, one for each step, or a function of the step.
        steps: integer >= 1.
        n: attempts in a group, integer >= 1.
    Returns:
        int64, shape (steps,), read-only.
    Raises:
        ValueError: a k is not an integer in 1..n, or there is not one for each step.
    Source: Walder & Karkhanis (2025), Sec. 5. Chapter 8.
    Example:
        >>> schedule(linear(8, 1, 4), 5, n=16)
        array([8, 6, 4, 2, 1])
    """
    steps, n = as_count("steps", steps), as_count("n", n)
    if callable(k):
        ks = np.array([_at(k, step, n) for step in range(steps)])
    else:
        ks = as_ints("k", k)
        if ks.shape not in ((), (steps,)):
            raise ValueError(
                f"k must be one integer or one for each of the {steps} steps, got shape {ks.shape}"
            )
        for each in np.unique(ks).tolist():
            as_k(each, n)
    ks = np.broadcast_to(ks, steps).astype(np.int64)
    ks.flags.writeable = False
    return ks


def _at(k, step, n):
    try:
        value = k(step)
    except Exception as error:
        raise ValueError(f"k must be a function of the step, but at {step}: {error}") from None
    return as_k(value, n)


def _step(step):
    step = as_int("step", step)
    if step < 0:
        raise ValueError(f"step must be at least 0, got step = {shown(step)}")
    return step
