"""The stored runs of chapter 11: they agree with each other and with the task."""

import numpy as np
import pytest

from pkpo.lab import countdown
from pkpo.lab import countdown_runs as runs

ARMS = list(runs.chosen())


@pytest.mark.parametrize("arm", ARMS)
def test_stored_chances_give_the_measures_that_are_stored(arm):
    p, (first, *_) = runs.success(arm), runs.compared(arm)
    for k in (1, 8, 64):
        exact = countdown.exact_pass_at_k(p, k)
        np.testing.assert_allclose(exact, first[f"pass@{k}"], rtol=0, atol=0.01)


@pytest.mark.parametrize("arm", ARMS)
def test_stored_answers_add_up_to_the_stored_chances(arm):
    said, p = runs.distribution(arm), runs.success(arm)
    assert said.shape == (len(runs.steps()), 8, 54)
    assert np.all(said.sum(axis=-1) < 1.02)
    for place, (prompt, index) in enumerate(
        zip(runs.shown(), runs.compared(arm)[0]["shown"], strict=True)
    ):
        right = [countdown.verify(prompt, answer) for answer in countdown.answers(prompt)]
        solved = said[:, place][:, right].sum(axis=-1)
        np.testing.assert_allclose(solved, p[:, index], rtol=0, atol=0.015)


def test_all_arms_start_from_the_same_models():
    for what in ("pass@1", "held-out pass@8", "entropy"):
        starts = [runs.curves(arm, what)[:, 0] for arm in ARMS]
        fewest = min(map(len, starts))
        assert all(np.array_equal(each[:fewest], starts[0][:fewest]) for each in starts)


def test_measures_are_taken_every_twenty_steps():
    assert runs.steps().tolist() == list(range(0, 201, 20))


@pytest.mark.parametrize("arm", ARMS)
def test_first_successes_add_up_to_the_share_solved(arm):
    first, (run, *_) = runs.first_solved(arm), runs.compared(arm)
    for step, share in zip(runs.steps(), run["solved"], strict=True):
        assert np.isclose(np.mean((first > 0) & (first <= step)), share, atol=1e-4)


def test_solve_rates_never_fall_and_pass_at_k_rises_with_k():
    for arm in ARMS:
        assert np.all(np.diff(runs.curves(arm, "solved"), axis=1) >= 0)
        tries = [runs.curves(arm, f"pass@{k}") for k in (1, 2, 4, 8, 16, 32, 64)]
        assert np.all(np.diff(tries, axis=0) >= 0)


@pytest.mark.parametrize(
    "ask, name",
    [
        (lambda: runs.compared("k = 3"), "arm"),
        (lambda: runs.compared(["k = 1"]), "arm"),
        (lambda: runs.tuned("k=1"), "arm"),
        (lambda: runs.compared("k = 1", "middling"), "start"),
        (lambda: runs.curves("k = 1", "pass@3"), "what"),
        (lambda: runs.curves("k = 1", "answers"), "what"),
        (lambda: runs.success("k = 3"), "arm"),
        (lambda: runs.distribution("k = 1 "), "arm"),
        (lambda: runs.curves("GRPO", "pass@1", "easy"), "arm"),
    ],
)
def test_unknown_names_are_refused_by_name(ask, name):
    with pytest.raises(ValueError, match=f"^{name} must be one of"):
        ask()
