"""Schedules of k: what each step allows, and what is refused before the first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewards import law

from pkpo.lab.policies import GaussianMean
from pkpo.lab.training import train
from pkpo.schedules import linear, schedule, stepped

counts = st.integers(1, 20)


@law
@given(counts, counts, st.integers(1, 60))
def test_linear_schedules_go_from_first_to_last_in_equal_shares(first, last, steps):
    ks = [linear(first, last, steps)(step) for step in range(steps + 5)]
    assert ks[0] == first
    assert ks[steps:] == [last] * 5
    assert set(np.sign(np.diff(ks))) <= {0, np.sign(last - first)}
    levels = abs(last - first) + 1
    if steps >= levels:
        shares = [ks[:steps].count(k) for k in set(ks)]
        assert len(shares) == levels
        assert max(shares) - min(shares) <= 1


def test_stepped_schedules_change_at_their_steps():
    k = stepped(8, {3: 4, 5: 1})
    assert [k(step) for step in range(7)] == [8, 8, 8, 4, 4, 1, 1]
    assert [stepped(2, {})(step) for step in (0, 10**6)] == [2, 2]


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (3, [3, 3, 3, 3]),
        ([4, 3, 2, 1], [4, 3, 2, 1]),
        (linear(4, 1, 4), [4, 3, 2, 1]),
        (lambda step: np.int64(step + 1), [1, 2, 3, 4]),
    ],
)
def test_a_schedule_is_one_k_for_each_step(k, expected):
    ks = schedule(k, 4, n=4)
    np.testing.assert_array_equal(ks, expected)
    assert (ks.dtype, ks.flags.writeable) == (np.int64, False)


def test_training_follows_a_function_of_the_step():
    def run(k):
        rng = np.random.default_rng(0)
        return train(GaussianMean(), 0.5, k=k, n=4, steps=6, lr=0.02, seeds=3, rng=rng)

    by_function, by_list = run(stepped(4, {2: 1})), run([4, 4, 1, 1, 1, 1])
    np.testing.assert_array_equal(by_function.k, by_list.k)
    np.testing.assert_array_equal(by_function.theta, by_list.theta)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: schedule(5, 3, n=4), r"k must be in 1\.\.n, got k = 5 with n = 4 attempts"),
        (lambda: schedule(linear(8, 1, 4), 4, n=7), r"k must be in 1\.\.n, got k = 8 with n = 7"),
        (lambda: schedule(lambda step: 2.0, 3, n=4), r"k must be an integer, got 2\.0"),
        (lambda: schedule(lambda: 2, 3, n=4), "k must be a function of the step, but at 0: .*"),
        (lambda: schedule([1, 2], 3, n=4), r"k must be one integer or one for each of the 3 steps"),
        (lambda: schedule(1, 0, n=4), "steps must be at least 1, got steps = 0"),
        (lambda: linear(0, 1, 4), "first must be at least 1, got first = 0"),
        (lambda: linear(2, 1, 4)(-1), "step must be at least 0, got step = -1"),
        (
            lambda: stepped(2, {5: 1, 3: 2}),
            r"changes must have steps that rise, got \{5: 1, 3: 2\}",
        ),
        (lambda: stepped(2, {0: 1}), "changes must be at least 1, got changes = 0"),
        (
            lambda: stepped(2, [(3, 1)]),
            r"changes must be a dictionary from step to k, got \[\(3, 1",
        ),
    ],
)
def test_what_is_no_schedule_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
