"""The transformer of chapter 11: its probabilities, draws and steps are those of the definition.

It needs PyTorch (`make test-arrays`). Answers that begin alike are read once: here each is read
alone.
"""

import sys
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from pkpo import jackknife
from pkpo.lab import countdown, countdown_runs

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import language_model as runs  # noqa: E402

from pkpo.lab import language_model  # noqa: E402

PROMPTS = ("23525", "22808", "77721")


@pytest.fixture(autouse=True)
def one_thread():
    """Leave the other cores to the other tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def some_model(seed=0):
    torch.manual_seed(seed)
    return language_model.Model(width=16, heads=2, layers=2).double()


def formed():
    """Return a small model that has imitated answers to the prompts, right or wrong."""
    model, rng = some_model().float(), np.random.default_rng(0)
    pairs = runs.pairs(PROMPTS, countdown.answers, rng)
    language_model.imitate(model, pairs, steps=60, lr=0.01)
    return model


def read_alone(model, prompt, answer):
    """Return the log-probability of every token at every place of one answer to one prompt."""
    text = torch.as_tensor([[*prompt, *answer[:-1]]])
    return model(text)[0][0, countdown.LENGTH - 1 :]


def log_probability(model, prompt, answer):
    return read_alone(model, prompt, answer)[torch.arange(5), torch.as_tensor(answer)].sum()


def test_the_probability_of_an_answer_is_that_of_reading_it_alone():
    model, table = some_model(), countdown.all_answers(PROMPTS)
    found = language_model.probabilities(model, table)
    for row in range(0, len(found), 7):
        prompt = countdown.tokens(PROMPTS)[table.prompt[row]]
        alone = log_probability(model, prompt, table.tokens[row])
        np.testing.assert_allclose(found[row], alone.exp().item(), rtol=1e-10)


def test_a_token_depends_on_no_later_one():
    model = some_model()
    texts = torch.as_tensor(countdown.tokens(["235252+3*", "235252+55", "235252-3*"]))
    logs = model(texts)[0]
    torch.testing.assert_close(logs[0, :7], logs[1, :7])
    torch.testing.assert_close(logs[0, :6], logs[2, :6])
    assert not torch.allclose(logs[0, 7], logs[2, 7])


def test_probabilities_of_all_texts_sum_to_one():
    model, prompt = some_model().float(), torch.as_tensor(countdown.tokens(PROMPTS[:1]))
    texts = torch.as_tensor(np.indices((len(countdown.TOKENS),) * 5).reshape(5, -1).T.copy())
    at = torch.zeros(len(texts), dtype=torch.long)
    with torch.no_grad():
        total = language_model.spoken(model, prompt, at, lambda place, _: texts[:, place])[1]
    np.testing.assert_allclose(total.double().exp().sum().item(), 1, rtol=1e-5)


def test_draws_follow_the_numbers_that_decide_them():
    model, prompts = some_model(), torch.as_tensor(countdown.tokens(PROMPTS))
    uniform = np.random.default_rng(0).random((len(PROMPTS), 6, 5))
    said, total, entropy = language_model.sampled(model, prompts, torch.as_tensor(uniform))
    for row, answer in enumerate(said.tolist()):
        logs = read_alone(model, prompts[row // 6].tolist(), answer)
        steps = logs.exp().detach().numpy().cumsum(axis=-1)
        expected = [
            np.searchsorted(s, u) for s, u in zip(steps, uniform[row // 6, row % 6], strict=True)
        ]
        assert answer == expected
        alone = log_probability(model, prompts[row // 6].tolist(), answer)
        np.testing.assert_allclose(total[row].item(), alone.item(), rtol=1e-10)
        of_tokens = -(logs.exp() * logs).sum()
        np.testing.assert_allclose(entropy[row].item(), of_tokens.item(), rtol=1e-10)


def gradients(model):
    return [parameter.grad.clone() for parameter in model.parameters()]


def test_gradients_are_those_of_answers_read_alone():
    model, prompts = some_model(), torch.as_tensor(countdown.tokens(PROMPTS))
    uniform = torch.as_tensor(np.random.default_rng(1).random((len(PROMPTS), 6, 5)))
    weight = torch.linspace(-1, 1, 18, dtype=torch.float64)
    said, total, _ = language_model.sampled(model, prompts, uniform)
    (weight * total).sum().backward()
    shared = gradients(model)
    model.zero_grad()
    alone = [
        log_probability(model, prompts[row // 6].tolist(), answer)
        for row, answer in enumerate(said.tolist())
    ]
    (weight * torch.stack(alone)).sum().backward()
    for one, other in zip(shared, gradients(model), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_imitation_teaches_the_form():
    table = countdown.all_answers(PROMPTS)
    total = table.total(language_model.probabilities(formed(), table))
    assert (total > 0.3).all(), total


def test_a_step_follows_the_weights_of_the_rewards_and_raises_what_they_pay():
    model, table, seen = formed(), countdown.all_answers(PROMPTS), []

    def weigh(step, rewards):
        seen.append((step, rewards))
        return jackknife(rewards, 2)

    before = float(table.success(language_model.probabilities(model, table)).mean())
    drawn = language_model.reinforce(
        model, table, weigh, steps=30, lr=0.01, rng=np.random.default_rng(0), groups=2, n=16
    )
    for step, (asked, rewards, weight) in enumerate(drawn):
        assert len(set(asked.tolist())) == 2
        assert seen[step][0] == step
        np.testing.assert_array_equal(rewards, seen[step][1])
        np.testing.assert_array_equal(weight, jackknife(rewards.astype(float), 2))
    after = float(table.success(language_model.probabilities(model, table)).mean())
    assert after > before + 0.05


def test_arms_see_the_same_prompts():
    table = countdown.all_answers(countdown.prompts()[:30])

    def asked(weigh):
        drawn = language_model.reinforce(
            some_model().float(), table, weigh, steps=3, lr=0.1, rng=np.random.default_rng(0),
            groups=4, n=4,
        )  # fmt: skip
        return [indices.tolist() for indices, _, _ in drawn]

    assert asked(lambda step, g: jackknife(g, 1)) == asked(lambda step, g: np.ones_like(g))


def test_a_bonus_keeps_answers_apart():
    table = countdown.all_answers(PROMPTS)

    def entropy(bonus):
        model = some_model().float()
        list(
            language_model.reinforce(
                model, table, lambda step, g: jackknife(g, 1), steps=20, lr=0.02,
                rng=np.random.default_rng(0), groups=3, n=8, bonus=lambda step: bonus,
            )
        )  # fmt: skip
        with torch.no_grad():
            return language_model.spoken(
                model, torch.as_tensor(countdown.tokens(PROMPTS)), torch.arange(3),
                lambda place, logs: logs.argmax(-1),
            )[2].mean()  # fmt: skip

    assert entropy(0.3) > entropy(0.0)


class AtOnce:
    """A pool that runs each job when it is submitted."""

    def submit(self, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Keep runs in a folder of their own, made up ones; return the jobs that were run."""
    jobs = []

    def made_up(*job, device):
        jobs.append(job)
        good = {"k = 8": 0.002, "8, then 1": 0.001}.get(job[1], 0.004)
        return {"pass@1": [0.2, 0.9 - abs(job[2] - good) - job[3]]}

    monkeypatch.setattr(runs, "RUNS", tmp_path)
    monkeypatch.setattr(runs, "stored", dict)
    monkeypatch.setattr(runs, "run", made_up)
    return jobs


