"""PKPO in TRL: `PKPOTrainer` is TRL's `GRPOTrainer` with other advantages.

Name the trainer and k; reward functions return the raw rewards::

    from pkpo.trainers.trl import PKPOTrainer

    trainer = PKPOTrainer(..., k=8)  # where GRPOTrainer(...) stood
    trainer.train()
"""

import warnings

import numpy as np
import torch
import trl
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from pkpo._checks import as_choice, shown
from pkpo.groups import advantages_by_group, diagnostics
from pkpo.transforms import advantages

TRIED = ("1.10.0", "1.16.0")
_LOSSES = ("dapo", "dr_grpo", "luspo", "cispo", "vespo", "bnpo")
# What settings must be, or the gradient is another one than that of max@k.
_SETTINGS = {
    "loss_type": (_LOSSES.__contains__, f"one of {', '.join(map(repr, _LOSSES))}: 'grpo' and "
                  "'sapo' divide the score of each completion by its own length"),
    "multi_objective_aggregation": ("sum_then_normalize".__eq__, "'sum_then_normalize': rewards "
                                    "are added before the best of k is taken"),
    "scale_rewards": (("none", "group").__contains__, "'none', or TRL's default 'group', without "
                      "effect: to divide would undo the weights"),
    "mask_truncated_completions": (lambda x: not x, "False: it drops the scores, but not the "
                                   "rewards, of completions; rate them 0 or None instead"),
    "top_entropy_quantile": (lambda x: x >= 1, "1: the score of a completion is the sum over all "
                             "its tokens"),
}  # fmt: skip


class PKPOTrainer(GRPOTrainer):
    """`trl.GRPOTrainer` that climbs max@k, or pass@k where rewards are 0 and 1.

    Once the rewards of all processes are gathered, the advantages that TRL made of them are
    replaced by `pkpo.advantages` of each prompt's group, in the scale of reduction="mean", in
    training and in evaluation. Rewards of several functions are weighted and added before: the
    best of a sum is not the sum of the bests.

    What reaches the model is the mean over the batch of advantage times score: as it is for
    loss_type="luspo"; over `max_completion_length` for "dr_grpo"; over the mean length of the
    completions generated together for "dapo" (TRL's default), "cispo" (times `epsilon_high`) and
    "vespo", a factor that moves from batch to batch; and for "bnpo" over the mean length in each
    process and micro-batch, of which there may only be one.

    `scale_rewards` has no effect. What regularises (`beta`, `entropy_coef`) is added as ever, and
    what holds back updates from older samples (clipping, importance ratios, masks) leaves fresh
    samples as they are. TRL scores samples at their `temperature`, but as if `top_p`, `top_k`,
    `min_p` and `repetition_penalty` had not been there. vLLM was not tried.

    Logged beside what TRL logs, in evaluation with `eval_` before it, and by TRL as the mean since
    its last log: `pkpo/k`; `pkpo/max_at_k`, estimated from the raw rewards (pass@k of verdicts),
    whose mean is TRL's `reward`; `pkpo/silent_groups`, the share whose advantages are all 0;
    `pkpo/largest_weight`; `pkpo/missing_rewards`, a share; and `pkpo/small_groups`, the share that
    has too few rewards left for k. The table of completions has the advantages that are used.

    Args:
        model, reward_funcs, args, others, keywords: as `trl.GRPOTrainer`.
        k: attempts allowed: an integer in 1..num_generations, or a function of the step,
            `state.global_step`, such as those of `pkpo.schedules`. It is asked at each generation,
            and for all steps when training begins: let it depend on nothing else. A checkpoint
            resumes with the k of its step.
        estimator: as in `pkpo.advantages`.
        missing: what becomes of a completion without a reward: "error" raises; "leave out" gives
            it the advantage 0, and weighs its group as if it had been drawn without it; "failure"
            counts as the reward 0, below which no reward may then be. A reward is missing if it
            is None or NaN of all functions, or of one that rates others of the group; a function
            that is None for the whole group does not apply to it.
    Raises:
        ValueError: k, estimator or missing is none of these; a setting of `args` makes the
            gradient another one than that of max@k; in a batch, a reward is missing or not
            finite, or a group has several prompts.
        RuntimeError: TRL does not do what is relied on here.
    Source: scale from Walder & Karkhanis (2025), Eq. 18. Chapter 12.
    """

    # For the card of the model.
    _name, _tag_names = "PKPO", ["trl", "pkpo"]
    _paper = {
        "title": "Pass@K Policy Optimization: Solving Harder Reinforcement Learning Problems",
        "id": "2505.15201",
    }

    def __init__(
        self, model, reward_funcs=None, args=None, *others,
        k, estimator="sloo_minus_one", missing="error", **keywords,
    ):  # fmt: skip
        config = GRPOConfig if args is None else args  # the class has the defaults
        _check_settings(config)
        names = ("num_generations", "num_generations_eval")
        self._sizes = {name: getattr(config, name) for name in names if getattr(config, name)}
        self.k, self.estimator = k, estimator
        self.missing = as_choice("missing", missing, ("error", "leave out", "failure"))
        self._check_k(steps=1)
        super().__init__(model, reward_funcs, args, *others, **keywords)
        self.add_callback(_CheckSchedule(self))

    def _k_at(self, step):
        return self.k(step) if callable(self.k) else self.k

    def _check_k(self, steps):
        ks = [self._k_at(step) for step in range(steps if callable(self.k) else 1)]
        for k in dict.fromkeys(ks):
            for name, n in self._sizes.items():
                try:
                    advantages(np.zeros(n), k, self.estimator)
                except ValueError as error:
                    raise ValueError(f"{error}; n is args.{name}, at step {ks.index(k)}") from None

    def _calculate_rewards(self, *args, **keywords):
        self._rewards = super()._calculate_rewards(*args, **keywords)
        return self._rewards

    def _generate_and_score_completions(self, inputs):
        self._rewards = None
        output = super()._generate_and_score_completions(inputs)
        mode = "train" if self.model.training else "eval"
        n = self.num_generations if mode == "train" else self.num_generations_eval
        rows, size = len(inputs), len(inputs) * self.accelerator.num_processes
        shapes = [getattr(x, "shape", None) for x in (self._rewards, output.get("advantages"))]
        if shapes != [(size, len(self.reward_funcs)), (rows,)]:
            raise RuntimeError(f"{_THIS_TRL}: rewards and advantages have the shapes {shapes}")
        if self.environments is None and "num_images" not in output:  # those may differ
            _check_prompts(list(self._logs["prompt"])[-size:], size, n)
        weight = self._weights(n, self._metrics[mode])
        here = self.accelerator.process_index * rows
        output["advantages"] = torch.as_tensor(weight[here : here + rows]).to(output["advantages"])
        logged = self._logs["advantages"]
        for _ in range(min(size, len(logged))):
            logged.pop()
        logged.extend(weight.tolist())
        return output

    def _weights(self, n, log):
        """Return the advantages of the whole batch, shape (N,), and log what they are."""
        g = _totals(self._rewards, self.reward_weights, n)
        gone = np.flatnonzero(np.isnan(g))
        if self.missing == "error" and len(gone):
            by = zip(self._rewards[gone[0]].tolist(), self.reward_func_names, strict=True)
            raise ValueError(
                f"completion {gone[0]} of the batch must have a reward, got "
                f"{', '.join(f'{value:g} by {name}' for value, name in by)}; "
                "missing='leave out' or 'failure' lets it pass"
            )
        k, group = self._k_at(self.state.global_step), np.arange(len(g)) // n
        how = {"estimator": self.estimator, "small_groups": "zero", "missing": self.missing}
        # TRL divides by all n, those that are left out too.
        weight = n * advantages_by_group(g, group, k, reduction="sum", **how)
        if not np.isfinite(weight).all():
            raise ValueError(f"rewards must be finite, got {g[np.isinf(g)][0]}")
        seen = diagnostics(g, group, k, **how)
        for name, value in (
            ("k", k),
            ("max_at_k", seen.grade),
            ("silent_groups", seen.silent),
            ("largest_weight", np.abs(weight).max()),
            ("missing_rewards", len(gone) / len(g)),
            ("small_groups", len(seen.small) / seen.groups),
        ):
            log[f"pkpo/{name}"].append(float(value))
        return weight


