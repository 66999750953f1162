"""The explorers of chapter 7: how far the estimates scatter, and what a baseline takes away."""

from functools import lru_cache

import numpy as np

from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider
from pkpo.lab import toy, ustatistics

LABELS = {"s": "s", "sloo": "loo", "sloo_minus_one": "loo − 1", "jackknife": "jackknife"}
_NS, _KS = (2, 4, 8, 16, 32, 64), (1, 2, 4, 8)
_THETAS = tuple(np.round(np.arange(20, 49) / 40, 3).tolist())
_AIMS = tuple(np.round(np.arange(5, 13) / 10, 1).tolist())
_CELLS = 2000  # of 0.001, from -0.3 to 1.7
_AXIS = {
    "ylabel": "variance",
    "ylim": (-3.2, 4.2),
    "yticks": {-2: "0.01", 0: "1", 2: "100", 4: "10⁴"},
    "ybase": 10,
}


def spread(n=8, theta=1.0, k=4):
    """Return the explorer of the variance of four estimates of the toy problem's slope.

    Args:
        n: attempts per estimate to start at: 2, 4, 8, 16, 32 or 64.
        theta: mean of the policy to start at, 0.5..1.2.
        k: attempts allowed to start at: 1, 2, 4 or 8.
    Source: chapter 7; the numbers are those of `pkpo.lab.ustatistics`.
    """
    table = {name: _variances(name) for name in LABELS}  # over k, theta, n
    log = {name: _rounded(np.log10(v)) for name, v in table.items()}
    at_n, at_theta = np.log2(_NS)[None, None, :, None], np.array(_THETAS)[None, None, :, None]
    by_n = Panel(
        title="Variance against n, at your k and θ",
        alt="Variance of four estimates against n on logarithmic axes: all fall as n grows.",
        xlabel="attempts n", xlim=(0.8, 6.2), xticks={np.log2(n): str(n) for n in _NS},
        slider="n", at=tuple(np.log2(_NS).tolist()), xbase=2,
        series=_curves(np.log2(_NS), log, ("k", "theta", "n"), at_n), **_AXIS)  # fmt: skip
    turned = {name: v.transpose(0, 2, 1) for name, v in log.items()}
    by_theta = Panel(
        title="Variance against θ, at your k and n",
        alt="Variance of four estimates against θ on a logarithmic axis, marked at your θ.",
        xlabel="mean of the policy θ", xlim=(0.48, 1.22), xticks=(0.5, 0.6, 0.8, 1, 1.2),
        slider="theta",
        series=_curves(_THETAS, turned, ("k", "n", "theta"), at_theta), **_AXIS)  # fmt: skip
    slope = toy.gradient(np.array(_THETAS), np.array(_KS)[:, None])
    return Explorer(
        "Variance of the estimates: sliders for attempts n, mean θ and attempts allowed k",
        (Slider("n", "attempts n", _NS, n),
         Slider("theta", "mean of the policy θ", _THETAS, theta, ".3f"),
         Slider("k", "attempts allowed k", _KS, k,
                at_most=("n", "k of the n attempts are drawn"))),
        (by_n, by_theta),
        (*(Readout(f"variance of {label}", table[name], ("k", "theta", "n"), ".4f",
                   missing="needs n ≥ k" if name == "s" else "needs more attempts")
           for name, label in LABELS.items()),
         Readout("slope they estimate", slope, ("k", "theta"), "+.4f")),
    )  # fmt: skip


