"""The site on a phone: pages are light, nothing is cut, nothing that works on a desk is lost.

What is counted of a page, bytes, requests and nodes, is the same on every machine.
"""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from conftest import CHAPTERS, PAGES, swipe
from test_explorers import EXPLORERS, expected, found, limited, move

WIDTH = 390
FINGER = 44
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


@pytest.fixture(scope="module", params=PAGES)
def loaded(request, site, site_url, visit):
    """Each page on a phone that knows nothing of the site, and what it took to load all of it."""
    visited, asked = visit(width=WIDTH, has_touch=True), set()
    visited.page.on("request", lambda r: asked.add(urlsplit(r.url).path))
    visited.goto(f"{site_url}/{request.param}.html")
    shift = visited.page.evaluate(SHIFT)
    weights = {path: len(gzip.compress((site / path[1:]).read_bytes(), 6)) for path in asked}
    yield visited, weights, shift
    visited.page.context.close()


@pytest.fixture(scope="module")
def seen(loaded):
    """Each page as it is seen on a phone, with every fold open."""
    visited, *_ = loaded
    return visited.unfold()


@pytest.mark.parametrize("loaded", CHAPTERS, indirect=True)
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


def test_page_has_few_nodes(loaded):
    visited, *_ = loaded
    assert visited.page.evaluate("document.querySelectorAll('*').length") <= 10_000


def test_page_stands_on_its_own(seen):
    assert (seen.elsewhere, seen.failed, seen.errors) == ([], [], [])


def test_page_is_no_wider_than_the_screen(seen):
    assert seen.page.evaluate("document.scrollingElement.scrollWidth") <= WIDTH


def test_what_is_wider_than_the_screen_shows_an_edge(seen):
    seen.page.wait_for_timeout(100)  # for the observer that looks
    unmarked = seen.page.evaluate("""
        [...document.querySelectorAll('main pre, main .table-wrapper, .cell_output > .output')]
            .filter(e => e.scrollWidth > e.clientWidth + 1)
            .filter(e => getComputedStyle(e).boxShadow == 'none')
            .map(e => e.textContent)""")
    assert unmarked == []


def test_equations_are_not_cut(seen):
    """A table scrolls, so a formula in it may be off the screen: one is, where the book's own face
    comes too late and the page keeps a wider one."""
    cut = seen.page.evaluate("""
        [...document.querySelectorAll('.math')].filter((e) => {
            const wide = e.tagName == 'DIV' && e.scrollWidth > e.clientWidth + 1
            const off = e.getBoundingClientRect().right > innerWidth
            return wide || (off && !e.closest('.table-wrapper'))
        }).map(e => e.querySelector('math').dataset.tex)""")
    assert cut == []


def test_axe_finds_nothing(seen):
    assert seen.violations() == []


@pytest.mark.parametrize("loaded", EXPLORERS, indirect=True)
@pytest.mark.parametrize("scheme", ["dark", "light"])  # axe leaves it dark
def test_finger_moves_a_slider(seen, scheme, request, made):
    seen.show(scheme)
    for place, (name, values) in enumerate(EXPLORERS[request.node.callspec.params["loaded"]]):
        explorer = made(name)
        where, slider = found(seen.page, place), explorer._spec["sliders"][-1]
        move(where, explorer, values)
        handle = where.locator(f"[data-slider={slider['name']}]")
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert box["height"] >= FINGER
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= WIDTH
        seen.page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
        last = limited(explorer, values | {slider["name"]: slider["values"][-1]})
        assert where.locator("dd").all_inner_texts() == expected(explorer, last)


@pytest.mark.parametrize(("right", "up", "moves"), [(0, 10, False), (10, 1, True)])
def test_swipe_over_a_slider_moves_the_page_or_the_slider(site_url, visit, right, up, moves):
    """A finger that goes up scrolls and leaves the value alone, one that goes along moves it."""
    page = visit(f"{site_url}/{CHAPTERS[4]}.html", width=WIDTH, has_touch=True, is_mobile=True).page
    explorer = page.locator(".explorer").first
    explorer.scroll_into_view_if_needed()
    explorer.and_(page.locator("[data-alive]")).wait_for()
    slider = explorer.locator("[data-slider]").last
    slider.evaluate("input => input.scrollIntoView({block: 'center', behavior: 'instant'})")
    box, seen = slider.bounding_box(), (slider.input_value(), page.evaluate("scrollY"))
    x, y = box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2  # far from the handle
    swipe(page, x, y, right, up)
    value, place = slider.input_value(), page.evaluate("scrollY")
    assert (value != seen[0], place > seen[1]) == (moves, not moves)
    assert (
        slider.get_attribute("aria-valuetext")
        == explorer.locator(".pkpo-control output").last.inner_text()
    )
