"""The built site: it builds without a warning, stands on its own, and can be read by everyone."""

import inspect
import json
import re
import zipfile
from copy import copy
from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, PAGES, PUBLISHED, ROOT, build
from fontTools.ttLib import TTFont
from test_explorers import EXPLORERS

import pkpo

TEX_LEFT = r"\\[a-zA-Z(\[]|\$"  # a command, an opening delimiter, a dollar
FILE_NAME = r"\.(svg|png|jpe?g|gif|webp)$|^[0-9a-f]{16,}$"


@pytest.fixture(scope="module", params=CHAPTERS)
def written(request, site):
    """Each page of the book as it is written, before any script."""
    return parse(site / f"{request.param}.html")


@pytest.fixture(scope="module")
def desk(visit):
    return visit()


@pytest.fixture(scope="module", params=PAGES)
def seen(request, site_url, desk):
    """Each page as it is seen on a desk, with every fold open."""
    return desk.goto(f"{site_url}/{request.param}.html").unfold()


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


def test_shared_link_shows_a_picture_of_its_own(site):
    pictures = []
    for name in CHAPTERS:
        page = parse(site / f"{name}.html")
        said = {
            tag["property"]: tag["content"] for tag in page.select("meta[property^='og:image']")
        }
        assert said["og:image"].startswith(PUBLISHED["SITE_URL"])
        picture = (site / said["og:image"].removeprefix(PUBLISHED["SITE_URL"])).read_bytes()
        assert picture.startswith(b"\x89PNG")
        size = [int.from_bytes(picture[start : start + 4]) for start in (16, 20)]
        assert size == [int(said[f"og:image:{side}"]) for side in ("width", "height")]
        assert size == [1200, 630]
        assert said["og:image:alt"] in page.select_one("h1").get_text().replace("\xa0", " ")
        pictures.append(picture)
    assert len(set(pictures)) == len(CHAPTERS)


def test_no_script_holds_up_the_page(written):
    blocking = "script[src]:not([defer], [async], [type=module])"
    assert written.head.select(blocking) == []
    assert len(written.head.select("link[rel=stylesheet]")) == 1


def test_page_names_its_own_address(written, request):
    address = f"{PUBLISHED['SITE_URL']}{request.node.callspec.params['written']}.html"
    assert written.select_one("link[rel=canonical]")["href"] == address


def test_image_is_described_in_words(written):
    for image in written.select("main img:not(.card > img)"):  # those only adorn a link
        assert len(image.get("alt", "")) > 5, image
        assert not re.search(FILE_NAME, image["alt"], re.IGNORECASE), image


def test_neighbours_follow_the_table_of_contents(written, request):
    here = CHAPTERS.index(request.node.callspec.params["written"])
    for name, there in [("left-prev", here - 1), ("right-next", here + 1)]:
        links = [
            urljoin(CHAPTERS[here], a["href"]) for a in written.select(f".neighbours a.{name}")
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


def test_colours_of_figures_are_variables_with_a_value_for_the_dark(site):
    for path in (site / "_images").glob("*.svg"):
        style, drawn = re.split("</style>", path.read_text(), maxsplit=1)
        _, dark = style.split("prefers-color-scheme:dark")
        assert not re.search(r'[:=]\s*"?#[0-9a-f]{3,8}\b', drawn), path
        assert all(f"--{name}:" in dark for name in re.findall(r"var\(--(\w+)\)", drawn)), path


def test_root_is_the_landing_page(site):
    root, landing = (parse(site / f"{name}.html") for name in ("index", CHAPTERS[0]))
    assert root.select_one("article").get_text() == landing.select_one("article").get_text()
    addresses = [
        [urljoin(f"http://site/{name}", a["href"]) for a in page.select("article a")]
        for name, page in [("index.html", root), (f"{CHAPTERS[0]}.html", landing)]
    ]
    here = [re.sub(r"/(book/)?index\.html", "/", address) for address in addresses[0]]
    assert here == [re.sub(r"/(book/)?index\.html", "/", address) for address in addresses[1]]


# --- As it is seen


def test_page_stands_on_its_own(seen):
    for scheme in ("dark", "light"):
        seen.show(scheme)
    assert (seen.elsewhere, seen.failed, seen.errors) == ([], [], [])


def test_code_to_copy_fits_the_column(seen):
    seen.page.set_viewport_size({"width": 1100, "height": 900})
    wider = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    assert seen.page.locator(".cell_input pre").evaluate_all(wider) == []
    seen.page.set_viewport_size({"width": 1280, "height": 844})


def test_page_has_one_search_box(seen):
    assert seen.page.locator("input[type=search]:visible").count() == 1


def test_formulas_have_all_their_glyphs(site):
    """Also the radical, which no character of a formula stands for."""
    there = map(chr, TTFont(site / "_static/fonts/mathematics.woff2").getBestCmap())
    pages = [parse(site / f"{page}.html") for page in CHAPTERS]
    shown = {c for page in pages for formula in page.select("math") for c in formula.get_text()}
    assert any(page.select("msqrt") for page in pages)
    missing = (shown | {"√"}) - set(there) - {"\ufe00"}
    assert [c for c in missing if c.isprintable()] == []


def test_line_does_not_end_between_a_formula_and_its_mark(written):
    for formula in written.select("main span.math"):
        after = formula.next_sibling
        if isinstance(after, str) and re.match(r"[.,;:!?)]", after):
            assert "together" in formula.parent.get("class", []), formula.parent


def test_mathematics_is_there_before_any_script(written):
    unset = [m.get_text() for m in written.select(".math") if not m.select_one("math[data-tex]")]
    assert unset == []
    main = copy(written.select_one("main"))  # the page is read by other tests too
    for element in main.select(":is(code, pre, script, math)"):
        element.decompose()
    assert re.findall(f".*(?:{TEX_LEFT}).*", main.get_text()) == []


def test_brackets_and_primes_stand_where_they_belong(written):
    alone = [each for each in written.select("msup, msub, msubsup") if each.find().get("maxsize")]
    floating = [e for e in written.select("msup, msubsup") if set(e()[-1].get_text()) & set("′″‴")]
    assert (alone, floating) == ([], [])


def test_axe_finds_nothing(seen):
    assert seen.violations() == []


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("unbiased", "book/notation.html#term-unbiased"),
        ("pass@k", "book/notation.html#term-pass-k"),
        ("Theorem 5.1", "book/05-the-gradient-of-pass-at-k.html#thm-score-function"),
        ("pass_at_k", "book/api.html#pkpo.pass_at_k"),
    ],
)
def test_search_leads_to_the_place(site_url, visit, question, place):
    page = visit(f"{site_url}/search.html").page
    page.locator("#search-form input").fill(question)
    first = page.locator("#search-results li").first
    assert first.locator("a").get_attribute("href").endswith(place)
    assert "\\" not in page.locator("#search-results").inner_text()
    marked = {mark.lower() for mark in page.locator("#search-results mark").all_inner_texts()}
    assert marked <= {question.lower(), *question.lower().split()}


