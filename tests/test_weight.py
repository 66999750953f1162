"""What a page weighs on a phone: bytes, requests and nodes, which are the same on every machine."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS

OWN = re.compile(r"/_images/|/_static/explorers/")  # the page's own figures and explorers
SHIFT = """new Promise(done => {
    let sum = 0
    new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value }))
        .observe({type: 'layout-shift', buffered: true})
    const steps = Math.ceil(document.body.scrollHeight / innerHeight)
    let step = 0
    const next = () => {
        scrollTo(0, ++step * innerHeight)
        step < steps ? setTimeout(next, 30) : setTimeout(() => done(sum), 200)
    }
    next()
})"""


@pytest.fixture(scope="module", params=CHAPTERS)
def loaded(request, site, site_url, visit):
    """Each page on a phone, and what it took to load all of it."""
    visited, asked = visit("about:blank", width=390), set()
    visited.page.on("request", lambda r: asked.add(urlsplit(r.url).path))
    visited.goto(f"{site_url}/{request.param}.html")
    shift = visited.page.evaluate(SHIFT)
    weights = {path: len(gzip.compress((site / path[1:]).read_bytes(), 6)) for path in asked}
    yield visited.page, weights, shift
    visited.page.close()


@pytest.fixture(params=CHAPTERS)
def written_head(request, site):
    page = (site / f"{request.param}.html").read_text(encoding="utf-8")
    return BeautifulSoup(page.partition("</head>")[0], "html.parser")


def test_page_is_light(loaded):
    _, weights, _ = loaded
    shared = {url: weight for url, weight in weights.items() if not OWN.search(url)}
    assert sum(shared.values()) <= 200_000, shared
    assert len(shared) <= 9, shared


def test_explorers_are_light(loaded):
    _, weights, _ = loaded
    assert all(weight <= 100_000 for url, weight in weights.items() if "/explorers/" in url)


def test_nothing_moves_as_the_reader_scrolls(loaded):
    assert loaded[2] <= 0.02


def test_no_script_holds_up_the_page(written_head):
    blocking = "script[src]:not([defer], [async], [type=module])"
    assert written_head.select(blocking) == []
    assert len(written_head.select("link[rel=stylesheet]")) == 1


def test_page_has_few_nodes(loaded):
    page, *_ = loaded
    assert page.evaluate("document.querySelectorAll('*').length") <= 10_000
