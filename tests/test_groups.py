"""The advantages of groups of different sizes, given as labels."""

from dataclasses import FrozenInstanceError
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libraries import LIBRARIES, NUMPY, each
from rewards import TRANSFORMS, assert_equal_to_rounding, bits, eighths, floats, law
from wrong import ArrayLike, Missing

from pkpo import advantages, advantages_by_group, diagnostics, max_at_k

every_library = each(LIBRARIES)
every_estimator = pytest.mark.parametrize("estimator", TRANSFORMS)

# Sizes 3, 6, 3, 4, 4, 3 and 1: some are shared, and no label is what it would be if counted.
SIZES = {7: 3, -2: 6, 0: 3, 10**9: 4, 3: 4, -(10**9): 3, 5: 1}
LABELS = np.random.default_rng(0).permutation(np.repeat(list(SIZES), list(SIZES.values())))
REWARDS = np.random.default_rng(1).integers(-16, 17, LABELS.size) / 8


def smallest(estimator, k):
    """Return the fewest attempts that an estimator takes for k."""
    spare = estimator in ("sloo", "jackknife") or (estimator == "sloo_minus_one" and k == 1)
    return k + spare


def one_by_one(g, group, k, estimator="sloo_minus_one", reduction="mean", too_small=None):
    """Return what `advantages` makes of each group on its own."""
    weight = np.empty(len(g))
    for label in np.unique(group):
        here = group == label
        if too_small is None or here.sum() >= smallest(estimator, k):
            weight[here] = advantages(g[here], k, estimator, reduction)
        else:
            weight[here] = too_small
    return weight


def of(*labels):
    """Return the rewards and the labels of the groups with these labels, in their order."""
    here = np.isin(LABELS, labels)
    return REWARDS[here], LABELS[here]


# --- what is computed


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("k", [1, 2, 3])
@every_estimator
@every_library
def test_each_group_is_a_row_of_advantages(library, estimator, k, reduction):
    large = [label for label, size in SIZES.items() if size >= smallest(estimator, k)]
    g, group = of(*large)
    weight = advantages_by_group(
        library.array(g), library.array(group, "int64"), k, estimator=estimator, reduction=reduction
    )
    library.assert_own(weight, "float64", g.shape)
    expected = one_by_one(g, group, k, estimator, reduction)
    assert_equal_to_rounding(library.numpy(weight), expected, g)


@every_library
def test_the_default_is_that_of_advantages(library):
    g, group = of(-2, 7, 3)
    weight = advantages_by_group(library.array(g), library.array(group, "int64"), 2)
    assert_equal_to_rounding(library.numpy(weight), one_by_one(g, group, 2), g)


@st.composite
def labelled(draw, rewards=eighths):
    """Draw rewards, their labels in any order, and k."""
    group = draw(st.lists(st.integers(-3, 3).map(lambda i: i * 10**6), min_size=1, max_size=30))
    count = len(group)
    g = draw(st.lists(rewards, min_size=count, max_size=count))
    return np.array(g, dtype=float), np.array(group), draw(st.integers(1, 5))


@pytest.mark.parametrize("rewards", [eighths, floats, bits], ids=["eighths", "floats", "bits"])
@every_estimator
@given(data=st.data())
@law
def test_any_labels_in_any_order_are_the_groups_one_by_one(estimator, rewards, data):
    g, group, k = data.draw(labelled(rewards))
    weight = advantages_by_group(g, group, k, estimator=estimator, small_groups="nan")
    expected = one_by_one(g, group, k, estimator, too_small=np.nan)
    assert_equal_to_rounding(weight, expected, np.append(g * len(g), 0))


@every_estimator
@given(data=st.data())
@law
def test_attempts_that_change_places_take_their_weights_along(estimator, data):
    g, group, k = data.draw(labelled())
    order = np.array(data.draw(st.permutations(range(len(g)))))

    def weight(g, group):
        return advantages_by_group(g, group, k, estimator=estimator, small_groups="zero")

    moved, stayed = weight(g[order], group[order]), weight(g, group)[order]
    assert_equal_to_rounding(moved, stayed, np.append(g * len(g), 0))


