"""The explorers of chapter 9: which way k tries pull, and a search that stays wide, or does not."""

from functools import lru_cache

import numpy as np

from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab import peaks
from pkpo.lab.policies import Gaussian
from pkpo.lab.training import train

KS, SWITCHES, STEPS = np.array([1, 8, 16]), np.array([40, 60, 200, 400]), 400
SHOWN = np.r_[0:120:10, 120:241:20, 280:401:40]  # closer where more happens
SEEDS = 8


WIDTHS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 1, 1.2, 1.5, 2)


def hills(k=1, sigma=0.8, theta=-0.2):
    """Return the explorer of the two hills: what k tries earn at every aim, and where they pull.

    Args:
        k: tries to start at: 1, 2, 4, 8, 11 or 16.
        sigma: width of the policy to start at, 0.1..2.
        theta: mean of the policy to start at, -2..2.
    Source: chapter 9; the numbers are those of `pkpo.lab.peaks`.
    """
    ks, widths = np.array([1, 2, 4, 8, 11, 16]), np.array(WIDTHS)
    thetas, z = np.linspace(-2, 2, 41).round(1), np.linspace(-2.5, 2.5, 41)
    x = np.unique(np.r_[-2:2:81j, 0.9:1.5:25j].round(3))  # finer where the peak is
    earned = peaks.objective(x, widths[:, None], ks[:, None, None])
    curves = earned.round(4)
    along, up = peaks.gradient(thetas, widths[:, None], ks[:, None, None])
    at, place = thetas[None, None, :, None], np.isin(x, thetas)
    everywhere = ("k", "sigma", "theta")
    bell = thetas[:, None] + widths[:, None, None] * z
    ground = np.linspace(-2.5, 2.5, 201)
    shared = {"xlim": (-2.5, 2.5), "xticks": (-2, -1, 0, 1, 2), "yticks": (0, 0.5, 1)}
    policy = Panel(
        title="The ground, and where you throw",
        alt="A broad hill of height 0.6 at -1 and a narrow peak of height 1 at 1.2, under a bell "
        "around θ.",
        xlabel="attempt x", ylabel="reward g(x)", ylim=(0, 1.1), slider="theta", series=(
            Series("area", ground, peaks.reward(ground), label="reward g(x)", color=4),
            Series("line", bell.round(3), np.exp(-(z**2) / 2), on=("sigma", "theta"), color=1,
                   dashed=True, label="your throws, top set to 1"),
        ), **shared)  # fmt: skip
    objective = Panel(
        title="What the best of k earns, for every aim",
        alt="The expected best reward against the aim: for one try highest on the hill, for many "
        "on the peak, if the policy is wide enough.",
        xlabel="aim θ", ylabel="best reward Jₖ", ylim=(0, 1.1), slider="theta", series=(
            Series("line", x, curves[0], on=("sigma",), label="one try", color=4, dashed=True),
            Series("line", x, curves, on=("k", "sigma"), label="your k", color=0),
            Series("points", at, earned[..., place, None], on=everywhere, color=1, label="you"),
        ), **shared)  # fmt: skip
    return Explorer(
        "Two hills: sliders for the number of tries k, the width σ and the aim θ",
        (Slider("k", "tries k", tuple(ks.tolist()), k, plays=True),
         Slider("sigma", "width σ", WIDTHS, sigma, "g"),
         Slider("theta", "aim θ", tuple(thetas.tolist()), theta, ".1f")),
        (policy, objective),
        (Readout("best reward Jₖ", earned[..., place], everywhere, ".3f"),
         Readout("pull on the aim (+ right)", along, everywhere, "+.3f"),
         Readout("pull on the width (+ wider)", up, everywhere, "+.3f")),
    )  # fmt: skip


