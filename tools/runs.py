"""Repeat the long training runs of chapter 9 and store what they came to.

    python tools/runs.py        some eight minutes of processor time; `make runs`

Writes three files of pkpo/lab/data, each with its provenance at the top:

    lookalikes.csv       prompts that stand in each other's way, to the 4000th step
    prompts_tuning.csv   200 prompts: every setting tried, on draws of prompts made for that
    prompts_arms.csv     200 prompts: the best setting of each kind and step size, on fresh draws

Every row has generators of its own, so any part can be computed again alone, which a test does.
"""

import csv
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np

from pkpo.lab import data, prompts
from pkpo.lab.training import mean_band, train

DATA = Path(data.__file__).parent

LOOKALIKES = [
    (cosine, optimizer, lr, arm)
    for cosine, ways in (
        (0.9, (("sgd", 1.0), ("adam", 0.02), ("adam", 0.05), ("adam", 0.1))),
        (0.95, (("sgd", 1.0), ("adam", 0.05))),
        (0.99, (("sgd", 1.0), ("adam", 0.05))),
    )
    for optimizer, lr in ways
    for arm in ("k = 1", "k = 2", "k = 8", "8, then 1")
]
SHOWN = (0, 10, 20, 35, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4000)

STEPS, SIZES = 80, (0.1, 0.2, 0.4, 0.8)  # steps of training; step sizes tried
ENDS = (20, 40, 60)
KINDS = {  # settings (k, steps until k is 1, bonus, steps until it is 0): twelve for each kind
    "k = 1": [(1, STEPS, 0.0, 0)],
    "k": [(k, STEPS, 0.0, 0) for k in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16)],
    "k, then 1": [(k, end, 0.0, 0) for k in (2, 4, 8, 16) for end in ENDS],
    "bonus": [
        (1, STEPS, bonus, STEPS)
        for bonus in (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.12, 0.15, 0.17, 0.2, 0.25, 0.3)
    ],
    "bonus, then 0": [(1, STEPS, bonus, end) for bonus in (0.05, 0.1, 0.15, 0.2) for end in ENDS],
    "both": [
        (k, end, bonus, end) for k in (4, 8) for bonus in (0.05, 0.1, 0.15) for end in (40, 60)
    ],
}
TUNED_ON, COMPARED_ON = range(6), range(100, 132)  # draws of prompts
SETTING = ("k", "k_until", "bonus", "bonus_until")


def lookalikes(cosine, optimizer, lr, arm, steps=4000):
    """Return the rows of one arm: pass@1 and pass@8 of 32 seeds with half-widths, p of each kind.

    Args:
        cosine, optimizer, lr, arm: one of LOOKALIKES.
        steps: of training; the rows up to there do not depend on it.
    """
    problem, start = prompts.lookalikes(cosine)
    k = np.where(np.arange(steps) < 200, 8, 1) if arm == "8, then 1" else int(arm[4:])
    history = train(
        problem, start, k=k, n=16, steps=steps, lr=lr, groups=20, optimizer=optimizer,
        seeds=32, rng=np.random.default_rng(9),
    )  # fmt: skip
    shown = [step for step in SHOWN if step <= steps]
    p = problem.success(history.theta[:, shown])
    columns = []
    for k in (1, 8):
        mean, low, _ = mean_band(np.mean(1 - (1 - p) ** k, axis=-1))
        columns += [mean, mean - low]
    columns += [p[..., 0].mean(axis=0), p[..., -1].mean(axis=0)]
    return [
        (cosine, optimizer, lr, arm, step, *(f"{value:.5f}" for value in row))
        for step, row in zip(shown, np.array(columns).T, strict=True)
    ]


@lru_cache(maxsize=64)
def drawn(draw):
    """Return the prompts and the initial parameters of a draw."""
    return prompts.half_learnt(rng=np.random.default_rng([1, draw]))


