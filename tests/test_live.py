"""Explorers in a live kernel: the same front end, in JupyterLab and in Notebook 7, moves with
the keyboard and with another control linked to its slider."""

import json
import re
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

CELL = """import ipywidgets
from pkpo.figures import explorers
explorer = explorers.landscape(k=8, theta=0.8)
knob = ipywidgets.IntSlider(min=1, max=32)
ipywidgets.link((explorer, "k"), (knob, "value"))
ipywidgets.VBox([knob, explorer])"""
FRONT_ENDS = {"lab/tree": "in-lab.ipynb", "notebooks": "in-notebook.ipynb"}
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Serve a notebook with an explorer and a linked slider; return the server's address."""
    folder = tmp_path_factory.mktemp("live")
    cells = [nbformat.v4.new_code_cell(CELL)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    for name in FRONT_ENDS.values():
        nbformat.write(notebook, folder / name)
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


@pytest.mark.parametrize(("front_end", "name"), FRONT_ENDS.items())
def test_explorer_and_linked_slider_move_together(server, visit, front_end, name):
    page = visit(f"{server}/{front_end}/{name}").page
    page.set_default_timeout(90_000)
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
