"""The explorer of chapter 6: the weights that multiply the gaps between sorted rewards."""

import numpy as np

from pkpo import pass_at_k
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider

POINTS = 33  # of a curve; ranks in between are left out
TINY = -308  # the power of ten below which floats lose digits
FLOOR = -40  # the lower end of the second panel


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
        xticks={e: str(2**e) for e in (0, 3, 6, 9, 12)}, yticks=(0, 0.5, 1), series=(
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
         Slider("k", "attempts allowed k", tuple(ks.tolist()), k)),
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
