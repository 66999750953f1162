"""The notebooks: they are what `make notebooks` writes, and nothing in them escapes nbval.

nbval, with `conftest.py` of the root, compares the outputs of cells that have been run. It passes
cells that have not, and does not look into PNG images: the tests here close those gaps.
"""

import ast
import re
import statistics
import sys

import nbformat
import pytest
from conftest import ROOT

import pkpo

sys.path.insert(0, str(ROOT / "tools"))
import first_cell  # noqa: E402
import pictures  # noqa: E402
from notebooks import BOOK, FIGURE, KERNEL, VIEW, shown, widgets  # noqa: E402

NAMES = sorted(path.name for path in BOOK.glob("*.ipynb"))
OFFICIAL = {"hide-input", "hide-output", "remove-cell", "raises-exception"}


@pytest.fixture(scope="module", params=NAMES)
def notebook(request):
    """Each notebook as it is committed."""
    return nbformat.read(BOOK / request.param, as_version=4)


@pytest.fixture(scope="module")
def code(notebook):
    """The code cells of each notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_chapter_is_in_the_table_of_contents():
    toc = (ROOT / "_toc.yml").read_text()
    assert all(f"book/{name.removesuffix('.ipynb')}\n" in toc for name in NAMES)


def test_bibliography_lists_what_the_book_cites_and_nothing_else():
    pages = "".join(path.read_text() for path in BOOK.iterdir() if path.suffix in (".ipynb", ".md"))
    roles = re.findall(r"\{cite:\w+\}`([^`]+)`", pages)
    cited = {key.strip() for role in roles for key in role.split(",")}
    entries = re.findall(r"^@\w+\{(\w+),", (BOOK / "references.bib").read_text(), re.MULTILINE)
    assert sorted(entries) == sorted(cited)


def test_cells_were_run_once_from_the_top(code):
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_notebook_is_valid_and_names_no_machine(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec == KERNEL
    assert notebook.metadata.language_info == {"name": "python"}
    assert not re.search(r"/(home|root|Users|tmp|work)/", nbformat.writes(notebook))


def test_no_cell_failed_or_warned(code):
    for cell in code:
        for output in cell.outputs:
            assert output.output_type != "error" or "raises-exception" in tags(cell)
            assert output.get("name") != "stderr", output


def test_every_image_is_an_svg_whose_coordinates_are_compared(code):
    for cell in code:
        for output in cell.outputs:
            images = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
            assert images in ([], [FIGURE])


def test_every_figure_has_a_caption_and_words_for_those_who_cannot_see_it(code):
    figures = [cell for cell in code if shown(cell, FIGURE)]
    assert figures
    for cell in figures:
        about = cell.metadata.mystnb
        assert len(about.image.alt) > 60
        assert len(about.figure.caption) > 40
        assert about.figure.name.startswith("fig-")


def test_every_chapter_has_an_explorer(code):
    assert any(shown(cell, VIEW) for cell in code)


def test_every_exercise_has_a_solution_that_asserts(notebook):
    text = "".join(f"\n{cell.source}\n" for cell in notebook.cells)
    exercises = re.findall(r"\{exercise-start\}[^\n]*\n:label: (\S+)", text)
    solutions = dict(re.findall(r"\{solution-start\} (\S+)(.*?)\{solution-end\}", text, re.DOTALL))
    assert len(exercises) == 3
    assert set(solutions) == set(exercises)
    assert all("\nassert " in s or "    assert " in s for s in solutions.values())


def test_cells_are_short_and_prose_stands_between_them(notebook, code):
    lengths = [len(cell.source.splitlines()) for cell in code]
    assert max(lengths) <= 15
    assert statistics.median(lengths) <= 8
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)
    assert "cc" not in kinds, (
        f"code cell {kinds[: kinds.index('cc')].count('c') + 1} has no prose after it"
    )


def test_tags_are_known_and_plots_fold(code):
    for cell in code:
        assert set(tags(cell)) <= OFFICIAL
        if "mystnb" in cell.metadata and len(cell.source.splitlines()) > 8:
            assert "hide-input" in tags(cell)


def test_prose_is_one_sentence_a_line_and_plain(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\b(simply|obviously|clearly|note that)\b", cell.source, re.I)


def test_draws_are_seeded(code):
    assert not {
        name for name in called(code) if name.startswith("np.random.") and "default_rng" not in name
    }


def called(code):
    """Return the names of what a notebook's cells call, less the first, which is no Python."""
    text = "\n".join(cell.source for cell in code[1:])
    return {
        ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
    }


def test_notebook_reads_no_file_that_it_does_not_bring_along(code):
    names = {name.rpartition(".")[2] for name in called(code)}
    assert not names & {"open", "Path", "read_text", "loadtxt", "genfromtxt"}


def test_first_cell_installs_this_version_where_pkpo_is_missing_and_is_not_on_the_page(code):
    assert code[0].source == first_cell.SOURCE
    assert f"pkpo[figures]=={pkpo.__version__}" in code[0].source
    assert tags(code[0]) == ["remove-cell"]
    assert code[0].outputs == []


def test_explorer_has_a_picture_for_where_no_widget_is_shown(notebook, code):
    models = widgets(notebook)
    outputs = [output.get("data", {}) for cell in code for output in cell.outputs]
    views = [shown for shown in outputs if VIEW in shown]
    drawn = [pictures.picture(models[shown[VIEW]["model_id"]]) for shown in views]
    assert [shown.get("text/html") for shown in views] == drawn


def tags(cell):
    return cell.metadata.get("tags", [])
