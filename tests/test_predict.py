"""Predictions: what follows a question is folded until the reader commits or asks to see it."""

import sys

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

sys.path.insert(0, str(ROOT / "tools"))
import offline  # noqa: E402

CONFIG = f"""
import sys
sys.path.insert(0, {str(ROOT / "book/_ext")!r})
exclude_patterns = ["**.ipynb"]
extensions = ["sphinx_copybutton", "myst_nb", "sphinx_design", "mathematics", "sphinx_proof",
              "sphinx_exercise", "appearance", "explorer", "predict", "sections"]
myst_enable_extensions = ["dollarmath"]
html_theme = "pkpo"
html_static_path = [{str(ROOT / "book/_static")!r}]
root_doc = "book/index"
"""
CHOICE = """
```{admonition} Predict
:class: predict
Which *wins* at $k = 1$?
1. Model $A$.
2. Model B
% answer: 1
```
"""
NUMBER = """
```{admonition} Predict
:class: predict
How often?
% answer: -0.34 within 0.02
```
"""
CURVE = """
```{admonition} Predict
:class: predict
How does it grow?
% answer: curve of pass@k over k = 1 2 4 from 0 to 1: 0.25 0.5 0.75
```
"""
PAGE = f"""# Questions

{{prf:ref}}`There <there>` and {{ref}}`elsewhere <after>`.

## Choice
{CHOICE}
What follows the choice.

```{{prf:theorem}} Anywhere
:label: there
What can be linked.
```

% revealed

What stands open.

(after)=
## Number
{NUMBER}
What follows the number.
{CURVE}
What follows the curve.

## Next

No question here.
"""


def build(folder, page):
    """Build a book of one page as the book is built; return what Sphinx warns of."""
    (folder / "book").mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(CONFIG)
    (folder / "book/index.md").write_text(page)
    warnings = (folder / "warnings").open("w+")
    quiet = {"status": None, "warning": warnings, "freshenv": True}
    with docutils_namespace():  # or a second book of one process would hear of the first
        Sphinx(folder, folder, folder / "site", folder / "trees", "html", **quiet).build()
    warnings.seek(0)
    return warnings.read()


@pytest.fixture(scope="session")
def small_site(once):
    def build_in(folder):
        return build(folder, PAGE), folder / "site"

    warnings, folder = once("predictions", build_in)
    assert warnings == ""
    return folder


@pytest.fixture(scope="module")
def tab(visit):
    return visit()


@pytest.fixture
def asked(small_site, tab):
    """The page in a browser, at its start."""
    visited = tab.goto((small_site / "book/index.html").as_uri())
    yield visited
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])


@pytest.fixture
def page(asked):
    return asked.page


def seen(page):
    """Return which of the paragraphs that follow a question are seen."""
    return [
        name for name in ("choice", "number", "curve")
        if page.get_by_text(f"What follows the {name}.").is_visible()
    ]  # fmt: skip


def form(page, place):
    return page.locator(".predict-form").nth(place)


def verdict(page, place):
    return form(page, place).locator(".predict-verdict")


def told(page, place):
    """Return what the reader is told, the cells of a table in order."""
    cells = verdict(page, place).locator("th, td").all_inner_texts()
    return " ".join(cells) or verdict(page, place).text_content()


# --- What is folded, and until when


def test_what_follows_is_folded_and_nothing_else(page):
    assert seen(page) == []
    assert page.get_by_text("What stands open.").is_visible()
    assert page.get_by_text("No question here.").is_visible()
    assert page.get_by_text("Model A").is_visible()


def test_choice_is_answered_beside_the_truth(page):
    page.get_by_label("Model B").check()
    assert seen(page) == []
    form(page, 0).get_by_role("button", name="That is my answer").click()
    assert seen(page) == ["choice"]
    assert told(page, 0) == "You said: Model B. The answer: Model A."
    assert verdict(page, 0).locator("math").count() == 1


def test_true_choice_is_told_so(page):
    page.get_by_label("Model A").check()
    page.keyboard.press("Enter")
    assert told(page, 0) == "You said: Model A. That is right."


def test_who_asks_is_shown_the_truth(page):
    truths = ["The answer: Model A.", "The answer: −0.34.", "k 1 2 4 The answer 0.25 0.5 0.75"]
    for place, truth in enumerate(truths):
        form(page, place).get_by_role("button", name="Show me").click()
        assert told(page, place) == truth
    assert seen(page) == ["choice", "number", "curve"]


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("-0.36", "You said: −0.36. The answer: −0.34, and yours is close enough."),
        ("0.3", "You said: 0.3. The answer: −0.34."),
    ],
)
def test_estimate_is_judged_by_its_tolerance(page, said, back):
    page.get_by_label("Your estimate").fill(said)
    page.keyboard.press("Enter")
    assert told(page, 1) == back
    assert seen(page) == ["number"]


def test_nothing_opens_without_an_answer(page):
    for place in range(3):
        form(page, place).get_by_role("button", name="That is my answer").click()
    assert seen(page) == []
    assert told(page, 2) == "Draw a curve first, or ask to be shown."


def test_curve_is_drawn_with_the_keys(page):
    page.get_by_label("pass@k at k = 2").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    form(page, 2).get_by_role("button", name="That is my answer").click()
    assert told(page, 2) == "k 1 2 4 You said 0.5 0.01 0.5 The answer 0.25 0.5 0.75"
    assert form(page, 2).locator("svg g").count() == 2  # theirs, and the true one
    assert seen(page) == ["curve"]


