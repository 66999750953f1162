"""The explorer of chapter 12: weights on their way through a trainer, and where they push."""

from functools import lru_cache
from math import comb

import numpy as np

from pkpo import advantages, s
from pkpo.figures.choices import choices
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab.pipelines import beside, centred, mean_push, standardised

N, KS, P = 8, tuple(range(1, 9)), np.linspace(0, 1, 41)
CHANCE, REWARD = np.array([0.6, 0.3, 0.1]), np.array([0, 0.5, 1])
LENGTH, USUAL = np.array([10, 20, 40]), 20  # tokens of the three answers; what 1 stands for
GROUP = (0, 0, 0, 0, 0, 1, 1, 2)  # the answers of the group that is shown
VERDICTS = (0, 2)  # the answers that are wrong and right

WEIGHTS = {
    "raw rewards": lambda g, k: g,
    "own margin": lambda g, k: advantages(g, k),
    "jackknife": lambda g, k: advantages(g, k, "jackknife"),
}
STAGES = {
    "as they are": lambda w: w,
    "centred": centred,
    "centred, divided": standardised,
}
TOKENS = {"added up": np.ones(3), "averaged": USUAL / LENGTH}


def pipeline(weights=1, k=4, group=1, tokens=1):
    """Return the explorer of weights that pass through a trainer.

    A policy has three answers, wrong, half right and right, of 10, 20 and 40 tokens. The first
    panel is one group of eight; what it pushes on average over all groups is enumerated.

    Args:
        weights: 1, 2 or 3: raw rewards, own margin, jackknife.
        k: attempts allowed to start at, 1..8.
        group: 1, 2 or 3: what is done to the weights of a group: nothing, centred, centred and
            divided by the standard deviation.
        tokens: 1 or 2: the scores of an answer's tokens are added up, or averaged.
    Source: chapter 12; `pkpo.lab.pipelines`.
    """
    shown, push, factor, cosine, climbed = _enumerated()
    wanted_way, mean_way = _arrow(_truth()[None, :, None, None]), _arrow(push)
    four, x = ("weights", "k", "group", "tokens"), np.arange(1, N + 1)
    one = Panel(
        title="One group of eight",
        alt="A bar for the weight of each of eight answers, wrong, half right and right ones.",
        xlabel="answers, by reward", ylabel="weight in the gradient", xlim=(0.4, 8.6),
        ylim=(-2.2, 4.7), xticks={3: "wrong", 6.5: "half", 8: "right"}, yticks=(-2, 0, 2, 4),
        series=(Series("bars", x, shown, on=four, label="weight", color=0),))  # fmt: skip
    way = Panel(
        title="Where it pushes, on average",
        alt="Two lines of length 1 from one point: dashed, the direction of the gradient of max@k; "
        "solid, that of the mean push.",
        xlabel="from wrong to right", ylabel="towards half right", xlim=(-0.35, 1.35),
        ylim=(-0.35, 1.1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), series=(
            Series("line", *wanted_way, on=four, dashed=True, color=4, label="gradient of max@k"),
            Series("line", *mean_way, on=four, label="mean push", color=1),
            *(Series(kind, *(end[..., 1:] for end in way), on=four, color=color)
              for kind, way, color in (("rings", wanted_way, 4), ("points", mean_way, 1))),
        ))  # fmt: skip
    wanted = np.array(KS)[:, None] * (1 - P) ** (np.array(KS)[:, None] - 1)
    prompts = Panel(
        title="Which prompts it weighs",
        alt="The weight of a prompt with verdicts against its success probability; dashed, that "
        "of pass@k.",
        xlabel="success probability p", ylabel="weight of a prompt", xlim=(-0.02, 1.02),
        ylim=(-0.3, 8.4), xticks=(0, 0.25, 0.5, 0.75, 1), yticks=(0, 1, 2, 4, 6, 8), series=(
            Series("line", P, wanted[None, :, None, None], on=four, color=4, dashed=True,
                   label="pass@k"),
            Series("line", P, climbed, on=four, label="this trainer", color=2),
        ))  # fmt: skip
    of, do, add = map(choices, (WEIGHTS, STAGES, TOKENS))
    needs = "needs k < n"
    return Explorer(
        "Weights on their way through a trainer: sliders for the weights, k, and two stages",
        (Slider("weights", "the trainer gets", of, of[weights - 1]),
         Slider("k", "attempts allowed k", KS, k),
         Slider("group", "weights of a group are used", do, do[group - 1]),
         Slider("tokens", "scores of an answer's tokens are", add, add[tokens - 1])),
        (one, way, prompts),
        (Readout("times the gradient of max@k", factor, four, ".3f", needs),
         Readout("cosine to it", cosine, four, ".4f", needs),
         Readout("angle, in degrees", np.degrees(np.arccos(np.minimum(cosine, 1))), four, ".1f",
                 needs),
         Readout("a right answer weighs", shown[..., -1], four, "+.3f", needs),
         Readout("a wrong one", shown[..., 0], four, "+.3f", needs)),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _enumerated():
    """Return weights of the group shown, mean push, factor, cosine, and weight of a prompt.

    Shapes: (weights, k, stage, tokens) and, in this order, (8,), (3,), (), (), (p,).
    """
    shape = (len(WEIGHTS), len(KS), len(STAGES), len(TOKENS))
    shown, push, climbed = (np.full((*shape, m), np.nan) for m in (N, 3, len(P)))
    factor, cosine = np.full(shape, np.nan), np.full(shape, np.nan)
    truth = _truth()
    for at in np.ndindex(shape):
        weigh = _weigh(*at)
        if weigh is None:
            continue
        shown[at] = weigh(np.array([GROUP]))[0]
        push[at] = mean_push(weigh, CHANCE, N) / N
        factor[at], cosine[at] = beside(push[at], truth[at[1]])
        climbed[at] = _climbed(weigh)
    return shown, push, factor, cosine, climbed


def _weigh(weights, k, stage, tokens):
    """Return the function from answers to weights at these positions; None if there is none."""
    (name, rule), do = list(WEIGHTS.items())[weights], list(STAGES.values())[stage]
    if name == "jackknife" and KS[k] == N:
        return None
    share = list(TOKENS.values())[tokens]
    return lambda a: do(rule(REWARD[a], KS[k])) * share[a]


def _truth():
    """Return the gradient of max@k in the logits, shape (k, 3)."""
    return np.array([mean_push(lambda a, k=k: s(REWARD[a], k), CHANCE, N) for k in KS])


def _climbed(weigh):
    """Return the mean of what a verdict has at stake, if each other is right with chance p."""
    wrong, right = VERDICTS
    groups = np.where(np.tri(N + 1, N, -1, dtype=bool), right, wrong)  # c of them right
    weight = weigh(groups)
    stake = weight[1:, 0] - weight[:-1, -1]
    m = np.arange(N)
    chance = np.array([comb(N - 1, j) for j in m]) * P[:, None] ** m * (1 - P[:, None]) ** m[::-1]
    return chance @ stake


def _arrow(push):
    """Return x and y of the ends of an arrow of length 1, in the plane where pushes lie."""
    right = np.array([-1, 0, 1]) / np.sqrt(2)
    half = np.array([-1, 2, -1]) / np.sqrt(6)
    x, y = push @ right, push @ half
    length = np.hypot(x, y)
    return tuple(np.stack([0 * end, end / length], axis=-1) for end in (x, y))
