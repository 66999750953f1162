"""The first code cell of every notebook, the same in all: it installs pkpo where it is missing.

A notebook that was downloaded, or opened on a hosted service, finds no `pkpo`. On the site the cell
is hidden, and in the notebooks that the site offers `book/_ext/downloads.py` lets it install the
site's own wheel.
"""

from nbformat.v4 import new_code_cell, new_markdown_cell

import pkpo

SOURCE = f"""\
# Installs pkpo where it is missing, as on Colab; elsewhere does nothing.
from importlib.util import find_spec

if find_spec("pkpo") is None:
    %pip install --quiet "pkpo[figures]=={pkpo.__version__}\""""
NAME, REST = "install", "opening"  # ids of the cell, and of the prose after it


def put(notebook):
    """Put the cell after the title and the box "In this chapter", or bring it up to date."""
    if all(cell.id != NAME for cell in notebook.cells):
        title = notebook.cells[0]
        box, end, rest = title.source.partition("\n```\n\n")
        if not (title.source.startswith("# ") and rest):
            raise ValueError("the first cell must hold a title, a box and prose after it")
        title.source = box + end.rstrip()
        notebook.cells[1:1] = [new_code_cell(id=NAME), new_markdown_cell(rest, id=REST)]
    (cell,) = (cell for cell in notebook.cells if cell.id == NAME)
    cell.source, cell.metadata = SOURCE, {"tags": ["remove-cell"]}