def pushes(k=4, theta=1.0):
    """Return the explorer of raw against effective reward, and which way the latter pushes θ.

    Args:
        k: attempts allowed to start at: 1, 2, 4 or 8.
        theta: mean of the policy to start at, 0.5..1.2.
    Source: chapter 7; n = 16 attempts, rewards of `pkpo.lab.toy`.
    """
    paid, push = (np.array(a) for a in zip(*(_effective(k) for k in _KS), strict=True))
    x = _middles()
    cancelled = (np.abs(push).sum(axis=-1) - np.abs(push.sum(axis=-1))) / 2 * 0.001

    def lines(x, y):
        zero = Series("line", x[[0, -1]], [0, 0], color=4)
        y = _rounded(y)
        return zero, *(
            Series("line", x, y[:, :, i], on=("k", "theta"), label=label, color=i,
                   dashed=i in (1, 3)) for i, label in enumerate(LABELS.values()))  # fmt: skip

    rewarded, thrown = np.r_[300:1300:20, 1299], slice(305, 1700, 20)  # x in 0..1, and to 1.4

    ks, aims = np.array(_KS)[:, None, None, None], np.array(_AIMS)[:, None]
    reward = Panel(
        title="What a raw reward is paid on average",
        alt="Effective against raw reward from 0 to 1: four parallel rising curves, s the highest.",
        xlabel="raw reward g", xlim=(0, 1), xticks=(0, 0.5, 1),
        ylabel="effective, times n / k", ylim=(-1.1, 1.1), yticks=(-1, 0, 1),
        series=lines(x[rewarded] ** 2, paid[..., rewarded]))  # fmt: skip
    update = Panel(
        title="Push on θ: paid × score × density",
        alt="Push against x: for s two tall lobes of opposite sign, for the others small ones.",
        xlabel="where the throw lands, x", xlim=(0, 1.4), xticks=(0, 0.5, 1),
        ylabel="push, divided by k", ylim=(-26, 26), yticks=(-20, 0, 20), slider="theta", series=(
            Series("upright", aims, aims, on=("theta",), label="θ", color=4, dashed=True),
            *lines(x[thrown], push[..., thrown] / ks),
        ))  # fmt: skip
    return Explorer(
        "What a throw is paid and which way it pushes: sliders for attempts allowed k and mean θ",
        (Slider("k", "attempts allowed k", _KS, k),
         Slider("theta", "mean of the policy θ", _AIMS, theta, ".1f")),
        (reward, update),
        (Readout("net push = slope, for all four", toy.gradient(_AIMS, np.array(_KS)[:, None]),
                 ("k", "theta"), "+.2f"),
         *(Readout(f"cancelled in {label}", cancelled[:, :, i], ("k", "theta"), ".2f")
           for i, label in enumerate(LABELS.values()))),
    )  # fmt: skip


def _curves(x, log, on, at):
    """Return a curve and a mark at the slider for each method; both share their numbers."""
    series = []
    for i, (name, label) in enumerate(LABELS.items()):
        second = {"color": i, "dashed": i in (1, 3)}
        series.append(Series("line", x, log[name], on=on[:2], label=label, **second))
        kind = "rings" if i in (1, 3) else "points"
        series.append(Series(kind, at, log[name][..., None], on=on, color=i))
    return tuple(series)


@lru_cache(maxsize=8)
def _variances(name):
    """Return the variances over k, theta and n; NaN where the transform does not exist."""
    return np.array(
        [[[_variance(name, k, theta, n) for n in _NS] for theta in _THETAS] for k in _KS]
    )


def _variance(name, k, theta, n):
    if n < k or (n == k and name in ("sloo", "jackknife")):
        return np.nan
    return ustatistics.variance(ustatistics.zetas(theta, k, name, n), n)


@lru_cache(maxsize=8)
def _effective(k, n=16):
    """Return n/k E[weight | x] and k times that, times score and density; over theta, method, x."""
    x, theta = _middles(), np.array(_AIMS)[:, None]
    step = x[1] - x[0]
    density = np.exp(-(((x - theta) / 0.1) ** 2) / 2) / np.sqrt(2 * np.pi) / 0.1
    inside = (x > 0) & (x < 1)
    chance = np.where(inside, density, 0) * step
    below = 1 - (chance.sum(axis=1, keepdims=True) - chance.cumsum(axis=1) + chance / 2)
    levels = np.where(inside, below ** (k - 1) * 2 * x * step, 0)  # of the best of the others
    above = levels.sum(axis=1, keepdims=True) - levels.cumsum(axis=1) + levels / 2
    best = 1 - np.where(inside, above, levels.sum(axis=1, keepdims=True))
    J, J_less = toy.objective(theta, k), toy.objective(theta, max(k - 1, 1))
    baselines = (0 * J, n / (n - 1) * J, J_less, J)
    paid = np.stack([best - b for b in baselines], axis=1)
    return paid, k * paid * (toy.score(x, theta) * density)[:, None]


def _middles():
    return -0.3 + (np.arange(_CELLS) + 0.5) / 1000


def _rounded(y):
    return np.round(y * 1024) / 1024  # fine enough to draw, and compresses well
