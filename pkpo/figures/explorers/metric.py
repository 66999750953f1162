"""The explorers of chapters 1 to 3: the metric and its estimates."""

from collections import Counter
from itertools import combinations
from math import comb

import numpy as np

from pkpo import pass_at_k
from pkpo.estimators import weights
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider

UNIT = {"ylim": (0, 1.05), "yticks": (0, 0.5, 1)}  # an axis for probabilities


def profiles(k=8, reach=0.5, p=0.1):
    """Return the explorer of two models: one sure of some tasks, one with a chance at all of them.

    Model A solves a share `reach` of 20 tasks with probability 0.9 an attempt and the rest never;
    model B solves every task with probability `p`.

    Args:
        k: attempts to start at, 1..32.
        reach: share of the tasks within A's reach to start at, 0.05..0.95.
        p: B's success probability to start at, 0.01..0.3.
    Source: chapter 1.
    """
    ks = np.arange(1, 33)
    reaches, ps = np.round(np.arange(1, 20) / 20, 2), np.round(np.arange(1, 31) / 100, 2)
    task = np.arange(1, 21)
    one_a = np.where(task <= 20 * reaches[:, None], 0.9, 0.0)
    one_b = np.repeat(ps[:, None], 20, axis=1)
    a, b = (1 - (1 - one) ** ks[:, None, None] for one in (one_a, one_b))
    mean_a, mean_b = a.mean(axis=-1), b.mean(axis=-1)
    ahead = mean_b[:, None, :] > mean_a[:, :, None] + 1e-9  # where they are level, no one leads
    at_k, edge = np.log2(ks)[:, None, None], 20 * reaches[:, None] + 0.5
    crossing = np.where(ahead.any(axis=0), ks[ahead.argmax(axis=0)], np.nan)
    names = ("A: sure of some tasks", "B: a chance at every task")
    tasks = Panel(
        title="Each task",
        alt="Chance per task that one of k attempts succeeds: a step for model A, level for B.",
        xlabel="task, easiest for A first", ylabel="pass@k (probability)", xlim=(0.3, 20.7),
        xticks=(1, 5, 10, 15, 20), slider="reach", at=tuple(edge[:, 0].tolist()), series=(
            Series("upright", edge, edge, on=("reach",), label="A's reach", color=4, dashed=True),
            Series("bars", task, a, on=("k", "reach"), label=names[0], color=0),
            Series("line", task, b, on=("k", "p"), label=names[1], color=1),
        ), **UNIT)  # fmt: skip
    mean = Panel(
        title="Average over tasks",
        alt="pass@k against k: A starts high and levels off at its reach, B rises to pass it.",
        xlabel="attempts k", ylabel="pass@k (probability)", xlim=(-0.1, 5.1),
        xticks={np.log2(x): str(x) for x in (1, 2, 4, 8, 16, 32)},
        slider="k", at=tuple(np.log2(ks).tolist()), xbase=2, series=(
            Series("line", np.log2(ks), mean_a.T, on=("reach",), label=names[0], color=0),
            Series("line", np.log2(ks), mean_b.T, on=("p",), label=names[1], color=1, dashed=True),
            Series("points", at_k, mean_a[..., None], on=("k", "reach"), color=0),
            Series("points", at_k, mean_b[..., None], on=("k", "p"), color=1),
        ), **UNIT)  # fmt: skip
    return Explorer(
        "Two models: sliders for the attempts k and for what each model can do",
        (Slider("k", "attempts k", tuple(ks.tolist()), k),
         Slider("reach", "share of tasks within A's reach", tuple(reaches.tolist()), reach, ".2f"),
         Slider("p", "B's success probability p", tuple(ps.tolist()), p, ".2f")),
        (tasks, mean),
        (Readout("pass@k of A", mean_a, ("k", "reach")),
         Readout("pass@k of B", mean_b, ("k", "p")),
         Readout("B leads from k =", crossing, ("reach", "p"), ".0f", missing="beyond 32")),
    )  # fmt: skip


