"""Train language models of countdown in TRL and store what they came to.

    python tools/trainer.py [--steps 160] [--seeds 3]

`make trainer` calls it in .venv-trainers; a quarter of an hour on two quiet cores. Every run that
ends is kept in _build/trainer, so what was interrupted goes on where it was. Writes
pkpo/lab/data/trainer.json, whose `about` says what it holds.

The task is that of chapter 11, the model a Llama of its size, the trainer TRL's with its own
sampling, batches and logs. The arms of a seed start from the same model and prompts.
"""

import argparse
import json
import os
import platform
import time
from functools import cache
from pathlib import Path

import numpy as np
import torch
import trl
from datasets import Dataset
from language_model import EVERY, KS, N, pairs
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from pkpo import advantages
from pkpo.lab import countdown, data
from pkpo.trainers.trl import PKPOTrainer

STORED = Path(data.__file__).parent / "trainer.json"
RUNS = Path(__file__).parents[1] / "_build" / "trainer"
PROMPTS, GROUPS, FIRST_SEED = 256, 64, 20
LOGGED = ("reward", "frac_reward_zero_std", "grad_norm", "step_time")
END = "#"  # no token of the task: the model must have one that ends an answer


def verdicts(prompts, completions, **_):
    """Return 1 for a right answer, else 0: what a user of TRL writes."""
    each = zip(prompts, completions, strict=True)
    return [float(countdown.verify(prompt, answer)) for prompt, answer in each]


def weights_for_rewards(prompts, completions, **_):
    """Return the weights of k = 8 in place of rewards: the mistake of chapter 12."""
    groups = np.reshape(verdicts(prompts, completions), (-1, N))
    return advantages(groups, 8).ravel().tolist()


ARMS = {  # trainer, its reward function, the step size of chapter 11, what else it is given
    "GRPO": (GRPOTrainer, verdicts, 0.002, {}),
    "GRPO, weights of k = 8 for rewards": (GRPOTrainer, weights_for_rewards, 0.002, {}),
    "PKPO, k = 1": (PKPOTrainer, verdicts, 0.001, {"k": 1}),
    "PKPO, k = 8": (PKPOTrainer, verdicts, 0.002, {"k": 8}),
}


@cache
def tokenizer():
    """Return a tokenizer of single characters."""
    vocabulary = {token: i for i, token in enumerate(countdown.TOKENS + END)}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=END))
    made.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=END, pad_token=END, padding_side="left"
    )


def new_model():
    """Return a decoder of the size of chapter 11's, untrained."""
    end = len(countdown.TOKENS)
    shape = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2}
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=end + 1, num_attention_heads=4, max_position_embeddings=16,
            bos_token_id=None, eos_token_id=end, pad_token_id=end, **shape,
        )
    )  # fmt: skip


def log_probabilities(model, prompts, answers):
    """Return the log-probability of answers, tokens of shape (row, 5) like the prompts."""
    tokens = torch.as_tensor(np.concatenate([prompts, answers], axis=1))
    logs = model(tokens[:, :-1]).logits[:, countdown.LENGTH - 1 :].log_softmax(-1)
    return logs.gather(-1, tokens[:, countdown.LENGTH :, None]).sum((1, 2))


@cache
def start(seed):
    """Return parameters of a model that knows the form of answers, and its training prompts."""
    rng = np.random.default_rng([13, seed])
    training, _ = countdown.drawn(PROMPTS, 0, rng=rng)
    torch.manual_seed(seed)
    model = new_model()
    adam = torch.optim.Adam(model.parameters(), 0.003)
    batches = pairs(countdown.prompts(), countdown.answers, rng)
    for _, (asked, said) in zip(range(300), batches, strict=False):
        texts = countdown.tokens(asked), countdown.tokens(said)
        adam.zero_grad()
        (-log_probabilities(model, *texts).mean()).backward()
        adam.step()
    return model.state_dict(), countdown.all_answers(training)


class Exact(TrainerCallback):
    """Keeps the exact pass@k of the model every 20 steps, and what the trainer logs."""

    def __init__(self, table):
        self.table, self.log, self.logged = table, [], []

    def on_train_begin(self, args, state, control, **keywords):
        self.on_step_end(args, state, control, **keywords)

    @torch.no_grad()
    def on_step_end(self, args, state, control, *, model, **_):
        if state.global_step % EVERY == 0:
            asked = countdown.tokens(self.table.prompts)[self.table.prompt]
            log = log_probabilities(model, asked, self.table.tokens)
            p = self.table.success(log.double().exp().numpy())
            self.log.append([round(float(countdown.exact_pass_at_k(p, k)), 4) for k in KS])

    def on_log(self, args, state, control, *, logs, **_):
        kept = {x: round(float(v), 4) for x, v in logs.items() if x in LOGGED or x[:5] == "pkpo/"}
        if kept:
            self.logged.append(kept)


def run(arm, seed, steps, **settings):
    """Return what a run came to: exact pass@k every 20 steps, and the trainer's log."""
    torch.set_num_threads(1)
    trainer, reward, lr, more = ARMS[arm]
    state, table = start(seed)
    model = new_model()
    model.load_state_dict(state)
    exact = Exact(table)
    args = GRPOConfig(
        output_dir=str(RUNS), use_cpu=True, bf16=False, seed=seed, max_steps=steps,
        per_device_train_batch_size=GROUPS * N, num_generations=N, max_completion_length=5,
        learning_rate=lr, lr_scheduler_type="constant", loss_type="dr_grpo", beta=0.0,
        gradient_checkpointing=False, save_strategy="no", logging_steps=EVERY, report_to="none",
        disable_tqdm=True, **settings,
    )  # fmt: skip
    trainer(
        model, reward, args, train_dataset=Dataset.from_dict({"prompt": table.prompts}),
        processing_class=tokenizer(), callbacks=[exact], **more,
    ).train()  # fmt: skip
    return {"pass@k": exact.log, "log": exact.logged}


def finished(arm, seed, steps):
    """Return what a run came to, run now unless it has been."""
    path = RUNS / f"{arm}; {seed}; {steps}.json"
    if not path.exists():
        began = time.monotonic()
        text = json.dumps(run(arm, seed, steps))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{os.getpid()}.part")
        part.write_text(text)
        part.replace(path)
        print(f"{path.stem}: {time.monotonic() - began:.0f} s", flush=True)
    return json.loads(path.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=160)
    parser.add_argument("--seeds", type=int, default=3)
    wanted = parser.parse_args()
    jobs = [
        (arm, seed, wanted.steps)
        for seed in range(FIRST_SEED, FIRST_SEED + wanted.seeds) for arm in ARMS
    ]  # fmt: skip
    runs = {"; ".join(map(str, job)): finished(*job) for job in jobs}
    about = {
        "what": "Training of tools/trainer.py in TRL, runs named arm; seed; steps: exact pass@k "
        f"for k = {', '.join(map(str, KS))} before the first step and every {EVERY}, on 256 "
        f"training prompts, and what the trainer logs every {EVERY} steps, means over them.",
        "made": f"By `make trainer` on {time.strftime('%Y-%m-%d')}, TRL {trl.__version__}, "
        f"PyTorch {torch.__version__}, {platform.machine()}.",
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in runs.items())
    head = json.dumps(about)[:-1]
    STORED.write_text(f'{head},\n"runs": {{\n{lines}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
