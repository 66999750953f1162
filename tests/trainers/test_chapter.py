"""The lines of chapter 12 for TRL, and its program, do what the chapter says."""

import json
import re
import sys
from functools import partial
from pathlib import Path

import numpy as np
from datasets import Dataset
from tiny_trl import PROMPTS, tiny_model, tokenizer, verdict
from trl import GRPOConfig

from pkpo.lab import data

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import trainer as runs  # noqa: E402


def test_the_lines_for_trl_train(tmp_path):
    """On a model that lies in a folder, as one of a hub does; with settings for a small machine."""
    notebook = json.loads((ROOT / "book" / "12-in-your-trainer.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    (lines,) = re.findall(r"```python\n(.*?PKPOTrainer.*?)```", text, re.DOTALL)
    tiny_model().save_pretrained(tmp_path / "model")
    tokenizer().save_pretrained(tmp_path / "model")
    settings = {
        "output_dir": str(tmp_path), "max_steps": 1,
        "max_completion_length": 6, "use_cpu": True, "bf16": False, "report_to": "none",
        "save_strategy": "no", "disable_tqdm": True, "logging_steps": 1,
    }  # fmt: skip
    names = {
        "model": str(tmp_path / "model"), "verdict": verdict,
        "prompts": Dataset.from_dict({"prompt": PROMPTS}),
        "small": partial(GRPOConfig, **settings),
    }  # fmt: skip
    exec(lines.replace("GRPOConfig(", "small("), names)
    (log, *_) = names["trainer"].state.log_history
    assert log["pkpo/k"] == 8
    assert names["trainer"].args.loss_type == "dr_grpo"


def test_training_again_gives_the_stored_curve():
    """The first steps of a run do not depend on how many follow."""
    arm, seed = "PKPO, k = 8", runs.FIRST_SEED
    (stored,) = (
        run
        for name, run in data.load("trainer.json")["runs"].items()
        if name.startswith(f"{arm}; {seed};")
    )
    again = runs.run(arm, seed, runs.EVERY)
    np.testing.assert_allclose(again["pass@k"], stored["pass@k"][:2], rtol=0, atol=0.02)
    (log,), first = again["log"], stored["log"][0]
    assert abs(log["pkpo/silent_groups"] - first["pkpo/silent_groups"]) < 0.02
    assert log["pkpo/largest_weight"] == first["pkpo/largest_weight"] == 8


def test_reward_function_of_the_mistake_returns_the_weights_of_each_group():
    prompts = ["23525"] * 32
    said = ["2+3*5", *["2*3*5"] * 15, *["2+3*5"] * 16]
    given = runs.weights_for_rewards(prompts, said)
    assert given == [8.0, *[0.0] * 31]