def search(k=16, switch=200, step=60):
    """Return the replay of training on the two peaks, with k first and one try a time after.

    8 seeds start at mean -0.2 and width 0.5 and take 400 steps of Adam with lr = 0.05, 16 groups
    of n = 16 attempts a step and "sloo_minus_one". All runs see the same draws.

    Args:
        k: attempts to begin with: 1, 8 or 16.
        switch: step at which k becomes 1: 40, 60, 200, or 400 for never.
        step: step to start at, 0..400.
    Source: chapter 9; the runs are those of `pkpo.lab.training.train`.
    """
    mean, sigma, earned = _runs()
    schedule, all_three = ("k", "switch"), ("k", "switch", "step")
    x, z = np.linspace(-3, 3, 241), np.linspace(-2.7, 2.7, 19)
    bell = (mean[..., :1] + z * sigma[..., :1]).round(3)
    heights, average = (np.arange(SEEDS) + 0.5) / SEEDS, earned.mean(axis=-1)
    at = SHOWN[None, None, :, None]
    policy = Panel(
        title="Where the seeds search",
        alt="The reward, a broad low hill and a narrow high peak, under one seed's policy and the "
        "means of all eight.",
        xlabel="attempt x", ylabel="reward g(x); a height for each seed", xlim=(-3, 3),
        xticks=(-3, -2, -1, 0, 1, 2, 3), ylim=(0, 1.1), yticks=(0, 0.5, 1), series=(
            Series("area", x, peaks.reward(x), label="reward g(x)", color=4),
            Series("line", bell, np.exp(-(z**2) / 2), on=all_three, color=1, dashed=True,
                   label="policy of the first seed, top set to 1"),
            Series("points", mean.round(3), heights, on=all_three, label="θ of 8 seeds", color=0),
            Series("rings", mean[..., :1].round(3), heights[:1], on=all_three, color=1,
                   label="the first seed"),
        ))  # fmt: skip
    width = Panel(
        title="Mean and width",
        alt="A dot for each seed at its mean and its width, on a scale of powers of ten.",
        xlabel="mean θ", ylabel="width σ", xlim=(-3, 3), xticks=(-3, -2, -1, 0, 1, 2, 3),
        ylim=(-3, 0.5), yticks={-3: "0.001", -2: "0.01", -1: "0.1", 0: "1"}, ybase=10, series=(
            Series("upright", [peaks.HILL, peaks.PEAK], [0, 0], label="tops of hill and peak",
                   color=4, dashed=True),
            Series("points", mean.round(3), np.log10(sigma).round(3), on=all_three,
                   label="8 seeds", color=0),
            Series("rings", mean[..., :1].round(3), np.log10(sigma[..., :1]).round(3), on=all_three,
                   label="the first seed", color=1),
        ))  # fmt: skip
    curve = Panel(
        title="What one try earns",
        alt="Mean reward of the eight policies against the step: it ends at 0.6 on the hill.",
        xlabel="step", ylabel="mean reward J₁", xlim=(-6, 406), xticks=(0, 100, 200, 300, 400),
        slider="step",
        ylim=(0, 1.05), yticks=(0, 0.2, 0.4, 0.6, 0.8, 1), series=(
            Series("line", [0, STEPS], [0.6, 0.6], label="top of the hill", color=4, dashed=True),
            Series("line", SHOWN, average, on=schedule, label="mean of 8 seeds", color=0),
            Series("points", at, average[..., None], on=all_three, color=0),
        ))  # fmt: skip
    return Explorer(
        "Replay of a search: sliders for the first k, the step that ends it, and the step shown",
        (Slider("k", "k to begin with", tuple(KS.tolist()), k),
         Slider("switch", "k = 1 from step (400: never)", tuple(SWITCHES.tolist()),
                switch),
         Slider("step", "step", tuple(SHOWN.tolist()), step, plays=True)),
        (policy, width, curve),
        (Readout("k in force", _in_force(), all_three, ".0f"),
         Readout("mean θ of the first seed", mean[..., 0], all_three, ".3f"),
         Readout("width σ of the first seed", sigma[..., 0], all_three, ".3f"),
         Readout("mean reward of 8 seeds", average, all_three, ".3f"),
         Readout("seeds within 0.1 of the peak", _near(mean), all_three, ".0f")),
    )  # fmt: skip


def _near(mean):
    return np.sum(np.abs(mean - peaks.PEAK) < 0.1, axis=-1)


def _in_force():
    """Return k at every position: shape (k, switch, step shown)."""
    first = (SWITCHES[:, None] > SHOWN) | (SWITCHES[:, None] == STEPS)  # that is never
    return np.where(first, KS[:, None, None], 1).astype(float)


@lru_cache(maxsize=1)
def _runs():
    """Return mean, width and mean reward of every seed, shape (k, switch, step shown, seed)."""
    theta = np.stack([[_run(k, switch) for switch in SWITCHES] for k in KS])
    mean, sigma = theta[..., 0], np.exp(theta[..., 1])
    return mean, sigma, peaks.mean_reward(mean, sigma)


@lru_cache
def _run(k, switch):
    """Return the parameters at the steps shown, shape (step shown, seed, 2)."""
    if k == 1 and switch < STEPS:
        return _run(1, STEPS)
    schedule, rng = np.where(np.arange(STEPS) < switch, k, 1), np.random.default_rng(9)
    history = train(
        Gaussian(peaks.reward), [-0.2, np.log(0.5)], k=schedule, n=16, groups=16, steps=STEPS,
        lr=0.05, rng=rng, seeds=SEEDS, optimizer="adam",
    )  # fmt: skip
    return np.swapaxes(history.theta[:, SHOWN], 0, 1)