@every_library
def test_other_names_for_the_groups_change_no_bit(library):
    g, group = of(-2, 7, 3, 0)
    renamed = np.unique(group, return_inverse=True)[1]
    by_label, by_count = (
        library.numpy(advantages_by_group(library.array(g), library.array(labels, "int64"), 2))
        for labels in (group, renamed)
    )
    np.testing.assert_array_equal(by_label, by_count)


@every_library
def test_one_group_is_advantages(library):
    g = library.array(REWARDS)
    weight = advantages_by_group(g, library.array(np.full(REWARDS.size, -4), "int64"), 3)
    assert_equal_to_rounding(library.numpy(weight), advantages(REWARDS, 3), REWARDS)


@every_library
def test_no_attempts_have_no_weights(library):
    for small_groups in ("error", "zero", "nan"):
        weight = advantages_by_group(
            library.array([], "float32"), library.array([], "int64"), 3, small_groups=small_groups
        )
        library.assert_own(weight, "float32", (0,))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@every_library
@pytest.mark.filterwarnings("error")
def test_a_reward_that_is_not_finite_spoils_its_own_group_and_all_of_it(library, bad):
    g, group = of(-2, 7, 3, 0)
    spoilt = g.copy()
    spoilt[np.flatnonzero(group == 7)[1]] = bad
    whole, weight = (
        library.numpy(advantages_by_group(library.array(x), library.array(group, "int64"), 2))
        for x in (g, spoilt)
    )
    np.testing.assert_array_equal(weight, np.where(group == 7, np.nan, whole))


# --- in what it is answered


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32"])
@every_library
def test_labels_of_any_integer_dtype_will_do(library, dtype):
    g, group = np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.array([9, 3, 9, 3, 9])
    weight = advantages_by_group(library.array(g), library.array(group, dtype), 2)
    assert_equal_to_rounding(library.numpy(weight), one_by_one(g, group, 2), g)


@every_library
def test_labels_may_be_numpy_s_or_a_list_of_names(library):
    g, names = np.array([1.0, 2.0, 4.0, 8.0, 16.0]), ["b", "a", "b", "a", "b"]
    expected = one_by_one(g, np.array(names), 2)
    for group in (names, np.array(names), np.array([9, 3, 9, 3, 9]), [9, 3, 9, 3, 9]):
        weight = advantages_by_group(library.array(g), group, 2)
        library.assert_own(weight, "float64", g.shape)
        assert_equal_to_rounding(library.numpy(weight), expected, g)


@every_library
def test_floats_stay_but_are_computed_in_float64(library):
    g, group = of(-2, 7, 3)
    labels = library.array(group, "int64")
    wide = advantages_by_group(library.array(g), labels, 2)
    for dtype in library.floats:
        weight = advantages_by_group(library.array(g, dtype), labels, 2)
        library.assert_own(weight, dtype, g.shape)
        rounded = library.numpy(library.cast(wide, dtype))
        np.testing.assert_array_equal(library.numpy(weight), rounded)


@pytest.mark.parametrize("dtype", ["bool", "int64"])
@every_library
def test_integers_and_booleans_become_float64(library, dtype):
    g, group = np.array([0, 1, 1, 0, 1]), library.array([1, 1, 2, 2, 2], "int64")
    weight = advantages_by_group(library.array(g, dtype), group, 2)
    library.assert_own(weight, "float64", (5,))
    assert_equal_to_rounding(library.numpy(weight), one_by_one(g, library.numpy(group), 2), g)


def test_lists_and_tuples_are_answered_in_numpy():
    for kind in (list, tuple):
        weight = advantages_by_group(kind([0, 1, 1, 0]), kind([5, 5, 4, 4]), 2)
        NUMPY.assert_own(weight, "float64", (4,))
        np.testing.assert_allclose(weight, [0, 2, 2, 0])


