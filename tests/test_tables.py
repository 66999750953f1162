"""The tables: the same entries for page and terminal, and refusals that name a place."""

from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest

from pkpo.figures.tables import table

COLUMNS = ["k", "rule", "mean", "share"]
ROWS = [[1, "a < b", -1e-9, Fraction(-3, 4)], [np.int64(10), "all & none", np.float32(-2.5), None]]
ENTRIES = [COLUMNS, ["1", "a < b", "0.00", "−3/4"], ["10", "all & none", "−2.50", ""]]


@pytest.fixture
def shown():
    """The table as a page shows it, its entries with their tags and attributes."""
    return ElementTree.fromstring(table(ROWS, COLUMNS, ".2f")._repr_html_())


def test_page_and_terminal_say_the_same(shown):
    assert [[entry.text or "" for entry in row] for row in shown.iter("tr")] == ENTRIES
    assert repr(table(ROWS, COLUMNS, ".2f")).splitlines() == [
        " k  rule         mean  share",
        " 1  a < b        0.00   −3/4",
        "10  all & none  −2.50",
    ]


def test_names_of_columns_and_rows_are_headers_with_a_scope(shown):
    assert [part.tag for part in shown] == ["thead", "tbody"]
    scopes = [[(entry.tag, entry.get("scope")) for entry in row] for row in shown.iter("tr")]
    names = [("th", "col")] * 4
    assert scopes == [names, *[[("th", "row"), *[("td", None)] * 3]] * 2]


def test_numbers_and_their_names_stand_right_and_words_left(shown):
    for row in shown.iter("tr"):
        sides = [entry.get("class") for entry in row]
        assert sides == ["text-right", None, "text-right", "text-right"]


def test_every_column_can_have_its_own_format():
    cells = table([["x", 0.5, 2.0]], ["name", "a", "b"], ["", ".0%", ".1e"]).cells
    assert cells[1] == ["x", "50%", "2.0e+00"]


def test_whole_numbers_and_fractions_keep_every_digit():
    assert table([[10**20, Fraction(1, 3)]], ["n", "share"], ".1f").cells[1] == [str(10**20), "1/3"]


@pytest.mark.parametrize("zero", [-0.0, -0.0004, np.float64(-0.0)])
def test_nothing_is_a_negative_zero(zero):
    assert table([[zero]], ["x"]).cells[1] == ["0.000"]


def test_rows_may_be_made_while_they_are_read():
    assert table(((i, i / 2) for i in range(3)), ["i", "half"], ".1f").cells[3] == ["2", "1.0"]


@pytest.mark.parametrize(
    ("rows", "columns", "formats", "error", "message"),
    [
        ([], ["a"], ".3f", ValueError, "rows must have at least one row, got none"),
        ([[1, 2], [3]], ["a", "b"], ".3f", ValueError, r"rows\[1\] must have 2 entries, got 1"),
        ([[1, 2]], ["a"], ".3f", ValueError, r"rows\[0\] must have 1 entries, got 2"),
        ([[1, 2]], ["", "b"], ".3f", ValueError, "columns must all have names, got"),
        ([[1, 2]], ["a", "b"], [".3f"], ValueError, "formats must have 2 entries, got 1"),
        ([[0.5]], ["a"], "3q", ValueError, r"formats must be like '.3f', got '3q' for rows\[0\]"),
        ([[1], [[2]]], ["a"], ".3f", TypeError, r"rows\[1\]\[0\] must be a number.*got \[2\]"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_place(rows, columns, formats, error, message):
    with pytest.raises(error, match=message):
        table(rows, columns, formats)
