"""The adapter in TRL itself: what reaches the model is the sum of weights times scores."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_trl import (
    LENGTH,
    PROMPTS,
    TWO_PROCESSES,
    mean_of_weight_times_score,
    number,
    tiny_model,
    tiny_trainer,
    tokenizer,
    verdict,
)
from trl import GRPOTrainer

from pkpo import advantages, max_at_k
from pkpo.schedules import stepped
from pkpo.trainers import trl as adapter

N = 4  # attempts in a group


def weights(g, k, estimator="sloo_minus_one"):
    return advantages(np.reshape(g, (-1, N)), k, estimator).ravel()


def assert_same_gradient(found, expected):
    largest = max(float(x.abs().max()) for x in expected.values())
    apart = max(float((found[x] - expected[x]).abs().max()) for x in expected)
    assert largest > 1e-3 and apart <= 1e-5 * largest


def cosine(found, expected):
    a, b = (torch.cat([x[name].ravel() for name in expected]) for x in (found, expected))
    return float(torch.nn.functional.cosine_similarity(a, b, dim=0))


def trained(tmp_path, rewards, k, **settings):
    """Return the watch and the logs of a run, and the rows of its first batch."""
    trainer, watch = tiny_trainer(tmp_path, rewards, k, **settings)
    trainer.train()
    return trainer, watch, watch.rows[0]


def ids(rows):
    return [completion for _, completion in rows]


@pytest.mark.parametrize(
    "loss, level, rate, k, estimator",
    [
        ("dr_grpo", "token", verdict, 3, "sloo_minus_one"),
        ("dr_grpo", "token", number, 2, "jackknife"),
        ("dr_grpo", "token", number, 1, "sloo_minus_one"),
        ("luspo", "token", number, 4, "sloo_minus_one"),
        ("luspo", "sequence", verdict, 2, "sloo"),
        ("dapo", "token", verdict, 3, "sloo_minus_one"),
        ("dapo", "token", number, 2, "s"),
        ("cispo", "token", number, 3, "sloo_minus_one"),
        ("vespo", "token", number, 3, "jackknife"),
        ("bnpo", "token", number, 3, "sloo_minus_one"),
    ],
)
def test_the_gradient_is_the_mean_of_weight_times_score(tmp_path, loss, level, rate, k, estimator):
    """Up to the factor that the docstring names; over two micro-batches, but for bnpo."""
    batches = 1 if loss == "bnpo" else 2
    _, watch, rows = trained(
        tmp_path, [rate], k, estimator=estimator, loss_type=loss, importance_sampling_level=level,
        gradient_accumulation_steps=batches, per_device_train_batch_size=16 // batches,
    )  # fmt: skip
    assert len(rows) == 16 and len({len(c) for c in ids(rows)}) > 2
    w = weights(rate(ids(rows)), k, estimator)
    ((gradient, parameters),) = watch.steps
    mean = np.mean([len(c) for c in ids(rows)])
    by = {"dr_grpo": LENGTH, "luspo": 1, "cispo": mean / 0.2}.get(loss, mean)
    expected = mean_of_weight_times_score(rows, -w / by, parameters)
    assert_same_gradient(gradient, expected)


@pytest.mark.parametrize(
    "setting, value, found",  # those of the losses are in chapter 12
    [("loss_type", "grpo", 0.976), ("loss_type", "sapo", 0.976), ("loss_type", "bnpo", 0.991),
     ("top_entropy_quantile", 0.5, 0.676), ("mask_truncated_completions", True, 0.787)],
)  # fmt: skip
def test_what_is_refused_would_bend_the_gradient(tmp_path, setting, value, found):
    batches = {"gradient_accumulation_steps": 8, "per_device_train_batch_size": 2}
    trainer, watch = tiny_trainer(tmp_path, [number], 2, **batches)
    setattr(trainer, setting, value)
    trainer.train()
    (rows,), ((gradient, parameters),) = watch.rows, watch.steps
    expected = mean_of_weight_times_score(rows, -weights(number(ids(rows)), 2), parameters)
    assert cosine(gradient, expected) == pytest.approx(found, abs=5e-4)


def test_steps_that_share_a_batch_add_up_to_its_gradient(tmp_path):
    """As chapter 12 says of two steps, and of all halves of a batch."""
    trainer, watch = tiny_trainer(
        tmp_path, [number], 2, steps_per_generation=2, max_steps=2, learning_rate=0.0
    )
    trainer.train()
    (rows,), parameters = watch.rows, watch.steps[0][1]
    w = -weights(number(ids(rows)), 2)
    one, two = (gradient for gradient, _ in watch.steps)
    whole = mean_of_weight_times_score(rows, w, parameters)
    assert cosine({x: one[x] + two[x] for x in whole}, whole) > 1 - 1e-6
    assert [cosine(x, whole) for x in (one, two)] == pytest.approx([0.842, 0.537], abs=1e-3)
    each = [mean_of_weight_times_score(rows, w * x, parameters) for x in np.eye(len(rows))]
    terms = torch.stack([torch.cat([x[name].ravel() for name in whole]) for x in each]).double()
    chosen = np.array([np.isin(range(16), x) for x in combinations(range(16), 8)])
    parts = torch.from_numpy(chosen).double() @ terms
    cosines = torch.nn.functional.cosine_similarity(parts, terms.sum(0)[None]).numpy()
    uncut = np.isin(chosen.reshape(-1, 4, N).sum(axis=-1), (0, N)).all(axis=-1)
    low, *_, high = np.sort(cosines[uncut])
    found = [low, np.median(cosines[uncut]), high, *np.quantile(cosines, [0.05, 0.5, 0.95])]
    assert found == pytest.approx([0.392, 0.710, 0.925, 0.242, 0.670, 0.927], abs=1e-3)


def test_importance_ratios_and_a_regulariser_leave_the_weights_alone(tmp_path):
    """A batch used for two steps: the second is no longer the policy's own, and may be clipped."""
    trainer, watch, rows = trained(
        tmp_path, [number], 2, num_iterations=2, max_steps=2, scale_rewards="none"
    )
    assert len(watch.rows) == 1 and len(watch.steps) == 2
    gradient, parameters = watch.steps[0]
    w = weights(number(ids(rows)), 2)
    expected = mean_of_weight_times_score(rows, -w / LENGTH, parameters)
    assert_same_gradient(gradient, expected)
    assert watch.advantages[1] == pytest.approx(w, rel=1e-6)


