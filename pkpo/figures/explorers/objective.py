"""The explorers of chapter 4: the toy problem's objective."""

import numpy as np

from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab import toy


def levels(k=4, theta=0.98):
    """Return the explorer of the objective as an area: how likely each level of reward is reached.

    Args:
        k: throws to start at: 1, 2, 4, 8, 16 or 32.
        theta: mean of the policy to start at, 0.5..1.1.
    Source: chapter 4; the area is `pkpo.lab.toy.objective`.
    """
    ks, thetas = np.array([1, 2, 4, 8, 16, 32]), np.round(np.linspace(0.5, 1.1, 31), 2)
    level, x = np.linspace(0, 1, 101), np.linspace(0.2, 1.4, 121)
    reached = toy.survival(level, thetas[:, None])  # by one throw
    best = 1 - (1 - reached) ** ks[:, None, None]
    bell = np.exp(-(((x - thetas[:, None]) / 0.1) ** 2) / 2)
    throw = Panel(
        title="One throw",
        alt="A bell around θ over a reward that rises as x squared to 1 and then falls to 0.",
        xlabel="where it lands, x", ylabel="share of the largest", xlim=(0.2, 1.4), ylim=(0, 1.1),
        xticks=(0.25, 0.5, 0.75, 1, 1.25), yticks=(0, 0.5, 1), slider="theta", series=(
            Series("area", x, toy.reward(x), label="reward x²", color=4),
            Series("line", x, bell, on=("theta",), label="density of the throw", color=0),
        ))  # fmt: skip
    area = Panel(
        title="The best of k: the area is Jₖ(θ)",
        alt="The chance that a level of reward is reached falls from left to right; area below it.",
        xlabel="level of reward u²", ylabel="chance that it is reached", xlim=(0, 1),
        ylim=(0, 1.05), xticks=(0, 0.25, 0.5, 0.75, 1), yticks=(0, 0.5, 1), series=(
            Series("area", level, best, on=("k", "theta"), label="by the best of k: 1 − Fᵏ"),
            Series("line", level, reached, on=("theta",), label="by one throw: 1 − F", color=1,
                   dashed=True),
        ))  # fmt: skip
    return Explorer(
        "The objective as an area: sliders for the number of throws k and the aim θ",
        (Slider("k", "throws k", tuple(ks.tolist()), k),
         Slider("theta", "aim θ", tuple(thetas.tolist()), theta, ".2f")),
        (throw, area),
        (Readout("area = Jₖ(θ)", toy.objective(thetas, ks[:, None]), ("k", "theta")),
         Readout("for one throw", toy.objective(thetas, 1), ("theta",)),
         Readout("a throw is lost", 1 - toy.survival(0, thetas), ("theta",))),
    )  # fmt: skip


def landscape(k=8, theta=0.8):
    """Return the toy explorer: where the policy aims, what k attempts earn, which way is up.

    Args:
        k: attempts to start at, 1..32.
        theta: mean of the policy to start at, -0.2..1.4.
    Source: chapter 4; the numbers are those of `pkpo.lab.toy`.
    """
    ks, thetas = np.arange(1, 33), np.round(np.linspace(-0.2, 1.4, 161), 2)
    x, z = np.linspace(-0.4, 1.6, 201), np.linspace(-4, 4, 65)
    bell = thetas[:, None] + 0.1 * z
    best, slope = (f(thetas, ks[:, None]) for f in (toy.objective, toy.gradient))
    top = toy.optimal_theta(ks)
    both = ("k", "theta")
    at_theta, at_top = thetas[None, :, None], top[:, None]
    shared = {"xlim": (-0.4, 1.6), "xticks": (0, 0.5, 1, 1.5)}
    optimum = Series("upright", at_top, at_top, on=("k",), label="θ*ₖ", color=2, dashed=True)
    policy = Panel(
        title="The policy and what it is paid",
        alt="The reward rises as x squared up to 1 and falls to 0; the policy is a bell around θ.",
        xlabel="attempt x", ylabel="share of the largest", ylim=(0, 1.1), yticks=(0, 0.5, 1),
        slider="theta", series=(
            Series("area", x, toy.reward(x), label="reward g(x)", color=4),
            Series("line", bell, np.exp(-(z**2) / 2), on=("theta",), label="density of the policy"),
            optimum,
        ), **shared)  # fmt: skip
    objective = Panel(
        title="Expected best of k attempts",
        alt="Jₖ against θ: a hill whose top moves towards 1 as k grows, with a dot at θ.",
        xlabel="θ", ylabel="Jₖ(θ)", ylim=(0, 1.1), yticks=(0, 0.5, 1), slider="theta",
        series=(
            Series("line", thetas, best[0], label="k = 1", color=4),
            Series("line", thetas, best, on=("k",), label="your k", color=0),
            optimum,
            Series("points", at_theta, best[..., None], on=both, label="your θ", color=1),
        ), **shared)  # fmt: skip
    gradient = Panel(
        title="Its slope: which way training moves θ",
        alt="The slope of Jₖ against θ: positive, then through zero at the optimum, then negative.",
        xlabel="θ", ylabel="dJₖ/dθ", ylim=(-9, 3), yticks=(-8, -4, 0), slider="theta",
        series=(
            Series("line", [-0.4, 1.6], [0, 0], color=4),
            Series("line", thetas, slope, on=("k",), label="your k", color=0),
            optimum,
            Series("points", at_theta, slope[..., None], on=both, label="your θ", color=1),
        ), **shared)  # fmt: skip
    return Explorer(
        "The toy problem: sliders for the number of attempts k and the mean θ of the policy",
        (Slider("k", "attempts k", tuple(ks.tolist()), k, plays=True),
         Slider("theta", "mean of the policy θ", tuple(thetas.tolist()), theta, ".2f")),
        (policy, objective, gradient),
        (Readout("Jₖ(θ)", best, both),
         Readout("slope", slope, both, "+.4f"),
         Readout("θ*ₖ", top, ("k",)),
         Readout("Jₖ(θ*ₖ)", toy.objective(top, ks), ("k",))),
    )  # fmt: skip
