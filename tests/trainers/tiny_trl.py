"""A language model of 3000 weights in TRL's trainer, and what its gradient should be.

Run by torchrun, this file does what the tests of two processes look at.
"""

import gc
import os
import sys
from pathlib import Path

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.nn.functional import log_softmax
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import GRPOConfig

from pkpo.trainers.trl import PKPOTrainer

WORDS = ["<pad>", "<eos>", *"abcdefgh"]
PROMPTS = ["a b", "c", "d e f", "g h"]
LENGTH = 6  # of the longest completion
torch.set_num_threads(1)  # more would wait for each other
gc.freeze()  # accelerate collects garbage before each run, and need not look at all of this


def tiny_model():
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=32,
            pad_token_id=0, eos_token_id=1, bos_token_id=None, initializer_range=0.3,
        )
    )  # fmt: skip


def tokenizer():
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, WORDS[0]))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>")


class Watch(TrainerCallback):
    """Keeps what reaches the model at each step, and the model that it reaches.

    rows: for each generation of this process its prompts and completions, as lists of tokens.
    steps: for each step the gradient and the parameters. advantages: those that TRL logs.
    """

    def __init__(self):
        self.rows, self.steps, self.advantages = [], [], []

    def on_pre_optimizer_step(self, args, state, control, **_):
        model = self.trainer.accelerator.unwrap_model(self.trainer.model)
        named = dict(model.named_parameters())
        self.steps.append(
            [{x: f(p).clone() for x, p in named.items()} for f in (lambda p: p.grad, torch.detach)]
        )
        self.advantages.append(list(self.trainer._logs["advantages"]))

    def write_down(self, prompts, completion_ids, **_):
        """Note the rows, as a reward function that rates nothing."""
        read = self.trainer.processing_class(prompts)["input_ids"]
        self.rows.append(list(zip(read, completion_ids, strict=True)))
        return [None] * len(prompts)


def tiny_trainer(folder, rewards, k, *, kind=PKPOTrainer, prompts=PROMPTS, held_out=None,
                 estimator="sloo_minus_one", missing="error", **settings):  # fmt: skip
    """Return a trainer of the tiny model, with groups of 4, and a `Watch` of it."""
    watch = Watch()
    settings = {
        "per_device_train_batch_size": 8, "num_generations": 4, "max_steps": 1,
        "loss_type": "dr_grpo", "max_completion_length": LENGTH, "logging_steps": 1,
        "learning_rate": 0.01, "max_grad_norm": 0.0, "lr_scheduler_type": "constant",
        "bf16": False, "gradient_checkpointing": False, "use_cpu": True, "report_to": "none",
        "save_strategy": "no", "disable_tqdm": True,
    } | settings  # fmt: skip
    settings["reward_weights"] = [*settings.get("reward_weights", [1.0] * len(rewards)), 1.0]
    trainer = kind(
        tiny_model(), [*rewards, watch.write_down], GRPOConfig(str(folder), **settings),
        Dataset.from_dict({"prompt": prompts}), Dataset.from_dict({"prompt": held_out or []}),
        tokenizer(), callbacks=[watch], k=k, estimator=estimator, missing=missing,
    )  # fmt: skip
    watch.trainer = trainer
    return trainer, watch


def mean_of_weight_times_score(rows, weights, parameters):
    """Return the gradient of mean_i weight_i log p(completion_i | prompt_i), by autograd."""
    model = tiny_model()
    model.load_state_dict(parameters)
    total = 0
    for (prompt, completion), weight in zip(rows, weights, strict=True):
        logits = model(torch.tensor([prompt + completion])).logits[0, len(prompt) - 1 : -1]
        score = log_softmax(logits, -1)[range(len(completion)), completion].sum()
        total = total + weight * score / len(rows)
    total.backward()
    return {name: p.grad for name, p in model.named_parameters()}


def number(completion_ids, **_):
    """Rate a completion by a number that few others share."""
    return [sum(3 ** -(i + 1) * token for i, token in enumerate(ids)) for ids in completion_ids]


def verdict(completion_ids, **_):
    """Rate a completion 1 if its tokens add up to an even number."""
    return [float(sum(ids) % 2 == 0) for ids in completion_ids]


def patchy(completion_ids, **_):
    """Rate a completion as `verdict`, but for those without a reward."""
    rated = zip(verdict(completion_ids), completion_ids, strict=True)
    return [None if sum(ids) % 7 == 0 else g for g, ids in rated]


# The second of three groups is split in halves, both where groups have 4 rows and where 6.
TWO_PROCESSES = {
    "dr_grpo": {"k": 3, "rewards": [number]},
    "dapo": {"k": 2, "rewards": [patchy, number], "reward_weights": [1.0, 0.1],
             "estimator": "jackknife", "missing": "leave out"},
}  # fmt: skip


def write_what_two_processes_do(folder):
    """Train and evaluate in one process of several; write what reached the model there."""
    seen = {}
    for loss, options in TWO_PROCESSES.items():
        trainer, watch = tiny_trainer(
            folder, loss_type=loss, per_device_train_batch_size=6, per_device_eval_batch_size=9,
            num_generations_eval=6, held_out=PROMPTS, **options,
        )  # fmt: skip
        trainer.train()
        trainer.evaluate()
        logged = [*watch.advantages[0], *trainer._logs["advantages"]]
        largest = trainer.state.log_history[-1]["eval_pkpo/largest_weight"]
        seen[loss] = dict(rows=watch.rows, steps=watch.steps, logged=logged, largest=largest)
    torch.save(seen, Path(folder) / f"{os.environ['RANK']}.pt")


if __name__ == "__main__":
    write_what_two_processes_do(sys.argv[1])
