"""Explorers in Python: they store what the package computes, and their sliders are traits."""

import base64
import gzip
import itertools
import json
import re
from bisect import bisect_left
from functools import cache, partial
from itertools import combinations_with_replacement
from math import comb, floor, log10

import ipywidgets
import numpy as np
import pytest
import traitlets
from scipy import stats

from pkpo import exact, max_at_k, pass_at_k
from pkpo.figures import explorers, plots
from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider, Tally
from pkpo.lab import peaks, policies, toy, training, ustatistics

EXPLORERS = ("two_tasks", "profiles", "urn", "winners", "rank_weights", "levels", "landscape",
             "prompt_weight", "credit", "staircase", "gap_weights", "spread", "pushes", "replay",
             "hills", "search", "rules", "which_k")  # fmt: skip


@cache
def stands_of(positions, sliders):
    """Return the place of each way in which sliders can stand, whatever their order."""
    ways = combinations_with_replacement(range(positions), sliders)
    return {way: place for place, way in enumerate(ways)}


def place_of(spec, ref, values):
    """Return the place of `ref` among its texts or arrays when the sliders stand at `values`."""
    at = {s["name"]: s["values"].index(values[s["name"]]) for s in spec["sliders"]}
    sizes = {s["name"]: len(s["values"]) for s in spec["sliders"]}
    for tally in spec["tallies"]:
        positions, sliders = sizes[tally["of"][0]], len(tally["of"])
        stands = stands_of(positions, sliders)
        at[tally["name"]] = stands[tuple(sorted(at[name] for name in tally["of"]))]
        sizes[tally["name"]] = len(stands)
    flat = 0
    for name in ref["on"]:
        flat = flat * sizes[name] + at[name]
    return flat


def points_of(explorer, ref, values):
    """Return the array behind `ref` when the sliders stand at `values`."""
    start = ref["at"] + place_of(explorer._spec, ref, values) * ref["size"]
    return np.frombuffer(explorer._data, "<f4")[start : start + ref["size"]]


def text_of(spec, readout, values):
    return lines_of(readout["text"])[place_of(spec, readout, values)]


@cache
def lines_of(text):
    return text.split("\n")


def positions(spec):
    """Go through every position of all the sliders together; of sliders in a tally, in one order.

    The order turns with the count, so that it is not always the ascending one.
    """
    tallied = [name for tally in spec["tallies"] for name in tally["of"]]
    values = {s["name"]: s["values"] for s in spec["sliders"]}
    alone = [name for name in values if name not in tallied]
    axes = [[(value,) for value in values[name]] for name in alone]
    for tally in spec["tallies"]:
        axes.append(list(combinations_with_replacement(values[tally["of"][0]], len(tally["of"]))))
    for i, parts in enumerate(itertools.product(*axes)):
        turned = (v for x in parts for v in (*x[i % len(x) :], *x[: i % len(x)]))
        yield dict(zip([*alone, *tallied], turned, strict=True))


def spelt(value, digits):
    """Return a value as it is shown: no minus sign before a zero."""
    shown = format(value, digits)
    return shown if float(shown) else shown.replace("-", "+" if digits[0] == "+" else "")


def half_a_unit(digits, value):
    """Return half a unit of the last digit that a value is shown with."""
    places, kind = re.search(r"\.(\d)([fg])", digits).groups()
    leading = floor(log10(abs(value))) + 1 if kind == "g" and value else 0
    return 0.5 * 10 ** (leading - int(places))


def within(n, c, k):
    return c <= n and k <= n


def mean_a(k, reach):
    return round(20 * reach) / 20 * (1 - 0.1**k)


def first_lead(reach, p):
    return next((k for k in range(1, 33) if 1 - (1 - p) ** k > mean_a(k, reach)), None)


def all_fail(k, p):
    return (1 - p) ** (k - 1)


def break_even(k):
    """Return the p at which k attempts weigh a prompt as one attempt does, by bisection."""
    low, high = 0.0, 1.0
    while k > 1 and high - low > 1e-9:
        p = (low + high) / 2
        low, high = (p, high) if k * all_fail(k, p) > 1 else (low, p)
    return low if k > 1 else None


