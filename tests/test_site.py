"""The built site: it builds without a warning, stands on its own, and can be read by everyone."""

import re
from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, PAGES, PUBLISHED, build

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
    address = f"{PUBLISHED['SITE_URL']}{request.node.callspec.params['written']}.html"
    assert written.select_one("link[rel=canonical]")["href"] == address


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(seen, scheme):
    assert seen.violations(scheme) == []


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
