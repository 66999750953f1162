"""How nbval validates the book: every notebook, run once, in a kernel with nobody's settings.

nbval compares what cells print, to the letter. Figures are compared by their coordinates and
explorers by their numbers, whose last bits differ between processors. Then, in the same kernel,
every cell runs again: readers go back and forth.
"""

import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbval.plugin import IPyNbCell, IPyNbFile

sys.path.insert(0, str(Path(__file__).parent / "tools"))
import pictures  # noqa: E402
from notebooks import FIGURE, VIEW, no_settings, renumbered, shown, widgets  # noqa: E402
from outputs import explorer_difference, figure_difference  # noqa: E402

# The files that take longest, and are begun first: no process is to be left with one at the end.
# The first builds the site, for which the third and fourth wait; the second does not.
LONGEST = ["test_site.py", "test_refusals.py", "test_phone.py", "test_explorers.py", "test_live.py",
           "test_touching.py", "test_figures.py", "test_predict.py", "test_validation.py",
           "test_refusals_lab.py", "test_runs.py"]  # fmt: skip


def pytest_collection_modifyitems(items):
    """Put the files that take longest first, and leave the others in their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent):
    """Put our collector in the place of nbval's."""
    collectors = yield
    return [
        Notebook.from_parent(parent, path=c.path) if isinstance(c, IPyNbFile) else c
        for c in collectors
    ]


class Notebook(IPyNbFile):
    """A notebook's cells, then its explorers, then its cells again, in order and in reverse."""

    def collect(self):
        cells = [self.cell(cell, cell.name, cell.options) for cell in super().collect()]
        yield from cells
        yield Explorers.from_parent(self, name="explorers", cells=cells)
        for cell in cells:
            yield self.cell(cell, f"{cell.name} again", cell.options | {"check": False})
        for cell in reversed(cells):
            yield self.cell(cell, f"{cell.name} again, in reverse", cell.options | {"check": False})

    def cell(self, cell, name, options):
        known = {"cell_num": cell.cell_num, "cell": cell.cell, "options": options}
        return Cell.from_parent(self, name=name, **known)

    def setup(self):
        self.skip_compare += (FIGURE,)  # Cell compares them
        self.client = NotebookClient(new_notebook())  # which only collects what explorers send
        self.client.reset_execution_trackers()
        with no_settings():
            super().setup()

    def get_kernel_message(self, timeout=None, stream="iopub"):
        message = super().get_kernel_message(timeout, stream)
        if message["msg_type"].startswith("comm_"):
            self.client.handle_comm_msg([], message, 0)
        return message


class Cell(IPyNbCell):
    """A cell, whose figures may differ from those stored by less than anyone can see."""

    def compare_outputs(self, test, ref, skip_compare=None):
        ref = pictures.without(ref)  # which no kernel makes
        if not super().compare_outputs(test, ref, skip_compare):
            return False
        stored, made = shown({"outputs": ref}, FIGURE), shown({"outputs": test}, FIGURE)
        if len(stored) != len(made):
            differences = [f"{len(stored)} figures are stored, {len(made)} were made"]
        else:
            differences = filter(None, map(figure_difference, stored, made))
        self.comparison_traceback.extend(differences)
        return not self.comparison_traceback


class Explorers(pytest.Item):
    """The explorers of a notebook: where they are shown, their words, and their numbers."""

    def __init__(self, *, cells, **about):
        super().__init__(**about)
        self.cells = cells

    def runtest(self):
        client, stored = self.parent.client, self.parent.nb
        client.nb.cells = [new_code_cell(outputs=cell.test_outputs or []) for cell in self.cells]
        client.set_widgets_metadata()
        made = renumbered(client.nb)
        code = [cell for cell in stored.cells if cell.cell_type == "code"]
        views = [[shown(cell, VIEW) for cell in cells] for cells in (code, made.cells)]
        if views[0] != views[1]:
            pytest.fail(f"explorers were shown as {views[0]}, now as {views[1]}", pytrace=False)
        if difference := explorer_difference(widgets(stored), widgets(made)):
            pytest.fail(f"explorers differ: {difference}", pytrace=False)
