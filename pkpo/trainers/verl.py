r"""PKPO as an advantage estimator of verl: install pkpo beside verl, and its runs know "pkpo"::

    python3 -m verl.trainer.main_ppo ... algorithm.adv_estimator=pkpo +algorithm.pkpo.k=8 \
        actor_rollout_ref.actor.loss_agg_mode=seq-mean-token-sum

verl loads this module through the entry point `verl.plugins`, and says nothing where it cannot: the
run ends at its first step with "Unknown advantage estimator simply: pkpo". Look before: the first
line prints a function where verl has it; the second says why it has not::

    python3 -c "from verl.trainer.ppo.core_algos import *; print(get_adv_estimator_fn('pkpo'))"
    VERL_USE_EXTERNAL_MODULES=pkpo.trainers.verl python3 -c "import verl"
"""

import inspect

import numpy as np
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError
from verl.trainer.ppo.core_algos import register_adv_est

from pkpo._checks import shown
from pkpo.groups import advantages_by_group
from pkpo.schedules import stepped

_SETTINGS = ("k", "changes", "estimator", "missing", "small_groups")


@register_adv_est("pkpo")
def pkpo_advantage(token_level_rewards, response_mask, index=None, config=None, **_):
    """Return the weight of each attempt, on each of its response tokens.

    Settings: `algorithm.pkpo.k`; for a schedule also `algorithm.pkpo.changes={1500: 1}`, from step
    to the k from that step on, as verl counts them, from 1; `estimator`, `missing` and
    `small_groups` as in `pkpo.advantages_by_group`, but for missing="error" where it is not given.
    `norm_adv_by_std_in_grpo` is for other estimators, and changes nothing.

    The reward of a row is the sum over all its tokens, as for GRPO: the mask says what to train,
    and rejection sampling takes the token that carries the verdict out of it. The rows of a
    session of the v1 trainer are one attempt, which has the reward of its last row. Groups without
    a token to train, such as verl fills up batches with, weigh 0.

    Scale: with loss_agg_mode "seq-mean-token-sum" the gradient of a step is the sum of weight times
    score of each group, in the paper's scale, averaged over the groups of the mini-batch. With
    "seq-mean-token-sum-norm" it is that over `loss_scale_factor`, with "token-sum" that times the
    number of responses, and with "token-mean", verl's default, that over their mean length, which
    moves with the batch. A loss that averages within each response bends it, and is refused.

    Args:
        token_level_rewards, response_mask: shape (N, T), one row for each response.
        index: label of the prompt of each row, shape (N,): verl's `uid`.
        config: verl's `algorithm`. The loss is looked up in the configuration that this is part of.
    Returns:
        (advantages, returns), which are the same, shape (N, T).
    Raises:
        ValueError: a setting is missing, unknown or out of range, or bends the weights; arguments
            of different shape; else as `pkpo.advantages_by_group`.
        RuntimeError: verl's trainer does not say the step, or the sessions of its rows.
    Source: Walder & Karkhanis (2025), Eqs. 18 and 33. Chapter 12.
    """
    settings = _settings(config)
    _refuse_bending(config)
    shape = tuple(token_level_rewards.shape)
    if len(shape) != 2 or response_mask.shape != shape or np.shape(index) != shape[:1]:
        raise ValueError(
            "token_level_rewards and response_mask must have one shape (N, T), and index, verl's "
            f"uid, (N,); got {shape}, {tuple(response_mask.shape)} and {np.shape(index)}"
        )
    trained = set(index[response_mask.any(-1).cpu().numpy()])
    rows = np.array([label in trained for label in index], bool)
    last = _last_rows(len(rows))
    g = token_level_rewards.sum(-1)[last]
    weight = g.new_zeros(len(g))
    weight[rows] = advantages_by_group(g[rows], index[rows], attempt=last[rows], **settings)
    advantages = weight[:, None] * response_mask
    return advantages, advantages


def _settings(config):
    """Return the arguments of `advantages_by_group` for this step."""
    settings = None if config is None else config.get("pkpo")
    if not isinstance(settings, DictConfig) or "k" not in settings:
        raise ValueError(
            "algorithm.pkpo.k must be given, as in +algorithm.pkpo.k=8 for the best of 8 attempts; "
            f"got algorithm.pkpo = {shown(settings)}"
        )
    settings = OmegaConf.to_container(settings, resolve=True)
    if not settings.keys() <= set(_SETTINGS):
        raise ValueError(f"algorithm.pkpo must have none but {_SETTINGS}, got {shown(settings)}")
    changes = settings.pop("changes", None)
    if changes is not None:
        from verl.utils.skip.skip_manager import SkipManager  # which is told the step, in verl 0.9

        if SkipManager.step < 1:
            raise RuntimeError("algorithm.pkpo.changes needs a trainer that says its step")
        settings["k"] = stepped(settings["k"], changes)(SkipManager.step)
    return {"missing": "error"} | settings


def _refuse_bending(config):
    """Raise an error if the loss averages within each response, or divides its parts unequally."""
    try:
        actor = OmegaConf.select(config, "..actor_rollout_ref.actor")
    except ConfigKeyError:  # an `algorithm` by itself
        return
    mode, loss = actor.loss_agg_mode, actor.policy_loss.loss_mode
    if mode == "seq-mean-token-mean" or loss in ("sapo", "geo_mean"):
        raise ValueError(
            "actor_rollout_ref.actor must have a loss that adds up the tokens of each response, "
            "such as loss_agg_mode=seq-mean-token-sum with policy_loss.loss_mode=vanilla, got "
            f"loss_agg_mode={mode} with policy_loss.loss_mode={loss}, which averages over them"
        )
    if mode == "seq-mean-token-sum-norm" and actor.loss_scale_factor is None:
        raise ValueError(
            f"actor_rollout_ref.actor.loss_scale_factor must be given with loss_agg_mode={mode}, "
            "or each micro-batch is divided by the length of its own longest response"
        )


def _last_rows(n):
    """Return for each row the last row of its session, which is itself where no session has more.

    verl's v1 trainer tells its estimators no sessions (for GRPO alone it merges their rows itself),
    but the function that calls them has the key of each row, "{uid}_{session}_{row}".
    """
    frame = inspect.currentframe()
    while frame and not frame.f_globals.get("__name__", "").startswith("verl.trainer.ppo.v1."):
        frame = frame.f_back
    if frame is None:
        return np.arange(n)
    keys = frame.f_locals.get("batch_keys", ())
    if len(keys) != n:
        raise RuntimeError("verl's v1 trainer must have batch_keys, as in 0.9.1, to tell sessions")
    split = [key.rpartition("_") for key in keys]
    last = {split[i][0]: i for i in sorted(range(n), key=lambda i: int(split[i][2]))}
    return np.array([last[session] for session, _, _ in split])
