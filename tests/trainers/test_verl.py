"""The estimator that verl finds: its numbers, and what gradient verl's own loss makes of them."""

import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import ray
import torch
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf
from tensordict import TensorDict
from verl import DataProto
from verl.trainer.ppo.core_algos import POLICY_LOSS_REGISTRY, get_adv_estimator_fn
from verl.trainer.ppo.ray_trainer import apply_kl_penalty, compute_advantage
from verl.trainer.ppo.rollout_corr_helper import compute_rollout_correction_and_add_to_batch
from verl.trainer.ppo.utils import need_critic
from verl.trainer.ppo.v1.utils import compute_advantage_for_multi_trajectories
from verl.utils import tensordict_utils
from verl.utils.skip.skip_manager import SkipManager
from verl.workers.config import FSDPActorConfig, PolicyLossConfig
from verl.workers.utils.losses import ppo_loss

from pkpo import advantages_by_group

ACTOR = "actor_rollout_ref__actor__"
MODULE = "pkpo.trainers.verl"  # which only verl imports, in these tests
MODULE_DOC = sys.modules[MODULE].__doc__


@cache
def composed(*words):
    """Return the configuration of a run with these words on the command line."""
    with initialize_config_module("verl.trainer.config", version_base=None):
        return compose("ppo_trainer", ["algorithm.adv_estimator=pkpo", *words])


def configured(**settings):
    """Return the configuration of a run with these settings, whose dots are double underscores."""
    config = composed().copy()
    for name, value in settings.items():
        OmegaConf.update(config, name.replace("__", "."), value, force_add=True)
    return config


def batch(rewards, uid, mask=None):
    """Return the batch that verl's trainers make: the reward on the last of four tokens."""
    tokens = torch.zeros(len(rewards), 4)
    tokens[:, 3] = torch.tensor(rewards)
    mask = torch.ones_like(tokens, dtype=torch.int64) if mask is None else torch.tensor(mask)
    labels = np.array(list(uid), dtype=object)
    tensors = {"token_level_rewards": tokens, "response_mask": mask}
    return DataProto.from_dict(tensors, non_tensors={"uid": labels})


def advantages(data, **settings):
    """Return what verl's trainer would train on, with k = 2 unless the settings are others."""
    algorithm = configured(**{"algorithm__pkpo__k": 2} | settings).algorithm
    return compute_advantage(
        data, algorithm.adv_estimator, config=algorithm,
        norm_adv_by_std_in_grpo=algorithm.norm_adv_by_std_in_grpo,
    ).batch["advantages"]  # fmt: skip


def weights(data, **settings):
    return advantages(data, **settings)[:, 0].tolist()


# Numbers


def test_weights_are_spread_over_the_tokens_that_the_mask_leaves():
    mask = [[1, 1, 1, 0], [1, 0, 1, 1], [1, 1, 1, 1]]
    data = batch([0.9, 0.2, 0.4], "aaa", mask)
    got = advantages(data)
    expected = torch.tensor([[1.2], [0.0], [0.2]]) * torch.tensor(mask)
    torch.testing.assert_close(got, expected)
    assert data.batch["returns"] is got


def test_groups_are_told_apart_in_any_order_and_may_differ_in_size():
    # a: 1, 0, 0, 0 and k = 2, in the scale of the mean: 4 (3 pairs of 6) 1.  b: .5, 0.  2 (1) .5
    got = weights(batch([0.0, 0.5, 1.0, 0.0, 0.0, 0.0], "abaaba"))
    assert got == pytest.approx([0, 1, 2, 0, 0, 0])


def test_the_settings_are_those_of_advantages_by_group():
    # The best of each two but for one of the three that are left out: .4, .9 and .9.
    got = weights(batch([0.9, 0.2, 0.4], "aaa"), algorithm__pkpo__estimator="jackknife")
    assert got == pytest.approx([2.2 - 3 * 0.4, 2.2 - 3 * 0.9, 2.2 - 3 * 0.9])
    gone = batch([0.9, float("nan"), 0.2, 0.4], "aaaa")
    got = weights(gone, algorithm__pkpo__missing="leave out")
    assert got == pytest.approx([1.2, 0, 0, 0.2])
    with pytest.raises(ValueError, match=r"g\[1\] must"):
        weights(gone)
    got = weights(batch([0.9, 0.2, 0.4], "aab"), algorithm__pkpo__small_groups="zero")
    assert got == pytest.approx([1.4, 0, 0])


