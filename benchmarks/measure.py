"""Time a call beside its yardsticks: in turn, round by round, because a machine has its moods."""

from math import ceil
from time import perf_counter

BUDGET_S = 1.0  # for one case, yardsticks included
ROUNDS = (5, 400)  # at least and at most
LONG_ENOUGH_S = 1e-4  # short calls are repeated within a round until it lasts this long


def measure(benchmark, call, beside, forget=None, **case):
    """Time `call` with pytest-benchmark, and in every round each yardstick just before it.

    Args:
        benchmark: the fixture of pytest-benchmark.
        call: function without arguments.
        beside: name -> yardstick, functions without arguments.
        forget: called before each `call` that is to start cold, and not timed.
        case: what is measured, for the report.
    """
    plan = {name: _calls_in_a_round(f) for name, f in beside.items()}
    calls = 1 if forget else _calls_in_a_round(call)
    seconds = {name: [] for name in beside}

    def before_each_round():
        for name, yardstick in beside.items():
            seconds[name].append(_seconds(yardstick, plan[name]))
        if forget:
            forget()

    before_each_round()  # once to learn how long a round lasts, and to warm up
    spent = _seconds(call, calls) * calls + sum(plan[name] * seconds[name].pop() for name in plan)
    rounds = min(max(int(BUDGET_S / spent), ROUNDS[0]), ROUNDS[1])
    benchmark.pedantic(_repeat, args=(call, calls), setup=before_each_round, rounds=rounds)
    benchmark.extra_info.update(case, calls=calls, beside=seconds)


def _calls_in_a_round(call):
    once = min(_seconds(call, 1) for _ in range(3))
    return max(1, ceil(LONG_ENOUGH_S / once))


def _seconds(call, times):
    """Return how many seconds one of so many calls takes."""
    start = perf_counter()
    _repeat(call, times)
    return (perf_counter() - start) / times


def _repeat(call, times):
    for _ in range(times):
        call()