@every_library
def test_rewards_and_labels_are_never_changed_in_place(library):
    g, group = of(-2, 7, 3)
    rewards, labels = library.array(g), library.array(group, "int64")
    advantages_by_group(rewards, labels, 2)
    np.testing.assert_array_equal(library.numpy(rewards), g)
    np.testing.assert_array_equal(library.numpy(labels), group)


# --- groups that are too small


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize(("choice", "weight"), [("zero", 0.0), ("nan", np.nan)])
@every_estimator
@every_library
def test_small_groups_weigh_what_the_caller_chose(library, estimator, choice, weight, k):
    result = advantages_by_group(
        library.array(REWARDS, "float32"),
        library.array(LABELS, "int64"),
        k,
        estimator=estimator,
        small_groups=choice,
    )
    library.assert_own(result, "float32", REWARDS.shape)
    expected = one_by_one(REWARDS, LABELS, k, estimator, too_small=weight)
    np.testing.assert_allclose(library.numpy(result), expected, rtol=1e-6, atol=1e-6)
    small = np.array([SIZES[label] < smallest(estimator, k) for label in LABELS])
    np.testing.assert_array_equal(library.numpy(result)[small], np.full(small.sum(), weight))


@pytest.mark.parametrize("choice", ["zero", "nan"])
@every_library
def test_a_reward_that_is_not_finite_in_a_small_group_changes_nothing(library, choice):
    g = np.where(LABELS == 5, np.nan, REWARDS)
    labels = library.array(LABELS, "int64")
    spoilt, whole = (
        library.numpy(advantages_by_group(library.array(x), labels, 2, small_groups=choice))
        for x in (g, REWARDS)
    )
    np.testing.assert_array_equal(spoilt, whole)


@pytest.mark.parametrize(
    ("estimator", "k", "labels"),
    [
        ("s", 2, [5]),
        ("s", 4, [7, 0, -(10**9), 5]),
        ("sloo", 1, [5]),
        ("sloo", 3, [7, 0, -(10**9), 5]),
        ("sloo_minus_one", 1, [5]),
        ("sloo_minus_one", 4, [7, 0, -(10**9), 5]),
        ("jackknife", 3, [7, 0, -(10**9), 5]),
    ],
)
@every_library
def test_small_groups_are_an_error_that_names_label_size_and_k(library, estimator, k, labels):
    g, group = library.array(REWARDS), library.array(LABELS, "int64")
    with pytest.raises(ValueError, match=rf"\bk = {k}\b") as error:
        advantages_by_group(g, group, k, estimator=estimator)
    message = str(error.value)
    for label in labels:
        assert f"{label} with {SIZES[label]}" in message
    with pytest.raises(ValueError, match=rf"\bk = {k}\b") as chosen:
        advantages_by_group(g, group, k, estimator=estimator, small_groups="error")
    assert str(chosen.value) == message


# --- other errors


@pytest.mark.parametrize("choice", ["clamp", None, True])
@every_library
def test_an_unknown_choice_is_an_error_that_lists_the_known(library, choice):
    g, group = library.array([1.0, 2.0]), library.array([1, 1], "int64")
    known = "small_groups must be one of 'error', 'zero', 'nan', got "
    with pytest.raises(ValueError, match=known):
        advantages_by_group(g, group, 2, small_groups=choice)


def test_an_unknown_estimator_or_reduction_is_an_error_that_lists_the_known():
    known = "'s', 'sloo', 'sloo_minus_one', 'jackknife', 'pass_at_k_training', 'tzsm'"
    with pytest.raises(ValueError, match=f"estimator must be one of {known}, got 'loo'"):
        advantages_by_group([1, 2], [1, 1], 2, estimator="loo")
    with pytest.raises(ValueError, match="reduction must be one of 'mean', 'sum', got None"):
        advantages_by_group([1, 2], [1, 1], 2, reduction=None)


