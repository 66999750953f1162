"""The site, built once for the whole run, and a browser that refuses to look elsewhere."""

import os
import pickle
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import browser as chromium
import pytest
import yaml
from axe_playwright_python.base import AXE_FILE_PATH
from filelock import FileLock
from playwright.sync_api import Page

from pkpo.figures import explorers

ROOT = Path(__file__).parents[1]
collect_ignore = ["trainers"]  # need TRL and verl, which are not installed with the others
ELSEWHERE = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")
# The site is tested as it is published, with the buttons and tags that need these two.
PUBLISHED = {
    "SITE_URL": "https://pkpo.example/",
    "REPOSITORY_URL": "https://github.com/pkpo/book",
}

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
PAGES = ["index", *CHAPTERS, "search", "404"]
AXE = AXE_FILE_PATH.read_text() + Path(__file__).with_name("axe.js").read_text()


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
def once(tmp_path_factory):
    """Return a function that does something in one process of the run, for all of them.

    once(name, make) returns what `make(folder)` does; the folder stays until the run ends.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    known = {}

    def result(name, make):
        if name not in known:
            folder, stored = shared / name, shared / f"{name}.pickle"
            with FileLock(shared / f"{name}.lock"):
                if not stored.exists():
                    folder.mkdir()
                    stored.write_bytes(pickle.dumps(make(folder)))
            known[name] = pickle.loads(stored.read_bytes())
        return known[name]

    return result


@pytest.fixture(scope="session")
def made(once):
    """Return a function: made("urn") has the `_spec` and the `_data` of `explorers.urn()`."""

    def parts(name):
        explorer = getattr(explorers, name)()
        return {"_spec": explorer._spec, "_data": explorer._data}

    return lambda name: SimpleNamespace(**once(name, lambda folder: parts(name)))


@pytest.fixture
def no_faces(monkeypatch):
    """Cut no faces to the characters of the page: nine tenths of the time of a small site."""
    monkeypatch.syspath_prepend(ROOT / "book/_ext")
    monkeypatch.setattr("appearance.write_faces", lambda site, folder: None)


@pytest.fixture(scope="session")
def published(once):
    """Build the site as it is published; return exit status, what was printed, and its folder."""

    def build_in(folder):
        return *build(folder, **PUBLISHED), folder / "_build/html"

    return once("site", build_in)


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


MEDIA = {"media": "screen", "color_scheme": "light", "reduced_motion": "no-preference"}
RIGHT = set()  # how text looks that axe has found right on any page


@dataclass
class Visit:
    """A page in the browser, and everything that went wrong on it."""

    page: Page
    media: dict = field(default_factory=MEDIA.copy)
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
        """Open a page, as if the tab had shown no other."""
        self.page.goto("about:blank")  # ends what the page before still asks for
        for noted in (self.elsewhere, self.failed, self.errors):
            noted.clear()
        self.page.emulate_media(**self.media)
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
            "document.querySelectorAll('.revealed').forEach(fold => fold.hidden = false)",
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))",
        ):
            self.page.evaluate(script)
        return self

    def violations(self):
        """Return what axe finds in light and in dark: lines of scheme, rule, place and advice."""
        self.page.emulate_media(reduced_motion="reduce")
        self.page.add_script_tag(content=AXE)
        lines, seen = [], []
        for scheme in ("light", "dark"):
            self.show(scheme)
            seen.append(self.page.evaluate("whatIsSeen()"))
            # where the dark shows the same things, only colours can have become wrong
            ask = [seen[1:] == seen[:1], sorted(RIGHT)]
            found, right = self.page.evaluate("violations", ask)
            RIGHT.update(right)
            lines += [f"{scheme}: {line}" for line in found]
        return lines

    def show(self, scheme):
        """Turn to a colour scheme, as a reader's system does."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")


@pytest.fixture(scope="session")
def visit(browser):
    """Return a function that opens an address in a browser of its own: visit(address, width=390).

    A new browser takes longer than another page in the same one: see `Visit.goto`.
    Any further argument is one of MEDIA or goes to `browser.new_context`, such as `has_touch=True`.
    """
    contexts = []

    def open_page(address="about:blank", width=1280, **options):
        viewport = {"width": width, "height": 844}
        media = {name: options.pop(name, value) for name, value in MEDIA.items()}
        contexts.append(browser.new_context(viewport=viewport, **options))
        return Visit(contexts[-1].new_page(), media).goto(address)

    yield open_page
    for context in contexts:
        context.close()


def swipe(page, x, y, right, up):
    """Draw a finger over the screen in ten steps of so many pixels."""
    finger = page.context.new_cdp_session(page)

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x, y))
    for step in range(1, 11):
        touch("touchMove", (x + step * right, y - step * up))
        page.wait_for_timeout(16)
    touch("touchEnd")
    page.wait_for_timeout(200)