def test_rewards_are_weighted_and_added_before_the_best_is_taken(tmp_path):
    trainer, watch, rows = trained(tmp_path, [number, verdict], 2, reward_weights=[1.0, -0.5])
    g = np.array(number(ids(rows))) - 0.5 * np.array(verdict(ids(rows)))
    assert watch.advantages[0] == pytest.approx(weights(g, 2), rel=1e-5)
    one_by_one = weights(number(ids(rows)), 2) - 0.5 * weights(verdict(ids(rows)), 2)
    assert watch.advantages[0] != pytest.approx(one_by_one, rel=0.1)
    log = trainer.state.log_history[0]
    assert log["reward"] == pytest.approx(g.mean(), rel=1e-5)
    assert log["pkpo/max_at_k"] == pytest.approx(max_at_k(g.reshape(-1, N), 2).mean(), rel=1e-5)


def given(*batches):
    """Return a reward function that rates batch after batch as told."""
    rest = list(batches)
    return lambda **_: rest.pop(0)


@pytest.mark.parametrize(
    "missing, g, expected, logs",
    [
        # Three are left in the first group: the success adds 1 to two of three pairs; times 4.
        # In the second each success adds 1 to two of six pairs.
        ("leave out", [1, None, 0, 0, 0, 0, 1, 1],
         [8 / 3, 0, 0, 0, 0, 0, 4 / 3, 4 / 3], (1 / 8, 0, (2 / 3 + 5 / 6) / 2, 0)),
        # One is left where two are needed, and none is.
        ("leave out", [1, None, None, None, 0, 2, 0, 0],
         [0, 0, 0, 0, 0, 4, 0, 0], (3 / 8, 0.5, 1, 0)),
        ("leave out", [None] * 4 + [1] * 4, [0] * 8, (0.5, 0.5, 1, 1)),
        # With 0 in its place, the success adds 1 to three of six pairs.
        ("failure", [1, None, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0], (1 / 8, 0, 0.25, 0.5)),
        ("failure", [None] * 4 + [0, 0, 0, float("nan")], [0] * 8, (5 / 8, 0, 0, 1)),
    ],
)  # fmt: skip
def test_missing_rewards_are_what_the_caller_says(tmp_path, missing, g, expected, logs):
    trainer, watch, rows = trained(tmp_path, [given(g)], 2, missing=missing, learning_rate=0.0)
    assert watch.advantages[0] == pytest.approx(expected)
    log = trainer.state.log_history[0]
    names = ("missing_rewards", "small_groups", "max_at_k", "silent_groups", "largest_weight")
    assert [log[f"pkpo/{name}"] for name in names] == pytest.approx((*logs, max(expected)))
    ((gradient, parameters),) = watch.steps
    if any(expected):
        signed = -np.array(expected) / LENGTH
        assert_same_gradient(gradient, mean_of_weight_times_score(rows, signed, parameters))
    else:
        assert all((x == 0).all() for x in gradient.values())