@pytest.mark.parametrize("small_groups", ["error", "zero", "nan"])
@pytest.mark.parametrize("k", [0, -1, 2.0, True, None, "2"])
@every_library
def test_k_that_no_group_could_take_is_an_error_whatever_the_choice(library, k, small_groups):
    g, group = library.array([1.0, 2.0]), library.array([1, 1], "int64")
    with pytest.raises(ValueError, match="k must be"):
        advantages_by_group(g, group, k, small_groups=small_groups)


@pytest.mark.parametrize(
    ("g", "group"),
    [
        ([1.0, 2.0, 3.0], [1, 1]),
        ([1.0, 2.0], [1, 1, 1]),
        ([1.0, 2.0], 1),
        ([1.0, 2.0], [[1, 1]]),
        ([1.0, 2.0], [[1], [1]]),
        ([], [1]),
    ],
)
@every_library
def test_every_reward_needs_its_label(library, g, group):
    with pytest.raises(ValueError, match=r"g and group must have one shape \(N,\), got shapes"):
        advantages_by_group(library.array(g), library.array(group, "int64"), 1)


@every_library
def test_rewards_must_stand_in_one_row(library):
    with pytest.raises(ValueError, match=r"g and group must have one shape \(N,\), got shapes"):
        advantages_by_group(library.array([[1.0, 2.0]]), library.array([[1, 1]], "int64"), 1)
    with pytest.raises(ValueError, match="g must have shape"):
        advantages_by_group(library.array(1.0), library.array(1, "int64"), 1)


@pytest.mark.parametrize("g", [[1j, 2], ["1", "2"], [None, 1]])
def test_rewards_that_are_not_real_numbers_are_an_error(g):
    with pytest.raises(TypeError, match=r"g(\[0\])? must (hold real numbers|be a real number)"):
        advantages_by_group(g, [1, 1], 2)


# --- labels

NAMES = ["b", "a", "b", "", "a", "b", ""]  # groups of 3, 2 and 2
PAID = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
LABELLED = {
    "strings": np.array(NAMES),
    "bytes": np.array(NAMES, "S"),
    "objects": np.array(NAMES, dtype=object),
    "StringDType": np.array(NAMES, dtype=np.dtypes.StringDType()),
    "a column": ArrayLike(np.array(NAMES, dtype=object)),
    "a list": NAMES,
    "a tuple": tuple(NAMES),
    "NumPy's strings": [np.str_(name) for name in NAMES],
    "pairs": [("prompt", name) for name in NAMES],
    "numbers and strings": [{"a": 1, "b": "1", "": b"1"}[name] for name in NAMES],
    "strings that end in a NUL": [{"a": "x", "b": "x\0", "": "x\0\0"}[name] for name in NAMES],
    "floats": [{"a": 0.5, "b": np.inf, "": -1.5}[name] for name in NAMES],
    "booleans and a string": [{"a": True, "b": False, "": "no"}[name] for name in NAMES],
    "arrays of one": [np.array(ord(name or "c")) for name in NAMES],
    "dates": np.array([{"a": 1, "b": 2, "": 3}[name] for name in NAMES], "M8[D]"),
    "objects of a class": [{"a": object, "b": Missing, "": int}[name] for name in NAMES],
}


@pytest.mark.parametrize("labels", LABELLED.values(), ids=LABELLED)
def test_anything_of_equal_labels_makes_groups(labels):
    expected = one_by_one(PAID, np.array(NAMES), 2)
    np.testing.assert_array_equal(advantages_by_group(PAID, labels, 2), expected)


@every_library
def test_a_list_of_another_library_s_numbers_makes_groups(library):
    labels = [library.array(ord(name or "c"), "int64") for name in NAMES]
    np.testing.assert_array_equal(
        advantages_by_group(PAID, labels, 2), one_by_one(PAID, np.array(NAMES), 2)
    )


def test_booleans_and_floats_in_arrays_make_groups():
    for labels in ([True, False, True], [0.5, -1.0, 0.5]):
        weight = advantages_by_group([1.0, 5.0, 3.0], np.array(labels), 1, small_groups="zero")
        np.testing.assert_array_equal(weight, [-2, 0, 2])