def test_the_setting_of_grpo_that_divides_by_the_standard_deviation_changes_nothing():
    for divided in (True, False):
        got = weights(batch([0.9, 0.2, 0.4], "aaa"), algorithm__norm_adv_by_std_in_grpo=divided)
        assert got == pytest.approx([1.2, 0, 0.2])


def test_the_penalty_for_divergence_is_part_of_the_reward():
    class Control:
        value = 0.1

        def update(self, **_):
            pass

    data = batch([0.9, 0.2, 0.4], "aaa")
    data.batch["token_level_scores"] = data.batch.pop("token_level_rewards")
    data.batch["old_log_probs"] = torch.tensor([[1.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    data.batch["ref_log_prob"] = torch.zeros(3, 4)
    data, _ = apply_kl_penalty(data, Control())
    assert weights(data) == pytest.approx([0.8 - 0.2 + 0.8 - 0.4, 0, 0.2])


def test_a_verdict_counts_though_its_token_is_not_trained():
    """Rejection sampling takes responses out of the mask, and the verdict's token with them."""
    data = batch([1.0, 1.0, 0.0, 0.0], "aaaa")
    data.batch["old_log_probs"] = torch.zeros(4, 4)
    data.batch["rollout_log_probs"] = torch.tensor([[9.0] * 4, [0.0] * 4, [0.0] * 4, [0.0] * 4])
    correction = configured(
        algorithm__rollout_correction__rollout_rs="seq_mean_k1",
        algorithm__rollout_correction__rollout_rs_threshold="0.5_2.0",
    ).algorithm.rollout_correction
    data, _ = compute_rollout_correction_and_add_to_batch(data, correction)
    assert data.batch["response_mask"].sum(-1).tolist() == [0, 4, 4, 4]
    # 4 (2 pairs with a failure, of 6); were the first a failure, it would be 4 (3 of 6) = 2
    assert weights(data) == pytest.approx([0, 4 / 3, 0, 0])


def test_rows_that_fill_up_a_batch_are_left_alone():
    """verl's v1 trainer adds rows of one label of their own, without a token to train."""
    mask = [[1, 1, 1, 1]] * 3 + [[0, 0, 0, 0]]
    data = batch([0.9, 0.2, 0.4, 0.0], ["a", "a", "a", "pad0"], mask)
    assert weights(data) == pytest.approx([1.2, 0, 0.2, 0])
    nothing = batch([0.9, 0.2], "ab", [[0] * 4] * 2)
    assert torch.equal(advantages(nothing), torch.zeros(2, 4))


# Sessions of several rows


def in_sessions(data, keys):
    config = configured(algorithm__pkpo__k=2).algorithm
    data = compute_advantage_for_multi_trajectories(data, keys, config.adv_estimator, config=config)
    return data.batch["advantages"][:, 0].tolist()


def test_a_session_of_several_rows_is_one_attempt():
    keys = ["a_0_2", "a_1_0", "a_0_0", "a_2_0", "a_0_1"]
    got = in_sessions(batch([0.9, 0.2, 0.9, 0.4, 0.9], "aaaaa"), keys)
    assert got == pytest.approx([1.2, 0, 1.2, 0.2, 1.2])


def test_the_last_row_of_a_session_has_its_reward_and_numbers_are_not_sorted_as_text():
    keys = ["a_0_10", "a_1_0", "a_0_9", "a_2_0", "a_0_2", "a_b_0_0", "a_b_1_0"]
    rewards = [0.9, 0.2, 0.0, 0.4, 5.0, 1.0, 0.0]
    got = in_sessions(batch(rewards, ["a"] * 5 + ["a_b"] * 2), keys)
    assert got == pytest.approx([1.2, 0, 1.2, 0.2, 1.2, 2, 0])


def test_a_v1_trainer_that_hides_the_sessions_is_refused():
    hidden = {"__name__": "verl.trainer.ppo.v1.later"}
    exec("def call(f, *args, **kwargs):\n    return f(*args, **kwargs)", hidden)
    with pytest.raises(RuntimeError, match="must have batch_keys"):
        hidden["call"](advantages, batch([0.9, 0.2, 0.4], "aaa"))


# The schedule


def test_k_follows_the_steps_of_the_trainer(monkeypatch):
    changes = {"algorithm__pkpo__changes": {3: 1}}
    data = batch([0.9, 0.2, 0.4], "aaa")
    monkeypatch.setattr(SkipManager, "step", -1)
    with pytest.raises(RuntimeError, match="a trainer that says its step"):
        weights(data, **changes)
    assert weights(data) == pytest.approx([1.2, 0, 0.2])
    for step, expected in [(1, [1.2, 0, 0.2]), (2, [1.2, 0, 0.2]), (3, [0.6, -0.45, -0.15])]:
        SkipManager.set_step(step)
        assert weights(data, **changes) == pytest.approx(expected)
    with pytest.raises(ValueError, match="changes must be a dictionary"):
        weights(data, algorithm__pkpo__changes=3)


# The gradient

LENGTHS = np.random.default_rng(0).permutation(24) + 1
UID = np.repeat(["a", "b", "c"], 8).astype(object)
VOCABULARY = 7


class Model:
    """A table of the logits of the next token, and three groups of eight responses."""

    def __init__(self):
        rng = np.random.default_rng(1)
        self.logits = torch.tensor(rng.normal(size=(VOCABULARY, VOCABULARY)), requires_grad=True)
        self.texts = [torch.tensor(rng.integers(0, VOCABULARY, 2 + n)) for n in LENGTHS]
        self.g = rng.random(24)

    def log_probs(self, i):
        text = self.texts[i]
        return self.logits.log_softmax(-1)[text[:-1], text[1:]]

    def gradient(self, objective):
        return torch.autograd.grad(objective, self.logits)[0].flatten()

    def intended(self):
        """Return the sum over the attempts of the paper's weight times the score."""
        weight = advantages_by_group(self.g, UID, 4, reduction="sum")
        return self.gradient(sum(w * self.log_probs(i)[1:].sum() for i, w in enumerate(weight)))

    def advantages(self):
        tokens = torch.zeros(24, 24, dtype=torch.float64)
        mask = torch.tensor(np.arange(24) < LENGTHS[:, None], dtype=torch.int64)
        tokens[torch.arange(24), torch.tensor(LENGTHS) - 1] = torch.tensor(self.g)
        estimator = get_adv_estimator_fn("pkpo")
        config = configured(algorithm__pkpo__k=4).algorithm
        return estimator(tokens, mask, index=UID, config=config)[0]

    def of_verl(self, mode, loss="vanilla", parts=1, **settings):
        """Return the gradient that verl's loss makes of a mini-batch, in micro-batches."""
        actor = FSDPActorConfig(
            strategy="fsdp", rollout_n=8, ppo_micro_batch_size_per_gpu=1, loss_agg_mode=mode,
            policy_loss=PolicyLossConfig(loss_mode=loss, dro_beta=1.0), **settings,
        )  # fmt: skip
        whole, total = self.advantages(), 0
        for rows in np.array_split(np.arange(24), parts):
            log_probs = [self.log_probs(i) for i in rows]
            part = {
                "prompts": [self.texts[i][:2] for i in rows],
                "responses": [self.texts[i][2:] for i in rows],
                "response_mask": [torch.ones(LENGTHS[i], dtype=torch.int64) for i in rows],
                "old_log_probs": [x[1:].detach() for x in log_probs],
                "advantages": [whole[i, : LENGTHS[i]] for i in rows],
            }
            part = {name: nested(rows_) for name, rows_ in part.items()}
            data = TensorDict(part, batch_size=[len(rows)])
            tensordict_utils.assign_non_tensor(
                data, dp_size=1, batch_num_tokens=int(LENGTHS.sum()), global_batch_size=24
            )
            padded = [torch.nn.functional.pad(x, (0, 1)) for x in log_probs]
            value, _ = ppo_loss(actor, {"log_probs": nested(padded)}, data)
            total = total - self.gradient(value)
        return total


def nested(rows):
    return torch.nested.as_nested_tensor(rows, layout=torch.jagged)


def compared(got, intended):
    """Return the length of `got` along `intended`, and the cosine of the angle between them."""
    along = got @ intended
    return (along / (intended @ intended)).item(), (along / got.norm() / intended.norm()).item()


# n times the paper's weights: the sum over 24 attempts in 3 groups of 8.
EXACT = {
    "seq-mean-token-sum": 1 / 3,
    "seq-mean-token-sum-norm": 1 / 3 / 100,
    "token-sum": 8,
    "token-mean": 8 / 300,  # the lengths are 1..24
}


@pytest.mark.parametrize("parts", [1, 5])
@pytest.mark.parametrize("mode", EXACT)
def test_the_gradient_is_the_sum_of_weight_times_score(mode, parts):
    model = Model()
    scale = {"loss_scale_factor": 100} if mode == "seq-mean-token-sum-norm" else {}
    got, intended = model.of_verl(mode, parts=parts, **scale), model.intended()
    torch.testing.assert_close(got, EXACT[mode] * intended, rtol=1e-5, atol=1e-7)
    allowed = {ACTOR + name: value for name, value in ({"loss_agg_mode": mode} | scale).items()}
    assert weights(batch([0.9, 0.2], "aa"), **allowed) == pytest.approx([1.4, 0])


BENT = [  # the cosines of the two modes are in chapter 12
    ({"mode": "seq-mean-token-mean"}, {"loss_agg_mode": "seq-mean-token-mean"}, 0.9286),
    ({"mode": "token-mean", "loss": "sapo"}, {"policy_loss__loss_mode": "sapo"}, 0.9286),
    ({"mode": "token-mean", "loss": "geo_mean"}, {"policy_loss__loss_mode": "geo_mean"}, 0.9286),
    (
        {"mode": "seq-mean-token-sum-norm", "parts": 5},
        {"loss_agg_mode": "seq-mean-token-sum-norm"},
        0.9993,
    ),
]


@pytest.mark.parametrize(("loss", "settings", "found"), BENT)
def test_what_bends_the_gradient_is_refused(loss, settings, found):
    model = Model()
    _, cosine = compared(model.of_verl(**loss), model.intended())
    assert cosine == pytest.approx(found, abs=1e-4)
    ((name, value),) = settings.items()
    leaf = name.rpartition("__")[2]
    with pytest.raises(ValueError, match=rf"^actor_rollout_ref.actor.*[ .]{leaf}={value}"):
        advantages(batch([0.9, 0.2], "aa"), **{ACTOR + name: value})


# clip_cov leaves out tokens by chance, and bypass_mode is a choice between losses of its own.
@pytest.mark.parametrize("loss", sorted(POLICY_LOSS_REGISTRY.keys() - {"clip_cov", "bypass_mode"}))
def test_every_other_loss_of_verl_begins_in_the_direction_of_the_gradient(loss):
    model = Model()
    _, cosine = compared(model.of_verl("token-mean", loss), model.intended())
    assert (cosine > 1 - 1e-9) == (loss not in ("sapo", "geo_mean"))


# What is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (None, r"^algorithm.pkpo.k must be given, as in \+algorithm.pkpo.k=8 .* got .* = None$"),
        (8, "algorithm.pkpo.k must be given, .* got algorithm.pkpo = 8"),
        ({"estimator": "s"}, "k must be given, .* got .*'estimator': 's'"),
        ({"k": 2.5}, "k must be an integer, got 2.5"),
        ({"k": "two"}, "k must be an integer, got 'two'"),
        ({"k": 0}, "k must be at least 1, got k = 0"),
        ({"k": 4}, "group must have at least 4 attempts of every label .* got 'a' with 3"),
        ({"k": 3, "estimator": "jackknife"}, "at least 4 attempts .* 'a' with 3"),
        ({"k": 2, "estimator": "grpo"}, "estimator must be one of .* got 'grpo'"),
        ({"k": 2, "estimater": "s"}, "pkpo must have none but .* got .*'estimater': 's'"),
    ],
)
def test_settings_are_refused_by_name(settings, message):
    config = configured(algorithm__pkpo=settings).algorithm
    with pytest.raises(ValueError, match=message):
        compute_advantage(batch([0.9, 0.2, 0.4], "aaa"), "pkpo", config=config)


def test_a_batch_of_another_shape_is_refused():
    data = batch([0.9, 0.2, 0.4], "aaa")
    del data.non_tensor_batch["uid"]
    with pytest.raises(ValueError, match=r"uid, \(N,\); got \(3, 4\), \(3, 4\) and \(\)$"):
        advantages(data)
    data = batch([0.9, 0.2, 0.4], "aaa", [[1, 1, 1]] * 3)
    with pytest.raises(
        ValueError, match=r"one shape \(N, T\), .* got \(3, 4\), \(3, 3\) and \(3,\)"
    ):
        advantages(data)


# The way into verl


def test_the_command_line_is_enough():
    config = composed(
        "+algorithm.pkpo.k=2", "+algorithm.pkpo.changes={1500: 1}", "+algorithm.pkpo.estimator=s"
    )
    assert config.algorithm.adv_estimator == "pkpo"
    assert config.algorithm.pkpo == {"k": 2, "changes": {1500: 1}, "estimator": "s"}
    with pytest.warns(UserWarning, match="Disabled critic"):
        assert not need_critic(config)


def test_an_algorithm_by_itself_is_enough():
    estimator, data = get_adv_estimator_fn("pkpo"), batch([0.9, 0.2, 0.4], "aaa")
    alone = OmegaConf.create({"pkpo": {"k": 2}})
    tokens, mask = data.batch["token_level_rewards"], data.batch["response_mask"]
    got, _ = estimator(tokens, mask, data.non_tensor_batch["uid"], alone)
    assert got[:, 0].tolist() == pytest.approx([1.2, 0, 0.2])


def test_workers_of_ray_find_it_where_pkpo_is_installed(monkeypatch):
    config = configured(algorithm__pkpo__k=2).algorithm
    tokens = torch.tensor([[0.0, 0.9], [0.0, 0.2], [0.0, 0.4]])

    @ray.remote(num_cpus=1)
    class Worker:
        def weigh(self, factor):
            import numpy as np
            import verl  # noqa: F401

            found = "pkpo.trainers.verl" in sys.modules  # by the entry point alone
            from verl.trainer.ppo.core_algos import get_adv_estimator_fn

            uid = np.array(["a"] * 3, dtype=object)
            estimator = get_adv_estimator_fn("pkpo")
            answer, _ = estimator(factor * tokens, tokens >= 0, index=uid, config=config)
            return os.getpid(), found, answer[:, 1].tolist()

    monkeypatch.setenv("RAY_worker_niceness", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        workers = [Worker.remote() for _ in range(2)]
        jobs = [worker.weigh.remote(i + 1) for i, worker in enumerate(workers)]
        (one, *first), (two, *second) = ray.get(jobs)
    finally:
        ray.shutdown()
    assert len({one, two, os.getpid()}) == 3
    assert first == [True, pytest.approx([1.2, 0, 0.2])]
    assert second == [True, pytest.approx([2.4, 0, 0.4])]


def test_the_line_that_looks_for_it_and_the_way_without_the_entry_point():
    by_name = {"VERL_USE_EXTERNAL_PLUGINS": "none", "VERL_USE_EXTERNAL_MODULES": MODULE}
    line = MODULE_DOC[MODULE_DOC.index("from verl") :].partition('"')[0]
    run = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, env=os.environ | by_name
    )
    assert run.stdout.startswith("<function pkpo_advantage at "), run.stderr
