"""Countdown: answers, verdicts and pass@k are those of the definition, counted the long way."""

import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from pkpo.lab import countdown

PROMPTS = ("23525", "22808", "77721", "12399")


def well_formed(prompt):
    """Return the answers among all texts of the right form, by their digits."""
    digits = sorted(set(prompt[:3]))
    texts = ("".join(text) for text in product(digits, "+-*", digits, "+-*", digits))
    return [text for text in texts if sorted(re.findall(r"\d", text)) == sorted(prompt[:3])]


def by_brackets(answer):
    """Return the value of an answer, its brackets set so that the left comes first."""
    return eval(f"({answer[:3]}){answer[3:]}")


@pytest.mark.parametrize("prompt", PROMPTS)
def test_answers_are_all_texts_that_use_each_digit_once(prompt):
    assert list(countdown.answers(prompt)) == sorted(well_formed(prompt))


def test_there_are_54_answers_unless_digits_are_equal():
    assert [len(countdown.answers(prompt)) for prompt in PROMPTS] == [54, 27, 9, 54]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_values_are_computed_from_left_to_right(prompt):
    for answer in countdown.answers(prompt):
        assert countdown.value(answer) == by_brackets(answer)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_an_answer_is_right_when_it_is_well_formed_and_reaches_the_target(prompt):
    right = [a for a in well_formed(prompt) if by_brackets(a) == int(prompt[3:])]
    assert [a for a in countdown.answers(prompt) if countdown.verify(prompt, a)] == sorted(right)
    assert countdown.solutions(prompt) == len(right)


@pytest.mark.parametrize("answer", ["5*5+0", "25+00", "5*5*1", "+2*35", "2+3*55", "", "2+3*5 "])
def test_what_is_no_answer_is_not_right(answer):
    assert not countdown.verify("23525", answer)


def test_prompts_are_those_with_a_right_answer():
    every = {f"{d}{t:02}" for d in ("123", "557", "999") for t in range(1, 100)}
    asked = {p for p in countdown.prompts() if p[:3] in ("123", "557", "999")}
    assert asked == {p for p in every if countdown.solutions(p)}
    assert len(countdown.prompts()) == len(set(countdown.prompts())) == 1860
    assert all(list(p[:3]) == sorted(p[:3]) for p in countdown.prompts())


def test_answers_that_were_drawn_are_right_where_they_are_verified():
    table = countdown.all_answers(PROMPTS)
    texts = [*countdown.answers(PROMPTS[0]), "*****", "5*5+0", "3+5*2", "9+9+9"]
    for index, prompt in enumerate(PROMPTS):
        verdict = table.verified(np.full(len(texts), index), countdown.tokens(texts))
        assert verdict.tolist() == [countdown.verify(prompt, text) for text in texts]


def test_success_is_the_probability_of_right_answers_and_entropy_counts_malformed_as_one():
    table = countdown.all_answers(PROMPTS)
    probability = np.random.default_rng(0).dirichlet(np.ones(150), size=2)[:, : len(table.prompt)]
    for index, prompt in enumerate(PROMPTS):
        rows = table.prompt == index
        for each, p, total, entropy in zip(
            probability[:, rows], table.success(probability)[:, index],
            table.total(probability)[:, index], table.entropy(probability)[:, index], strict=True,
        ):  # fmt: skip
            right = [countdown.verify(prompt, a) for a in countdown.answers(prompt)]
            whole = [*each, 1 - each.sum()]
            assert np.isclose(p, each[right].sum())
            assert np.isclose(total, each.sum())
            assert np.isclose(entropy, -sum(x * np.log(x) for x in whole))


def test_an_answer_that_is_certain_has_no_entropy():
    table = countdown.all_answers(("23525",))
    certain = np.zeros(54)
    certain[7] = 1.0
    assert table.entropy(certain).tolist() == [0.0]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_pass_at_k_is_that_of_all_draws_of_k_answers(k):
    """Every draw of k answers to a prompt of nine, from a distribution in fractions."""
    table = countdown.all_answers(("77721",))
    shares = [Fraction(i + 1, 50) for i in range(9)]  # 45 of 50: malformed has the rest
    outcomes = [*zip(shares, table.right.tolist(), strict=True), (Fraction(5, 50), False)]
    solved = Fraction(0)
    for draw in product(outcomes, repeat=k):
        chance = Fraction(1)
        for share, _ in draw:
            chance *= share
        solved += chance * any(right for _, right in draw)
    p = table.success(np.array([float(share) for share in shares]))
    assert np.isclose(countdown.exact_pass_at_k(p, k), float(solved), rtol=1e-12)


def test_training_and_held_out_prompts_have_none_in_common():
    training, held_out = countdown.drawn(60, 40, rng=np.random.default_rng(0))
    assert [len(training), len(held_out), len({*training, *held_out})] == [60, 40, 100]
    assert {*training, *held_out} <= {*countdown.prompts()}


def test_hard_prompts_have_one_right_answer():
    hard, _ = countdown.drawn(300, 0, rng=np.random.default_rng(0), right=1)
    assert {countdown.solutions(prompt) for prompt in hard} == {1}