NOTHING = np.dtypes.StringDType(na_object=None)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", None, "b"], r"group\[1\] must be a label, got None"),
        (np.array(["a", "b", None]), r"group\[2\] must be a label, got None"),
        (["a", np.nan, "b"], r"group\[1\] must be a label, got nan"),
        ([1.0, 2.0, np.nan], r"group\[2\] must be a label, got nan"),
        (np.array([1.0, np.nan, 2.0]), r"group\[1\] must be a label, got nan"),
        (ArrayLike(np.array([Missing(), 1, 1])), r"group\[0\] must be a label, got <NA>"),
        (np.array(["2025-01-02", "NaT", "NaT"], "M8[D]"), r"group\[1\] must be a label, got NaT"),
        ([np.timedelta64("NaT"), 1, 2], r"group\[0\] must be a label, got"),
        (np.array(["a", None, "b"], NOTHING), r"group\[1\] must be a label, got None"),
        ([[1], [1], [2]], r"group\[0\] must be a label, got \[1\]"),
        ([1, np.array([1, 2]), 1], r"group\[1\] must be a label, got array\(\[1, 2\]\)"),
    ],
)
def test_what_is_missing_or_no_label_is_refused_with_its_position(labels, message):
    with pytest.raises(ValueError, match=message):
        advantages_by_group([1.0, 2.0, 3.0], labels, 2, small_groups="zero")


@pytest.mark.parametrize("labels", [[1j, 1j, 2], np.zeros(3, "V4"), np.zeros(3, [("a", "f8")])])
def test_arrays_of_what_cannot_be_sorted_are_refused(labels):
    with pytest.raises(TypeError, match="group must hold labels, got dtype"):
        advantages_by_group([1.0, 2.0, 3.0], np.array(labels), 2)


@pytest.mark.parametrize(
    "labels",
    [
        np.ma.array([1, 1, 2]),
        [np.ma.array(1), 1, 1],
        (1, np.ma.masked, 1),
        np.ma.array(["a", "a", "b"], mask=[0, 0, 1]),
    ],
)
def test_masked_labels_are_refused(labels):
    with pytest.raises(TypeError, match="group must not (be|hold) masked"):
        advantages_by_group([1.0, 2.0, 3.0], labels, 1)


# --- attempts of several rows


@every_estimator
@every_library
def test_rows_of_an_attempt_count_as_one_and_weigh_the_same(library, estimator):
    g, group = of(-2, 7, 3)
    turns = np.random.default_rng(3).integers(1, 4, g.size)
    rows = np.random.default_rng(4).permutation(np.repeat(np.arange(g.size), turns))
    attempt = np.arange(g.size) % 7  # those of another group may have the same number
    for name in (-2, 7, 3):
        attempt[group == name] = np.arange((group == name).sum())
    weight = advantages_by_group(
        library.array(g[rows]),
        library.array(group[rows], "int64"),
        2,
        attempt=library.array(attempt[rows], "int64"),
        estimator=estimator,
    )
    library.assert_own(weight, "float64", rows.shape)
    expected = one_by_one(g, group, 2, estimator)[rows]
    assert_equal_to_rounding(library.numpy(weight), expected, g)


def test_turns_of_an_agent_are_one_rollout():
    g, group = [0.8, 0.8, 0.1], [0, 0, 0]
    weight = advantages_by_group(g, group, 2, attempt=["a", "a", "b"])
    np.testing.assert_allclose(weight, [1.4, 1.4, 0], rtol=1e-15)
    np.testing.assert_allclose(advantages_by_group(g, group, 2), [0.7, 0.7, 0], rtol=1e-15)