def test_a_function_that_rates_only_some_of_a_group_leaves_the_others_without_a_reward(tmp_path):
    first, second = [1, 1, 0, 0, 0, 1, 0, 0], [None] * 4 + [1, None, 0, 0]
    _, watch, _ = trained(tmp_path, [given(first), given(second)], 2, missing="leave out")
    # The second rates nothing of the first group: its completions have the reward of the first.
    assert watch.advantages[0] == pytest.approx([4 / 3, 4 / 3, 0, 0, 8 / 3, 0, 0, 0])


@pytest.mark.parametrize("g", [[1, 0, None, 0] * 2, [1, 0, 0, 0, 0, 1, 0, float("nan")]])
def test_a_missing_reward_is_an_error_that_names_it(tmp_path, g):
    trainer, _ = tiny_trainer(tmp_path, [given(g), given([1, 1, 0, 0] * 2)], 2)
    row = [x in (0, 1) for x in g].index(False)
    with pytest.raises(ValueError, match=rf"^completion {row} of .* got nan by <lambda>, [01] by"):
        trainer.train()


def test_an_infinite_reward_and_a_negative_one_beside_a_failure_are_errors(tmp_path):
    trainer, _ = tiny_trainer(tmp_path, [given([1, 0, float("-inf"), 0] * 2)], 2)
    with pytest.raises(ValueError, match="^rewards must be finite, got -inf"):
        trainer.train()
    trainer, _ = tiny_trainer(tmp_path, [given([1, 0, None, -1] * 2)], 2, missing="failure")
    with pytest.raises(ValueError, match="must be at least 0 where missing='failure'"):
        trainer.train()


def test_logs_hold_the_right_numbers_and_the_table_the_advantages_used(tmp_path, capsys):
    g = [1, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1, 1]
    trainer, watch, _ = trained(
        tmp_path, [given(*g)], 3, max_steps=2, log_completions=True, learning_rate=0.0
    )
    # n = 4, k = 3: a lone success is in 3 of 4 triples, and alone in each; of two successes each
    # is alone in one triple of 4. Times n, these are 3 and 1.
    used = [3, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1, 1]
    first, second = trainer.state.log_history[:2]
    names = ("k", "max_at_k", "silent_groups", "largest_weight", "missing_rewards", "small_groups")
    assert [first[f"pkpo/{name}"] for name in names] == pytest.approx([3, 0.875, 0.5, 3, 0, 0])
    assert [second[f"pkpo/{name}"] for name in names] == pytest.approx([3, 0.5, 0.5, 1, 0, 0])
    assert (first["reward"], second["reward"]) == (0.625, 0.25)
    for step, advantages_ in enumerate(used, 1):
        table = pd.read_parquet(tmp_path / "completions" / f"completions_{step:05d}.parquet")
        assert table["advantage"].tolist() == pytest.approx(advantages_)
        assert table["<lambda>"].tolist() == g[step - 1]


