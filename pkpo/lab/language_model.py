"""A small language model that learns countdown: a decoder-only transformer, and how it is trained.

The one module of the package that needs PyTorch. The model answers token by token, and may say
what is no answer at all; nothing here holds it to the form. Attempts that begin alike share the
work: a tree of their beginnings is read level by level, each beginning once.
"""

import torch
from torch import nn

from pkpo.lab import countdown
from pkpo.lab.countdown import LENGTH, TOKENS

WIDTH, HEADS, LAYERS = 64, 4, 2


class Layer(nn.Module):
    """Attention to what came before, then a perceptron, each added to the stream."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, past):
        rows, length, width = x.shape
        q, k, v = self.look(self.before(x)).view(rows, length, 3, self.heads, -1).unbind(2)
        if past is None:
            heads = [part.transpose(1, 2) for part in (q, k, v)]
            seen = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
            seen = seen.transpose(1, 2)
        else:  # one new token, for which a product and a sum are faster than a kernel
            k, v = torch.cat([past[0], k], 1), torch.cat([past[1], v], 1)
            share = ((q * k).sum(-1) / q.shape[-1] ** 0.5).softmax(1)
            seen = (share[..., None] * v).sum(1)
        x = x + self.back(seen.reshape(rows, length, width))
        return x + self.down(self.up(self.between(x)).relu()), (k, v)


class Model(nn.Module):
    """A transformer that reads a prompt and the beginning of an answer."""

    def __init__(self, width=WIDTH, heads=HEADS, layers=LAYERS):
        super().__init__()
        self.token = nn.Embedding(len(TOKENS), width)
        self.place = nn.Embedding(2 * LENGTH - 1, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.last, self.head = nn.LayerNorm(width), nn.Linear(width, len(TOKENS))

    def forward(self, tokens, pasts=None):
        """Return log-probabilities of what follows each token, and what later ones look back at.

        Args:
            tokens: shape (row, new token).
            pasts: what this returned for the tokens before them; none at the start.
        Returns:
            log-probabilities, shape (row, new token, TOKENS); keys and values for each layer.
        """
        start = 0 if pasts is None else pasts[0][0].shape[1]
        x = self.token(tokens) + self.place.weight[start : start + tokens.shape[1]]
        kept = []
        for layer, past in zip(self.layers, pasts or [None] * len(self.layers), strict=True):
            x, seen = layer(x, past)
            kept.append(seen)
        return self.head(self.last(x)).log_softmax(-1), kept


def spoken(model, prompts, at, choose):
    """Return answers token by token with their log-probabilities, each beginning read once.

    Args:
        prompts: tokens, shape (prompt, 5).
        at: index of the prompt of each answer, shape (answer,).
        choose: function of the place in the answer, and of the log-probabilities of the next
            token, shape (answer, TOKENS); returns one token for each answer.
    Returns:
        answers, shape (answer, 5); log-probabilities of the answers, shape (answer,); and their
        entropies, the sum over places of the entropy of the next token, shape (answer,).
    """
    logs, pasts = model(prompts)
    said, total, entropy = [], 0.0, 0.0
    for place in range(LENGTH):
        logs = logs[:, -1]
        token = choose(place, logs.detach()[at])
        total = total + logs[at, token]
        entropy = entropy - (logs.exp() * logs).sum(-1)[at]
        said.append(token)
        if place < LENGTH - 1:
            beginnings, at = torch.unique(at * len(TOKENS) + token, return_inverse=True)
            parent, last = beginnings // len(TOKENS), beginnings % len(TOKENS)
            pasts = [(k.index_select(0, parent), v.index_select(0, parent)) for k, v in pasts]
            logs, pasts = model(last[:, None], pasts)
    return torch.stack(said, -1), total, entropy


def sampled(model, prompts, uniform):
    """Return as `spoken` answers drawn from the model, the same number to each prompt.

    Args:
        prompts: tokens, shape (prompt, 5).
        uniform: numbers in 0..1 that decide every token, shape (prompt, n, 5).
    """
    n = uniform.shape[1]
    uniform = uniform.reshape(-1, LENGTH)

    def choose(place, logs):
        below = logs.double().exp().cumsum(-1)
        return (below < uniform[:, place, None] * below[:, -1:]).sum(-1)

    at = torch.arange(len(prompts), device=prompts.device).repeat_interleave(n)
    return spoken(model, prompts, at, choose)


@torch.no_grad()
def probabilities(model, table):
    """Return the probability of every answer of a `countdown.Answers`, float64, shape (row,)."""
    prompts, at, said = _on(model, countdown.tokens(table.prompts), table.prompt, table.tokens)
    total = spoken(model, prompts, at, lambda place, _: said[:, place])[1]
    return total.double().exp().cpu().numpy()


def imitate(model, pairs, *, steps, lr):
    """Train a model to say given answers.

    Args:
        pairs: iterator of prompts and answers, two lists of str, a batch for each step.
        steps: integer >= 1.
        lr: step size of Adam.
    """
    adam = torch.optim.Adam(model.parameters(), lr)
    for _, (prompts, answers) in zip(range(steps), pairs, strict=False):
        asked, said = _on(model, countdown.tokens(prompts), countdown.tokens(answers))
        logs = model(torch.cat([asked, said[:, :-1]], 1))[0][:, LENGTH - 1 :]
        _move(model, adam, -logs.gather(-1, said[..., None]).sum((1, 2)).mean())


def reinforce(model, table, weigh, *, steps, lr, rng, groups=64, n=16, bonus=lambda step: 0.0):
    """Train a model by policy gradient, and yield after each step what was drawn.

    A step asks `groups` of the prompts, drawn without replacement, for n answers each, pays 1 for
    a right one, and moves by Adam along the sum over each group of weight times score, averaged
    over the groups, its norm clipped at 1. What `rng` draws does not depend on the model.

    Args:
        table: `countdown.Answers` to the prompts.
        weigh: function of the step and the rewards, shape (group, n); returns weights alike.
        steps, groups, n: integers >= 1.
        lr: step size of Adam.
        rng: `numpy.random.Generator`.
        bonus: function of the step, how much of the entropy is added to the rewards' objective:
            the sum over the tokens of an answer of the entropy each was drawn with.
    Yields:
        indices of the prompts, shape (group,), rewards and weights, shape (group, n).
    """
    adam = torch.optim.Adam(model.parameters(), lr)
    prompts = countdown.tokens(table.prompts)
    for step in range(steps):
        asked = rng.permutation(len(prompts))[:groups]
        tokens, uniform = _on(model, prompts[asked], rng.random((groups, n, LENGTH)))
        said, logs, entropy = sampled(model, tokens, uniform)
        rewards = table.verified(asked.repeat(n), said.cpu().numpy()).reshape(groups, n)
        weight = weigh(step, rewards.astype(float))
        (pull,) = _on(model, weight.ravel())
        _move(model, adam, -(pull * logs).sum() / groups - bonus(step) * entropy.mean())
        yield asked, rewards, weight


def _on(model, *arrays):
    """Return arrays as tensors where the model is."""
    return [torch.as_tensor(array, device=model.place.weight.device) for array in arrays]


def _move(model, adam, loss):
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    adam.step()
