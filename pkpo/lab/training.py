"""Policy gradients on small problems, many seeds side by side.

Each step draws a group of n attempts (or several groups), turns the rewards of each group into
weights, adds up weight times score, and moves the parameters. Seeds share the loop and nothing
else: each has its own parameters and its own draws.

The scale of an estimator's weights does not depend on k: at every k they estimate the gradient
of J_k itself. So a schedule changes k and nothing else. An entropy bonus may be added, on a
schedule of its own.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pkpo._checks import (
    as_choice,
    as_count,
    as_positive,
    as_reals,
    as_rng,
    finite,
    quietly,
    require,
    shown,
)
from pkpo._shapes import fits_memory, real_array
from pkpo.schedules import schedule
from pkpo.transforms import ESTIMATORS


class Problem(Protocol):
    """What `train` asks of a problem: a policy, what it is paid, and its scores.

    `parameters` is how many numbers the policy has. Seeds come first in every array, and must not
    depend on one another. Problems of the book: `pkpo.lab.policies`
    and `pkpo.lab.prompts`.
    """

    parameters: int

    def draw(self, theta, groups, n, *, rng):
        """Return attempts x, of any kind, and their rewards, shape (seed, group, n).

        Args: theta, shape (seed, parameter); `groups` groups of `n` attempts for each seed.
        """

    def gradient(self, theta, x, weight):
        """Return the sum over a group of weight times score, averaged over the groups.

        Args: theta and x as above; weight, shape (seed, group, n).
        Returns: shape (seed, parameter).
        """

    def entropy_gradient(self, theta):
        """Return the gradient of the policy's entropy, in nats; asked for only with a bonus.

        Args: theta as above.
        Returns: shape (seed, parameter).
        """


@dataclass(frozen=True, eq=False)
class History:
    """What happened at every step, for every seed.

    theta: parameters before the first step and after each, shape (seed, step + 1, parameter).
    mean: mean reward of each group drawn, shape (seed, step, group).
    best: best reward of each group drawn, shape (seed, step, group).
    k: attempts allowed at each step, shape (step,).
    """

    theta: np.ndarray
    mean: np.ndarray
    best: np.ndarray
    k: np.ndarray


@quietly
def train(
    problem, start, *, k, n, steps, lr, rng,
    seeds=64, groups=1, estimator="sloo_minus_one", optimizer="sgd", bonus=0.0,
):  # fmt: skip
    """Climb J_k by stochastic gradient ascent, from the same start with many seeds.

    At each step theta moves by `lr` times the gradient estimate, the sum over the group of weight
    times score; with "adam", by `lr` times Adam's direction. A run can be continued: with "sgd",
    a second call that starts at the last theta with the same `rng` goes on as if it were one.

    Args:
        problem: a `Problem`, such as those of `pkpo.lab.policies`.
        start: parameters, shape (parameter,), or (seed, parameter) for a start of its own for
            each seed; a number if there is one parameter.
        k: attempts allowed, integer in the range of the estimator, one for each step, or a function
            of the step, such as those of `pkpo.schedules`.
        n: attempts in a group, integer >= 1.
        steps: integer >= 1.
        lr: step size, > 0.
        rng: `numpy.random.Generator`. Runs from generators in the same state see the same draws.
        seeds: runs side by side, integer >= 1.
        groups: groups drawn at each step, integer >= 1; their gradients are averaged.
        estimator: "s", "sloo", "sloo_minus_one" or "jackknife", the function of that name. At
            k = 1 the last two are the reward less the mean of the others, over n.
        optimizer: "sgd" or "adam" (decay rates 0.9 and 0.999).
        bonus: how much of the entropy's gradient is added to the estimate, >= 0; a number, or one
            for each step.
    Returns:
        `History`, its arrays read-only.
    Raises:
        ValueError: an argument out of its range, or a schedule that is not one k or one bonus for
            each step, every k in the range of the estimator; before anything is drawn. Later, if
            the problem's rewards or gradient are not finite or of another shape than `Problem`
            says, or `lr` so large that parameters are not finite.
        TypeError: `rng` is not a generator, `problem` not a problem, or what must be real numbers
            is something else.
    Source: Walder & Karkhanis (2025), Eq. 18 and Sec. 5; Adam by Kingma & Ba (2015). Chapter 8.
    """
    n, steps, seeds, groups = (
        as_count(name, value)
        for name, value in (("n", n), ("steps", steps), ("seeds", seeds), ("groups", groups))
    )
    transform = ESTIMATORS[as_choice("estimator", estimator, tuple(ESTIMATORS))]
    move = _OPTIMIZERS[as_choice("optimizer", optimizer, tuple(_OPTIMIZERS))](as_positive("lr", lr))
    parameters = _parameters(problem)
    fits_memory("steps", (seeds, steps + 1, max(parameters, groups)))
    fits_memory("n", (seeds, groups, n))
    ks, bonuses = _schedule(k, steps, n, transform), _bonuses(bonus, steps)
    theta = np.empty((seeds, steps + 1, parameters))
    theta[:, 0] = _start(start, seeds, parameters)
    mean, best = np.empty((2, seeds, steps, groups))
    as_rng(rng)
    for t, (k_now, bonus_now) in enumerate(zip(ks.tolist(), bonuses.tolist(), strict=True)):
        now = theta[:, t]
        x, g = problem.draw(now, groups, n, rng=rng)
        g = _given("rewards", g, seeds, groups, n)
        mean[:, t], best[:, t] = g.mean(axis=-1), g.max(axis=-1)
        slope = problem.gradient(now, x, transform(g, k_now))
        if bonus_now:
            slope = slope + bonus_now * problem.entropy_gradient(now)
        move_by = move(_given("gradient", slope, seeds, parameters))
        theta[:, t + 1] = finite(now + move_by, "parameters", "lr", lr)
    for array in (theta, mean, best, ks):
        array.flags.writeable = False
    return History(theta, mean, best, ks)


@quietly
def mean_band(values):
    """Return the mean over seeds and its 95 % confidence band.

    The band is the mean plus and minus 1.96 standard errors, so it needs some thirty seeds.

    Args:
        values: numbers or booleans, shape (seed, ...), two seeds at least.
    Returns:
        mean, lower, upper, each of shape (...).
    Raises:
        ValueError: fewer than two seeds, or a value that is not finite or whose square is not.
        TypeError: values are no real numbers.
    """
    values = as_reals("values", values, kinds="biuf")
    if values.ndim == 0 or len(values) < 2:
        raise ValueError(f"values must have two seeds at least, got shape {values.shape}")
    mean, half = values.mean(axis=0), 1.96 * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    band = mean, mean - half, mean + half
    return finite(band, "their band", "values", values)


def _schedule(k, steps, n, transform):
    """Return k for each step, shape (step,), every one of them taken by the transform."""
    ks = schedule(k, steps, n)
    for each in np.unique(ks).tolist():
        transform(np.zeros(n), each)  # raises what it would raise in the middle of the run
    return ks


def _bonuses(bonus, steps):
    """Return the bonus for each step, shape (steps,)."""
    bonuses = as_reals("bonus", bonus)
    if bonuses.shape not in ((), (steps,)):
        raise ValueError(
            f"bonus must be one number or one for each of the {steps} steps, "
            f"got shape {bonuses.shape}"
        )
    require("bonus", bonuses, bonuses >= 0, "at least 0")
    return np.broadcast_to(bonuses, steps)


def _parameters(problem):
    """Return how many parameters a problem has."""
    names = ("parameters", "draw", "gradient")
    if isinstance(problem, type) or not all(hasattr(problem, name) for name in names):
        raise TypeError(f"problem must be a `Problem`, got {shown(problem)}")
    return as_count("problem.parameters", problem.parameters)


def _given(name, values, *shape):
    """Return numbers that a problem has given, if they are as `Problem` says."""
    try:
        return real_array(name, values, *shape, kinds="biuf")
    except (ValueError, TypeError) as error:
        raise type(error)(f"problem must be as `Problem` says, but its {error}") from None


def _start(start, seeds, parameters):
    start = as_reals("start", start)
    if start.shape not in ((), (parameters,), (seeds, parameters)) or (
        start.ndim == 0 and parameters > 1
    ):
        raise ValueError(
            f"start must have shape (parameter,) = ({parameters},) or (seed, parameter) = "
            f"({seeds}, {parameters}), got shape {start.shape}"
        )
    return start


def _sgd(lr):
    return lambda gradient: lr * gradient


def _adam(lr, decay=0.9, decay_of_squares=0.999, tiny=1e-8):
    """Return Adam's move: lr times mean gradient over root mean square, both decaying averages."""
    m, v, t = 0.0, 0.0, 0

    def move(gradient):
        nonlocal m, v, t
        t += 1
        m = decay * m + (1 - decay) * gradient
        v = decay_of_squares * v + (1 - decay_of_squares) * gradient**2
        m_hat, v_hat = m / (1 - decay**t), v / (1 - decay_of_squares**t)  # both start at 0
        return lr * m_hat / (np.sqrt(v_hat) + tiny)

    return move


_OPTIMIZERS = {"sgd": _sgd, "adam": _adam}
