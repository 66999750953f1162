"""The notebooks as a reader has them: downloaded from the site, alone in a folder, without pkpo.

`make test-downloads` runs this, and not `make test`, because it needs the package index. The first
notebook installs pkpo from the wheel that the site offers, into an environment that has a kernel
and nothing else; the others then run in what it left, as for a reader of several chapters.
"""

import os
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import nbformat
import pytest
from conftest import ROOT, build
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

NAMES = sorted(path.name for path in (ROOT / "book").glob("*.ipynb"))
FIGURE = "image/svg+xml"
VIEW = "application/vnd.jupyter.widget-view+json"
WHERE = "import pkpo; print(pkpo.__file__)"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Build the site for the address at which it is served; return that."""
    folder = tmp_path_factory.mktemp("site")
    handler = partial(Quiet, directory=folder / "_build/html")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        status, output = build(folder, SITE_URL=url)
        assert status == 0, output
        yield url
        server.shutdown()


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Return the Python of an environment with pip and a kernel, and without pkpo."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run(["uv", "venv", "--quiet", "--seed", "--clear", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "ipykernel"], check=True)
    assert subprocess.run([python, "-c", "import pkpo"], capture_output=True).returncode
    return python


class Kernel(AsyncKernelManager):
    """A kernel of another environment than that of the tests."""

    def __init__(self, python, **settings):
        super().__init__(**settings)
        argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self._kernel_spec = KernelSpec(argv=argv, display_name="bare", language="python")


@pytest.mark.parametrize("name", NAMES)
def test_downloaded_notebook_runs(name, address, python, tmp_path, monkeypatch):
    with urlopen(f"{address}/_sources/book/{name}") as file:
        notebook = nbformat.reads(file.read().decode(), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert f"pkpo[figures] @ {address}/_static/pkpo-" in code[0].source
    was = [[shown(cell, kind) for kind in (FIGURE, VIEW)] for cell in code]
    notebook.cells.append(nbformat.v4.new_code_cell(WHERE))

    for setting in [n for n in os.environ if n.startswith(("PYTHON", "IPYTHON", "MPL", "VIRTUAL"))]:
        monkeypatch.delenv(setting)
    (tmp_path / "empty").mkdir()
    client = NotebookClient(
        notebook,
        km=Kernel(python),
        timeout=600,
        resources={"metadata": {"path": str(tmp_path / "empty")}},
    )
    client.execute()

    assert [[shown(cell, kind) for kind in (FIGURE, VIEW)] for cell in code] == was
    assert notebook.cells[-1].outputs[0].text.startswith(str(python.parents[1]))
    printed = "".join(o.get("text", "") for o in code[0].outputs)
    assert bool(printed) == (name == NAMES[0])  # pip's note; later there is nothing to install


def shown(cell, kind):
    """Return how many outputs of a kind a cell shows."""
    return sum(kind in output.get("data", {}) for output in cell.outputs)