def test_rows_of_an_attempt_with_different_rewards_are_refused_with_their_place():
    message = r"g\[2\] must be as in the other rows of attempt 'a', got 0\.3, and g\[0\] = 0\.1"
    with pytest.raises(ValueError, match=message):
        advantages_by_group([0.1, 0.5, 0.3], [1, 1, 1], 1, attempt=["a", "b", "a"])
    with pytest.raises(ValueError, match=r"g\[1\] must be as in the other rows of attempt 0"):
        advantages_by_group([0.1, np.nan], [1, 1], 1, attempt=[0, 0], missing="leave out")
    spoilt = advantages_by_group([np.nan, np.nan, 1.0], [1, 1, 1], 1, attempt=[0, 0, 1])
    assert np.isnan(spoilt).all()


# --- missing rewards


@every_estimator
@every_library
def test_a_left_out_attempt_weighs_nothing_and_its_group_as_if_drawn_without_it(library, estimator):
    g, group = of(-2, 3)
    gone = np.zeros(g.size, dtype=bool)
    gone[[np.flatnonzero(group == -2)[1], np.flatnonzero(group == 3)[2]]] = True
    weight = advantages_by_group(
        library.array(np.where(gone, np.nan, g), "float32"),
        library.array(group, "int64"),
        2,
        estimator=estimator,
        missing="leave out",
    )
    library.assert_own(weight, "float32", g.shape)
    expected = np.zeros(g.size)
    expected[~gone] = one_by_one(g[~gone], group[~gone], 2, estimator)
    np.testing.assert_allclose(library.numpy(weight), expected, rtol=1e-6, atol=1e-6)


@every_library
def test_a_missing_reward_may_count_as_a_failure(library):
    g, group = np.array([1.0, np.nan, 0.5, 0.0, np.nan]), [1, 1, 1, 2, 2]
    weight = advantages_by_group(library.array(g), group, 2, missing="failure")
    expected = one_by_one(np.nan_to_num(g), np.array(group), 2)
    np.testing.assert_allclose(library.numpy(weight), expected, rtol=1e-14)
    with pytest.raises(ValueError, match=r"g must be at least 0 where missing='failure'.* -1\.0"):
        advantages_by_group(library.array([-1.0, np.nan]), [1, 1], 2, missing="failure")


@every_library
def test_a_missing_reward_may_be_an_error_that_names_it(library):
    g = library.array([1.0, 2.0, np.nan])
    with pytest.raises(ValueError, match=r"g\[2\] must be a reward, got a missing one"):
        advantages_by_group(g, [1, 1, 1], 2, missing="error")
    assert np.isnan(library.numpy(advantages_by_group(g, [1, 1, 1], 2))).all()


def test_none_in_a_list_or_a_column_is_missing_where_that_is_allowed():
    g = [1.0, None, 0.0, 0.5]
    for column in (g, tuple(g), np.array(g, dtype=object), ArrayLike(np.array(g, dtype=object))):
        weight = advantages_by_group(column, [1] * 4, 2, missing="leave out")
        np.testing.assert_allclose(weight[[0, 2, 3]], advantages([1, 0, 0.5], 2))
        assert weight[1] == 0
    with pytest.raises(TypeError, match=r"g\[1\] must be a real number, got None"):
        advantages_by_group(g, [1] * 4, 2)


@every_library
def test_weights_stay_where_they_belong_if_all_rewards_are_missing(library):
    g, group = library.array([np.nan, np.nan], "float32"), library.array([1, 2], "int64")
    weight = advantages_by_group(g, group, 2, missing="leave out", small_groups="zero")
    library.assert_own(weight, "float32", (2,))
    np.testing.assert_array_equal(library.numpy(weight), [0, 0])


def test_groups_that_are_small_without_what_is_missing_are_small():
    g, group = [1, None, 0, None, None], [1, 1, 2, 2, 3]
    with pytest.raises(ValueError, match="got 1 with 1, 2 with 1, 3 with 0"):
        advantages_by_group(g, group, 2, missing="leave out")
    weight = advantages_by_group(g, group, 2, missing="leave out", small_groups="nan")
    np.testing.assert_array_equal(weight, [np.nan, 0, np.nan, 0, 0])
    nothing = advantages_by_group([None] * 2, [1, 1], 2, missing="leave out", small_groups="zero")
    np.testing.assert_array_equal(nothing, [0, 0])