@pytest.mark.parametrize("batch", [3, 12])
def test_evaluation_weighs_its_own_groups(tmp_path, batch):
    """Of another size, in batches that are shorter or longer than TRL's log of advantages."""
    trainer, watch = tiny_trainer(
        tmp_path, [number], 2, num_generations_eval=3, per_device_eval_batch_size=batch,
        held_out=["a", "b", "c", "d"],
    )  # fmt: skip
    trainer.evaluate()
    rows, (log,) = sum(watch.rows, []), trainer.state.log_history
    assert len(watch.rows) == 12 / batch
    g = np.reshape(number(ids(rows)), (-1, 3))
    w = advantages(g, 2).ravel()
    assert log["eval_pkpo/max_at_k"] == pytest.approx(max_at_k(g, 2).mean(), rel=1e-5)
    largest = w.reshape(-1, batch).max(axis=1).mean()
    assert log["eval_pkpo/largest_weight"] == pytest.approx(largest, rel=1e-5)
    assert list(trainer._logs["advantages"]) == pytest.approx(w[-8:], rel=1e-5)
    if batch == 12:  # of several, accelerate counts the last as shorter than it is
        loss = -(w * [len(c) for c in ids(rows)]).mean() / LENGTH
        assert log["eval_loss"] == pytest.approx(loss, rel=1e-5)


def test_two_processes_share_groups(tmp_path):
    """By torchrun: each process generates a part of a group, and both move along one gradient."""
    script = Path(__file__).with_name("tiny_trl.py")
    run = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
         script, tmp_path], capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-4000:]
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in range(2))
    for loss, options in TWO_PROCESSES.items():
        parts = zip(first[loss]["rows"], second[loss]["rows"], strict=True)
        batch, *held_out = ([*one, *other] for one, other in parts)
        assert len(batch) == 12 and batch[:6] != batch[6:]
        w = left_out(batch, 4, options)
        by = LENGTH if loss == "dr_grpo" else np.mean([len(c) for c in ids(batch)])
        evaluated = [left_out(rows, 6, options) for rows in held_out]
        for process in (first, second):
            ((gradient, parameters),) = process[loss]["steps"]
            assert_same_gradient(gradient, mean_of_weight_times_score(batch, -w / by, parameters))
            # TRL keeps the last 12 of 18; the second batch is filled up from the first.
            logged = np.concatenate([w, evaluated[1][-12:]])
            assert process[loss]["logged"] == pytest.approx(logged, rel=1e-4, abs=1e-6)
            largest = np.mean([x.max() for x in evaluated])
            assert process[loss]["largest"] == pytest.approx(largest, rel=1e-4)


def left_out(rows, n, options):
    """Return the weights of groups of n, each weighed without those that lack a reward."""
    rated = np.array([rate(ids(rows)) for rate in options["rewards"]], dtype=float)
    total = np.dot(options.get("reward_weights", [1.0]), rated)  # NaN where one is
    weight = np.zeros(len(rows))
    for group in np.arange(len(rows)).reshape(-1, n):
        there = group[~np.isnan(total[group])]
        how = options["k"], options.get("estimator", "sloo_minus_one"), "sum"
        if len(there) > options["k"]:  # else too few for the jackknife
            weight[there] = n * advantages(total[there], *how)
    return weight


def test_a_schedule_is_followed_and_a_checkpoint_resumes_with_it(tmp_path):
    k = stepped(4, {2: 1})
    options = {"max_steps": 4, "save_strategy": "steps", "save_steps": 1}
    trainer, watch, _ = trained(tmp_path, [number], k, **options)
    ks = [int(log["pkpo/k"]) for log in trainer.state.log_history[:4]]
    assert ks == [4, 4, 1, 1]
    for step in range(4):
        w = weights(number(ids(watch.rows[step])), ks[step])
        assert watch.advantages[step] == pytest.approx(w, rel=1e-4, abs=1e-5)

    again, watch = tiny_trainer(tmp_path, [number], k, **options)
    again.train(resume_from_checkpoint=str(tmp_path / "checkpoint-1"))
    assert [log["pkpo/k"] for log in again.state.log_history[:4]] == [4, 4, 1, 1]
    assert len(watch.rows) == 3
    card = (tmp_path / "README.md").read_text()
    assert "trained with PKPO" in card and "papers/2505.15201" in card
    w = weights(number(ids(watch.rows[0])), 4)
    assert watch.advantages[0] == pytest.approx(w, rel=1e-4, abs=1e-5)