class _CheckSchedule(TrainerCallback):
    """Asks for k at every step before the first, rather than fail at the last."""

    def __init__(self, trainer):
        self.trainer = trainer

    def on_train_begin(self, args, state, control, **_):
        self.trainer._check_k(steps=state.max_steps + 1)  # evaluation comes after the last


def _totals(rewards, weights, n):
    """Return the weighted sum of each completion's rewards, NaN where one is missing.

    rewards: of the functions, shape (N, function), groups of n rows. weights: shape (function,).
    """
    gone = torch.isnan(rewards).view(-1, n, rewards.shape[1])
    applies = ~gone.all(dim=1, keepdim=True)
    missing = (gone & applies).any(dim=2) | ~applies.any(dim=2)
    total = (rewards * weights.to(rewards)).nansum(dim=1)
    return torch.where(missing.view(-1), torch.nan, total).cpu().double().numpy()


def _check_prompts(prompts, size, n):
    """Raise an error if a group has several prompts; `prompts` are the last of those of `size`."""
    for i in range(1, len(prompts)):
        if (size - len(prompts) + i) % n and prompts[i] != prompts[i - 1]:
            raise ValueError(
                f"the {n} rows of a group must have one prompt, got {shown(prompts[i - 1])} and "
                f"{shown(prompts[i])}: the sampler must repeat each prompt {n} times in a row"
            )


def _check_settings(config):
    for name, (holds, expected) in _SETTINGS.items():
        value = getattr(config, name)
        if not holds(value):
            raise ValueError(f"args.{name} must be {expected}; got {shown(value)}")
    if config.loss_type == "bnpo":
        parts = config.world_size * config.gradient_accumulation_steps
        if parts > 1:
            raise ValueError(
                f"args.loss_type must be 'dapo' where a step has {parts} processes or "
                "micro-batches: 'bnpo' divides each by its own length; got 'bnpo'"
            )


_THIS_TRL = f"pkpo was tried with TRL {', '.join(TRIED)}, this is {trl.__version__}"


def _check_library():
    """Raise an error if TRL lacks what is relied on here, and warn if it was not tried."""
    methods = ("_calculate_rewards", "_generate_and_score_completions")
    lacks = [f"GRPOTrainer.{name}" for name in methods if not hasattr(GRPOTrainer, name)]
    lacks += [f"GRPOConfig.{name}" for name in _SETTINGS if not hasattr(GRPOConfig, name)]
    if lacks:
        raise ImportError(f"{_THIS_TRL}, which has no {', '.join(lacks)}")
    if trl.__version__ not in TRIED:
        warnings.warn(f"{_THIS_TRL}: run its tests before you rely on it", stacklevel=2)


_check_library()