# --- what to log


def batch(n):
    """Return a batch with one group for each number of successes, whose number is its label."""
    return (np.arange(n) < np.arange(n + 1)[:, None]).ravel(), np.repeat(np.arange(n + 1), n)


@pytest.mark.parametrize(("k", "signal"), [(4, "0.998"), (8, "0.773"), (16, "0.000244")])
def test_silent_groups_are_those_in_which_no_attempt_weighs_anything(k, signal):
    f, group = batch(16)
    chance = np.array([comb(16, c) for c in range(17)]) / 2**16
    silent = [diagnostics(f[group == c], group[group == c], k).silent for c in range(17)]
    assert set(silent) == {0, 1}
    assert f"{1 - chance @ silent:.3g}" == signal
    assert diagnostics(f, group, k).silent == pytest.approx(np.mean(silent))


def test_diagnostics_count_what_is_left_out_and_say_why():
    g = [1, 0, 0, 1, 1, np.inf, 0, 1, None, 0.5, 0]
    group = list("aaabbccdddd")
    log = diagnostics(g, group, 3, missing="leave out", small_groups="zero")
    assert (log.k, log.groups, log.attempts, log.missing) == (3, 4, 10, 1)
    assert log.small == (("b", 2), ("c", 2))
    assert log.spoilt == ()
    assert log.grade == pytest.approx(np.mean([max_at_k([1, 0, 0], 3), max_at_k([1, 0.5, 0], 3)]))
    assert log.largest == pytest.approx(3)
    two = diagnostics(g, group, 2, missing="leave out")
    assert two.spoilt == ("c",)
    assert two.silent == pytest.approx(1 / 3)
    assert "left out: 'c' not finite" in repr(two)
    with pytest.raises(FrozenInstanceError):
        two.k = 1


@every_library
def test_diagnostics_take_arrays_of_every_library(library):
    g, group = of(-2, 7, 3)
    expected = diagnostics(g, group, 2, estimator="jackknife")
    labels = library.array(group, "int64")
    assert diagnostics(library.array(g), labels, 2, estimator="jackknife") == expected


def test_turns_count_once_in_the_diagnostics():
    once = diagnostics([1, 0, 0], [1, 1, 1], 2)
    again = diagnostics([1, 1, 0, 0], [1, 1, 1, 1], 2, attempt=[5, 5, 6, 7])
    assert again == once


def test_nothing_to_weigh_is_nan():
    log = diagnostics([1, 0], [1, 2], 2, small_groups="zero")
    assert np.isnan([log.silent, log.grade, log.largest]).all()


# --- other names for estimators


@pytest.mark.parametrize(("n", "c", "k"), [(4, 1, 2), (16, 5, 4), (8, 3, 8 - 3)])
def test_pass_at_k_training_is_the_jackknife_over_a_standard_deviation(n, c, k):
    f = np.arange(n) < c
    fail = comb(n - c, k) / comb(n, k)
    sigma = np.sqrt(fail * (1 - fail))
    printed = np.where(f, fail, fail - comb(n - c - 1, k - 1) / comb(n - 1, k - 1)) / sigma
    np.testing.assert_allclose(advantages(f, k, "pass_at_k_training"), printed, rtol=1e-12)
    by_jackknife = (n - k) / k * advantages(f, k, "jackknife", "sum") / sigma
    np.testing.assert_allclose(printed, by_jackknife, rtol=1e-12)


def test_tzsm_is_the_own_margin_at_k_equal_to_n_and_nothing_else():
    g = [0.5, 2.0, 1.25]
    np.testing.assert_allclose(advantages(g, 3, "tzsm", "sum"), [0, 0.75, 0])
    with pytest.raises(ValueError, match="k must be n = 3 for the estimator 'tzsm', got k = 2"):
        advantages(g, 2, "tzsm")
    np.testing.assert_allclose(advantages_by_group(g, [1, 1, 1], 3, estimator="tzsm"), [0, 2.25, 0])
