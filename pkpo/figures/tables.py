"""The book's tables: rows in, aligned text and HTML out. Nothing here computes."""

from html import escape
from numbers import Number

import numpy as np

from pkpo.figures.numbers import text


class Table:
    """What `table` returns; a notebook shows it as HTML, a terminal as aligned columns."""

    def __init__(self, cells, right):
        self.cells = cells  # of strings, the first row the names of the columns
        self.right = right  # whether each column is of numbers

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(*self.cells, strict=True)]
        lines = []
        for row in self.cells:
            sides = zip(row, widths, self.right, strict=True)
            lines.append("  ".join(f"{cell:{'<>'[right]}{width}}" for cell, width, right in sides))
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self):
        head, *body = ("".join(self._html(row, i == 0)) for i, row in enumerate(self.cells))
        body = "\n".join(f"<tr>{row}</tr>" for row in body)
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def _html(self, row, is_head):
        for i, (cell, right) in enumerate(zip(row, self.right, strict=True)):
            scope = "col" if is_head else "row" if i == 0 else ""
            name = "th" if scope else "td"
            look = f' scope="{scope}"' * bool(scope) + ' class="text-right"' * right
            yield f"<{name}{look}>{escape(cell, quote=False)}</{name}>"


def table(rows, columns, formats=".3f"):
    """Lay out rows as a table: numbers to the right, words to the left.

    Args:
        rows: sequences of numbers and strings; None leaves a place empty. The first of a row
            says what the row is about.
        columns: names of the columns.
        formats: how numbers that are not whole are written, such as ".3f": one for all columns, or
            a list of one for each. Fractions and integers are written as they are.
    Returns:
        Table, which the last line of a cell shows. Minus signs are those of the text, and
        nothing is written as a negative zero.
    Raises:
        ValueError: there are no rows, a column has no name, a row or `formats` does not fit
            `columns`, or a format is none.
        TypeError: a place holds something else.
    """
    rows, columns = [list(row) for row in rows], list(columns)
    if not rows:
        raise ValueError("rows must have at least one row, got none")
    for i, row in enumerate(rows):
        if len(row) != len(columns):
            raise ValueError(f"rows[{i}] must have {len(columns)} entries, got {len(row)}")
    if not all(columns):
        raise ValueError(f"columns must all have names, got {columns}")
    formats = [formats] * len(columns) if isinstance(formats, str) else list(formats)
    if len(formats) != len(columns):
        raise ValueError(f"formats must have {len(columns)} entries, got {len(formats)}")
    cells = [
        [_written(x, formats[j], f"rows[{i}][{j}]") for j, x in enumerate(row)]
        for i, row in enumerate(rows)
    ]
    right = [not any(isinstance(x, str) for x in column) for column in zip(*rows, strict=True)]
    return Table([columns, *cells], right)


def _written(x, form, where):
    if x is None or isinstance(x, str):
        return x or ""
    if not isinstance(x, Number):
        raise TypeError(f"{where} must be a number, a string or None, got {x!r}")
    if not isinstance(x, float | np.floating):
        return str(x).replace("-", "−")
    try:
        return text(x, form).replace("-", "−")
    except ValueError:
        raise ValueError(f"formats must be like '.3f', got {form!r} for {where}") from None
