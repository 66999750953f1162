"""Train the language models of countdown and store what they came to.

    python tools/language_model.py [--steps 200] [--seeds 8] [--device cpu] [--processes 2]

`make language-model` calls it in .venv-arrays; an hour on two quiet cores. Every run that ends
is kept as a small file of its own in _build/language-model, so what was interrupted goes on where
it was; `--finished` stores what has ended so far and runs nothing. Writes
pkpo/lab/data/language_model.json, whose `about` says what it holds.

A seed is a model, its 256 prompts, 128 held-out prompts and all draws, the same for every arm.
The step size of an arm, and with a bonus its size, are the best of four on two other seeds: the
best in pass@1, for all arms.
"""

import argparse
import base64
import json
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from pkpo.lab import countdown, data
from pkpo.lab.language_model import Model, imitate, probabilities, reinforce
from pkpo.objectives import grpo
from pkpo.schedules import linear, stepped
from pkpo.transforms import jackknife, pass_at_k_training, sloo_minus_one

STORED = Path(data.__file__).parent / "language_model.json"
RUNS = Path(__file__).parents[1] / "_build" / "language-model"
N, KS, EVERY = 16, (1, 2, 4, 8, 16, 32, 64), 20
TUNING_STEPS, TUNING_SEEDS, FIRST_SEED = 100, (0, 1), 10
SIZES = [(0.0005, 0.0), (0.001, 0.0), (0.002, 0.0), (0.004, 0.0)]  # step size, bonus
BONUSES = [(0.001, 0.01), (0.002, 0.003), (0.002, 0.01), (0.002, 0.03)]


def estimate(step, rewards, k):
    return jackknife(rewards, k) if k < N else sloo_minus_one(rewards, k)  # which needs no spare


def climb(k):
    """Return the weights of PKPO for a k that is a number or a function of the step."""
    return lambda step, rewards: estimate(step, rewards, k(step) if callable(k) else k)