def two_tasks(k=4, mean=0.3, spread=0.8):
    """Return the explorer of two tasks on the curve of pass@k: what their spread costs.

    The tasks have the success probabilities mean * (1 - spread) and mean * (1 + spread).

    Args:
        k: attempts to start at, 1..16.
        mean: of the two success probabilities to start at, 0.05..0.5.
        spread: to start at, from 0, two equal tasks, to 1, where one of them is hopeless.
    Source: chapter 1.
    """
    ks, means = np.arange(1, 17), np.round(np.arange(1, 11) / 20, 2)
    spreads, p = np.round(np.arange(21) / 20, 2), np.linspace(0, 1, 101)
    ends = means[:, None, None] * (1 + spreads[:, None] * [-1, 1])  # (means, spreads, both tasks)
    both = 1 - (1 - ends) ** ks[:, None, None, None]
    even, apart = 1 - (1 - means) ** ks[:, None], both.mean(axis=-1)
    at, on = means[None, :, None, None], ("k", "mean", "spread")
    gap = np.stack(np.broadcast_arrays(apart, even[..., None]), axis=-1)
    panel = Panel(
        title="Two tasks on the curve of pass@k",
        alt="A curve from 0 to 1 that bends downwards, two dots on it, and their chord below it.",
        xlabel="success probability p", ylabel="pass@k (probability)", xlim=(0, 1),
        xticks=(0, 0.25, 0.5, 0.75, 1), slider="mean", series=(
            Series("line", p, 1 - (1 - p) ** ks[:, None], on=("k",), label="1 − (1 − p)ᵏ", color=0),
            Series("line", ends[None], both, on=on, label="chord", color=1, dashed=True),
            Series("line", np.repeat(at, 2, axis=-1), gap, on=on, label="what the spread costs",
                   color=3),
            Series("points", ends[None], both, on=on, label="the two tasks", color=1),
            Series("points", at[..., 0, :], even[..., None], on=("k", "mean"),
                   label="both at the mean", color=0),
            Series("rings", at, apart[..., None], on=on, label="their average", color=1),
        ), **UNIT)  # fmt: skip
    return Explorer(
        "Two tasks: sliders for the attempts k, the mean of their success probabilities, and how "
        "far apart they are",
        (Slider("k", "attempts k", tuple(ks.tolist()), k),
         Slider("mean", "mean success probability", tuple(means.tolist()), mean, ".2f"),
         Slider("spread", "spread, of the largest", tuple(spreads.tolist()), spread, ".2f")),
        (panel,),
        (Readout("both at the mean", even, ("k", "mean")),
         Readout("average of the two", apart, on),
         Readout("cost of the spread", even[..., None] - apart, on)),
    )  # fmt: skip


def urn(n=16, c=2, k=8):
    """Return the explorer of estimates: the unbiased rho(n, c, k) beside the plug-in.

    Args:
        n: attempts made to start at: 4, 8, 16 or 32.
        c: successes to start at, 0..32.
        k: attempts allowed to start at, 1..32.
    Source: chapter 2; rho is `pkpo.pass_at_k`.
    """
    ns, cs, ks = np.array([4, 8, 16, 32]), np.arange(33), np.arange(1, 33)
    N, C, K = np.meshgrid(ns, cs, ks, indexing="ij")
    counted = (C <= N) & (K <= N)
    plug_in = np.where(C <= N, 1 - (1 - np.minimum(C / N, 1)) ** K, np.nan)
    rho = np.full(N.shape, np.nan)
    rho[counted] = pass_at_k(N[counted], C[counted], K[counted])
    at_k, at_nck = ks[None, None, :, None], ("n", "c", "k")
    panel = Panel(
        title="The estimate for every k",
        alt="Estimates of pass@k against k: rho lies on or above the plug-in and stops at k = n.",
        xlabel="attempts allowed k", ylabel="estimate (probability)", xlim=(0, 33),
        xticks=(1, 8, 16, 24, 32), slider="k", series=(
            Series("line", ks, rho, on=("n", "c"), label="unbiased ρ(n, c, k)", color=0),
            Series("line", ks, plug_in, on=("n", "c"), label="plug-in 1 − (1 − c/n)ᵏ", color=1,
                   dashed=True),
            Series("points", at_k, rho[..., None], on=at_nck, color=0),
            Series("rings", at_k, plug_in[..., None], on=at_nck, color=1),
        ), **UNIT)  # fmt: skip
    why = "needs c ≤ n and k ≤ n"
    return Explorer(
        "Estimates of pass@k: sliders for attempts made n, successes c and attempts allowed k",
        (Slider("n", "attempts made n", tuple(ns.tolist()), n),
         Slider("c", "successes c", tuple(cs.tolist()), c,
                at_most=("n", "c of the n attempts are right")),
         Slider("k", "attempts allowed k", tuple(ks.tolist()), k,
                at_most=("n", "k of the n attempts are drawn"))),
        (panel,),
        (Readout("ρ(n, c, k)", rho, at_nck, missing=why),
         Readout("plug-in", plug_in, at_nck, missing="needs c ≤ n"),
         Readout("difference", rho - plug_in, at_nck, missing="—")),
    )  # fmt: skip