def test_what_has_ended_is_not_run_again(made):
    jobs = runs.tuning()
    runs.finish(jobs[:5], AtOnce(), "cpu", "tuning")
    assert made == jobs[:5]
    runs.finish(jobs, AtOnce(), "cpu", "tuning")
    assert made == jobs
    assert runs.done(jobs[0])["pass@1"][0] == 0.2


def test_every_arm_is_tuned_alike_and_runs_with_its_best_setting(made):
    jobs = runs.tuning()
    assert Counter(job[1] for job in jobs) == dict.fromkeys(runs.ARMS, 8)
    assert runs.compared(200, 2) == []  # before tuning nothing is chosen
    runs.finish(jobs, AtOnce(), "cpu", "tuning")
    assert runs.best("k = 8") == (0.002, 0.0)
    assert runs.best("8, then 1") == (0.001, 0.0)
    assert runs.best("bonus") == (0.002, 0.003)
    compared = runs.compared(200, 2)
    assert len(compared) == len(set(compared)) == 2 * (12 + 3 + 3)
    by_seed = [job[4] for job in compared]
    assert by_seed == sorted(by_seed)
    assert {job[2:4] for job in compared if job[1] == "8, then 1"} == {(0.001, 0.0)}
    assert not set(by_seed) & set(runs.TUNING_SEEDS)


@pytest.mark.parametrize("arm", ["k = 1", "k = 8"])
def test_training_again_gives_the_stored_curve(arm):
    """The first steps of a run do not depend on how many follow, but for the schedules."""
    (lr, bonus), (run, *_) = countdown_runs.chosen()[arm], countdown_runs.compared(arm)
    again = runs.run("usual", arm, lr, bonus, runs.FIRST_SEED, 2 * runs.EVERY)
    for what in ("pass@1", "pass@8", "held-out pass@8", "solved", "silent"):
        np.testing.assert_allclose(again[what], run[what][:3], rtol=0, atol=0.02)