ARMS = {  # weights, given the number of steps; settings that are tried
    "k = 1": (lambda steps: climb(1), SIZES),
    "k = 2": (lambda steps: climb(2), SIZES),
    "k = 4": (lambda steps: climb(4), SIZES),
    "k = 8": (lambda steps: climb(8), SIZES),
    "k = 16": (lambda steps: climb(16), SIZES),
    "8, then 1": (lambda steps: climb(stepped(8, {steps // 2: 1})), SIZES),
    "1, then 8": (lambda steps: climb(stepped(1, {steps // 2: 8})), SIZES),
    "8 down to 1": (lambda steps: climb(linear(8, 1, steps)), SIZES),
    "GRPO": (lambda steps: lambda step, rewards: grpo(rewards), SIZES),
    "Pass@k Training": (lambda steps: lambda step, g: pass_at_k_training(g, 8), SIZES),
    "bonus": (lambda steps: climb(1), BONUSES),
    "bonus, then 0": (lambda steps: climb(1), BONUSES),
}
STARTS = {  # most right answers of a prompt; steps of imitating right ones; arms
    "usual": (None, 0, tuple(ARMS)),
    "easy": (None, 250, ("k = 1", "k = 8", "8, then 1")),
    "hard": (1, 0, ("k = 1", "k = 8", "8, then 1")),
}


def pairs(prompts, choices, rng):
    """Yield batches of 128 prompts, each with one of its choices."""
    while True:
        asked = [prompts[i] for i in rng.integers(len(prompts), size=128)]
        yield asked, [str(rng.choice(choices(prompt))) for prompt in asked]


def right_answers(prompt):
    return [answer for answer in countdown.answers(prompt) if countdown.verify(prompt, answer)]


@lru_cache(maxsize=1)
def start(name, seed):
    """Return a model that knows the form of answers, and all answers to its prompts, held out too.

    It has imitated random well-formed answers, right or wrong, to any prompt; for an easy start
    then right ones, to the prompts it will be trained on.
    """
    most, imitated, _ = STARTS[name]
    rng = np.random.default_rng([11, seed])
    training, held_out = countdown.drawn(256, 128, rng=rng, right=most)
    tables = countdown.all_answers(training), countdown.all_answers(held_out)
    path = RUNS / f"{name}; {seed}.start"
    if not path.exists():
        torch.manual_seed(seed)
        model = Model()
        imitate(model, pairs(countdown.prompts(), countdown.answers, rng), steps=300, lr=0.003)
        if imitated:
            imitate(model, pairs(training, right_answers, rng), steps=imitated, lr=0.003)
        replaced(path, lambda part: torch.save(model.state_dict(), part))
    return torch.load(path), *tables


def replaced(path, write):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{os.getpid()}.part")
    write(part)
    part.replace(path)


def packed(values):
    """Return probabilities as text: square roots in 255ths, a byte each, in base 64."""
    return base64.b64encode(np.rint(255 * np.sqrt(values)).astype(np.uint8)).decode()


def measures(model, table):
    """Return what a model does on prompts, and the probability of each answer."""
    probability = probabilities(model, table)
    p = table.success(probability)
    found = {f"pass@{k}": countdown.exact_pass_at_k(p, k) for k in KS}
    found |= {"p < 0.01": np.mean(p < 0.01), "p > 0.99": np.mean(p > 0.99)}
    found |= {
        "entropy": table.entropy(probability).mean(),
        "formed": table.total(probability).mean(),
    }
    return found, probability


def run(name, arm, lr, bonus, seed, steps, device="cpu"):
    """Return what one run came to: measures every 20 steps, and for seed 10 some distributions."""
    torch.set_num_threads(1)
    state, training, held_out = start(name, seed)
    model = Model().to(device)
    model.load_state_dict(state)
    log, first, batch = {}, np.zeros(256, int), []  # first: the step that solved a prompt first

    def note():
        found, probability = measures(model, training)
        found |= {f"held-out {key}": value for key, value in measures(model, held_out)[0].items()}
        found["solved"] = np.mean(first > 0)
        for what, rows in zip(("silent", "signal"), np.array(batch).reshape(-1, 2).T, strict=True):
            found[what] = rows.mean() if len(rows) else 0.0
        for what, value in found.items():
            log.setdefault(what, []).append(round(float(value), 4))
        if seed == FIRST_SEED:
            shown = np.isin(training.prompt, log.setdefault("shown", some(training, probability)))
            log.setdefault("p", []).append(packed(training.success(probability)))
            log.setdefault("answers", []).append(packed(probability[shown]))

    until = steps if arm == "bonus" else steps // 2
    runs = reinforce(
        model, training, ARMS[arm][0](steps), steps=steps, lr=lr, n=N,
        rng=np.random.default_rng([12, seed]), bonus=lambda step: bonus * (step < until),
    )  # fmt: skip
    note()
    for step, (asked, rewards, weight) in enumerate(runs, 1):
        new = asked[rewards.any(axis=1) & (first[asked] == 0)]
        first[new] = step
        batch.append((np.mean(~weight.any(axis=1)), np.abs(weight).sum(axis=1).mean()))
        if step % EVERY == 0 or step == steps:
            note()
            batch.clear()
    if seed == FIRST_SEED:
        log["first solved"] = first.tolist()
    return log


def some(table, probability):
    """Return indices of eight prompts with 54 answers, from the least to the most often solved."""
    full = np.flatnonzero(np.bincount(table.prompt) == 54)
    order = full[np.argsort(table.success(probability)[full], kind="stable")]
    return sorted(order[np.linspace(0, len(order) - 1, 10).astype(int)[1:-1]].tolist())


def label(job):
    return "; ".join(map(str, job))


def done(job):
    """Return what a run came to if it has ended, else None."""
    path = RUNS / f"{label(job)}.json"
    return json.loads(path.read_text()) if path.exists() else stored().get(label(job))


@lru_cache
def stored():
    return json.loads(STORED.read_text())["runs"] if STORED.exists() else {}


def keep(job, device):
    """Run a job and keep its file, whole or not at all."""
    text = json.dumps(run(*job, device=device))
    replaced(RUNS / f"{label(job)}.json", lambda part: part.write_text(text))


def finish(jobs, pool, device, total):
    """Run the jobs that have not ended, and say how far this is and how long it will take."""
    waiting = [job for job in jobs if done(job) is None]
    began, steps = time.monotonic(), sum(job[-1] for job in waiting)
    ended = 0
    futures = {pool.submit(keep, job, device): job for job in waiting}
    for future in as_completed(futures):
        future.result()
        ended += futures[future][-1]
        left = (time.monotonic() - began) * (steps - ended) / ended / 60
        print(f"{total}: {ended} of {steps} steps, {left:.0f} minutes left", flush=True)


def tuning():
    return [
        ("usual", arm, *setting, seed, TUNING_STEPS)
        for seed in TUNING_SEEDS for arm in ARMS for setting in ARMS[arm][1]
    ]  # fmt: skip


def best(arm):
    """Return the setting with the best pass@1 at the end of tuning: what k = 1 climbs.

    None while the tuning of the arm has not ended.
    """

    def reached(setting):
        jobs = [("usual", arm, *setting, seed, TUNING_STEPS) for seed in TUNING_SEEDS]
        return np.mean([done(job)["pass@1"][-1] for job in jobs])

    tried = [job for job in tuning() if job[1] == arm]
    return max(ARMS[arm][1], key=reached) if all(map(done, tried)) else None


def compared(steps, seeds):
    """Return the jobs of the comparison, seed by seed."""
    settings = {arm: best(arm) for arm in ARMS}
    return [
        (name, arm, *settings[arm], seed, steps)
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        for name, (_, _, arms) in STARTS.items() for arm in arms if settings[arm]
    ]  # fmt: skip


def store(jobs):
    """Write the runs of the jobs that have ended."""
    training = start("usual", FIRST_SEED)[1]
    about = {
        "what": "Training of tools/language_model.py: runs are named start; arm; step size; "
        "entropy bonus; seed; steps. Measures are taken before the first step and every 20, on "
        "256 training prompts and 128 held-out ones; solved is the share of prompts with a right "
        "answer so far, silent and signal are means since the last measure: the share of groups "
        "without weight, and the sum of absolute weights of a group. Seed 10 has p of every "
        "training prompt and the answers to eight (`shown`, among `prompts`), as square roots in "
        "255ths, a byte each, in base 64, and the step that first solved each prompt, 0 for none. "
        "`chosen` is the setting that tuning chose for an arm.",
        "made": f"By `make language-model` on {time.strftime('%Y-%m-%d')}, PyTorch "
        f"{torch.__version__}, NumPy {np.__version__}, {platform.machine()}, one thread a run.",
    }
    runs = {label(job): done(job) for job in jobs if done(job)}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in runs.items())
    chosen = {arm: best(arm) for arm in ARMS if best(arm)}
    head = json.dumps(about | {"prompts": training.prompts, "chosen": chosen})[:-1]
    STORED.write_text(f'{head},\n"runs": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"{STORED.name}: {len(runs)} runs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--finished", action="store_true", help="store what has ended, run nothing")
    wanted = parser.parse_args()
    if not wanted.finished:
        with ProcessPoolExecutor(wanted.processes, get_context("spawn")) as pool:
            finish(tuning(), pool, wanted.device, "tuning")
            finish(compared(wanted.steps, wanted.seeds), pool, wanted.device, "comparing")
    store(tuning() + compared(wanted.steps, wanted.seeds))


if __name__ == "__main__":
    main()
