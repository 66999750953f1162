"""The explorer of chapter 8: a replay of training runs."""

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
    top, at = toy.optimal_theta(now)[..., None], SHOWN[None, None, :, None]
    dots = theta[..., :DOTS].round(3)
    x, heights = np.linspace(0.4, 1.1, 71), (np.arange(DOTS) + 0.5) / DOTS
    best = toy.objective(toy.optimal_theta([1, 8]), [1, 8])
    seeds = Panel(
        title="Where the seeds aim",
        alt="A dot for each of 16 seeds at its θ, over the reward, with a line at the top θ*ₖ.",
        xlabel="θ (and attempt x)", ylabel="reward g(x)",
        xlim=(0.4, 1.1), xticks=(0.4, 0.6, 0.8, 1), ylim=(0, 1.05), yticks=(0, 0.5, 1), series=(
            Series("area", x, toy.reward(x), label="reward g(x)", color=4),
            Series("upright", top, top, on=all_three, label="θ*ₖ of the k in force", color=2,
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
    theta = np.stack([[_run(k, k_end) for k_end in KS] for k in KS])
    different, where = np.unique(theta, return_inverse=True)
    parts = np.array_split(different, 1 + different.size // 1000)  # the quadrature takes memory
    earned = np.concatenate([toy.objective(part[:, None], [1, 8]) for part in parts])
    return theta, earned[where.reshape(theta.shape)]


def _run(k, k_end):
    schedule = np.where(np.arange(STEPS) < SWITCH, k, k_end)
    rng = np.random.default_rng(8)
    history = train(GaussianMean(), 0.5, k=schedule, n=16, steps=STEPS, lr=0.02, rng=rng)
    return history.theta[:, SHOWN, 0].T
