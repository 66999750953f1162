"""The book in JupyterLab and Notebook 7: in a live kernel an explorer moves with the keyboard and
with another control linked to its slider; in Lab every directive of the chapters is rendered, and
an explorer is a picture before the first run, in a notebook that Lab does not trust."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell

CELL = """import ipywidgets
from pkpo.figures import explorers
explorer = explorers.landscape(k=8, theta=0.8)
knob = ipywidgets.IntSlider(min=1, max=32)
ipywidgets.link((explorer, "k"), (knob, "value"))
ipywidgets.VBox([knob, explorer])"""
FRONT_ENDS = {"lab/tree": "in-lab.ipynb", "notebooks": "in-notebook.ipynb"}
CHAPTER = "04-a-landscape-you-can-walk.ipynb"
USED = re.compile(r"(?:^[`:]{3,}|(?<!`))\{([a-z]+(?:[:-][a-z]+)?)\}(?=[ `\n])", re.MULTILINE)
# What jupyterlab-myst shows for a directive or role that it does not know.
UNKNOWN = ".myst [class*='border-red-'], .myst span[class*='text-red-']:not(:empty)"
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Serve a notebook with an explorer and a linked slider; return the server's address."""
    folder = tmp_path_factory.mktemp("live")
    for name in FRONT_ENDS.values():
        nbformat.write(new_notebook(cells=[new_code_cell(CELL)]), folder / name)
    nbformat.write(new_notebook(cells=first_uses()), folder / "directives.ipynb")
    shutil.copy(ROOT / "book" / CHAPTER, folder)
    settings = folder / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(SETTINGS))
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
               "--ServerApp.port=0", "--IdentityProvider.token=", "--LabApp.news_url=",
               "--LabServerApp.app_settings_dir=settings", "--ServerApp.root_dir=."]  # fmt: skip
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdout=log)
    try:
        yield address_of(process, folder / "log")
    finally:
        process.terminate()
        process.wait(30)


def new_notebook(cells):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def first_uses():
    """Return the cells of the chapters in which a directive or a role is used first."""
    known, cells = set(), []
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            used = set(USED.findall(cell.source)) if cell.cell_type == "markdown" else set()
            if used - known:
                known |= used
                cells.append(cell)
    assert {"admonition", "dropdown", "prf:theorem", "exercise-start", "term"} <= known
    return cells


def address_of(process, log):
    """Wait until the server answers; return its address."""
    for _ in range(120):
        found = re.search(r"http://(?:localhost|127\.0\.0\.1):(\d+)/", log.read_text())
        if found:
            address = f"http://127.0.0.1:{found[1]}"
            urllib.request.urlopen(f"{address}/api/status").close()
            return address
        assert process.poll() is None, log.read_text()
        time.sleep(0.5)
    raise AssertionError(log.read_text())


def wait_for_kernel(server, name):
    """Wait until the front end is connected to an idle kernel; before, it would ask which one."""
    for _ in range(180):
        with urllib.request.urlopen(f"{server}/api/sessions") as answer:
            kernels = [s["kernel"] for s in json.load(answer) if s["path"] == name]
        if any(k["execution_state"] == "idle" and k["connections"] for k in kernels):
            return
        time.sleep(0.5)
    raise AssertionError(kernels)


@pytest.fixture(scope="module")
def tab(visit):
    visited = visit()
    visited.page.set_default_timeout(90_000)
    return visited


@pytest.mark.parametrize(("front_end", "name"), FRONT_ENDS.items())
def test_explorer_and_linked_slider_move_together(server, tab, front_end, name):
    page = tab.goto(f"{server}/{front_end}/{name}").page
    wait_for_kernel(server, name)
    page.wait_for_timeout(500)  # the front end hears of its connection a little later
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_selector(".pkpo-explorer dd")
    knob = page.locator(".widget-readout")
    ours = page.locator(".pkpo-explorer [data-slider=k]")
    ours.focus()
    ours.press("ArrowRight")
    page.wait_for_function("document.querySelector('.widget-readout').textContent == '9'")
    knob.fill("4")
    knob.press("Enter")
    page.wait_for_function(
        "document.querySelector('.pkpo-explorer [data-slider=k]').ariaValueText == '4'"
    )
    assert page.locator(".pkpo-explorer dd").first.inner_text() == "0.7927"


def test_lab_renders_every_directive_of_the_chapters(server, tab):
    page = tab.goto(f"{server}/lab/tree/directives.ipynb?reset").page
    page.wait_for_function(
        f"document.querySelectorAll('.jp-MarkdownCell .myst :is(p, summary)').length"
        f" && document.querySelectorAll('.myst').length == {len(first_uses())}"
    )
    rendered = page.locator(".myst").all_inner_texts()
    assert [text for text in rendered if re.search(r"\{[a-z:-]+\}|^:\w+:", text)] == []
    assert page.locator(UNKNOWN).evaluate_all("found => found.map(e => e.outerHTML)") == []
    for box in ("admonition", "proof", "exercise", "dropdown"):
        assert page.locator(f".myst .myst-{box}").count(), box


def test_lab_shows_a_picture_of_an_explorer_before_the_first_run(server, tab):
    page = tab.goto(f"{server}/lab/tree/{CHAPTER}?reset").page
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    picture = page.locator(".jp-OutputArea img[src^='data:image/svg+xml']")
    for _ in range(60):  # Lab draws the cells that are near the screen
        if picture.count():
            break
        page.locator(".jp-WindowedPanel-outer").evaluate("e => e.scrollBy(0, 600)")
        page.wait_for_timeout(500)
    assert picture.first.is_visible()
    assert picture.first.evaluate("image => image.naturalWidth") > 300