def test_curve_is_drawn_with_the_pointer(page):
    drawing = form(page, 2).locator("svg")
    drawing.scroll_into_view_if_needed()
    dots = drawing.locator("circle")
    first, last = dots.first.bounding_box(), dots.last.bounding_box()
    page.mouse.move(first["x"] + 5, first["y"] + 5)
    page.mouse.down()
    page.mouse.move(last["x"] + 5, first["y"] - 500, steps=9)  # beyond the top counts as the top
    page.mouse.up()
    at = [slider.input_value() for slider in form(page, 2).locator("[type=range]").all()]
    assert at[2] == "1"
    assert "0.5" <= at[0] <= at[1]


# --- For everybody, wherever they come from


def test_answer_is_announced_and_focus_stays_with_it(page):
    form(page, 1).get_by_role("button", name="Show me").press("Enter")
    assert verdict(page, 1).get_attribute("role") == "status"
    assert verdict(page, 1).evaluate("e => e === document.activeElement")


def test_link_opens_what_it_leads_to(page):
    page.get_by_role("link", name="elsewhere").click()
    assert seen(page) == []
    page.get_by_role("link", name="There").click()
    assert page.get_by_text("What can be linked.").is_visible()
    assert seen(page) == ["choice"]


def test_address_opens_what_it_leads_to(small_site, visit):
    visited = visit((small_site / "book/index.html").as_uri() + "#there")
    assert visited.page.get_by_text("What can be linked.").is_visible()


def test_search_within_the_page_can_open_it(page):
    folds = page.locator(".revealed")
    assert folds.evaluate_all("all => all.map(e => e.hidden)") == ["until-found"] * 3
    folds.first.dispatch_event("beforematch")
    assert seen(page) == ["choice"]


def test_search_leads_into_the_fold(small_site):
    index = (small_site / "_static/sections.js").read_text()
    assert '["book/index", "revealed-1", "Choice", "What follows the choice."]' in index
    assert "Show me" not in index


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_before_and_after(small_site, visit, width):
    visited = visit((small_site / "book/index.html").as_uri(), width=width)
    assert visited.violations() == []
    visited.page.get_by_label("Model B").check()
    visited.page.keyboard.press("Enter")
    for place in (1, 2):
        form(visited.page, place).get_by_role("button", name="Show me").click()
    assert visited.violations() == []
    assert visited.page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_nothing_above_moves_and_nothing_flashes(small_site, visit):
    """The script that opens folds comes late: until then they take no room and are not seen."""
    visited = visit("about:blank")
    page = visited.page
    held = []
    page.route("**/book.js*", lambda route: held.append(route))
    page.goto((small_site / "book/index.html").as_uri(), wait_until="commit")
    page.get_by_text("No question here.").wait_for()
    before = page.get_by_text("No question here.").bounding_box()
    assert seen(page) == []
    held[0].continue_()
    page.locator(".revealed[hidden]").first.wait_for(state="attached")
    assert page.get_by_text("No question here.").bounding_box() == before
    show = form(page, 1).get_by_role("button", name="Show me")
    show.scroll_into_view_if_needed()
    top = form(page, 1).bounding_box()["y"]
    show.click()
    assert form(page, 1).bounding_box()["y"] == top


# --- Where there are no scripts


def test_all_is_shown_without_scripts(small_site, visit):
    page = visit((small_site / "book/index.html").as_uri(), java_script_enabled=False).page
    assert seen(page) == ["choice", "number", "curve"]
    assert page.locator("main :is(button, input):visible").count() == 0


def test_all_is_shown_in_print(page):
    page.emulate_media(media="print")
    assert seen(page) == ["choice", "number", "curve"]
    assert page.locator("main :is(button, input):visible").count() == 0


def test_all_is_shown_offline(small_site):
    page = BeautifulSoup((small_site / "book/index.html").read_text(), "html.parser")
    for element in page.select(offline.ONLY_ON_SCREEN):
        element.decompose()
    assert page.select("main :is(button, input), main [hidden]") == []
    assert "What follows the curve." in page.text


def test_explorers_are_as_narrow_as_the_paper_offline(site):
    _, landing = next(offline.pages(site))
    pictures = landing.select(".pkpo-panel svg[role=img]")
    assert len(pictures) == 3
    for picture in pictures:
        assert picture["viewBox"] == f"0 0 {picture['width']} {picture['height']}"
        assert "max-width: 100%" in picture["style"]


# --- What is wrong with it


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (CHOICE.replace("answer: 1", "answer: 3"), "the number of an item, 1..2, got '3'"),
        (CHOICE.replace("% answer: 1", ""), "one line `% answer: ...` in its box, it has 0"),
        (NUMBER.replace(" within 0.02", ""), "like '0.337 within 0.02' or 'curve of"),
        (CURVE.replace(" 0.75", ""), "as many values as places"),
        (f"{CHOICE}\n% revealed\n", "it is followed by nothing"),
        (f"{CHOICE}\n## Next", "it is followed by nothing"),
        (f"{CHOICE}\nText.\n\n% revealed\n\n% revealed", "% revealed ends no prediction"),
    ],
)  # fmt: skip
def test_wrong_use_is_a_warning(no_faces, tmp_path, text, warning):
    if "followed" not in warning:
        text += "\n\nText."
    assert warning in build(tmp_path, f"# Title\n{text}")
