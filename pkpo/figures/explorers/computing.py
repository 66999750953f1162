"""The explorers of chapter 6: who climbs which gap, and the weights that multiply the gaps."""

from math import comb

import numpy as np

from pkpo import pass_at_k, sloo_minus_one
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider, Tally

POINTS = 33  # of a curve; ranks in between are left out
TINY = -308  # the power of ten below which floats lose digits
FLOOR = -40  # the lower end of the second panel
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # what an attempt can earn in `staircase`
REWARDS = (0.0, 0.0, 0.0, 0.25, 0.5, 0.5, 0.75, 1.0)  # of the eight attempts, sorted


def staircase(k=2, rank=7, g=REWARDS):
    """Return the explorer of sorted rewards as stairs, and of what one attempt climbs.

    Args:
        k: attempts allowed to start at, 2..8.
        rank: of the attempt to start at, 1..8, lowest reward first.
        g: the eight rewards to start at, ascending, each 0, 0.25, 0.5, 0.75 or 1.
    Source: chapter 6; the margins are those of `pkpo.sloo_minus_one`, times n/k.
    """
    n, names = len(REWARDS), tuple(f"g{i}" for i in range(1, len(REWARDS) + 1))
    groups = np.array(LEVELS)[np.array(Tally.stands(len(LEVELS), n))]
    ks, ranks = np.arange(2, n + 1), np.arange(1, n + 1)
    climbed = np.array([[comb(r, k_ - 1) for r in range(n)] for k_ in ks])
    share = climbed / np.array([comb(n - 1, k_ - 1) for k_ in ks])[:, None]
    margin = np.array([sloo_minus_one(groups, k_) * n / k_ for k_ in ks])
    paid = share[:, None] * np.diff(groups, prepend=0.0)
    mine = np.where(np.tri(n, dtype=bool), ranks, np.nan)  # of each rank, those at or below it
    left, top = np.repeat(np.r_[ranks, n + 1], 2)[1:-1] - 0.5, np.repeat(groups, 2, axis=-1)
    under = np.where(np.isfinite(np.repeat(mine, 2, axis=-1)), left, np.nan)
    shared = {"xlabel": "rank, lowest reward first", "xticks": tuple(ranks.tolist())}
    shared |= {"xlim": (0.3, n + 0.7), "ylim": (-0.06, 1.08), "yticks": (0, 0.5, 1)}
    stairs = Panel(
        title="The stairs, up to you: drag a tread",
        alt="Eight sorted rewards as stairs, shaded up to your rank.",
        ylabel="reward", heights=names, series=(
            Series("area", under[:, None], top[None], on=("rank", "rewards"),
                   label="you stand on these", color=0),
            Series("line", left, top, on=("rewards",), color=4),
            Series("rings", ranks[:, None, None], groups.T[..., None], on=("rank", "rewards"),
                   label="you", color=1),
        ), **shared)  # fmt: skip
    climbs = Panel(
        title="What each riser pays you",
        alt="For each riser the share of your subsets that climb it, and share times height.",
        ylabel="share, and share × height", slider="rank", series=(
            Series("bars", mine[:, None, None], paid[None], on=("rank", "k", "rewards"),
                   label="share × height", color=0),
            Series("rings", ranks, share, on=("k",), label="share of subsets", color=2),
        ), **shared)  # fmt: skip
    sorted_ = [(above, "the rewards are sorted") for above in names[1:]]
    return Explorer(
        "Eight sorted rewards as stairs: sliders for the attempts allowed k, for your rank and for "
        "each reward",
        (Slider("k", "attempts allowed k", tuple(ks.tolist()), k),
         Slider("rank", "your rank", tuple(ranks.tolist()), rank),
         *(Slider(name, f"reward {name[1:]}", LEVELS, value, ".2f", at_most)
           for name, value, at_most in zip(names, g, (*sorted_, ()), strict=True))),
        (stairs, climbs),
        (Readout("your subsets that climb the riser below you", climbed, ("k", "rank"), ".0f"),
         Readout("of so many you are in", np.array([comb(n - 1, k_ - 1) for k_ in ks]), ("k",),
                 ".0f"),
         Readout("own margin, times n/k", margin, ("k", "rewards", "rank"))),
        (Tally("rewards", names),),
    )  # fmt: skip


