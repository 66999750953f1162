"""The explorers of chapter 5: which prompts get the weight, and which attempts earn the credit."""

import numpy as np

from pkpo import jackknife, max_at_k, s, sloo_minus_one
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider, Tally

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # what an attempt can earn in `credit`
N = 8  # attempts in `credit`
TRANSFORMS = ((s, "sᵢ (left)", 0), (sloo_minus_one, "loo − 1 (middle)", 2),
              (jackknife, "jackknife (right)", 3))  # fmt: skip


def prompt_weight(k=8, p=0.5):
    """Return the explorer of a prompt's weight: the slope of its pass@k in p.

    Args:
        k: attempts to start at, 1..8, 12, 16, 24 or 32.
        p: success probability of the prompt to start at, 0..1.
    Source: chapter 5.
    """
    ks, ps = np.array([1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32]), np.round(np.linspace(0, 1, 101), 2)
    chance = 1 - (1 - ps) ** ks[:, None]
    all_fail = (1 - ps) ** (ks[:, None] - 1)
    weight = ks[:, None] * all_fail
    level = np.log10(np.where(weight > 1e-4, weight, np.nan))
    reach = np.array([-0.15, 0.15])
    tangent = chance[..., None] + weight[..., None] * reach
    even = np.full(ks.shape, np.nan)
    even[1:] = 1 - ks[1:] ** (-1 / (ks[1:] - 1))
    both, at_p = ("k", "p"), ps[None, :, None]
    shared = {"xlim": (0, 1), "xticks": (0, 0.25, 0.5, 0.75, 1)}
    metric = Panel(
        title="pass@k of the prompt",
        alt="pass@k against p, from 0 to 1, steeper on the left for larger k, with a tangent at p.",
        xlabel="success probability p", ylabel="pass@k (probability)", ylim=(0, 1.05),
        yticks=(0, 0.5, 1), slider="p", series=(
            Series("line", ps, chance[0], label="k = 1", color=4, dashed=True),
            Series("line", ps, chance, on=("k",), label="your k", color=0),
            Series("line", at_p + reach, tangent, on=both, label="its slope", color=1),
            Series("points", at_p, chance[..., None], on=both, color=1),
        ), **shared)  # fmt: skip
    slope = Panel(
        title="Its slope: the weight of the prompt",
        alt="The weight against p on a logarithmic axis: k at p = 0, below 1 for most p.",
        xlabel="success probability p", ylabel="weight", ylim=(-4, 2),
        yticks={-4.0: "0.0001", -2.0: "0.01", 0.0: "1", 2.0: "100"}, slider="p", ybase=10, series=(
            Series("line", ps, np.zeros(ps.shape), label="k = 1", color=4, dashed=True),
            Series("line", ps, level, on=("k",), label="your k", color=0),
            Series("points", at_p, level[..., None], on=both, label="your p", color=1),
        ), **shared)  # fmt: skip
    return Explorer(
        "The weight of a prompt: sliders for the attempts k and its success probability p",
        (Slider("k", "attempts k", tuple(ks.tolist()), k, plays=True),
         Slider("p", "success probability p", tuple(ps.tolist()), p, ".2f")),
        (metric, slope),
        (Readout("pass@k", chance, both),
         Readout("k − 1 others all fail", all_fail, both, ".3g"),
         Readout("weight, k times that", weight, both, ".3g"),
         Readout("weight is 1 at p =", even, ("k",), missing="every p")),
    )  # fmt: skip


def credit(k=2, g=(0.0, 0.25, 0.0, 0.5, 0.0, 0.75, 1.0, 0.5)):
    """Return the explorer of eight rewards and the weights that three transforms give them.

    All weights are multiplied by n/k, so that they are in the unit of the rewards.

    Args:
        k: attempts allowed to start at, 1..8.
        g: the eight rewards to start at, each 0, 0.25, 0.5, 0.75 or 1.
    Source: chapter 5; the weights are those of `pkpo.s`, `sloo_minus_one` and `jackknife`.
    """
    ks, names = np.arange(1, N + 1), tuple(f"g{i}" for i in range(1, N + 1))
    stands = np.array(Tally.stands(len(LEVELS), N))
    groups = np.array(LEVELS)[stands]
    rho = np.array([max_at_k(groups, k) for k in ks]).T
    series, totals = [], {}
    for place, (transform, label, color) in enumerate(TRANSFORMS):
        by_level = np.full((len(LEVELS), len(stands), N), np.nan)
        total = np.full(rho.shape, np.nan)
        for k_ in range(1, N + (transform is not jackknife)):
            weights = transform(groups, k_)
            total[:, k_ - 1] = weights.sum(axis=1)
            for i in range(N):
                by_level[stands[:, i], np.arange(len(stands)), k_ - 1] = weights[:, i] * N / k_
        totals[transform] = total
        series += [
            Series("bars", [4 * i + place], by_level[..., None], on=(name, "rewards", "k"),
                   label=label if i == 1 else "", color=color)
            for i, name in enumerate(names, start=1)
        ]  # fmt: skip
    panel = Panel(
        title="Weight of each attempt, times n/k",
        alt="Three bars for each of eight attempts: its weight under sᵢ, loo − 1 and jackknife.",
        xlabel="attempt", ylabel="weight · n/k", xlim=(2.6, 35.4), ylim=(-1, 1.05),
        xticks={4 * i + 1: str(i) for i in range(1, N + 1)}, yticks=(-1, 0, 1),
        series=tuple(series),
    )  # fmt: skip
    joint = ("rewards", "k")
    return Explorer(
        "Eight rewards and their weights: sliders for the attempts allowed k and for each reward",
        (Slider("k", "attempts allowed k", tuple(ks.tolist()), k),
         *(Slider(name, f"reward {name[1:]}", LEVELS, value, ".2f")
           for name, value in zip(names, g, strict=True))),
        (panel,),
        (Readout("estimate ρ of max@k", rho, joint),
         Readout("sum of sᵢ = kρ", totals[s], joint),
         Readout("sum of jackknife", totals[jackknife][:1], joint, missing="needs k < n")),
        (Tally("rewards", names),),
    )  # fmt: skip
