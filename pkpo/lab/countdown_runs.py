"""What the language models of chapter 11 came to: the stored runs of `make language-model`.

A run is named by where it started ("usual", "easy" or "hard"), by its arm, such as "k = 8", and
by its seed. Measures are taken before the first step and every 20 steps.
"""

import base64
from functools import cache

import numpy as np

from pkpo._checks import as_choice
from pkpo.lab import countdown, data

NAME = "language_model.json"
_ONE_SEED = ("shown", "p", "answers", "first solved")  # kept of the first seed alone


@cache
def _stored():
    return data.load(NAME)


def chosen():
    """Return the step size and the bonus that tuning chose for each arm, a dict of pairs."""
    return {arm: tuple(setting) for arm, setting in _stored()["chosen"].items()}


def tuned(arm):
    """Return what tuning tried for an arm: (step size, bonus) -> runs, dicts of lists.

    A run holds a list for each measure, such as "pass@8", "held-out pass@8" and "entropy".
    """
    as_choice("arm", arm, tuple(chosen()))
    tried = {}
    for start, name, lr, bonus, _, steps, run in _runs():
        if (start, name) == ("usual", arm) and steps < _longest():
            tried.setdefault((lr, bonus), []).append(run)
    return tried


def compared(arm, start="usual"):
    """Return the runs of an arm, with the setting that tuning chose, one for each seed.

    From the "easy" and the "hard" start only k = 1, k = 8 and "8, then 1" were trained.
    """
    as_choice("start", start, ("usual", "easy", "hard"))
    as_choice("arm", arm, tuple(chosen()) if start == "usual" else ("k = 1", "k = 8", "8, then 1"))
    return [
        run
        for begun, name, *setting, _, steps, run in _runs()
        if (begun, name) == (start, arm) and tuple(setting) == chosen()[arm] and steps == _longest()
    ]


def curves(arm, what, start="usual"):
    """Return one measure of an arm, such as "pass@8", shape (seed, step)."""
    runs = compared(arm, start)
    as_choice("what", what, tuple(name for name in runs[0] if name not in _ONE_SEED))
    return np.array([run[what] for run in runs])


def steps():
    """Return the steps after which measures were taken, shape (measure,)."""
    (run, *_) = compared(next(iter(chosen())))
    return np.linspace(0, _longest(), len(run["pass@1"])).astype(int)


def success(arm, start="usual"):
    """Return p of every training prompt of the first seed, shape (measure, prompt).

    Stored to within 0.004; the smallest are kept closer.
    """
    return _unpacked(compared(arm, start)[0]["p"])


def first_solved(arm, start="usual"):
    """Return the step that first solved each training prompt of the first seed, 0 for none.

    Shape (prompt,), in the order of `success`.
    """
    return np.array(compared(arm, start)[0]["first solved"])


def shown():
    """Return eight prompts of the first seed, from start "usual", in the order of training's."""
    return [_stored()["prompts"][index] for index in compared(next(iter(chosen())))[0]["shown"]]


def distribution(arm):
    """Return the probability of every answer to the prompts `shown`.

    Returns: shape (measure, prompt, 54), answers as `countdown.answers` orders them.
    """
    assert all(len(countdown.answers(prompt)) == 54 for prompt in shown())
    return _unpacked(compared(arm)[0]["answers"]).reshape(len(steps()), len(shown()), 54)


def _runs():
    """Yield start, arm, step size, bonus, seed, steps and measures of every run."""
    for key, run in _stored()["runs"].items():
        start, arm, lr, bonus, seed, steps = key.split("; ")
        yield start, arm, float(lr), float(bonus), int(seed), int(steps), run


def _longest():
    return max(steps for *_, steps, _ in _runs())


def _unpacked(texts):
    """Return probabilities from bytes in base 64, 255ths of their square roots."""
    return np.array([(np.frombuffer(base64.b64decode(t), np.uint8) / 255) ** 2 for t in texts])
