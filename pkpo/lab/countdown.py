"""Countdown: make a number from three digits, each used once.

A prompt is five characters, three digits from 1 to 9 in ascending order and a target from 01 to
99. An answer is five characters as well, such as "2+3*5": the three digits in some order with
+, - or * between them, evaluated from left to right, so that this one is 25. At most
3! * 3 * 3 = 54 answers of a prompt are well formed, so a model's chance to answer right is a sum
of at most 54 probabilities, and its pass@k needs no sampling.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, permutations, product

import numpy as np

TOKENS = "0123456789+-*"
LENGTH = 5  # of a prompt, and of an answer
_MOVES = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}


@cache
def answers(prompt):
    """Return all well-formed answers to a prompt, in alphabetical order; at most 54.

    Args:
        prompt: such as "23525"; only its digits matter.
    Returns:
        tuple of str.
    Example:
        >>> len(answers("23525")), answers("11102")[:3]
        (54, ('1*1*1', '1*1+1', '1*1-1'))
    """
    orders = set(permutations(prompt[:3]))
    forms = product(orders, product(_MOVES, repeat=2))
    return tuple(sorted(f"{a}{p}{b}{q}{c}" for (a, b, c), (p, q) in forms))


def value(answer):
    """Return what a well-formed answer comes to, from left to right.

    Example:
        >>> value("2+3*5")
        25
    """
    total = int(answer[0])
    for move, digit in zip(answer[1::2], answer[2::2], strict=True):
        total = _MOVES[move](total, int(digit))
    return total


def verify(prompt, answer):
    """Return whether an answer, well formed or not, is right.

    Example:
        >>> verify("23525", "2+3*5"), verify("23525", "5*5+0"), verify("23525", "+++++")
        (True, False, False)
    """
    return answer in answers(prompt) and value(answer) == int(prompt[3:])


@cache
def prompts():
    """Return all prompts that have a right answer, in alphabetical order."""
    digits = ("".join(three) for three in combinations_with_replacement("123456789", 3))
    reached = ((three, {value(answer) for answer in answers(three)}) for three in digits)
    return tuple(f"{d}{t:02}" for d, values in reached for t in sorted(values) if 0 < t < 100)


def tokens(texts):
    """Return texts of one length as indices into TOKENS, shape (text, character)."""
    return np.array([[TOKENS.index(character) for character in text] for text in texts])


@dataclass(frozen=True, eq=False)
class Answers:
    """All well-formed answers to some prompts, one a row, those of a prompt in neighbouring rows.

    prompts: the prompts, a tuple of str.
    prompt: index of the prompt of each row, shape (row,).
    tokens: the answers as indices into TOKENS, shape (row, 5).
    right: whether they are right, shape (row,).
    """

    prompts: tuple
    prompt: np.ndarray
    tokens: np.ndarray
    right: np.ndarray

    def verified(self, prompt, tokens):
        """Return whether answers are right.

        Args:
            prompt: index of the prompt of each, shape (answer,).
            tokens: the answers, well formed or not, shape (answer, 5).
        Returns:
            bool, shape (answer,).
        """
        right = _numbers(self.prompt[self.right], self.tokens[self.right])
        return np.isin(_numbers(prompt, tokens), right)

    def success(self, probability):
        """Return p, the chance to answer right, of each prompt.

        Args: probability of each answer, shape (..., row).
        Returns: shape (..., prompt).
        """
        return self.total(np.where(self.right, probability, 0.0))

    def total(self, values):
        """Return the sum over the answers of each prompt, shape (..., prompt).

        Args: values, shape (..., row).
        """
        first = np.flatnonzero(np.diff(self.prompt, prepend=-1))
        return np.add.reduceat(values, first, axis=-1)

    def entropy(self, probability):
        """Return the entropy of the answer to each prompt, in nats; malformed counts as one answer.

        Args: as `success`.
        Returns: shape (..., prompt).
        """
        malformed = np.maximum(1 - self.total(probability), 0.0)
        return -self.total(_x_log_x(probability)) - _x_log_x(malformed)


def _numbers(prompt, tokens):
    """Return one integer for each prompt and answer."""
    return prompt * len(TOKENS) ** LENGTH + tokens @ len(TOKENS) ** np.arange(LENGTH)


def _x_log_x(x):
    return x * np.log(np.where(x > 0, x, 1.0))


def all_answers(prompts):
    """Return the `Answers` to prompts, a sequence of str."""
    each = [answers(prompt) for prompt in prompts]
    right = [verify(p, answer) for p, given in zip(prompts, each, strict=True) for answer in given]
    return Answers(
        tuple(prompts),
        np.repeat(np.arange(len(each)), [len(given) for given in each]),
        tokens([answer for given in each for answer in given]),
        np.array(right),
    )


def exact_pass_at_k(p, k):
    """Return the chance that one of k answers is right, averaged over prompts.

    Args:
        p: chance of one answer to each prompt, shape (..., prompt).
        k: attempts, integer >= 1.
    Returns:
        shape (...).
    """
    return np.mean(1 - (1 - np.asarray(p)) ** k, axis=-1)


def drawn(training, held_out, *, rng, right=None):
    """Return prompts to train on and others to try, drawn without replacement.

    Args:
        training, held_out: how many of each.
        rng: `numpy.random.Generator`.
        right: if given, the most right answers that a prompt may have: 1 or 2 are hard ones.
    Returns:
        two tuples of str.
    """
    among = [p for p in prompts() if right is None or solutions(p) <= right]
    chosen = rng.permutation(among)[: training + held_out].tolist()
    return tuple(chosen[:training]), tuple(chosen[training:])


@cache
def solutions(prompt):
    """Return how many of the answers to a prompt are right."""
    return sum(verify(prompt, answer) for answer in answers(prompt))
