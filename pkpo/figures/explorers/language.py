"""The explorer of chapter 11: one prompt, what a model would say to it, and where it is pushed."""

from functools import lru_cache

import numpy as np

from pkpo.figures.choices import choices
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab import countdown, countdown_runs
from pkpo.transforms import jackknife

N, SHOWN = 16, (1, 0, 5, 4)  # attempts in a group; which of the stored prompts
ARMS = {(1, 1): "k = 1", (8, 8): "k = 8", (8, 1): "8, then 1", (1, 8): "1, then 8"}
LEAST = 1e-4  # probability at the foot of a bar


def answering(prompt=1, k=8, k_end=1, step=100):
    """Return the replay of a language model's answers to one prompt of countdown.

    The answers stand in one row, right ones first, malformed ones together at the end. 16 of them
    are drawn, weighed by the jackknife for the k in force, and the weights added up by answer:
    were the policy one logit for each answer, that would be the push on its logit.

    Args:
        prompt: which of four prompts to start at, 1..4: one that only k = 8 finds, one that the
            fall of k loses, one that all lose, and one with six right answers.
        k: attempts of the first half of training to start at: 1 or 8.
        k_end: attempts of the second half to start at: 1 or 8.
        step: step to start at, 0..200.
    Source: chapter 11; the runs are those of `make language-model`.
    """
    prompts = choices(_asked(countdown_runs.shown()[index]) for index in SHOWN)
    said, right, push, drawn_right, p, in_force = _replays()
    steps = countdown_runs.steps()
    schedule, all_four = ("k", "k_end"), ("prompt", "k", "k_end", "step")
    at, x = steps[None, None, None, :, None], np.arange(1, 56)
    solved = right[:, None, None, None]
    tall, foot = np.log10(np.maximum(said, LEAST)), np.full(55, np.log10(LEAST))
    answers = Panel(
        title="What the model would say",
        alt="A bar for each of the 54 answers, right ones first, and one for all malformed ones.",
        xlabel="answer: right, wrong, and 55 malformed", ylabel="probability",
        xlim=(0, 56), xticks=(1, 18, 36, 54), at=tuple(range(1, 56)), ylim=(-4, 0),
        yticks={-4: "0.0001", -3: "0.001", -2: "0.01", -1: "0.1", 0: "1"}, ybase=10, series=(
            Series("bars", x, np.where(solved, np.nan, tall), on=all_four, base=foot,
                   label="wrong or malformed", color=4),
            Series("bars", x, np.where(solved, tall, np.nan), on=all_four, base=foot,
                   label="right", color=2),
        ))  # fmt: skip
    pushes = Panel(
        title="Sixteen draws, weighed",
        alt="A bar for each answer that was drawn: the sum of the weights of its draws.",
        xlabel="answer, in the same order", ylabel="sum of weights",
        xlim=(0, 56), xticks=(1, 18, 36, 54), at=tuple(range(1, 56)),
        ylim=(-0.6, 0.6), yticks=(-0.5, 0, 0.5), series=(
            Series("bars", x, np.where(solved, np.nan, push), on=all_four, label="wrong", color=4),
            Series("bars", x, np.where(solved, push, np.nan), on=all_four, label="right", color=2),
        ))  # fmt: skip
    chance = Panel(
        title="Chance to solve this prompt",
        alt="pass@1 and pass@8 of this prompt against the step.",
        xlabel="step", ylabel="probability", xlim=(-6, 206), xticks=(0, 50, 100, 150, 200),
        ylim=(0, 1.05), yticks=(0, 0.5, 1), slider="step", series=(
            Series("line", steps, 1 - (1 - p) ** 8, on=("prompt", *schedule), label="pass@8",
                   color=3),
            Series("line", steps, p, on=("prompt", *schedule), label="pass@1", color=0,
                   dashed=True),
            Series("points", at, (1 - (1 - p) ** 8)[..., None], on=all_four, color=3),
            Series("rings", at, p[..., None], on=all_four, color=0),
        ))  # fmt: skip
    return Explorer(
        "Replay of a model's answers: sliders for the prompt, k in each half, and the step",
        (Slider("prompt", "prompt", prompts, prompts[prompt - 1]),
         Slider("k", "k in the first 100 steps", (1, 8), k),
         Slider("k_end", "k in the last 100 steps", (1, 8), k_end),
         Slider("step", "step", tuple(steps.tolist()), step, plays=True)),
        (answers, pushes, chance),
        (Readout("k of the next step", in_force, all_four, ".0f"),
         Readout("p", p, all_four, ".3f"),
         Readout("pass@8", 1 - (1 - p) ** 8, all_four, ".3f"),
         Readout("right among 16 draws", drawn_right, all_four, ".0f"),
         Readout("answers with 1 % or more", np.sum(said[..., :54] >= 0.01, -1), all_four, ".0f")),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _replays():
    """Return what the model says, what is right, the push, right draws, p, and k in force.

    Shapes: (prompt, k, k_end, step, 55), (prompt, 55), as the first, and less its last axis.
    """
    asked = [countdown_runs.shown()[index] for index in SHOWN]
    order, right = zip(*(_right_first(prompt) for prompt in asked), strict=True)
    right, arms = np.array(right), [1, 8]
    said = np.stack(
        [[[_said(ARMS[k, end], i, o) for end in arms] for k in arms]
         for i, o in zip(SHOWN, order, strict=True)]
    )  # fmt: skip
    p = np.sum(said * right[:, None, None, None], axis=-1)
    steps = countdown_runs.steps()
    uniform = np.random.default_rng(11).random((len(SHOWN), 1, 1, len(steps), N, 1))
    draws = (said.cumsum(-1)[..., None, :-1] < uniform).sum(-1)
    rewards = np.take_along_axis(right[:, None, None, None, :], draws, axis=-1).astype(float)
    first, last = np.array(arms)[:, None, None], np.array(arms)[:, None]
    in_force = np.where(steps < steps[-1] // 2, first, last)[None, ..., None]
    weight = np.where(in_force == 1, jackknife(rewards, 1), jackknife(rewards, 8))
    push = np.sum(weight[..., None] * (draws[..., None] == np.arange(55)), axis=-2)
    return said, right, push, rewards.sum(axis=-1), p, np.broadcast_to(in_force[..., 0], p.shape)


def _asked(prompt):
    """Return a prompt in words."""
    a, b, c, *target = prompt
    return f"make {int(''.join(target))} from {a}, {b}, {c}"


def _right_first(prompt):
    """Return the order that puts right answers first, and what is right in it, malformed last."""
    right = np.array([countdown.verify(prompt, answer) for answer in countdown.answers(prompt)])
    order = np.argsort(~right, kind="stable")
    return order, np.append(right[order], False)


def _said(arm, index, order):
    """Return the probability of every answer in that order, and of all malformed ones."""
    each = countdown_runs.distribution(arm)[:, index, order]
    malformed = np.maximum(1 - each.sum(axis=-1, keepdims=True), 0)
    return np.concatenate([each, malformed], axis=-1)
