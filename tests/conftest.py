"""The site, built once for the whole run, and a browser that refuses to look elsewhere."""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import browser as chromium
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from filelock import FileLock
from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
ELSEWHERE = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")
# The site is tested as it is published, with the buttons and tags that need these two.
PUBLISHED = {
    "SITE_URL": "https://pkpo.example/",
    "REPOSITORY_URL": "https://github.com/pkpo/book",
}

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
PAGES = [*CHAPTERS, "search", "404"]


def build(folder, **addresses):
    """Build the book afresh, warnings as errors; return the exit status and what was printed.

    Afresh, because Sphinx reports what is wrong with a page only when it reads the page.
    """
    env = {name: value for name, value in os.environ.items() if name not in PUBLISHED} | addresses
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    done = subprocess.run(
        [jupyter_book, "build", ROOT, "--path-output", folder, "-W", "-n", "--keep-going"],
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Build the site as it is published; one process of the run builds it for all.

    Returns the exit status, what was printed, and the folder of the site.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    result = shared / "site.json"
    with FileLock(shared / "site.lock"):
        if not result.exists():
            result.write_text(json.dumps(build(shared / "site", **PUBLISHED)))
    return *json.loads(result.read_text()), shared / "site/_build/html"


@pytest.fixture(scope="session")
def site(published):
    """Return the folder of the site, even of one that was built with warnings."""
    _, output, folder = published
    assert (folder / "searchindex.js").exists(), output
    return folder


@pytest.fixture(scope="session")
def site_url(site):
    """Serve the site on a free port; return its address, with no slash at the end."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Take the system's Chromium; without one, Playwright takes its own."""
    return browser_type_launch_args | {"executable_path": chromium.on_path()}


@dataclass
class Visit:
    """A page in the browser, and everything that went wrong on it."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.route(ELSEWHERE, self._refuse)
        self.page.on("requestfailed", lambda request: self.failed.append(request.url))
        self.page.on("response", lambda r: r.status >= 400 and self.failed.append(r.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))

    def _refuse(self, route):
        self.elsewhere.append(route.request.url)
        route.abort()

    def goto(self, address):
        """Open a page."""
        self.page.goto(address)
        return self

    def unfold(self):
        """Open every fold, so that what is hidden at first is looked at as well."""
        # at once: halfway through a transition, axe would see pale text
        # and nothing far from the screen may be left out
        self.page.add_style_tag(
            content="* { transition: none !important; content-visibility: visible !important }"
        )
        for script in (
            "document.querySelectorAll('details').forEach(fold => fold.open = true)",
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))",
        ):
            self.page.evaluate(script)
        return self

    def violations(self, scheme):
        """Return what axe finds in a colour scheme, as lines of rule, selector and advice."""
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
        # preload would fetch style sheets a second time, by addresses that are wrong
        result = Axe().run(self.page, options={"preload": False, "resultTypes": ["violations"]})
        return [
            f"{rule['id']}: {node['target'][0]}: {node['failureSummary']}"
            for rule in result.response["violations"]
            for node in rule["nodes"]
        ]


@pytest.fixture(scope="session")
def visit(browser):
    """Return a function that opens an address in a browser of its own: visit(address, width=390).

    Any further argument goes to `browser.new_context`, such as `color_scheme="dark"`.
    """
    contexts = []

    def open_page(address, width=1280, **options):
        viewport = {"width": width, "height": 844}
        contexts.append(browser.new_context(viewport=viewport, **options))
        return Visit(contexts[-1].new_page()).goto(address)

    yield open_page
    for context in contexts:
        context.close()