def test_a_run_learns(tmp_path):
    """One token, one of ten is right for each prompt: pass@4 is known exactly, not sampled."""
    answers = dict(zip(PROMPTS, "cadb", strict=True))

    def right(prompts, completions, **_):
        return [float(c == answers[p]) for p, c in zip(prompts, completions, strict=True)]

    def pass_at_4(model):
        with torch.no_grad():
            told = (tokenizer()(list(pair))["input_ids"] for pair in answers.items())
            p = torch.stack(
                [model(torch.tensor([x])).logits[0, -1].softmax(-1)[y[0]] for x, y in told]
            )
        return float((1 - (1 - p) ** 4).mean())

    trainer, _ = tiny_trainer(
        tmp_path, [right], 4, max_steps=30, max_completion_length=1, loss_type="dapo",
        per_device_train_batch_size=16, learning_rate=0.03,
    )  # fmt: skip
    before = pass_at_4(trainer.model)
    trainer.train()
    after = pass_at_4(trainer.model)
    assert before < 0.55 and after > 0.99


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"loss_type": "grpo"}, "args.loss_type must be one of 'dapo'.* got 'grpo'"),
        ({"loss_type": "sapo"}, "args.loss_type must be one of 'dapo'.* got 'sapo'"),
        (
            {"loss_type": "bnpo", "gradient_accumulation_steps": 2},
            "must be 'dapo' where a step has 2 proc.* got 'bnpo'",
        ),
        (
            {"multi_objective_aggregation": "normalize_then_sum"},
            "must be 'sum_then_normalize'.* got 'norm",
        ),
        ({"scale_rewards": "batch"}, "args.scale_rewards must be 'none'.* got 'batch'"),
        ({"mask_truncated_completions": True}, "args.mask_truncated_completions must be False"),
        ({"top_entropy_quantile": 0.2}, "args.top_entropy_quantile must be 1.* got 0.2"),
        ({"k": 5}, "k must be in 1..n, got k = 5 with n = 4 attempts; n is args.num_generations,"),
        ({"k": 2.0}, "k must be an integer, got 2.0"),
        ({"k": lambda step: 0}, "k must be in 1..n, got k = 0 .* at step 0"),
        ({"k": 3, "num_generations_eval": 2}, "got k = 3 .* n is args.num_generations_eval"),
        ({"k": 4, "estimator": "jackknife"}, "k must be below n"),
        ({"estimator": "grpo"}, "estimator must be one of"),
        ({"missing": "nan"}, "missing must be one of 'error'"),
    ],
)
def test_refusals(tmp_path, settings, said):
    with pytest.raises(ValueError, match=said):
        tiny_trainer(tmp_path, [verdict], **{"k": 2} | settings)


def test_k_must_be_told_and_a_schedule_is_checked_before_the_first_step(tmp_path):
    with pytest.raises(TypeError, match="'k'"):
        adapter.PKPOTrainer(tiny_model(), verdict)
    trainer, watch = tiny_trainer(tmp_path, [verdict], stepped(2, {3: 5}), max_steps=3)
    with pytest.raises(ValueError, match="got k = 5 .* at step 3"):
        trainer.train()
    assert not watch.rows


def test_groups_that_mix_prompts_are_refused(tmp_path):
    class InTurn(adapter.PKPOTrainer):
        def _get_train_sampler(self, dataset=None):
            return range(16)

    trainer, _ = tiny_trainer(tmp_path, [verdict], 2, kind=InTurn, prompts=list("abcdefgh") * 2)
    with pytest.raises(ValueError, match="the 4 rows of a group must have one prompt, got 'a' and"):
        trainer.train()


def test_another_trl_is_refused_where_it_lacks_something_and_warned_of(tmp_path, monkeypatch):
    class Blind(adapter.PKPOTrainer):
        def _calculate_rewards(self, *args):
            return GRPOTrainer._calculate_rewards(self, *args)

    trainer, _ = tiny_trainer(tmp_path, [verdict], 2, kind=Blind)
    with pytest.raises(RuntimeError, match="pkpo was tried with TRL 1.10.0, 1.16.0, this is"):
        trainer.train()
    monkeypatch.setattr(adapter, "TRIED", ("0.1",))
    with pytest.warns(UserWarning, match="run its tests"):
        adapter._check_library()
    monkeypatch.delattr(GRPOTrainer, "_calculate_rewards")
    with pytest.raises(ImportError, match="has no GRPOTrainer._calculate_rewards"):
        adapter._check_library()
