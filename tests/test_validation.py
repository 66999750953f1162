"""How notebooks are written and validated: tried on a small one, under a user's settings."""

import os
import re
import subprocess
import sys
from copy import deepcopy
from unittest.mock import patch

import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook, new_output

sys.path.insert(0, str(ROOT / "tools"))
from notebooks import (  # noqa: E402
    FIGURE,
    VIEW,
    Lost,
    keep_what_is_the_same,
    main,
    require_all_shown,
    shown,
    widgets,
    write,
)

SETUP = """\
from matplotlib import pyplot as plt
from pkpo.figures import explorers, plots
plots.use_style()
n = 1"""
PLOT = "lines = plt.plot([0, 1], [0, 2])"


def moved(by):
    """Return a change of a cell that moves the first point of its figure."""

    def change(cell):
        data = cell.outputs[0].data
        start = re.compile(r'(?<=<path d="M )[\d.]+')
        data[FIGURE] = start.sub(lambda x: f"{float(x[0]) + by:.6f}", data[FIGURE], count=1)

    return change


# Cells, with a change of what is stored of them, which nbval must pass or notice.
HARMLESS = {
    "setup": (SETUP, lambda cell: None),
    "last digits": (PLOT, moved(by=1e-5)),
    "reads n": ("assert n == 1", lambda cell: None),
    "changes n": ("n = 2", lambda cell: None),
    "only once": ("assert 'done' not in globals()\ndone = True", lambda cell: None),
}
HARMFUL = {
    "text": ("print(0.5)", lambda cell: cell.outputs[0].update(text="0.6\n")),
    "result": ("1 + 1", lambda cell: cell.outputs[0].data.update({"text/plain": "3"})),
    "error": ("1 / 0", lambda cell: cell.outputs[0].update(evalue="other")),
    "half a pixel": (PLOT, moved(by=0.375)),
    "figure more": (PLOT, lambda cell: cell.outputs[0].data.pop(FIGURE)),
    "figure less": ("1 + 1", lambda cell: cell.outputs[0].data.update({FIGURE: "<svg/>"})),
}
EXPLORER = "explorers.rank_weights()"
CELLS = HARMLESS | HARMFUL | {"explorer": (EXPLORER, lambda cell: None)}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return an environment in which what a user can set is set, and would be seen."""
    folder = tmp_path_factory.mktemp("hostile")
    loud = "print('hostile')\nfrom matplotlib import rcParams\nrcParams['lines.linewidth'] = 9\n"
    every = "c.InteractiveShell.ast_node_interactivity = 'all'\n"
    kernel = '{"argv": ["false"], "display_name": "x", "language": "x"}'
    for name, text in {
        "matplotlib/matplotlibrc": "axes.facecolor: red\n",
        "ipython/profile_default/startup/00.py": loud,
        "ipython/profile_default/ipython_config.py": every,
        "startup.py": loud,
        "jupyter/kernels/python3/kernel.json": kernel,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return os.environ | {
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "MATPLOTLIBRC": str(folder / "matplotlib/matplotlibrc"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONSTARTUP": str(folder / "startup.py"),
        "JUPYTER_PATH": str(folder / "jupyter"),
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the path of a small notebook, written without hostile settings."""
    cells = [new_code_cell(source) for source, _ in CELLS.values()]
    cells[list(CELLS).index("error")].metadata.tags = ["raises-exception"]
    path = tmp_path_factory.mktemp("book") / "small.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    assert write(path)
    return path