def gap_weights(n=64, k=8):
    """Return the explorer of the weights w_r: how few ranks hold them, how steeply they fall.

    Args:
        n: attempts made to start at, a power of two in 8..4096.
        k: attempts allowed to start at, a power of two in 1..4096.
    Source: chapter 6; the weights are those of `pkpo.max_at_k` and `pkpo.sloo_minus_one`.
    """
    ns, ks = 2 ** np.arange(3, 13), 2 ** np.arange(13)
    shape = (len(ns), len(ks))
    best = np.full(shape, np.nan)
    most, lowest, lost = best.copy(), best.copy(), best.copy()
    share, x, y = (np.full((*shape, POINTS), np.nan) for _ in range(3))
    top = np.rint(ns[:, None] ** np.linspace(0, 1, POINTS)).astype(int)
    for i, j in zip(*np.nonzero(ks <= ns[:, None]), strict=True):
        n_, k_ = int(ns[i]), int(ks[j])
        log = _log_weights(n_, k_)
        some = np.rint(np.linspace(k_, n_, POINTS)).astype(int)
        x[i, j], y[i, j] = 100 * some / n_, log[some - k_]
        share[i, j] = pass_at_k(n_, top[i], k_)
        best[i, j], lowest[i, j], lost[i, j] = k_ / n_, log[0], np.sum(log < TINY)
        most[i, j] = np.argmax(pass_at_k(n_, np.arange(n_ + 1), k_) >= 0.99)
    y[y < FLOOR] = np.nan
    both = ("n", "k")
    held = Panel(
        title="Weight held by the best t ranks",
        alt="The share of the weight rises with t to 1, the sooner the larger k is.",
        xlabel="best ranks t", ylabel="share of the weight", xlim=(-0.2, 12.2), ylim=(0, 1.05),
        xticks={e: str(2**e) for e in (0, 3, 6, 9, 12)}, yticks=(0, 0.5, 1), xbase=2, series=(
            Series("line", np.log2(top)[:, None], share, on=both, label="share", color=0),
            Series("points", np.log2(most)[..., None], np.where(most > 0, 0.99, np.nan)[..., None],
                   on=both, label="99 %", color=1),
        ))  # fmt: skip
    falls = Panel(
        title="Weight of the gap below each rank",
        alt="The logarithm of the weight falls below the best rank and ends at rank k.",
        xlabel="rank, in % of n", ylabel="log₁₀ of the weight", xlim=(-2, 102), ylim=(FLOOR, 2),
        xticks=(0, 25, 50, 75, 100), yticks=(-40, -30, -20, -10, 0), series=(
            Series("line", x, y, on=both, label="log₁₀ wᵣ", color=0),
        ))  # fmt: skip
    why = "needs k ≤ n"
    return Explorer(
        "The weights of the gaps: sliders for attempts made n and attempts allowed k",
        (Slider("n", "attempts made n", tuple(ns.tolist()), n),
         Slider("k", "attempts allowed k", tuple(ks.tolist()), k,
                at_most=("n", "k of the n attempts are drawn"))),
        (held, falls),
        (Readout("weight of the best rank", best, both, missing=why),
         Readout("best ranks that hold 99 % of the weight", most, both, ".0f", missing=why),
         Readout("log₁₀ of the smallest weight", lowest, both, ".1f", missing=why),
         Readout("weights below 10⁻³⁰⁸", lost, both, ".0f", missing=why)),
    )  # fmt: skip


def _log_weights(n, k):
    """Return log10 of w_r for the ranks r = k..n, where a product would underflow."""
    r = np.arange(n, k, -1.0)
    down = np.cumsum(np.r_[np.log10(k / n), np.log10((r - k) / (r - 1))])
    return down[::-1]