def test_search_box_leads_to_the_results(site_url, visit):
    page = visit(f"{site_url}/book/notation.html").page
    page.locator(".bar input[type=search]").fill("unbiased")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("book/04-landscape.html", "book/04-a-landscape-you-can-walk"),
        ("glossary", "book/notation"),
        ("book/the-gradient-of-pass-at-k/", "book/05-the-gradient-of-pass-at-k"),
        ("wp-login.php", None),
    ],
)
def test_wrong_address_gets_the_closest_page(site, site_url, visit, address, page):
    there = visit("about:blank").page
    there.route(f"{site_url}/{address}", lambda r: r.fulfill(path=site / "404.html", status=404))
    there.goto(f"{site_url}/{address}")
    suggested = there.locator("#closest a:visible")
    links = [link.get_attribute("href") for link in suggested.all()]
    assert links == ([f"{site_url}/{page}.html"] if page else [])
    assert there.locator("#search-form input").input_value() in address.replace("-", " ")


def test_link_shows_what_it_leads_to(site_url, visit):
    page = visit(f"{site_url}/book/05-the-gradient-of-pass-at-k.html").page
    page.locator("article a[href*='#term-']").first.focus()
    page.locator("#preview:popover-open").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#preview:popover-open").count() == 0


def test_theme_can_be_chosen_and_is_remembered(site_url, visit):
    page = visit(f"{site_url}/book/notation.html", color_scheme="light").page
    page.locator(".theme-button").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_contents_open_on_a_phone(site_url, visit):
    page = visit(f"{site_url}/book/notation.html", width=390).page
    assert not page.locator("#contents").is_visible()
    page.locator(".contents-button").click()
    assert page.locator("#contents a").first.is_visible()


def test_page_works_from_a_file(site, visit):
    visited = visit((site / "book/notation.html").as_uri())
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])


def test_copied_formulas_are_tex(site_url, visit):
    page = visit(f"{site_url}/book/05-the-gradient-of-pass-at-k.html").page
    copied = page.evaluate("""() => {
        const selection = getSelection(), data = new DataTransfer()
        selection.selectAllChildren(document.querySelector('.math').parentElement)
        document.dispatchEvent(new ClipboardEvent('copy', {bubbles: true, clipboardData: data}))
        return data.getData('text/plain')
    }""")
    assert "$" in copied


# --- Without scripts


@pytest.fixture(scope="module")
def without_scripts(visit):
    return visit(java_script_enabled=False)