def learnt(setting, lr, draw, seeds):
    """Return solve rate, pass@1, pass@8 and entropy after training, the mean of the seeds."""
    problem, start = drawn(draw)
    k, k_until, bonus, bonus_until = setting
    step = np.arange(STEPS)
    history = train(
        problem, start, k=np.where(step < k_until, k, 1), n=16, steps=STEPS, lr=lr, groups=200,
        bonus=np.where(step < bonus_until, bonus, 0.0), optimizer="adam", seeds=seeds,
        rng=np.random.default_rng([2, draw]),
    )  # fmt: skip
    return prompts.measures(problem, history, every=STEPS)[..., -1].mean(axis=-1)


def tuning(kind, lr, setting):
    """Return the row of a setting: pass@1 and pass@8, means of six draws with four seeds each."""
    mean = np.mean([learnt(setting, lr, draw, seeds=4) for draw in TUNED_ON], axis=0)
    return (kind, lr, *setting, f"{mean[1]:.4f}", f"{mean[2]:.4f}")


def arm(kind, lr, setting, draw):
    """Return the row of a draw: solve rate, pass@1, pass@8 and entropy, means of three seeds."""
    each = learnt(setting, lr, draw, seeds=3)
    return (kind, lr, *setting, draw, *(f"{value:.4f}" for value in each))


def best(rows):
    """Return the setting with the best pass@1 for each kind and step size, from tuning rows."""
    chosen = {}
    for kind, lr, *setting, _, _ in sorted(rows, key=lambda row: float(row[-2])):
        chosen[kind, lr] = tuple(setting)
    return chosen


def write(name, about, columns, rows):
    """Store rows as pkpo/lab/data/`name`, with what they are and where they come from on top."""
    made = f"{time.strftime('%Y-%m-%d')}, NumPy {np.__version__}, {platform.machine()}"
    with open(DATA / name, "w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {line}\n" for line in (*about, f"Written by `make runs` on {made}."))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows", flush=True)


def main():
    with ProcessPoolExecutor() as pool:
        parts = list(pool.map(lookalikes, *zip(*LOOKALIKES, strict=True)))
        write(
            "lookalikes.csv",
            ("Training on pkpo.lab.prompts.lookalikes(cosine), n = 16, sloo_minus_one, 32 seeds:",
             "pass@1 and pass@8 with the half-widths of their 95 % bands, and the mean success",
             "of the easy prompts and of the hard ones.  '8, then 1' turns to k = 1 at step 200."),
            ("cosine", "optimizer", "lr", "arm", "step", "pass1", "pass1_half", "pass8",
             "pass8_half", "easy", "hard"),
            [row for part in parts for row in part],
        )  # fmt: skip
        tried = [(kind, lr, s) for kind, all_s in KINDS.items() for lr in SIZES for s in all_s]
        tuned = list(pool.map(tuning, *zip(*tried, strict=True), chunksize=4))
        write(
            "prompts_tuning.csv",
            ("Training on pkpo.lab.prompts.half_learnt(), 80 steps of Adam, n = 16,",
             "sloo_minus_one: pass@1 and pass@8 at the end, means of 6 draws of prompts with 4",
             "seeds each.  k is 1 from step k_until on, the entropy bonus 0 from bonus_until on."),
            ("kind", "lr", *SETTING, "pass1", "pass8"),
            tuned,
        )  # fmt: skip
        chosen = best(tuned)
        runs = [
            (kind, lr, chosen[kind, lr], draw)
            for kind in KINDS for lr in SIZES for draw in COMPARED_ON
        ]  # fmt: skip
        write(
            "prompts_arms.csv",
            ("The settings with the best pass@1 of prompts_tuning.csv, one for each kind and step",
             "size, on 32 fresh draws of prompts: the cumulative solve rate, pass@1, pass@8 and",
             "entropy in nats at the end, means of 3 seeds."),
            ("kind", "lr", *SETTING, "draw", "solved", "pass1", "pass8", "entropy"),
            list(pool.map(arm, *zip(*runs, strict=True), chunksize=8)),
        )  # fmt: skip


if __name__ == "__main__":
    main()
