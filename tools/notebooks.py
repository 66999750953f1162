"""Write the notebooks: run each from a clean kernel, store it so that a rerun changes nothing.

    python tools/notebooks.py [book/01-name.ipynb ...]      all of book/ by default

The only writer of outputs: execution counts 1..N, no timings, no machine's versions, widget ids
renumbered. What differs only as processors do stays as it was stored. A notebook of which a cell
fails, or shows no figure or explorer where it did, is left as it was, and the error says which.
"""

import os
import re
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import first_cell
import nbformat
import pictures
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from outputs import explorer_difference, figure_difference

BOOK = Path(__file__).parent.parent / "book"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGETS = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
FIGURE = "image/svg+xml"
# What these begin the names of would bring a user's settings into a kernel.
SETTINGS = ("IPYTHON", "JUPYTER", "MATPLOTLIB", "MPL", "PYTHON")


class Lost(Exception):
    """A run does not show what the stored notebook does."""


def no_settings():
    """Return a context in which kernels start as if nobody had ever set up anything."""
    inherited = {name: v for name, v in os.environ.items() if not name.startswith(SETTINGS)}
    return patch.dict(os.environ, inherited | _own_settings(), clear=True)


@cache
def _own_settings():
    """Return the settings of every kernel: figures inline, and a folder with no configuration."""
    own = {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": _folder().name,
        "IPYTHONDIR": _folder().name,
    }
    # Matplotlib lists the fonts there. Where that takes long it says so, but not in a notebook now.
    listing = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(listing, env=os.environ | own, check=True)
    return own


@cache
def _folder():
    """Return an empty folder, which is removed when the program ends."""
    return TemporaryDirectory()


def executed(stored, folder):
    """Return a notebook that is run from a clean kernel in `folder`, normalised."""
    notebook = deepcopy(stored)
    kept = {"myst": notebook.metadata.get("myst", {})}  # the page's description
    notebook.metadata = kept | {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    with no_settings():
        client.execute()
    notebook.metadata.language_info = {"name": "python"}
    return renumbered(notebook)


def renumbered(notebook):
    """Return the notebook with the random ids of its widgets replaced by 1, 2, ... in order."""
    numbers = {old: f"{i:032x}" for i, old in enumerate(widgets(notebook), start=1)}
    if not numbers:
        return notebook
    text = re.sub("|".join(numbers), lambda old: numbers[old[0]], nbformat.writes(notebook))
    return nbformat.reads(text, as_version=4)


def widgets(notebook):
    """Return the state of the notebook's widgets, id -> model; empty if it has none."""
    return notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})


def shown(cell, kind):
    """Return what a cell shows of a kind of output, in order."""
    data = [output.data for output in cell.get("outputs", []) if "data" in output]
    return [shown[kind] for shown in data if kind in shown]


def require_all_shown(stored, made):
    """Raise `Lost` if a cell shows fewer figures or explorers than it did, or than its caption."""
    for old, new in zip(stored.cells, made.cells, strict=True):
        captions = int("figure" in old.metadata.get("mystnb", {}))
        had = max(len(shown(old, FIGURE)), captions), len(shown(old, VIEW))
        has = len(shown(new, FIGURE)), len(shown(new, VIEW))
        for what, before, now in zip(("figures", "explorers"), had, has, strict=True):
            if now < before:
                raise Lost(
                    f"code cell {new.execution_count} shows {now} {what} instead of {before}.\n"
                    "If that is meant, clear its outputs and its caption, and run this again.\n\n"
                    + new.source
                )


def keep_what_is_the_same(stored, made):
    """Put figures and explorers back as they are stored where they differ only as processors do."""
    for old, new in zip(stored.cells, made.cells, strict=True):
        for before, now in zip(old.get("outputs", []), new.get("outputs", []), strict=False):
            figures = [output.get("data", {}).get(FIGURE) for output in (before, now)]
            if all(figures) and figure_difference(*figures) is None:
                now.data[FIGURE] = figures[0]
    if explorer_difference(widgets(stored), widgets(made)) is None and "widgets" in stored.metadata:
        made.metadata.widgets = stored.metadata.widgets


def write(path):
    """Run the notebook at `path` and store it if anything changed; return whether it did."""
    before = path.read_text(encoding="utf-8")
    stored = nbformat.reads(before, as_version=4)
    if path.parent.resolve() == BOOK.resolve():  # chapters are opened elsewhere, tests are not
        first_cell.put(stored)
    made = executed(stored, path.parent)
    require_all_shown(stored, made)
    keep_what_is_the_same(stored, made)
    pictures.add(made)
    after = nbformat.writes(made) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def main(names):
    for path in map(Path, names) if names else sorted(BOOK.glob("*.ipynb")):
        try:
            print(f"{path}: {'written' if write(path) else 'unchanged'}", flush=True)
        except CellExecutionError as error:
            sys.exit(f"{path}: not written, a cell failed:\n{error}")
        except Lost as error:
            sys.exit(f"{path}: not written, {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
