"""The stored runs of chapter 9: parts computed again, and the settings compared are the best tried.

`make runs` writes them. Some digits of a last step may differ on another machine, no more.
"""

import csv
import sys
from collections import Counter

import numpy as np
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import runs  # noqa: E402


def stored(name):
    """Return the rows of a file as they are written, and the lines of its provenance."""
    lines = (runs.DATA / name).read_text(encoding="utf-8").splitlines()
    about = [line for line in lines if line.startswith("#")]
    return list(csv.reader(lines[len(about) + 1 :])), about


def settings(row):
    return tuple(kind(text) for kind, text in zip((int, int, float, int), row, strict=True))


def same(made, rows, atol):
    """Compare rows, names as they are and numbers within `atol`."""
    made = [[str(value) for value in row] for row in made]
    assert [row[:4] for row in made] == [row[:4] for row in rows]
    np.testing.assert_allclose(
        np.array([row[4:] for row in made], float), np.array([row[4:] for row in rows], float),
        rtol=0, atol=atol,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["lookalikes.csv", "prompts_tuning.csv", "prompts_arms.csv"])
def test_data_say_what_they_are_and_where_they_come_from(name):
    _, about = stored(name)
    assert len(about) == 4
    assert "Written by `make runs` on 20" in about[-1]
    assert "NumPy" in about[-1]


@pytest.mark.parametrize("which", [1, 4, 15, 29])
def test_lookalikes_are_what_training_gives(which):
    rows, _ = stored("lookalikes.csv")
    arm = [str(value) for value in runs.LOOKALIKES[which]]
    of_arm = [row for row in rows if row[:4] == arm]
    assert [int(row[4]) for row in of_arm] == list(runs.SHOWN)
    made = runs.lookalikes(*runs.LOOKALIKES[which], steps=100)
    same(made, of_arm[: len(made)], atol=1e-4)
    assert len(rows) == len(runs.LOOKALIKES) * len(runs.SHOWN)


def test_every_kind_had_as_many_settings_and_every_setting_is_stored():
    rows, _ = stored("prompts_tuning.csv")
    tried = [(kind, lr, s) for kind in runs.KINDS for lr in runs.SIZES for s in runs.KINDS[kind]]
    assert [(row[0], float(row[1]), settings(row[2:6])) for row in rows] == tried
    assert Counter(row[0] for row in rows) == dict.fromkeys(runs.KINDS, 48) | {"k = 1": 4}


@pytest.mark.parametrize("which", [30, -20])
def test_tuning_is_what_training_gives(which):
    row = stored("prompts_tuning.csv")[0][which]
    made = runs.tuning(row[0], float(row[1]), settings(row[2:6]))
    same([made], [row], atol=1e-3)


def test_settings_compared_are_the_best_tried_of_their_kind_and_step_size():
    chosen = runs.best(stored("prompts_tuning.csv")[0])
    rows, _ = stored("prompts_arms.csv")
    assert [(row[0], row[1], tuple(row[2:6]), int(row[6])) for row in rows] == [
        (kind, str(lr), chosen[kind, str(lr)], draw)
        for kind in runs.KINDS for lr in runs.SIZES for draw in runs.COMPARED_ON
    ]  # fmt: skip


@pytest.mark.parametrize("which", [70, 350, -40])
def test_arms_are_what_training_gives(which):
    row = stored("prompts_arms.csv")[0][which]
    made = runs.arm(row[0], float(row[1]), settings(row[2:6]), int(row[6]))
    same([made], [row], atol=1e-3)
