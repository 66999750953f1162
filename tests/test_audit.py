"""The audit finds known mistakes: those of chapter 5, of public ports and of trainers."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
from rewards import POLICY, TRANSFORMS, ks, named

from pkpo import advantages, audit, exact, jackknife, max_at_k, objectives, s, sloo_minus_one
from pkpo.audit import _Mean, _of_each

PAPER = {"reduction": "sum"}  # the scale of the transforms


def centred(weight):
    return weight - weight.mean()


def the_best_only(g, k):
    return [w * bool(r == max(g)) for w, r in zip(exact.s(g, k), g, strict=True)]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_every_transform_is_the_gradient_of_max_at_k(transform):
    for k in ks(transform, 4):
        found = audit(named(transform), 4, k, **PAPER)
        assert (found.factor, found.cosine) == pytest.approx((1, 1), abs=1e-12)
        assert found.verdicts == pytest.approx(1)
        assert found.is_a_gradient
        assert found.closest == (k, pytest.approx(1))
        takes = np.isin(range(1, 5), ks(transform, 4))
        np.testing.assert_allclose([x for _, x, _ in found.by_k], np.where(takes, 1, np.nan))


def test_what_a_trainer_takes_the_mean_of_is_n_times_smaller():
    assert audit(s, 5, 2).factor == pytest.approx(1 / 5)
    assert audit(advantages, 5, 2).factor == pytest.approx(1)
    assert audit(lambda g, k: -advantages(g, k), 5, 2).factor == pytest.approx(-1)


def test_mean_and_jacobian_are_those_of_exact():
    pays = [0.0, 1.0, 2.0]
    mean = _Mean(lambda g: _of_each(the_best_only, g, k=2), 3, "sum", "three rewards")
    p = [Fraction(11, 20), Fraction(3, 10), Fraction(3, 20)]
    expected = exact.expected_gradient(the_best_only, p, pays, 3, 2)
    np.testing.assert_allclose(mean(), np.array(expected, dtype=float), atol=1e-14)
    at_policy = mean(np.log(np.array(POLICY) / mean.p))
    expected = exact.expected_gradient(the_best_only, POLICY, pays, 3, 2)
    np.testing.assert_allclose(at_policy, np.array(expected, dtype=float), atol=1e-14)


# --- the four mistakes of chapter 5, n = 4 and k = 2


def test_average_best_has_the_wrong_length():
    found = audit(lambda g, k: [2 * w for w in exact.s(g, k)], 4, 2, **PAPER)
    assert (found.factor, found.cosine) == pytest.approx((2, 1))
    assert found.is_a_gradient


def test_less_the_mean_of_all_is_n_minus_k_over_n_of_the_gradient():
    def less_mean_of_all(g, k):
        return [w - exact.max_at_k(g, k) / 2 for w in exact.s(g, k)]

    found = audit(less_mean_of_all, 4, 2, **PAPER)
    assert (found.factor, found.cosine) == pytest.approx((1 / 2, 1))
    assert found.shift == 0


def test_the_best_only_climbs_nothing():
    found = audit(the_best_only, 4, 2, **PAPER)
    assert not found.is_a_gradient
    assert found.asymmetry > 1e-3
    assert found.cosine < 0.999
    assert found.shift > 0
    assert "the gradient of nothing" in repr(found)


def test_own_reward_climbs_another_hill():
    found = audit(lambda g, k: g / 2, 4, 2, **PAPER)
    assert found.is_a_gradient
    assert found.closest == (1, pytest.approx(1))
    assert found.cosine < 0.995
    assert "closest: max@1, cosine 1.0000" in repr(found)


# --- public ports, and what trainers do to weights, n = 6


@pytest.mark.parametrize("k", [2, 4])
def test_centring_the_jackknife_changes_nothing(k):
    found = audit(lambda g, k: centred(advantages(g, k, "jackknife")), 6, k)
    assert f"{found.factor:.3f} {found.cosine:.4f}" == "1.000 1.0000"


@pytest.mark.parametrize(
    ("k", "numbers"), [(2, "0.925 0.9994"), (4, "1.021 0.9967"), (6, "1.049 0.9969")]
)
def test_centring_the_own_margin_turns_and_stretches_it(k, numbers):
    found = audit(lambda g, k: centred(advantages(g, k, "sloo_minus_one")), 6, k)
    assert f"{found.factor:.3f} {found.cosine:.4f}" == numbers


@pytest.mark.parametrize(("k", "factor"), [(2, "0.111"), (4, "0.056"), (6, "0.000")])
def test_s_less_its_mean_at_the_scale_of_the_paper_fades_and_vanishes_at_k_equal_n(k, factor):
    found = audit(lambda g, k: centred(s(g, k)), 6, k)
    assert f"{found.factor:.3f}" == factor
    if k == 6:
        assert found.closest[0] is None
        assert np.isnan(found.cosine)


@pytest.mark.parametrize(("k", "cosine"), [(2, "0.972"), (4, "0.885"), (6, "0.787")])
def test_grpo_turns_away_as_k_grows_and_climbs_nothing(k, cosine):
    found = audit(lambda g, k: 6 * objectives.grpo(g), 6, k)
    assert f"{found.cosine:.3f}" == cosine
    assert not found.is_a_gradient


def test_an_uncentred_k_of_1_or_no_factor_n_is_seen_in_how_the_factor_moves():
    raw = audit(lambda g, k: advantages(g, k) if k > 1 else len(g) * g, 4, 2)
    np.testing.assert_allclose([x for _, x, _ in raw.by_k], [4, 1, 1, 1])
    paper = audit(sloo_minus_one, 5, 2)
    np.testing.assert_allclose(
        [(n, n * x) for n, x, _ in paper.by_n], [(n, 1) for n in range(2, 6)]
    )
    tied_to_n = audit(lambda g, k: sloo_minus_one(g, len(g)), 4, 4)
    assert tied_to_n.factor == pytest.approx(1 / 4)


# --- groups


def test_weights_of_zeros_ties_and_shifts_are_seen():
    found = audit(lambda g, k: g + 1 + 0.5 * (np.arange(3) == 2), 3, 1)
    assert (found.zeros, found.ties, found.shift) == pytest.approx((1.5, 0.5, 1))
    fine = audit(jackknife, 3, 1)
    assert (fine.zeros, fine.ties, fine.shift) == (0, 0, 0)


def test_audits_are_frozen_and_short():
    found = audit(lambda g, k: [float(max_at_k(g, k))] * 3, 3, 2)
    assert len(repr(found).splitlines()) == 7
    with pytest.raises(FrozenInstanceError):
        found.factor = 1


# --- errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, 4, 2), "weights must be a function of rewards and k, got 3"),
        ((s, 9, 2), "n must be at most 8, got n = 9"),
        ((s, 1, 1), "n must be at least 2, got n = 1"),
        ((s, 4, 5), r"k must be in 1\.\.n, got k = 5 with n = 4"),
        ((s, 4, 2, "max"), "reduction must be one of 'mean', 'sum', got 'max'"),
        ((jackknife, 4, 4), "weights must take n = 4 rewards and k = 4: k must be below n"),
        ((lambda g: g, 4, 2), "weights must take n = 4 rewards and k = 2: .*positional"),
        ((lambda g, k: g[1:], 4, 2), r"weights must return n = 4 finite numbers: got shape \(3,\)"),
        ((lambda g, k: g / 0, 3, 2), "weights must return n = 3 finite numbers: weights"),
    ],
)
def test_what_cannot_be_audited_is_refused_by_name(arguments, message):
    function, n, k, *rest = arguments
    with pytest.raises((ValueError, TypeError), match=message):
        audit(function, n, k, **({"reduction": rest[0]} if rest else {}))
