"""The built site: it builds without a warning, stands on its own, and can be read by everyone."""

import re
from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import PUBLISHED, ROOT, build

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
CHAPTERS = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
PAGES = [*CHAPTERS, "search", "404"]

# What axe reports about the theme itself, and why it stays: {(rule, selector): reason}.
THEME = {}

TEX_LEFT = r"\\[a-zA-Z(\[]|\$"  # a command, an opening delimiter, a dollar
FILE_NAME = r"\.(svg|png|jpe?g|gif|webp)$|^[0-9a-f]{16,}$"


@pytest.fixture(scope="module", params=CHAPTERS)
def written(request, site):
    """Each page of the book as it is written, before any script."""
    return parse(site / f"{request.param}.html")


@pytest.fixture(scope="module", params=PAGES)
def seen(request, site_url, visit):
    """Each page as it is seen on a desk, with every fold open."""
    visited = visit(f"{site_url}/{request.param}.html").unfold()
    yield visited
    visited.page.close()


@pytest.fixture(scope="module", params=PAGES)
def on_phone(request, site_url, visit):
    """Each page as it is seen on a phone, with every fold open."""
    visited = visit(f"{site_url}/{request.param}.html", width=390).unfold()
    yield visited
    visited.page.close()


@cache
def parse(path):
    return BeautifulSoup(path.read_text(), "html.parser")


# --- As it is built


def test_published_book_builds_without_a_warning(published):
    status, output, _ = published
    assert status == 0, output


def test_book_without_an_address_builds_without_a_warning(tmp_path):
    status, output = build(tmp_path)
    assert status == 0, output


def test_page_has_a_description_without_tex(written):
    (meta,) = written.select("meta[name=description]")
    assert 40 <= len(meta["content"]) <= 200
    assert not re.search(TEX_LEFT, meta["content"])


def test_shared_link_shows_the_description(written):
    (shared,) = written.select("meta[property='og:description']")
    assert shared["content"] == written.select_one("meta[name=description]")["content"]


def test_page_names_its_own_address(written, request):
    page = request.node.callspec.params["written"]
    assert (
        written.select_one("link[rel=canonical]")["href"] == PUBLISHED["SITE_URL"] + page + ".html"
    )


def test_image_is_described_in_words(written):
    for image in written.select("main img"):
        assert len(image.get("alt", "")) > 5, image
        assert not re.search(FILE_NAME, image["alt"], re.IGNORECASE), image


def test_neighbours_follow_the_table_of_contents(written, request):
    here = CHAPTERS.index(request.node.callspec.params["written"])
    for name, there in [("left-prev", here - 1), ("right-next", here + 1)]:
        links = [
            urljoin(CHAPTERS[here], a["href"]) for a in written.select(f".prev-next-area a.{name}")
        ]
        assert links == [f"{c}.html" for c in CHAPTERS[max(there, 0) : there + 1]]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page, site):
    links = [
        e.get("href") or e.get("src") for e in parse(site / f"{page}.html").select("[href], [src]")
    ]
    broken = [link for link in links if not resolves(link, page, site)]
    assert broken == []


def resolves(link, page, site):
    """Tell whether a link inside the site has a target; a link to elsewhere is taken on trust."""
    parts = urlsplit(urljoin(f"http://site/{page}.html", link))
    if urlsplit(link).scheme or urlsplit(link).netloc:
        return True
    target = site / unquote(parts.path).lstrip("/")
    if not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target.suffix != ".html" or parse(target).find(id=anchor) is not None


# --- As it is seen


def test_page_stands_on_its_own(seen):
    seen.page.emulate_media(color_scheme="dark")
    seen.page.emulate_media(color_scheme="light")
    assert (seen.elsewhere, seen.failed, seen.errors) == ([], [], [])


def test_page_stands_on_its_own_on_a_phone(on_phone):
    assert (on_phone.elsewhere, on_phone.failed, on_phone.errors) == ([], [], [])


def test_page_has_one_search_box(seen):
    boxes = ".search-button__button:visible, input[type=search]:visible, input[name=q]:visible"
    assert seen.page.locator(boxes).count() == 1


def test_mathematics_is_typeset(seen):
    unset = ".math:not(:has(mjx-container)), mjx-merror, [data-mjx-error]"
    assert seen.page.locator(unset).all_inner_texts() == []
    prose = seen.page.evaluate("""() => {
        const main = document.querySelector('main').cloneNode(true)
        main.querySelectorAll('code, pre, script, mjx-container').forEach(e => e.remove())
        return main.textContent
    }""")
    assert re.findall(f".*(?:{TEX_LEFT}).*", prose) == []


def test_page_fits_a_phone(on_phone):
    width = on_phone.page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390


def test_equation_fits_a_phone(on_phone):
    wide = on_phone.page.evaluate("""
        [...(window.MathJax?.startup?.document?.math ?? [])].filter(({display, typesetRoot: e}) =>
            e.getBoundingClientRect().right > innerWidth || display && e.scrollWidth > e.clientWidth
        ).map(equation => equation.math)""")
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(seen, scheme):
    assert violations(seen.page, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone(on_phone, scheme):
    assert violations(on_phone.page, scheme) == []


def violations(page, scheme):
    """Return what axe finds, as lines of rule, selector and advice."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
    # preload would fetch style sheets a second time, by addresses that are wrong
    result = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]})
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary']}"
        for rule in result.response["violations"]
        for node in rule["nodes"]
        if (rule["id"], node["target"][0]) not in THEME
    ]


def test_search_finds_a_word(site_url, visit):
    page = visit(f"{site_url}/search.html?q=unbiased").page
    page.wait_for_selector("#search-results li a")
    found = [a.get_attribute("href") for a in page.locator("#search-results li a").all()]
    assert any("notation.html" in address for address in found)


def test_search_box_leads_to_the_results(site_url, visit):
    page = visit(f"{site_url}/book/notation.html").page
    page.locator(".search-button__button:visible").click()
    page.keyboard.type("unbiased")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")


def test_page_works_from_a_file(site, visit):
    visited = visit((site / "book/notation.html").as_uri())
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])
    assert visited.page.locator(".math mjx-container").count() > 0
