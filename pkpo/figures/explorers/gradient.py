"""The explorers of chapter 5: which prompts get the weight, and which attempts earn the credit."""

import numpy as np

from pkpo import jackknife, max_at_k, s, sloo_minus_one
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider, Tally

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # what an attempt can earn in `credit`
N = 8  # attempts in `credit`
OWN = "own margin, loo − 1 (middle, and on top of sᵢ)"
TRANSFORMS = ((s, "sᵢ (left)", 0), (sloo_minus_one, OWN, 2), (jackknife, "jackknife (right)", 3))


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
    linear = Panel(
        title="Its slope: the weight of the prompt",
        alt="The weight against p: k at p = 0, beyond the top for k over 8, falling to 0 at p = 1.",
        xlabel="success probability p", ylabel="weight", ylim=(0, 8.5), yticks=(0, 1, 4, 8),
        slider="p", series=(
            Series("line", ps, weight[0], label="k = 1", color=4, dashed=True),
            Series("area", ps, weight, on=("k",), label="your k: its area is 1", color=0),
            Series("points", at_p, weight[..., None], on=both, label="your p", color=1),
        ), **shared)  # fmt: skip
    logarithmic = Panel(
        title="The same on a scale of powers of ten",
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
        (metric, linear, logarithmic),
        (Readout("pass@k", chance, both),
         Readout("k − 1 others all fail", all_fail, both, ".3g"),
         Readout("weight, k times that", weight, both, ".3g"),
         Readout("weight is 1 at p =", even, ("k",), missing="every p")),
    )  # fmt: skip


def credit(k=2, g=(0.0, 0.25, 0.0, 0.5, 0.0, 0.75, 1.0, 0.5)):
    """Return the explorer of eight rewards and the weights that three transforms give them.

    All weights are multiplied by n/k, so that they are in the unit of the rewards. That of s is
    what an attempt's company earned and, from k = 2 on, its own margin on top.

    Args:
        k: attempts allowed to start at, 1..8.
        g: the eight rewards to start at, each 0, 0.25, 0.5, 0.75 or 1.
    Source: chapter 5; the weights are those of `pkpo.s`, `sloo_minus_one` and `jackknife`.
    """
    ks, names = np.arange(1, N + 1), tuple(f"g{i}" for i in range(1, N + 1))
    stands = np.array(Tally.stands(len(LEVELS), N))
    groups = np.array(LEVELS)[stands]
    rho = np.array([max_at_k(groups, k) for k in ks]).T
    series, totals, weight_of = [], {}, {}
    for place, (transform, label, color) in enumerate(TRANSFORMS):
        by_level = np.full((len(LEVELS), len(stands), N), np.nan)
        total = np.full(rho.shape, np.nan)
        for k_ in range(1, N + (transform is not jackknife)):
            weights = transform(groups, k_)
            total[:, k_ - 1] = weights.sum(axis=1)
            for i in range(N):
                by_level[stands[:, i], np.arange(len(stands)), k_ - 1] = weights[:, i] * N / k_
        totals[transform], weight_of[transform] = total, by_level[..., None]
        series += [
            Series("bars", [i + (place - 1) / 4], by_level[..., None], on=(name, "rewards", "k"),
                   label=label, color=color, width=0.2)
            for i, name in enumerate(names, start=1)
        ]  # fmt: skip
    company = weight_of[s] - weight_of[sloo_minus_one]
    company[:, :, 0] = np.nan  # nobody is in it
    series += [
        Series("bars", [i - 1 / 4], weight_of[s], on=(name, "rewards", "k"), base=company,
               label=OWN, color=2, width=0.2)
        for i, name in enumerate(names, start=1)
    ]  # fmt: skip
    attempts = np.arange(1, N + 1)
    shared = {"xlim": (0.4, N + 0.6), "xticks": tuple(attempts.tolist()), "xlabel": "attempt"}
    earned = Panel(
        title="Reward of each attempt: drag the bars",
        alt="A bar for each of eight attempts, as high as its reward.",
        ylabel="reward", ylim=(0, 1.1), yticks=LEVELS[::2], heights=names, series=tuple(
            Series("bars", [i], np.array(LEVELS)[:, None], on=(name,), color=4)
            for i, name in enumerate(names, start=1)
        ), **shared)  # fmt: skip
    weights = Panel(
        title="Weight of each attempt, times n/k",
        alt="Three bars for each of eight attempts: its weight under sᵢ, which is what its company "
        "earned with its own margin on top, under loo − 1 and under the jackknife.",
        ylabel="weight · n/k", ylim=(-1, 1.05), yticks=(-1, 0, 1), series=tuple(series),
        at=tuple(attempts.tolist()), **shared)  # fmt: skip
    joint = ("rewards", "k")
    return Explorer(
        "Eight rewards and their weights: sliders for the attempts allowed k and for each reward",
        (Slider("k", "attempts allowed k", tuple(ks.tolist()), k),
         *(Slider(name, f"reward {name[1:]}", LEVELS, value, ".2f")
           for name, value in zip(names, g, strict=True))),
        (earned, weights),
        (Readout("estimate ρ of max@k", rho, joint),
         Readout("sum of sᵢ = kρ", totals[s], joint),
         Readout("sum of jackknife", totals[jackknife][:1], joint, missing="needs k < n")),
        (Tally("rewards", names),),
    )  # fmt: skip
