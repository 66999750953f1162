"""The explorer of chapter 10: what a success earns, what is at stake, and what that climbs."""

from math import comb

import numpy as np

from pkpo import jackknife, objectives, sloo_minus_one
from pkpo.figures.choices import choices
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider

NS, KS, CS = (2, 4, 8, 16), (1, 2, 3, 4, 6, 8, 12, 16), tuple(range(1, 17))
BETA = 2.0  # of RS-GRPO
MARKED = (0.05, 0.5)  # prompts whose weight is told
P = np.unique(np.r_[np.linspace(0, 0.2, 21), np.linspace(0.2, 1, 41)]).round(3)


def standardised(f, k):
    """Return what a trainer that divides by the deviation of the group makes of the jackknife."""
    return objectives.grpo(jackknife(f, k))


METHODS = (
    ("REINFORCE", lambda f, k: objectives.reinforce(f)),
    ("RLOO", lambda f, k: objectives.rloo(f)),
    ("Dr. GRPO", lambda f, k: objectives.dr_grpo(f)),
    ("GRPO", lambda f, k: objectives.grpo(f)),
    ("Pass@k Training", objectives.pass_at_k_training),
    ("MaxRL", lambda f, k: objectives.maxrl(f)),
    ("TailRL", lambda f, k: objectives.tailrl(f)),
    ("RS-GRPO, β = 2", lambda f, k: objectives.rs_grpo(f, BETA)),
    ("PKPO, own margin", sloo_minus_one),
    ("PKPO, jackknife", jackknife),
    ("jackknife, standardised", standardised),
)


def rules(method=9, n=8, c=1, k=4):
    """Return the explorer of eleven rules: what each pays, what is at stake, what that climbs.

    Args:
        method: place in `METHODS` to start at, from 1.
        n: attempts of a group, 2, 4, 8 or 16.
        c: successes among them, 1..n.
        k: attempts allowed, 1, 2, 3, 4, 6, 8, 12 or 16, at most n.
    Source: chapter 10; the weights are those of `pkpo.objectives`, `sloo_minus_one`, `jackknife`.
    """
    by_name = choices(name for name, _ in METHODS)
    right, wrong = _weights()
    stake = right[..., 1:] - wrong[..., :-1]
    climbed, marked = _climbed(stake, P), _climbed(stake, np.array(MARKED))
    of, all_four = ("method", "n", "k"), ("method", "n", "k", "c")
    cs, all_tried = np.arange(17), np.array(NS)[:, None]
    fall = np.array([(c, c - 1) for c in CS])[None, None, None]
    both = np.stack([right[..., 1:], wrong[..., :-1]], axis=-1)
    places = np.array([np.r_[np.arange(n) / (n - 1), np.full(16 - n, np.nan)] for n in NS])
    here = places[None, :, None, :, None]
    tried = np.array(KS)[:, None] * (1 - P) ** (np.array(KS)[:, None] - 1)
    paid = Panel(
        title="What a group of n pays",
        alt="The weight of a success and of a failure, times n, against the number of successes.",
        xlabel="successes c in the group", ylabel="weight · n", xlim=(-0.6, 16.6),
        ylim=(-4.2, 8.6), xticks=(0, 4, 8, 12, 16), yticks=(-4, 0, 4, 8), slider="c", series=(
            Series("upright", all_tried, [0], on=("n",), label="all n", color=4, dashed=True),
            Series("line", fall, both, on=all_four, label="at stake", color=3, silent=True),
            Series("points", cs, right, on=of, label="a success gets", color=0),
            Series("points", cs, wrong, on=of, label="a failure gets", color=1),
        ))  # fmt: skip
    shared = {"xlabel": "share of the others that are right; p", "xlim": (-0.03, 1.03),
              "xticks": (0, 0.25, 0.5, 0.75, 1)}  # fmt: skip
    linear = Panel(
        title="What is at stake, and what that climbs",
        alt="Dots for the stakes against the share of the others that are right; a curve that "
        "they pull, the weight of a prompt; dashed, that of pass@k.",
        ylabel="stake; weight", ylim=(-0.3, 8.6), yticks=(0, 1, 2, 4, 6, 8), series=(
            Series("line", P, tried, on=("k",), label="pass@k of your k", color=4, dashed=True),
            Series("line", P, climbed, on=of, label="weight of a prompt", color=2),
            Series("points", places[None, :, None], stake, on=of, label="stakes", color=3),
            Series("rings", here, stake[..., None], on=all_four, color=3),
        ), **shared)  # fmt: skip
    logarithmic = Panel(
        title="The same, logarithmic",
        alt="The same dots and curves on an axis of powers of ten.",
        ylabel="stake; weight", ylim=(-3, 1.3),
        yticks={-3: "0.001", -2: "0.01", -1: "0.1", 0: "1", 1: "10"}, ybase=10, series=(
            Series("line", P, _log(tried), on=("k",), color=4, dashed=True),
            Series("line", P, _log(climbed), on=of, color=2),
            Series("points", places[None, :, None], _log(stake), on=of, color=3),
            Series("rings", here, _log(stake)[..., None], on=all_four, color=3),
        ), **shared)  # fmt: skip
    return Explorer(
        "Eleven rules for verdicts: sliders for the rule, the group n, its successes c, and k",
        (Slider("method", "rule", by_name, by_name[method - 1]),
         Slider("n", "attempts n", NS, n),
         Slider("c", "successes c, yours among them", CS, c, at_most=("n", "c of the n succeed")),
         Slider("k", "attempts allowed k", KS, k, at_most=("n", "k of the n attempts are drawn"))),
        (paid, linear, logarithmic),
        (Readout("your success gets", right[..., 1:], all_four, "+.3f", "needs k < n"),
         Readout("a failure beside it", wrong[..., 1:], all_four, "+.3f", "none"),
         Readout("had you failed", wrong[..., :-1], all_four, "+.3f", "needs k < n"),
         Readout("so at stake is", stake, all_four, ".3f", "needs k < n"),
         *(Readout(f"a prompt of p = {p} weighs", marked[..., i], of, ".3f", "needs k < n")
           for i, p in enumerate(MARKED))),
    )  # fmt: skip


def _weights():
    """Return n times the weights of success and failure, shape (method, n, k, c = 0..16)."""
    shape = (len(METHODS), len(NS), len(KS), 17)
    right, wrong = np.full(shape, np.nan), np.full(shape, np.nan)
    for m, (_, rule) in enumerate(METHODS):
        for i, n in enumerate(NS):
            f = np.tri(n + 1, n, -1)  # a row for each c: the first c attempts succeed
            for j, k in enumerate(KS):
                spare = rule in (objectives.pass_at_k_training, jackknife, standardised)
                if k > n - spare:
                    continue
                weight = n * rule(f, k)
                right[m, i, j, 1 : n + 1] = weight[1:, 0]
                wrong[m, i, j, :n] = weight[:-1, -1]
    return right, wrong


def _climbed(stake, p):
    """Return the mean stake if each of the others is right with probability p."""
    mean = np.full((*stake.shape[:-1], len(p)), np.nan)
    for i, n in enumerate(NS):
        m = np.arange(n)
        chance = np.array([comb(n - 1, j) for j in m]) * p[:, None] ** m
        mean[:, i] = stake[:, i, :, :n] @ (chance * (1 - p[:, None]) ** m[::-1]).T
    return mean


def _log(x):
    return np.log10(np.where(x > 1e-6, x, np.nan))