@cache
def sum_of(transform, k, group):
    return float(sum(getattr(exact, transform)(group, k)))


def sum_over(transform, k, rewards):
    """Return the sum of a transform's weights by enumeration, or None where it has none."""
    if transform == "jackknife" and k == len(rewards):
        return None
    return sum_of(transform, k, tuple(sorted(rewards.values())))


def rho_of(k, rewards):
    return sum_over("s", k, rewards) / k


def climbers(k, rank):
    """Return how many subsets hold the rank and k - 1 others that all stand lower, by listing."""
    return sum(max(others) < rank for others in subsets_of_the_others(k, rank))


def subsets_of_the_others(k, rank):
    return itertools.combinations([r for r in range(1, 9) if r != rank], k - 1)


def margin_of_rank(k, rank, rewards):
    return 8 / k * float(margins(k, tuple(sorted(rewards.values())))[rank - 1])


@cache
def margins(k, rewards):
    return exact.sloo_minus_one(rewards, k)


def weight_of_rank(k, rank):
    return max_at_k([0.0] * (rank - 1) + [1.0] + [1.0] * (8 - rank), k) - max_at_k(
        [0.0] * rank + [1.0] * (8 - rank), k
    )


@cache
def variance_of(estimator, n, theta, k):
    """Return the variance of an estimate, or None where it does not exist."""
    spare = estimator in ("sloo", "jackknife") or (estimator == "sloo_minus_one" and k == 1)
    if n < k + spare:
        return None
    return ustatistics.variance(ustatistics.zetas(theta, k, estimator, n), n)


@cache
def cancelled(k, theta, baseline):
    """Return the smaller of the two lobes of k (E[max(g, best of k - 1)] - baseline) score p."""
    x, dx = gauss(np.arange(-0.3, 1.7, 0.01), 8)
    t, dt = np.polynomial.legendre.leggauss(40)
    inside = (x > 0) & (x < 1)
    low = np.where(inside, x, 0.0)[:, None]
    v = low + (1 - low) * (t + 1) / 2
    worse = stats.norm.cdf(v, theta, 0.1) + stats.norm.sf(1, theta, 0.1)
    best = 1 - np.sum(worse ** (k - 1) * 2 * v * (1 - low) / 2 * dt, axis=1)
    push = k * (best - baseline) * (x - theta) / 0.01 * stats.norm.pdf(x, theta, 0.1) * dx
    return min(push[push > 0].sum(), -push[push < 0].sum())