def winners(n=5, k=3, pick=2):
    """Return the explorer of subsets: each a dot in the column of its best member.

    Args:
        n: attempts to start at, 4..6.
        k: size of the subsets to start at, 1..4.
        pick: an attempt to start at, 1 for the best of the n, 2 for the next, up to 4.
    Source: chapter 3.
    """
    ns, ks, picks = (4, 5, 6), (1, 2, 3, 4), (1, 2, 3, 4)
    sizes, most = (len(ns), len(ks), len(picks)), comb(6, 3)
    kinds = {kind: np.full((*sizes, most, 2), np.nan) for kind in ("wins", "company", "without")}
    for place in np.ndindex(sizes):
        chosen = ns[place[0]] + 1 - picks[place[2]]
        heights = Counter()
        subsets = combinations(range(1, ns[place[0]] + 1), ks[place[1]])
        for i, subset in enumerate(sorted(subsets, key=lambda subset: chosen not in subset)):
            best = max(subset)
            heights[best] += 1
            kind = "wins" if best == chosen else "company" if chosen in subset else "without"
            kinds[kind][place][i] = best, heights[best] - 0.5
    counts = {kind: np.isfinite(dots[..., 0]).sum(axis=-1) for kind, dots in kinds.items()}
    total, on = sum(counts.values()), ("n", "k", "pick")
    looks = {
        "wins": ("your attempt wins", 0),
        "company": ("a better one wins, yours is in", 1),
        "without": ("yours is not in", 4),
    }
    panel = Panel(
        title="Every subset, in the column of its best member",
        alt="Columns of dots over the ranks: empty for the lowest, then higher and higher.",
        xlabel="rank of the best member, lowest reward first", ylabel="subsets", xlim=(0.4, 6.6),
        xticks=(1, 2, 3, 4, 5, 6), ylim=(0, 10.6), yticks=(0, 5, 10), series=tuple(
            Series("points", kinds[kind][..., 0], kinds[kind][..., 1], on=on, label=label,
                   color=color)
            for kind, (label, color) in looks.items()
        ))  # fmt: skip
    return Explorer(
        "Subsets and their winners: sliders for the attempts n, the size k of a subset, and an "
        "attempt, counted from the best",
        (Slider("n", "attempts n", ns, n),
         Slider("k", "subsets of size k", ks, k, at_most=("n", "a subset is of the n attempts")),
         Slider("pick", "your attempt: 1 is the best", picks, pick,
                at_most=("n", "there are n attempts"))),
        (panel,),
        (Readout("subsets", total, on, ".0f"),
         Readout("with your attempt", counts["wins"] + counts["company"], on, ".0f"),
         Readout("won by your attempt", counts["wins"], on, ".0f"),
         Readout("its weight", counts["wins"] / total, on)),
    )  # fmt: skip


def rank_weights(k=4, c=2):
    """Return the explorer of the weights of n = 8 ranked rewards, and what they say of c successes.

    Args:
        k: attempts allowed to start at, 1..8.
        c: how many of the 8 rewards are 1 (the rest are 0) to start at, 0..8.
    Source: chapter 3; the weights are those of `pkpo.max_at_k`.
    """
    n = 8
    rank, cs = np.arange(1, n + 1), np.arange(n + 1)
    w = np.array([weights(n, k) for k in rank])
    ones = np.where(rank > n - cs[:, None], w[:, None, :], np.nan)
    rho, edge = pass_at_k(n, cs, rank[:, None]), n - cs[:, None] + 0.5
    ticks = {"xlim": (0.4, 8.6), "xticks": tuple(rank.tolist())}
    bars = Panel(
        title="Weight of each rank",
        alt="Bars over the ranks 1 to 8: level for k = 1, leaning to the best as k grows.",
        xlabel="rank, lowest reward first", ylabel="weight (probability)",
        slider="c", at=tuple(edge[:, 0].tolist()), series=(
            Series("bars", rank, w, on=("k",), label="weight of the rank", color=4),
            Series("bars", rank, ones, on=("k", "c"), label="the c successes", color=0),
            Series("upright", edge, edge, on=("c",), label="successes are right of it", color=1,
                   dashed=True),
        ), **ticks, **UNIT)  # fmt: skip
    total = Panel(
        title="Weights of the c successes, added up",
        alt="ρ(8, c, k) against c, from 0 to 1, with a dot at the c chosen.",
        xlabel="successes c", ylabel="ρ(8, c, k) (probability)", series=(
            Series("line", cs, rho, on=("k",), label="your k", color=0),
            Series("points", cs[None, :, None], rho[..., None],
                   on=("k", "c"), label="your c", color=1),
        ), slider="c", xlim=(-0.3, 8.3), xticks=tuple(cs.tolist()), **UNIT)  # fmt: skip
    return Explorer(
        "The weights of max@k: sliders for the attempts allowed k and the number of successes c",
        (Slider("k", "attempts allowed k", tuple(rank.tolist()), k),
         Slider("c", "successes c among 8", tuple(cs.tolist()), c)),
        (bars, total),
        (Readout("weight of the best rank", w[:, -1], ("k",)),
         Readout("ranks with no weight", rank - 1.0, ("k",), ".0f"),
         Readout("weights of the successes = ρ(8, c, k)", rho, ("k", "c"))),
    )  # fmt: skip
