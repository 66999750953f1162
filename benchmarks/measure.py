"""Time a call beside its yardsticks: in turn, round by round, because a machine has its moods.

No call gets rewards that a recent one has had: a processor learns how a sort of the same numbers
branches, and can then be three times as fast as it ever is in training.
"""

from dataclasses import dataclass, field
from itertools import chain, islice
from math import ceil
from time import perf_counter

BUDGET_S = 1.0  # for one case, yardsticks included
ROUNDS = (5, 400)  # at least and at most
LONG_ENOUGH_S = 1e-4  # short calls are repeated within a round until it lasts this long


@dataclass
class Timed:
    """A function of one argument, and what to call it with in turn, over and over."""

    function: object
    arguments: list
    _next: object = field(init=False)

    def __post_init__(self):
        self._next = chain.from_iterable(iter(lambda: self.arguments, None))

    def calls(self, times):
        for x in islice(self._next, times):
            self.function(x)

    def seconds(self, times):
        """Return how many seconds one of so many calls takes."""
        start = perf_counter()
        self.calls(times)
        return (perf_counter() - start) / times

    def calls_in_a_round(self):
        once = min(self.seconds(1) for _ in range(3))
        return max(1, ceil(LONG_ENOUGH_S / once))


def measure(benchmark, call, beside, forget=None, **case):
    """Time `call` with pytest-benchmark, and in every round each yardstick just before it.

    Args:
        benchmark: the fixture of pytest-benchmark.
        call: `Timed`.
        beside: name -> yardstick, `Timed`.
        forget: called before each `call` that is to start cold, and not timed.
        case: what is measured, for the report.
    """
    plan = {name: yardstick.calls_in_a_round() for name, yardstick in beside.items()}
    calls = 1 if forget else call.calls_in_a_round()
    seconds = {name: [] for name in beside}

    def before_each_round():
        for name, yardstick in beside.items():
            seconds[name].append(yardstick.seconds(plan[name]))
        if forget:
            forget()

    before_each_round()  # once to learn how long a round lasts, and to warm up
    spent = call.seconds(calls) * calls + sum(plan[name] * seconds[name].pop() for name in plan)
    rounds = min(max(int(BUDGET_S / spent), ROUNDS[0]), ROUNDS[1])
    benchmark.pedantic(call.calls, args=(calls,), setup=before_each_round, rounds=rounds)
    benchmark.extra_info.update(case, calls=calls, beside=seconds)
