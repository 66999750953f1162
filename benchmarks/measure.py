"""Time many calls in turn, sweep after sweep, because a machine has its moods.

A sweep times every case once or a few times, so all see the same moods and their medians can be
compared.
It takes them in an order of its own: a call after one that fills the processor's caches is slower.
No call gets rewards that it has had lately: a processor learns how a sort of the same numbers
branches, and can then be three times as fast as it ever is in training.
"""

import gc
import sys
from dataclasses import dataclass, field
from itertools import chain, islice
from math import ceil
from random import Random
from statistics import median
from time import perf_counter

BUDGET_S = 240.0  # for all sweeps
BURST_S = 2e-4  # a short call is repeated until it lasts this long
SLOW_S = 0.2  # what takes longer is timed in every SELDOM-th sweep only
SELDOM = 10
OFTEN = 3  # a cold call, whose times spread most, is timed so many times in a sweep


@dataclass
class Case:
    """A function of one argument, what to call it with in turn, and what came of it.

    what, start, shape, k name the case; `beside` names the cases of the same shape that it is to
    be compared with. `forget`, if any, is called before every timed call, and not timed: the case
    starts cold.
    """

    what: str
    function: object
    arguments: list
    shape: tuple
    k: int | None = None
    beside: tuple = ()
    forget: object = None
    seconds: dict = field(default_factory=dict)  # sweep -> of one call, as often as timed

    def __post_init__(self):
        self._next = chain.from_iterable(iter(lambda: self.arguments, None))
        once = min(self.run(1) for _ in range(3))
        self.calls = 1 if self.forget else max(1, ceil(BURST_S / once))
        self.every = SELDOM if once > SLOW_S else 1
        self.times = OFTEN if self.forget else 1

    def run(self, times):
        """Return how many seconds one of so many calls takes."""
        start = perf_counter()
        for x in islice(self._next, times):
            self.function(x)
        return (perf_counter() - start) / times

    def timed(self):
        """Return the seconds of one call, cold or warm: right after a call that is not timed."""
        if self.forget:
            self.forget()
        elif self.every == 1:
            self.run(1)
        return self.run(self.calls)

    def record(self):
        """Return what the report needs, ready for JSON."""
        start = "cold" if self.forget else "warm"
        named = {"what": self.what, "start": start, "shape": list(self.shape), "k": self.k}
        seconds = {turn: median(times) for turn, times in self.seconds.items()}
        return named | {"beside": list(self.beside), "seconds": seconds}


def forget():
    """Empty every cache of pkpo: the next call is a first call."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "pkpo":
            for function in vars(module).values():
                getattr(function, "cache_clear", int)()


def sweep(cases, budget_s=BUDGET_S):
    """Time every case in turn, over and over, until the budget is spent; return the sweeps."""
    gc.disable()
    turn, end, rng = 0, perf_counter() + budget_s, Random(0)
    calls = [case for case in cases for _ in range(case.times)]
    while perf_counter() < end:
        for case in rng.sample(calls, len(calls)):
            if turn % case.every == 0:
                case.seconds.setdefault(turn, []).append(case.timed())
        gc.collect()
        turn += 1
    gc.enable()
    return turn
