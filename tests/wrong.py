"""Wrong and odd arguments, and what every public function owes whoever passes one.

A test takes arguments that are right, puts something odd in the place of one of them, and calls
`answers_or_refuses`: the function answers right, or refuses by name. What is odd for one argument
is right for another, so these strategies promise nothing but variety.
"""

import inspect
import re
import warnings
from collections import deque
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec

import array_api_strict
import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

HUGE = 2**70  # fits no integer of NumPy's

fuzz = settings(
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class ArrayLike:
    """What a column of a data frame is to NumPy: it has `__array__`, and nothing else."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)

    def __repr__(self):
        return f"ArrayLike({self.values!r})"


class Missing:
    """As `pandas.NA`: it is equal to nothing, and cannot even say whether it is true."""

    def __eq__(self, other):
        return self

    def __ne__(self, other):
        return self

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = object.__hash__

    def __repr__(self):
        return "<NA>"


NUMBERS = [
    *(-1, 0, 1, 2, 3, 4, 7, 10**9, HUGE, -HUGE, 10**400),
    *(0.0, -0.0, 0.5, 1.0, 2.0, 2.5, -1.5, 1e308, -1e308, 5e-324, np.nan, np.inf, -np.inf),
    *(True, False, np.True_, np.int8(3), np.uint8(2), np.uint64(2**64 - 1), np.float32(0.1)),
    *(np.float16(2), np.longdouble(3), Fraction(1, 2), Fraction(3), Decimal("0.5"), 1j),
    *(np.array(2), np.array(2.5), np.array([2]), np.array([[3]]), np.complex64(1)),
]
MISSING = [
    *(None, np.nan, Missing(), np.datetime64("NaT"), np.timedelta64("NaT"), Decimal("nan")),
    np.ma.masked,
]
OTHERS = [
    *("", "2", "nan", "s", b"2", "a\0", [], (), [[]], {}, set(), {1, 2}, {"a": 1}, range(3)),
    *(object(), object, len, Ellipsis, NotImplemented, slice(3), date(2025, 1, 2)),
    *(deque([1, 2, 3]), bytearray(b"123"), memoryview(b"123"), np.random.default_rng),
    np.random.default_rng(0),
]

odd_numbers = st.sampled_from(NUMBERS) | st.integers(-5, 12) | st.floats()
odd_things = st.sampled_from([*NUMBERS, *MISSING, *OTHERS])
rewards = st.integers(-16, 16).map(lambda i: i / 8) | st.floats(width=32) | st.floats()
SHAPES = [(), (0,), (1,), (2,), (3,), (4,), (6,), (2, 3), (3, 1), (0, 3), (3, 0), (2, 1, 4)]
DTYPES = [
    *(bool, "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8", np.longdouble, "c8", "c16"),
    *("U3", "S3", "M8[D]", "m8[s]", object, np.dtypes.StringDType(), [("a", "f8")], "V4"),
]


@st.composite
def numpy_arrays(draw):
    """Draw an array of any dtype, shape and memory order."""
    shape, dtype = draw(st.sampled_from(SHAPES)), np.dtype(draw(st.sampled_from(DTYPES)))
    kinds = {"b": st.booleans(), "i": st.integers(-100, 100), "u": st.integers(0, 200)}
    entries = kinds.get(dtype.kind, rewards)
    values = draw(st.lists(entries, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numbers that a short float cannot hold
        if dtype.kind in "MmV":
            array = np.zeros(len(values), dtype)
        else:
            array = np.array(values).astype(dtype) if values else np.zeros(0, dtype)
    array = array.reshape(shape, order=draw(st.sampled_from("CF")))
    array = array[::-1] if shape and draw(st.booleans()) else array
    array.flags.writeable = draw(st.booleans())
    return array


@st.composite
def spoilt_lists(draw, entries=rewards):
    """Draw a list, flat or of lists, with something in one place that does not belong there."""
    row = draw(st.lists(entries, min_size=1, max_size=5))
    row[draw(st.integers(0, len(row) - 1))] = draw(odd_things)
    other = draw(st.lists(entries, min_size=len(row), max_size=len(row)))
    return draw(st.sampled_from([row, tuple(row), [row, other], [other, row], [row, []]]))


@st.composite
def masked_arrays(draw):
    """Draw masked arrays, lists and tuples of masked rows, and lists with a masked number."""
    row = draw(st.lists(rewards, min_size=1, max_size=4))
    mask = draw(st.lists(st.booleans(), min_size=len(row), max_size=len(row)))
    masked = np.ma.array(row, mask=draw(st.sampled_from([mask, False, True])))
    arrays = [masked, np.ma.array([row, row], mask=[mask, mask]), np.ma.array(2, mask=True)]
    lists = [[masked, masked], (row, masked), [[masked], [row]], [*row, masked[0]], [masked[0]]]
    return draw(st.sampled_from([*arrays, masked.astype(object), *lists]))


def foreign(array):
    """Return an array of each other library that is installed and takes this one of NumPy's."""
    try:
        made = [array_api_strict.asarray(array.copy())]
    except (TypeError, ValueError):  # a dtype that the standard does not know
        return []
    if find_spec("torch"):
        import torch

        made += [torch.asarray(array.copy())] if array.dtype != np.longdouble else []
    if find_spec("jax"):
        import jax

        made += [jax.numpy.asarray(array)] if array.dtype != np.longdouble else []
    return made


@st.composite
def odd_arrays(draw):
    """Draw an array or what looks like one: of NumPy, of another library, masked, a list, ..."""
    array = draw(numpy_arrays())
    kinds = [array, array.tolist(), ArrayLike(array), *foreign(array)]
    return draw(st.sampled_from(kinds) | spoilt_lists() | masked_arrays())


anything = odd_things | odd_numbers | odd_arrays()


def answers_or_refuses(function, arguments, right, blame=None):
    """Assert that function(**arguments) answers right, or refuses and names what is wrong.

    It refuses with a `ValueError` or a `TypeError` whose message begins with the name of an
    argument: "k must be ...", "n, c and k must ...", "g[1] must ...". Warnings are errors, but for
    those of NumPy that a right answer is too large for its dtype.

    Args:
        function: any public function.
        arguments: name -> value.
        right: function of (the answer, the arguments) that asserts that it is right, finite too.
        blame: the arguments that an error may name; by default all that the function has.
    Returns:
        the error or None, so that a test can tell how often it was one or the other.
    """
    blame = set(blame or inspect.signature(function).parameters)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "overflow encountered")
            answer = function(**arguments)
    except (ValueError, TypeError) as error:
        named = re.match(r"(\w+(, \w+)*( and \w+)?)(\[[^]]*\])? must ", str(error))
        assert named, f"{type(error).__name__}: {error}"
        assert set(re.findall(r"\w+", named[1])) & blame, error
        return error
    right(answer, arguments)
    return None
