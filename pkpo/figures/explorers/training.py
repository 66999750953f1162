"""The explorer of chapter 8: a replay of training runs."""

from copy import deepcopy
from functools import lru_cache

import numpy as np

from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab import toy
from pkpo.lab.policies import GaussianMean
from pkpo.lab.training import train

KS, STEPS, SWITCH = np.array([1, 2, 4, 8, 16]), 240, 120
SHOWN = np.r_[0:40:2, 40:120:20, 120:150:2, 150, 160:241:20]  # closer where more happens
DOTS = 16  # seeds drawn, out of 64


def replay(k=8, k_end=1, step=120):
    """Return the replay of training on the toy problem, with one k first and another after.

    64 seeds start at theta = 0.5 and take 240 steps with n = 16 attempts, lr = 0.02 and
    "sloo_minus_one". After 120 steps k becomes k_end. All runs see the same draws.

    Args:
        k: attempts of the first half to start at: 1, 2, 4, 8 or 16.
        k_end: attempts of the second half to start at: 1, 2, 4, 8 or 16.
        step: step to start at, 0..240.
    Source: chapter 8; the runs are those of `pkpo.lab.training.train`.
    """
    theta, earned = _replays()
    one, eight = earned.mean(axis=-2).transpose(3, 0, 1, 2)
    schedule, all_three = ("k", "k_end"), ("k", "k_end", "step")
    now = np.where(SHOWN < SWITCH, KS[:, None, None], KS[:, None])
    top = toy.optimal_theta(KS)[np.searchsorted(KS, now), None]
    at = SHOWN[None, None, :, None]
    dots = theta[..., :DOTS].round(3)
    x, heights = np.linspace(0.4, 1.1, 141), (np.arange(DOTS) + 0.5) / DOTS
    hills, best = toy.objective(x, KS[:, None]), toy.objective(toy.optimal_theta([1, 8]), [1, 8])
    seeds = Panel(
        title="Where the seeds aim",
        alt="The objectives of the two halves as hills over θ, a line at the top of the one in "
        "force, and a dot for each of 16 seeds at its θ.",
        xlabel="aim θ", ylabel="objective Jₖ(θ)",
        xlim=(0.4, 1.1), xticks=(0.4, 0.6, 0.8, 1), ylim=(0, 1.05), yticks=(0, 0.5, 1), series=(
            Series("line", x, hills, on=("k",), label="hill of the first 120 steps", color=1),
            Series("line", x, hills, on=("k_end",), label="hill of the last 120 steps", color=2,
                   dashed=True),
            Series("upright", top, top, on=all_three, label="top of the hill in force", color=4,
                   dashed=True),
            Series("points", dots, heights, on=all_three, color=0,
                   label="θ of 16 seeds, one above another"),
        ))  # fmt: skip
    curves = Panel(
        title="What they earn with 1 and with 8 tries",
        alt="Mean J₁ and J₈ of 64 seeds against the step; both move when k changes at step 120.",
        xlabel="step", ylabel="mean of 64 seeds", xlim=(-8, 250), xticks=(0, 60, 120, 180, 240),
        slider="step",
        ylim=(0.2, 1), yticks=(0.2, 0.4, 0.6, 0.8, 1), series=(
            Series("line", [0, STEPS], best[[1, 1]], label="largest possible", color=4,
                   dashed=True),
            Series("line", [0, STEPS], best[[0, 0]], color=4, dashed=True),
            Series("line", SHOWN, eight, on=schedule, label="J₈", color=3),
            Series("line", SHOWN, one, on=schedule, label="J₁", color=0, dashed=True),
            Series("points", at, eight[..., None], on=all_three, color=3),
            Series("rings", at, one[..., None], on=all_three, color=0),
        ))  # fmt: skip
    return Explorer(
        "Replay of training: sliders for k in each half of the run, and for the step",
        (Slider("k", "k in the first 120 steps", tuple(KS.tolist()), k),
         Slider("k_end", "k in the last 120 steps", tuple(KS.tolist()), k_end),
         Slider("step", "step", tuple(SHOWN.tolist()), step, plays=True)),
        (seeds, curves),
        (Readout("k in force", now.astype(float), all_three, ".0f"),
         Readout("mean θ", theta.mean(axis=-1), all_three),
         Readout("spread of θ", theta.std(axis=-1), all_three),
         Readout("mean J₁", one, all_three),
         Readout("mean J₈", eight, all_three)),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _replays():
    """Return theta, shape (k, k_end, step shown, seed), and J_1 and J_8 there, one more axis."""
    theta = np.stack([_runs(k) for k in KS])
    different, where = np.unique(theta, return_inverse=True)
    parts = np.array_split(different, 1 + different.size // 1000)  # the quadrature takes memory
    earned = np.concatenate([toy.objective(part[:, None], [1, 8]) for part in parts])
    return theta, earned[where.reshape(theta.shape)]


def _runs(k):
    """Return theta of the runs that begin with k, shape (k_end, step shown, seed)."""
    rng = np.random.default_rng(8)
    first = _run(0.5, k, SWITCH, rng)
    second = [_run(first[:, -1:], k_end, STEPS - SWITCH, deepcopy(rng)) for k_end in KS]
    return np.stack([np.c_[first, half[:, 1:]].T[SHOWN] for half in second])


def _run(start, k, steps, rng):
    """Return theta of every seed before the first step and after each, shape (seed, step + 1)."""
    return train(GaussianMean(), start, k=k, n=16, steps=steps, lr=0.02, rng=rng).theta[..., 0]