@pytest.mark.parametrize("name", EXPLORERS)
def test_page_is_whole_without_scripts(site_url, without_scripts, name):
    page = without_scripts.goto(f"{site_url}/{name}.html").page
    ground = "e => getComputedStyle(e).backgroundColor"
    for explorer in page.locator(".explorer").all():
        assert explorer.locator(".pkpo-mark path:visible").count() >= 1
        assert all(text for text in explorer.locator("dd:visible").all_inner_texts())
        # Chromium draws what is inside <noscript> only for a reader, not for a test
        assert "Its sliders need scripts" in explorer.inner_html()
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.locator("body").evaluate(ground))
        for explorer in page.locator(".pkpo-explorer").all():
            assert explorer.evaluate(ground) == grounds[-1]
    assert grounds[0] != grounds[1]


# --- On paper


@pytest.fixture(scope="module")
def paper(visit):
    return visit(width=680)  # as wide as A4 between its margins


@pytest.mark.parametrize("name", EXPLORERS)
def test_page_is_whole_on_paper(site_url, paper, name):
    page = paper.goto(f"{site_url}/{name}.html").page
    page.emulate_media(media="print")
    assert page.locator("h1 .section-number:visible").count() == bool(re.search(r"/\d", name))
    closed = page.locator("article details:not([open])")
    assert (closed.count() > 0) == (name != CHAPTERS[0])
    unseen = """all => all.filter(e => !e.checkVisibility({contentVisibilityAuto: true})
        || e.getBoundingClientRect().height == 0).map(e => e.outerHTML)"""
    assert closed.locator("> :not(summary)").evaluate_all(unseen) == []
    broken = """all => all.filter(e => getComputedStyle(e).breakInside != 'avoid'
        || e.getBoundingClientRect().height >= 1000).map(e => e.ariaLabel)"""  # A4, its margins
    assert page.locator(".pkpo-explorer").evaluate_all(broken) == []
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    wider = """all => all.filter(e => !e.hasAttribute('viewBox')
        || e.getBoundingClientRect().width > e.parentElement.clientWidth + 1)
        .map(e => e.ariaLabel)"""
    assert page.locator(".pkpo-panel svg[role=img]").evaluate_all(wider) == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".pkpo-panel svg[viewBox]").count() == 0
    cut = "pre => [...pre].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert page.locator("article pre").evaluate_all(cut) == []
    assert page.locator(".bar, .chapters, .neighbours").locator("visible=true").count() == 0


# --- The page of the package


@pytest.mark.parametrize("name", pkpo.__all__)
def test_function_has_formulas_its_chapter_and_its_lines(site, name):
    page = BeautifulSoup((site / "book/api.html").read_text(), "html.parser")
    term = page.find("dt", id=f"pkpo.{name}")
    text, doc = term.find_next_sibling("dd"), inspect.getdoc(getattr(pkpo, name))
    named = re.findall(r"[Cc]hapters? (\d+)(?:(?: to | and )(\d+))?", doc)
    numbers = {f"/{int(number):02}-" for each in named for number in each if number}
    linked = {a["href"] for a in text.select("a.reference.internal") if a["href"][0] != "#"}
    written = {c for c in CHAPTERS if any(number in c for number in numbers)}
    assert linked == {f"{c.removeprefix('book/')}.html" for c in written}
    assert len(text.select("math")) > 0 or "C(n, k)" not in doc
    text = copy(text)  # the page is read by other tests too
    for code in text.select("code, pre"):
        code.decompose()
    assert not re.search(r"C\([^)]*\)|>=|<=", text.get_text())
    found = re.search(r"/blob/main/(.*)#L(\d+)-L(\d+)", term.select_one("a.external")["href"])
    path, first, last = found.groups()
    lines = (ROOT / path).read_text().splitlines()[int(first) - 1 : int(last)]
    assert "".join(lines).startswith(f"def {name}(")


# --- What it offers to download


def test_site_has_a_wheel_of_the_package(site):
    (wheel,) = (site / "_static").glob("pkpo-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        held = {name: packed.read(name) for name in packed.namelist() if name.startswith("pkpo/")}
    files = (path for path in (ROOT / "pkpo").rglob("*") if path.is_file())
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in files
        if path.suffix != ".pyc"
    }
    assert held == sources
    assert {"pkpo/figures/explorer.js", "pkpo/lab/data/speed.json"} < held.keys()


@pytest.mark.parametrize("page", [c for c in CHAPTERS if (ROOT / f"{c}.ipynb").exists()])
def test_downloaded_notebook_installs_that_wheel_and_is_otherwise_as_committed(page, site):
    committed = json.loads((ROOT / f"{page}.ipynb").read_text())
    offered = json.loads((site / "_sources" / f"{page}.ipynb").read_text())
    (wheel,) = (site / "_static").glob("pkpo-*.whl")
    cells = [next(c for c in nb["cells"] if c["id"] == "install") for nb in (committed, offered)]
    address = f"{PUBLISHED['SITE_URL']}_static/{wheel.name}"
    assert f'%pip install --quiet "pkpo[figures] @ {address}"' in cells[1]["source"][-1]
    cells[1]["source"] = cells[0]["source"]
    assert offered == committed


def test_cell_that_installs_is_not_on_the_page(written):
    assert "find_spec" not in written.select_one("main").get_text()