def gauss(edges, nodes):
    """Return nodes and weights over all panels between the edges and one more."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    step = edges[1] - edges[0]
    return (edges[:, None] + step * (t + 1) / 2).ravel(), np.tile(w * step / 2, len(edges))


def cancelled_in_loo_minus_one(k, theta):
    return cancelled(k, theta, toy.objective(theta, max(k - 1, 1)))


@cache
def replayed(k, k_end):
    """Return theta of a run that changes k half way, shape (seed, step)."""
    start = {"start": 0.5, "n": 16, "lr": 0.02, "steps": 240, "rng": np.random.default_rng(8)}
    run = training.train(policies.GaussianMean(), k=[k] * 120 + [k_end] * 120, **start)
    return run.theta[..., 0]


def earned_in_replay(m, k, k_end, step):
    return toy.objective(replayed(k, k_end)[:, step], m).mean()


@cache
def searched(k, switch):
    """Return mean and width of a search that turns to one try, shape (seed, step)."""
    start = {"start": [-0.2, np.log(0.5)], "n": 16, "groups": 16, "lr": 0.05, "steps": 400}
    run = training.train(
        policies.Gaussian(peaks.reward), k=[k] * switch + [1] * (400 - switch), seeds=8,
        optimizer="adam", rng=np.random.default_rng(9), **start,
    )  # fmt: skip
    return run.theta[..., 0], np.exp(run.theta[..., 1])


def earned_in_search(k, switch, step):
    """Return the mean reward of the seeds, from the integral of one Gaussian times another."""
    mean, sigma = (array[:, step] for array in searched(k, switch))
    hill, peak = (
        height * width * np.sqrt(2 * np.pi) * stats.norm.pdf(mean, top, np.hypot(width, sigma))
        for height, top, width in ((0.6, -1, 0.5), (1, 1.2, 0.08))
    )
    return np.mean(hill + peak)


def at_the_peak(k, switch, step):
    return np.sum(np.abs(searched(k, switch)[0][:, step] - 1.2) < 0.1)


@cache
def of_hills(k, sigma):
    """Return J_k of the two hills and its slopes in the mean and in log sigma, for all aims."""
    aims = np.linspace(-2, 2, 41)
    return peaks.objective(aims, sigma, k), *peaks.gradient(aims, sigma, k)


def place_of_aim(theta):
    return round(10 * (theta + 2))


def first(holds, most):
    """Return the first of 0..most at which a condition, once true always true, holds."""
    return bisect_left(range(most + 1), True, key=holds)


def unequal(k, mean, spread):
    return sum(1 - (1 - mean * (1 + sign * spread)) ** k for sign in (-1, 1)) / 2


@cache
def quantiles(mean, spread):
    """Return the 100 prompts of `which_k`."""
    if spread == 0:
        return np.full(100, mean)
    both = 1 / spread - 1
    return stats.beta.ppf((np.arange(100) + 0.5) / 100, mean * both, (1 - mean) * both)


def without_success(n, mean, spread):
    return np.mean((1 - quantiles(mean, spread)) ** n)


def few_failures(n, k, mean, spread):
    """Return the chance of too few failures, and NaN where k is beyond n."""
    fewer = stats.binom.cdf(max(k - 2, 0), n, 1 - quantiles(mean, spread)).mean()
    return fewer if k <= n else None


@cache
def that_count(n, k, mean, spread):
    if k > n:
        return None
    p, c = quantiles(mean, spread), np.arange(n + 1)
    if k == 1:
        return n - 1
    squares = [i * (comb(n - i, k - 1) / comb(n, k)) ** 2 for i in range(n + 1)]
    noise = stats.binom.pmf(c, n, p[:, None]) @ squares
    return np.sum(k**2 * (1 - p) ** (2 * k - 2) * p * (1 - p)) / np.sum(noise)


@cache
def same_way(k, k_eval, mean, spread):
    p = quantiles(mean, spread)
    square = {j: np.sum((1 - p) ** (j - 2) * p * (1 - p)) for j in (2 * k, k + k_eval, 2 * k_eval)}
    return square[k + k_eval] / np.sqrt(square[2 * k] * square[2 * k_eval])


def advance(k, n, k_eval, mean, spread):
    counted = that_count(n, k, mean, spread)
    return None if counted is None else same_way(k, k_eval, mean, spread) * (counted / n) ** 0.5


@cache
def best_of_slider(n, k_eval, mean, spread):
    ks = [k for k in explorers.choosing.KS if k <= n]
    return max(ks, key=lambda k: advance(k, n, k_eval, mean, spread))


@cache
def paid(method, n, k):
    """Return n times the weights of success and failure by their formulas: (c -> , c -> )."""
    e = np.expm1(2)
    rho, at_n = partial(pass_at_k, n, k=k), method in (5, 10, 11)
    if at_n and k == n:
        return (lambda c: None,) * 2
    lone = lambda c: comb(n - c - 1, k - 1) / comb(n - 1, k - 1)  # noqa: E731
    success = {
        1: lambda c: 1, 2: lambda c: (n - c) / (n - 1), 3: lambda c: (n - c) / n,
        4: lambda c: np.sqrt((n - 1) * (n - c) / (n * c)),
        5: lambda c: np.sqrt((1 - rho(c=c)) / rho(c=c)), 6: lambda c: (n - c) / c,
        7: lambda c: n / c, 8: lambda c: (n * (e + 1) / (n + c * e) - 1) / 2,
        9: lambda c: n * comb(n - c, k - 1) / comb(n, k) if k > 1 else (n - c) / (n - 1),
        10: lambda c: n * k / (n - k) * (1 - rho(c=c)),
        11: lambda c: np.sqrt((n - 1) * (n - c) / (n * c)) if c <= n - k else 0,
    }  # fmt: skip
    failure = {
        1: lambda c: 0, 2: lambda c: -c / (n - 1), 3: lambda c: -c / n,
        4: lambda c: -np.sqrt((n - 1) * c / (n * (n - c))),
        5: lambda c: (1 - rho(c=c) - lone(c)) / np.sqrt(rho(c=c) * (1 - rho(c=c)))
        if 0 < c <= n - k else 0,
        6: lambda c: -1 if c else 0, 7: lambda c: 0, 8: lambda c: (n / (n + c * e) - 1) / 2,
        9: lambda c: 0 if k > 1 else -c / (n - 1),
        10: lambda c: n * k / (n - k) * (1 - rho(c=c) - lone(c)),
        11: lambda c: -np.sqrt((n - 1) * c / (n * (n - c))) if c <= n - k else 0,
    }  # fmt: skip
    return success[method], failure[method]


def of_success(method, n, c, k):
    return paid(method, n, k)[0](c) if within(n, c, k) else None


def of_failure(method, n, c, k):
    return paid(method, n, k)[1](c) if within(n, c + 1, k) else None


def had_it_failed(method, n, c, k):
    return of_failure(method, n, c - 1, k)


def at_stake(method, n, c, k):
    got, other = of_success(method, n, c, k), had_it_failed(method, n, c, k)
    return None if got is None else got - other


@cache
def weight_of(p, method, n, k):
    """Return the weight of a prompt: the score of each attempt, over all counts of successes."""
    total = 0.0
    if k > n or paid(method, n, k)[0](1) is None:
        return None
    for c in range(n + 1):
        score = c * of_success(method, n, c, k) / p if c else 0
        score -= (n - c) * of_failure(method, n, c, k) / (1 - p) if c < n else 0
        total += stats.binom.pmf(c, n, p) * score / n
    return total


SUM = "weights of the successes = ρ(8, c, k)"
SHOWN = [
    ("levels", "area = Jₖ(θ)", lambda k, theta: toy.objective(theta, k), ".4f"),
    ("levels", "for one throw", lambda k, theta: toy.objective(theta, 1), ".4f"),
    ("levels", "a throw is lost", lambda k, theta: stats.norm.sf(1, theta, 0.1), ".4f"),
    ("landscape", "Jₖ(θ)", lambda k, theta: toy.objective(theta, k), ".4f"),
    ("landscape", "slope", lambda k, theta: toy.gradient(theta, k), "+.4f"),
    ("landscape", "θ*ₖ", lambda k, theta: toy.optimal_theta(k), ".4f"),
    ("landscape", "Jₖ(θ*ₖ)", lambda k, theta: toy.objective(toy.optimal_theta(k), k), ".4f"),
    ("two_tasks", "both at the mean", lambda k, mean, spread: 1 - (1 - mean) ** k, ".4f"),
    ("two_tasks", "average of the two", unequal, ".4f"),
    ("two_tasks", "cost of the spread",
     lambda k, mean, spread: 1 - (1 - mean) ** k - unequal(k, mean, spread), ".4f"),
    ("profiles", "pass@k of A", lambda k, reach, p: mean_a(k, reach), ".4f"),
    ("profiles", "pass@k of B", lambda k, reach, p: 1 - (1 - p) ** k, ".4f"),
    ("profiles", "B leads from k =", lambda k, reach, p: first_lead(reach, p), ".0f"),
    ("replay", "k in force", lambda k, k_end, step: k if step < 120 else k_end, ".0f"),
    ("replay", "mean θ", lambda k, k_end, step: replayed(k, k_end)[:, step].mean(), ".4f"),
    ("replay", "spread of θ", lambda k, k_end, step: replayed(k, k_end)[:, step].std(), ".4f"),
    ("replay", "mean J₁", partial(earned_in_replay, 1), ".4f"),
    ("replay", "mean J₈", partial(earned_in_replay, 8), ".4f"),
    ("urn", "ρ(n, c, k)", lambda n, c, k: pass_at_k(n, c, k) if within(n, c, k) else None, ".4f"),
    ("urn", "plug-in", lambda n, c, k: 1 - (1 - c / n) ** k if c <= n else None, ".4f"),
    ("winners", "subsets", lambda n, k, pick: comb(n, k), ".0f"),
    ("winners", "with your attempt", lambda n, k, pick: comb(n - 1, k - 1), ".0f"),
    ("winners", "won by your attempt", lambda n, k, pick: comb(n - pick, k - 1), ".0f"),
    ("winners", "its weight", lambda n, k, pick: comb(n - pick, k - 1) / comb(n, k), ".4f"),
    ("rank_weights", "weight of the best rank", lambda k, c: weight_of_rank(k, 8), ".4f"),
    ("rank_weights", "ranks with no weight", lambda k, c: k - 1, ".0f"),
    ("rank_weights", SUM, lambda k, c: pass_at_k(8, c, k), ".4f"),
    ("prompt_weight", "pass@k", lambda k, p: 1 - (1 - p) ** k, ".4f"),
    ("prompt_weight", "k − 1 others all fail", lambda k, p: all_fail(k, p), ".3g"),
    ("prompt_weight", "weight, k times that", lambda k, p: k * all_fail(k, p), ".3g"),
    ("prompt_weight", "weight is 1 at p =", lambda k, p: break_even(k), ".4f"),
    ("credit", "estimate ρ of max@k", lambda k, **g: rho_of(k, g), ".4f"),
    ("credit", "sum of sᵢ = kρ", lambda k, **g: sum_over("s", k, g), ".4f"),
    ("credit", "sum of jackknife", lambda k, **g: sum_over("jackknife", k, g), ".4f"),
    ("staircase", "your subsets that climb the riser below you",
     lambda k, rank, **g: climbers(k, rank), ".0f"),
    ("staircase", "of so many you are in", lambda k, rank, **g: comb(7, k - 1), ".0f"),
    ("staircase", "own margin, times n/k", lambda k, rank, **g: margin_of_rank(k, rank, g), ".4f"),
    ("gap_weights", "weight of the best rank", lambda n, k: k / n if k <= n else None, ".4f"),
    ("gap_weights", "best ranks that hold 99 % of the weight",
     lambda n, k: first(lambda t: 100 * comb(n - t, k) <= comb(n, k), n) if k <= n else None,
     ".0f"),
    ("gap_weights", "log₁₀ of the smallest weight",
     lambda n, k: 0.0 - log10(comb(n, k)) if k <= n else None, ".1f"),
    ("gap_weights", "weights below 10⁻³⁰⁸",
     lambda n, k: first(lambda d: comb(d + k - 1, k - 1) * 10**308 >= comb(n, k), n - k)
     if k <= n else None, ".0f"),
    *(("spread", f"variance of {label}", partial(variance_of, name), ".4f") for name, label in (
        ("s", "s"), ("sloo", "loo"), ("sloo_minus_one", "loo − 1"), ("jackknife", "jackknife"))),
    ("spread", "slope they estimate", lambda n, theta, k: toy.gradient(theta, k), "+.4f"),
    ("pushes", "net push = slope, for all four", lambda k, theta: toy.gradient(theta, k), "+.2f"),
    ("pushes", "cancelled in s", lambda k, theta: cancelled(k, theta, 0.0), ".2f"),
    ("pushes", "cancelled in loo",
     lambda k, theta: cancelled(k, theta, 16 / 15 * toy.objective(theta, k)), ".2f"),
    ("pushes", "cancelled in loo − 1", cancelled_in_loo_minus_one, ".2f"),
    ("pushes", "cancelled in jackknife",
     lambda k, theta: cancelled(k, theta, toy.objective(theta, k)), ".2f"),
    ("hills", "best reward Jₖ",
     lambda k, sigma, theta: of_hills(k, sigma)[0][place_of_aim(theta)], ".3f"),
    ("hills", "pull on the aim (+ right)",
     lambda k, sigma, theta: of_hills(k, sigma)[1][place_of_aim(theta)], "+.3f"),
    ("hills", "pull on the width (+ wider)",
     lambda k, sigma, theta: of_hills(k, sigma)[2][place_of_aim(theta)], "+.3f"),
    ("search", "k in force",
     lambda k, switch, step: k if step < switch or switch == 400 else 1, ".0f"),
    ("search", "mean θ of the first seed",
     lambda k, switch, step: searched(k, switch)[0][0, step], ".3f"),
    ("search", "width σ of the first seed",
     lambda k, switch, step: searched(k, switch)[1][0, step], ".3f"),
    ("search", "mean reward of 8 seeds", earned_in_search, ".3f"),
    ("search", "seeds within 0.1 of the peak", at_the_peak, ".0f"),
    ("rules", "your success gets", of_success, "+.3f"),
    ("rules", "a failure beside it", of_failure, "+.3f"),
    ("rules", "had you failed", had_it_failed, "+.3f"),
    ("rules", "so at stake is", at_stake, ".3f"),
    *(("rules", f"a prompt of p = {p} weighs",
       lambda method, n, c, k, p=p: weight_of(p, method, n, k), ".3f") for p in (0.05, 0.5)),
    ("which_k", "silent: no success",
     lambda n, mean, spread, **_: without_success(n, mean, spread), ".2f"),
    ("which_k", "silent: too few failures",
     lambda n, k, mean, spread, **_: few_failures(n, k, mean, spread), ".2f"),
    ("which_k", "attempts that count, of n",
     lambda n, k, mean, spread, **_: that_count(n, k, mean, spread), ".1f"),
    ("which_k", "agreement", lambda n, **where: same_way(**where), ".2f"),
    ("which_k", "progress", advance, ".2f"),
    ("which_k", "best k on the slider", lambda k, **where: best_of_slider(**where), ".0f"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "label", "truth", "digits"), SHOWN)
def test_number_shown_is_the_packages_at_every_position(made, name, label, truth, digits):
    spec = made(name)._spec
    (ref,) = (r for r in spec["readouts"] if r["label"] == label)
    expected = {}
    for values in positions(spec):
        key = place_of(spec, ref, values)
        if key not in expected:
            expected[key] = truth(**values)
        shown = text_of(spec, ref, values)
        if expected[key] is None:
            assert not re.match(r"[-+]?\d", shown)
        else:
            off = abs(float(shown) - expected[key])
            assert off <= half_a_unit(digits, expected[key]) * (1 + 1e-6), values
            assert len(shown) == len(spelt(expected[key], digits))


@pytest.mark.parametrize("name", EXPLORERS)
def test_no_zero_of_an_explorer_has_a_minus(made, name):
    spec = made(name)._spec
    texts = [t for part in spec["sliders"] for t in part["texts"]]
    texts += [t for part in spec["readouts"] for t in lines_of(part["text"])]
    texts += [t for p in spec["panels"] for _, t in (*p["xticks"], *p["yticks"])]
    assert [t for t in texts if re.fullmatch(r"[-\N{MINUS SIGN}]0(\.0*)?", t)] == []


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_number_shown_is_checked(made, name):
    labels = {r["label"] for r in made(name)._spec["readouts"]}
    assert labels - {"difference"} == {label for n, label, *_ in SHOWN if n == name}


def test_difference_of_the_estimates_is_their_difference(made):
    spec = made("urn")._spec
    rho, plug_in, difference = spec["readouts"]
    for values in positions(spec):
        if within(**values):
            a, b, d = (float(text_of(spec, ref, values)) for ref in (rho, plug_in, difference))
            assert abs(a - b - d) <= 1.51e-4


@pytest.mark.parametrize(("k", "theta"), [(1, -0.2), (8, 0.8), (32, 1.4)])
def test_curve_drawn_is_the_packages(k, theta):
    explorer, truths = explorers.landscape(), (toy.objective, toy.gradient)
    for panel, truth in zip(explorer._spec["panels"][1:], truths, strict=True):
        curve, dot = (next(s for s in panel["series"] if s["label"] == f"your {x}") for x in "kθ")
        x, y, u, v = (
            points_of(explorer, series[axis], {"k": k, "theta": theta})
            for series in (curve, dot)
            for axis in "xy"
        )
        np.testing.assert_allclose(y, truth(x, k), atol=1e-5)
        np.testing.assert_allclose([*u, *v], [theta, truth(theta, k)], atol=1e-6)


@pytest.mark.parametrize("name", EXPLORERS)
def test_explorer_is_light(made, name):
    explorer = made(name)
    sent = json.dumps(explorer._spec).encode() + base64.b64encode(explorer._data)
    assert len(gzip.compress(sent)) <= 150_000


@pytest.mark.parametrize("name", EXPLORERS)
def test_panel_and_readout_have_words_for_those_who_cannot_see_them(made, name):
    spec = made(name)._spec
    assert all(len(panel["alt"]) > 20 for panel in spec["panels"])
    assert len(spec["title"]) > 20


def test_colours_of_the_browser_are_those_of_the_figures():
    light = re.search(r"\.pkpo-explorer \{.*?\}", str(Explorer._css), re.DOTALL)[0]
    in_css = re.findall(r"--pkpo-c\d: (#\w+)", light)
    assert in_css == list(plots.COLORS[: len(in_css)])


@pytest.mark.parametrize(
    ("trait", "control", "moved"),
    [
        ("k", ipywidgets.IntSlider(min=1, max=32), 4),
        ("theta", ipywidgets.FloatSlider(min=-0.2, max=1.4, step=0.01), 0.35),
    ],
)
def test_control_links_both_ways(trait, control, moved):
    explorer = explorers.landscape(k=8, theta=0.8)
    ipywidgets.link((explorer, trait), (control, "value"))
    assert control.value == getattr(explorer, trait)
    control.value = moved
    assert getattr(explorer, trait) == moved
    setattr(explorer, trait, 1)
    assert control.value == 1


@pytest.mark.parametrize("name", ["s", "sloo_minus_one", "jackknife"])
@pytest.mark.parametrize("g", [(0, 0, 0, 1, 0, 0, 0, 0), (0.5, 1, 0, 0.25, 0.5, 0.75, 0, 1)])
def test_bar_of_an_attempt_is_its_weight_by_enumeration(made, name, g):
    explorer = made("credit")
    panel = explorer._spec["panels"][1]
    place = [t.__name__ for t, *_ in explorers.gradient.TRANSFORMS].index(name)
    bars = panel["series"][8 * place : 8 * place + 8]
    for k in range(1, 9):
        values = {"k": k} | {f"g{i}": reward for i, reward in enumerate(g, start=1)}
        x, y = (np.concatenate([points_of(explorer, bar[a], values) for bar in bars]) for a in "xy")
        defined = name != "jackknife" or k < 8
        weights = getattr(exact, name)(g, k) if defined else [np.nan] * 8
        np.testing.assert_allclose(y, 8 / k * np.array(weights, dtype=float), atol=1e-7)
        assert [tick for tick, _ in panel["xticks"]] == list(x - (place - 1) / 4)


@pytest.mark.parametrize("g", [(0, 0, 0, 1, 0, 0, 0, 0), (0.5, 1, 0, 0.25, 0.5, 0.75, 0, 1)])
def test_own_margin_stands_on_what_the_company_earned(made, g):
    explorer = made("credit")
    for k in range(1, 9):
        values = {"k": k} | {f"g{i}": reward for i, reward in enumerate(g, start=1)}
        for i, bar in enumerate(explorer._spec["panels"][1]["series"][-8:]):
            others = itertools.combinations(g[:i] + g[i + 1 :], k - 1)
            earned = np.mean([max(company) for company in others]) if k > 1 else np.nan
            np.testing.assert_allclose(points_of(explorer, bar["base"], values), earned, atol=1e-7)
            top = 8 / k * float(exact.s(g, k)[i])
            np.testing.assert_allclose(points_of(explorer, bar["y"], values), top, atol=1e-7)


@pytest.mark.parametrize(("k", "p"), [(1, 0.2), (8, 0.5), (32, 0.01)])
def test_line_through_the_dot_has_the_slope_of_the_metric(made, k, p):
    explorer = made("prompt_weight")
    _, curve, line, _ = explorer._spec["panels"][0]["series"]
    (u, v), (x, y) = ([points_of(explorer, series[axis], {"k": k, "p": p}) for axis in "xy"]
                      for series in (curve, line))  # fmt: skip
    np.testing.assert_allclose(v, 1 - (1 - u) ** k, atol=1e-6)
    h = 1e-6
    slope = ((1 - p + h) ** k - (1 - p - h) ** k) / (2 * h)
    np.testing.assert_allclose((y[1] - y[0]) / (x[1] - x[0]), slope, rtol=1e-4)


def test_slider_can_be_observed():
    explorer, seen = explorers.landscape(k=8), []
    explorer.observe(lambda change: seen.append(change.new), "k")
    explorer.k = 5
    assert seen == [5]


def test_slider_moves_to_the_nearest_position():
    explorer = explorers.landscape()
    explorer.theta = 0.8149999
    assert explorer.theta == 0.81


@pytest.mark.parametrize("value", [0, 33, "8", None, float("nan"), True, 1j])
def test_slider_refuses_what_is_no_number_in_its_range(value):
    explorer = explorers.landscape(k=8)
    with pytest.raises(traitlets.TraitError, match=r"k must be a number in 1\.\.32, got"):
        explorer.k = value
    assert explorer.k == 8


def test_start_outside_the_range_is_refused():
    with pytest.raises(
        traitlets.TraitError, match=r"theta must be a number in -0\.2\.\.1\.4, got 7"
    ):
        explorers.landscape(theta=7)


def test_explorer_says_where_its_sliders_stand():
    assert repr(explorers.landscape(k=4, theta=0.5)) == "Explorer(k=4, theta=0.5)"


def explorer_of(*series, readouts=()):
    panel = Panel("", "", "", "", (0, 1), (0, 1), (0, 1), (0, 1), series)
    return Explorer("", (Slider("a", "a", (1, 2, 3), 1),), (panel,), readouts)


def test_array_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"on sliders \('a',\) must have shape \(3,\), got \(2,\)"):
        explorer_of(Series("line", [0, 1], np.zeros((2, 2)), on=("a",)))
    with pytest.raises(ValueError, match=r"must have shape \(3,\), got \(4,\)"):
        explorer_of(readouts=(Readout("r", np.zeros(4), ("a",)),))


def test_tally_does_not_see_the_order_of_its_sliders():
    explorer = tally_of((1, 2, 3), (1, 2, 3))
    (ref,) = explorer._spec["readouts"]
    assert [text_of(explorer._spec, ref, {"a": a, "b": b}) for a, b in [(1, 3), (3, 1)]] == [
        "2"
    ] * 2
    assert explorer._spec["tallies"][0]["stands"][2] == "0,2"


def test_tally_of_sliders_that_differ_in_length_is_refused():
    with pytest.raises(ValueError, match=r"sliders of as many positions each, got \{2, 3\}"):
        tally_of((1, 2, 3), (1, 2))


def tally_of(*values):
    sliders = [Slider(name, name, v, 1) for name, v in zip("ab", values, strict=True)]
    readouts = (Readout("r", np.arange(6.0), ("both",), ".0f"),)
    return Explorer("", sliders, (), readouts, (Tally("both", ("a", "b")),))


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"kind must be one of .*, got 'pie'"):
        explorer_of(Series("pie", [0, 1], [0, 1]))
