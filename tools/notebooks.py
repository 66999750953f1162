"""Write the notebooks: run each from a clean kernel, store it so that a rerun changes nothing.

    python tools/notebooks.py [book/01-name.ipynb ...]      all of book/ by default

The only writer of outputs: execution counts 1..N, no timings, no machine's versions, widget ids
renumbered. A notebook that fails is left as it was, and the error says which cell.
"""

import json
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

BOOK = Path(__file__).parent.parent / "book"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGETS = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


def executed(path):
    """Return the notebook at `path`, run from a clean kernel and normalised."""
    notebook = nbformat.read(path, as_version=4)
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
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata.language_info = {"name": "python"}
    return renumbered(notebook)


def renumbered(notebook):
    """Return the notebook with the random ids of its widgets replaced by 1, 2, ... in order."""
    state = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    numbers = {old: f"{i:032x}" for i, old in enumerate(state, start=1)}
    if not numbers:
        return notebook
    text = re.sub("|".join(numbers), lambda old: numbers[old[0]], nbformat.writes(notebook))
    return nbformat.from_dict(json.loads(text))


def write(path):
    """Run the notebook at `path` and store it if anything changed; return whether it did."""
    before = path.read_text(encoding="utf-8")
    after = nbformat.writes(executed(path)) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def main(names):
    for path in map(Path, names) if names else sorted(BOOK.glob("*.ipynb")):
        try:
            print(f"{path}: {'written' if write(path) else 'unchanged'}", flush=True)
        except CellExecutionError as error:
            sys.exit(f"{path}: not written, a cell failed:\n{error}")


if __name__ == "__main__":
    main(sys.argv[1:])
