"""The explorer of which k to train with: what groups can say, and where a step of theirs leads."""

import numpy as np

from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab.choosing import agreement, counting, profile, silence

NS, KS = (4, 8, 16, 32, 64), (1, 2, 3, 4, 5, 6, 8, 11, 16, 24, 32, 64)
EVALS = (1, 2, 4, 8, 16, 32, 64)
MEANS, SPREADS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7), (0.0, 0.1, 0.2, 0.4, 0.7)
EDGES = np.linspace(0, 1, 21)  # between which prompts are counted


def which_k(n=16, k=8, k_eval=8, mean=0.2, spread=0.4):
    """Return the explorer of which k to train with, for a profile and a number of tries in use.

    The profile has the quantiles of a Beta distribution, 100 prompts; see `pkpo.lab.choosing`.

    Args:
        n: attempts in a group to start at: 4, 8, 16, 32 or 64.
        k: attempts trained for to start at: 1..6, 8, 11, 16, 24, 32 or 64.
        k_eval: attempts in use to start at: 1, 2, 4, 8, 16, 32 or 64.
        mean: of the profile to start at: 0.05, 0.1, 0.2, 0.3, 0.5 or 0.7.
        spread: of the profile to start at: 0, 0.1, 0.2, 0.4 or 0.7.
    Source: derived.
    """
    p, x = _profiles(), np.linspace(0, 1, 61)
    right, clear = _agreements(p), _clear(p)
    done = right[None] * clear[:, None]  # (n, k_eval, mean, spread, k)
    known = np.where(np.isnan(done), -1, done)
    best = np.array(KS, dtype=float)[known.argmax(axis=-1)]
    fails, walls = _silences(x)
    none, few = _silences(p)
    at, axis = np.log2(KS), {"ylim": (0, 1.05), "yticks": (0, 0.5, 1)}
    group, use, all_five = ("n", "k"), ("k_eval", "mean", "spread"), (
        "k", "n", "k_eval", "mean", "spread")  # fmt: skip
    here = np.moveaxis(done, -1, 0)
    hearing = Panel(
        title="Which groups have nothing to say",
        alt="Steps of the prompts by success probability, a curve of silence that falls from the "
        "left, and one that rises to the right and comes nearer as k grows.",
        xlabel="success probability p", ylabel="share (probability)", xlim=(0, 1),
        xticks=(0, 0.25, 0.5, 0.75, 1), series=(
            Series("area", np.repeat(EDGES, 2)[1:-1], _steps(p), on=("mean", "spread"),
                   label="your prompts", color=4),
            Series("line", x, fails.round(3), on=("n",), label="silent: no success", color=1),
            Series("line", x, walls.round(3), on=group, label="silent: too few failures", color=3,
                   dashed=True),
        ), **axis)  # fmt: skip
    step = Panel(
        title="How far a step of one length leads",
        alt="Against k: agreement rises to 1 at the k in use, clarity falls, and the product of "
        "the two has its top between.",
        xlabel="attempts trained for, k", ylabel="share of the ideal step", xlim=(-0.2, 6.2),
        xticks={i: str(2**i) for i in range(7)}, slider="k", at=tuple(at.tolist()), xbase=2,
        series=(
            Series("line", at, right.round(3), on=use, label="agreement with the goal", color=2),
            Series("line", at, clear.round(3), on=("n", "mean", "spread"), label="clarity",
                   color=1, dashed=True),
            Series("line", at, done.round(3), on=("n", *use), label="progress, their product",
                   color=0),
            Series("points", at[:, None, None, None, None, None], here[..., None].round(3),
                   on=all_five, color=0),
        ), **axis)  # fmt: skip
    on_p = ("mean", "spread")
    return Explorer(
        "Which k to train with: sliders for the group, both k, and the profile of the prompts",
        (Slider("n", "attempts in a group n", NS, n),
         Slider("k", "attempts trained for k", KS, k, at_most=("n", "k of the n attempts count"),
                plays=True),
         Slider("k_eval", "attempts in use", EVALS, k_eval),
         Slider("mean", "pass@1 of your prompts", MEANS, mean, ".2f"),
         Slider("spread", "spread, 0: all alike", SPREADS, spread, ".1f")),
        (hearing, step),
        (Readout("silent: no success", none.mean(axis=-1), ("n", *on_p), ".2f"),
         Readout("silent: too few failures", few.mean(axis=-1), (*group, *on_p), ".2f"),
         Readout("attempts that count, of n", _counts(p), (*group, *on_p), ".1f"),
         Readout("agreement", np.moveaxis(right, -1, 0), ("k", *use), ".2f"),
         Readout("progress", here, all_five, ".2f"),
         Readout("best k on the slider", best, ("n", *use), ".0f")),
    )  # fmt: skip


def _profiles():
    """Return the profiles, shape (mean, spread, prompt)."""
    return np.array([[profile(mean, spread) for spread in SPREADS] for mean in MEANS])


def _steps(p):
    """Return the share of the prompts between two edges, twice, shape (mean, spread, point)."""
    shares = [[np.histogram(q, EDGES)[0] / q.size for q in row] for row in p]
    return np.repeat(shares, 2, axis=-1)


def _agreements(p):
    """Return agreement, shape (k_eval, mean, spread, k)."""
    return np.stack([[agreement(p, k, j) for j in EVALS] for k in KS], axis=-1)


def _counts(p):
    """Return the attempts that count, shape (n, k, mean, spread), NaN beyond n."""
    nothing = np.full(p.shape[:-1], np.nan)
    return np.array([[counting(p, n, k) if k <= n else nothing for k in KS] for n in NS])


def _clear(p):
    """Return the root of the share of attempts that count, shape (n, mean, spread, k)."""
    share = _counts(p) / np.array(NS)[:, None, None, None]
    return np.sqrt(np.moveaxis(share, 1, -1))


def _silences(p):
    """Return the two shares of silent groups, shapes (n, ...) and (n, k, ...), NaN beyond n."""
    none = np.array([silence(p, n, 1)[0] for n in NS])
    nothing = np.full(p.shape, np.nan)
    few = [[silence(p, n, k)[1] if k <= n else nothing for k in KS] for n in NS]
    return none, np.array(few)