@pytest.fixture(scope="module")
def failed(small, hostile):
    """Return what nbval notices in the small notebook, and in one whose outputs were changed."""
    notebook = nbformat.read(small, as_version=4)
    for cell, (_, change) in zip(notebook.cells, CELLS.values(), strict=True):
        change(cell)
    model = next(m for m in widgets(notebook).values() if "_spec" in m.state)
    model.state._spec.readouts[0].text += "1"
    changed = small.with_name("changed.ipynb")
    nbformat.write(notebook, changed)
    ours = ["-p", "conftest", "-c", ROOT / "pyproject.toml", "--rootdir", small.parent]
    shown = ["-n0", "-rf", "--tb=no", "--color=no"]
    command = [sys.executable, "-m", "pytest", *ours, *shown, small, changed]
    done = subprocess.run(command, cwd=ROOT, env=hostile, stdout=subprocess.PIPE, text=True)
    items = re.findall(r"^FAILED .*?(\w+).ipynb::(explorers|Cell \d+)([^-\n]*)", done.stdout, re.M)
    assert f"{len(items)} failed, {2 * (3 * len(CELLS) + 1) - len(items)} passed" in done.stdout
    names = {f"Cell {i}": name for i, name in enumerate(CELLS)} | {"explorers": "explorers"}
    found = {"small": set(), "changed": set()}
    for path, item, when in items:
        found[path].add(f"{names[item]}{when}".strip())
    return found


AGAIN = {"only once again", "only once again, in reverse", "reads n again, in reverse"}


def test_nbval_passes_what_was_written_and_finds_cells_that_do_not_run_again(failed):
    assert failed["small"] == AGAIN


def test_nbval_notices_every_change_but_that_of_last_digits(failed):
    assert failed["changed"] == {*HARMFUL, "explorers"} | AGAIN


def test_settings_of_a_user_do_not_reach_what_is_written(small, hostile, capsys):
    before = small.read_bytes()
    with patch.dict(os.environ, hostile):
        main([small])
    assert capsys.readouterr().out == f"{small}: unchanged\n"
    assert small.read_bytes() == before


def test_last_digits_stay_as_they_are_stored_and_half_a_pixel_does_not(small):
    stored = nbformat.read(small, as_version=4)
    made = deepcopy(stored)
    figures = [cell for cell in made.cells if shown(cell, FIGURE)]
    for cell, by in zip(figures, (1e-5, 0.375), strict=False):
        moved(by)(cell)
    model = next(m for m in widgets(made).values() if "_spec" in m.state)
    model.state.k = 5
    before = deepcopy(made)
    keep_what_is_the_same(stored, made)
    same = [a == b for a, b in zip(stored.cells, made.cells, strict=True)]
    assert same.count(False) == 1
    assert made.cells[same.index(False)] == figures[1]
    assert widgets(made) == widgets(before) != widgets(stored)


def test_run_that_lost_a_figure_is_not_stored(tmp_path):
    path = tmp_path / "lost.ipynb"
    cell = new_code_cell("quiet = True", outputs=[new_output("display_data", {FIGURE: "shown"})])
    nbformat.write(new_notebook(cells=[new_code_cell("1 + 1"), cell]), path)
    before = path.read_bytes()
    with pytest.raises(SystemExit, match="lost.ipynb: not written, code cell 2 shows 0 figures"):
        main([path])
    assert path.read_bytes() == before


@pytest.mark.parametrize(("kind", "what"), [(FIGURE, "figures"), (VIEW, "explorers")])
def test_every_figure_and_explorer_that_was_shown_must_be_shown(kind, what):
    had, has = (
        new_notebook(cells=[new_code_cell("cell()", execution_count=3, outputs=outputs)])
        for outputs in ([new_output("display_data", {kind: "x"})] * 2, [])
    )
    require_all_shown(had, had)
    require_all_shown(has, had)
    has.cells[0].outputs = had.cells[0].outputs[:1]
    with pytest.raises(Lost, match=rf"(?s)^code cell 3 shows 1 {what} instead of 2.*cell\(\)"):
        require_all_shown(had, has)


def test_figure_with_a_caption_must_be_shown():
    bare = new_code_cell("cell()", execution_count=3, metadata={"mystnb": {"figure": {}}})
    notebook = new_notebook(cells=[bare])
    with pytest.raises(Lost, match="code cell 3 shows 0 figures instead of 1"):
        require_all_shown(notebook, notebook)
