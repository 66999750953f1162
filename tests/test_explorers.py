"""Explorers on the static page, with no kernel: they move, say the truth, and fit a phone."""

import pytest
from test_figures import text_of

from pkpo.figures import explorers
from pkpo.lab import toy

PAGES = {
    "book/index": explorers.landscape(k=8, theta=0.8),
    "book/01-why-pass-at-k": explorers.profiles(k=8, reach=0.5, p=0.1),
    "book/02-estimating-pass-at-k": explorers.urn(n=16, c=2, k=8),
    "book/03-from-right-to-reward": explorers.rank_weights(k=4, c=2),
    "book/04-a-landscape-you-can-walk": explorers.landscape(k=8, theta=0.8),
    "book/05-the-gradient-of-pass-at-k": (
        explorers.prompt_weight(k=8, p=0.5),
        explorers.credit(k=2),
    ),
    "book/06-sort-diff-multiply-cumsum": explorers.gap_weights(n=64, k=8),
    "book/07-variance-without-bias": (
        explorers.spread(n=8, theta=1.0, k=4),
        explorers.pushes(k=4, theta=1.0),
    ),
    "book/08-training-on-the-toy": explorers.replay(k=8, k_end=1, step=240),
    "book/09-unblocking-hard-problems": explorers.search(k=16, switch=200, step=60),
}
# Every explorer with its page, and its place among those of the page.
SHOWN = [
    pytest.param(page, place, explorer, id=f"{page}-{place}")
    for page, one_or_more in PAGES.items()
    for place, explorer in enumerate(one_or_more if type(one_or_more) is tuple else (one_or_more,))
]
# Moves a slider to a position as a hand would, and returns what is then shown.
MOVE = """(explorer, [name, position]) => {
    const input = explorer.querySelector(`[data-slider=${name}]`)
    input.value = position
    input.dispatchEvent(new Event('input', {bubbles: true}))
    return [...explorer.querySelectorAll('dd')].map(e => e.textContent)
}"""
SHAPES = """e => [...e.querySelectorAll('.pkpo-mark *')].map(e => e.outerHTML)"""


@pytest.fixture(scope="module", params=[pytest.param(p.values, id=p.id) for p in SHOWN])
def shown(request, site_url, visit):
    """Each explorer: the visit to its page, where it is on it, and the explorer it should be."""
    page, place, explorer = request.param
    visited = visit(f"{site_url}/{page}.html")
    yield visited, found(visited.page, place), explorer
    visited.page.close()


def found(page, place=0):
    """Return the explorer at a place of the page, once it is near the screen and alive."""
    where = page.locator(".explorer").nth(place)
    where.scroll_into_view_if_needed()
    page.locator(".explorer").nth(place).and_(page.locator("[data-alive]")).wait_for()
    return where.locator(".pkpo-explorer")


def start(explorer):
    return {name: getattr(explorer, name) for name in explorer._names}


def move(where, explorer, values):
    """Move every slider to its value; return the texts of the readouts."""
    for slider in explorer._spec["sliders"]:
        at = slider["values"].index(values[slider["name"]])
        texts = where.evaluate(MOVE, [slider["name"], at])
    return texts


def expected(explorer, values):
    return [text_of(explorer._spec, r, values) for r in explorer._spec["readouts"]]


def test_explorer_starts_as_the_notebook_says(shown):
    _, where, explorer = shown
    assert where.locator("dd").all_inner_texts() == expected(explorer, start(explorer))


def test_numbers_follow_each_slider_through_all_its_positions(shown):
    _, where, explorer = shown
    for slider in explorer._spec["sliders"]:
        for value in slider["values"]:
            values = start(explorer) | {slider["name"]: value}
            assert move(where, explorer, values) == expected(explorer, values), values


def test_drawing_follows_every_slider(shown):
    _, where, explorer = shown
    move(where, explorer, start(explorer))
    for slider in explorer._spec["sliders"]:
        before, now = where.evaluate(SHAPES), start(explorer)[slider["name"]]
        there = next((v for v in slider["values"] if v > now), slider["values"][0])
        move(where, explorer, start(explorer) | {slider["name"]: there})
        assert where.evaluate(SHAPES) != before, slider["name"]
        move(where, explorer, start(explorer))
        assert where.evaluate(SHAPES) == before


def test_nothing_is_asked_of_another_host(shown):
    visited, *_ = shown
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])


@pytest.mark.parametrize(("k", "theta"), [(1, 0.5), (8, 0.8), (32, 1.2)])
def test_dot_is_drawn_where_the_objective_is(site_url, visit, k, theta):
    explorer = explorers.landscape()
    page = visit(f"{site_url}/book/04-a-landscape-you-can-walk.html").page
    move(found(page), explorer, {"k": k, "theta": theta})
    spec = explorer._spec["panels"][1]
    panel = page.locator(".pkpo-panel").nth(1)
    plot = panel.locator("svg svg").evaluate(
        "e => [e.getAttribute('width'), e.getAttribute('height')]"
    )
    dot = panel.locator("circle").evaluate("e => [e.getAttribute('cx'), e.getAttribute('cy')]")
    x = spec["xlim"][0] + float(dot[0]) / float(plot[0]) * (spec["xlim"][1] - spec["xlim"][0])
    y = spec["ylim"][1] - float(dot[1]) / float(plot[1]) * (spec["ylim"][1] - spec["ylim"][0])
    objective = toy.objective(theta, k)
    assert (x, y) == (pytest.approx(theta, abs=1e-3), pytest.approx(objective, abs=1e-3))


def test_keyboard_moves_a_slider(shown):
    _, where, explorer = shown
    sliders, begin = explorer._spec["sliders"], start(explorer)
    slider = next(s for s in sliders if begin[s["name"]] != s["values"][-1])  # room to the right
    values, at = slider["values"], slider["values"].index(begin[slider["name"]])
    move(where, explorer, start(explorer))
    handle = where.locator(f"[data-slider={slider['name']}]")
    handle.focus()
    for key, there in [("ArrowRight", at + 1), ("ArrowLeft", at), ("Home", 0), ("End", -1)]:
        handle.press(key)
        now = start(explorer) | {slider["name"]: values[there]}
        assert handle.get_attribute("aria-valuetext") == slider["texts"][there]
        assert where.locator("dd").all_inner_texts() == expected(explorer, now)


def test_slider_and_numbers_are_announced(shown):
    _, where, explorer = shown
    for slider in explorer._spec["sliders"]:
        assert where.get_by_role("slider", name=slider["label"], exact=True).count() == 1
    announced = where.locator("[role=status][aria-live=polite] dd")
    assert announced.count() == len(explorer._spec["readouts"])
    for panel in explorer._spec["panels"]:
        assert where.get_by_role("img", name=panel["alt"], exact=True).count() == 1


@pytest.mark.parametrize(("page", "place", "explorer"), SHOWN)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_finger_moves_a_slider_on_a_phone(site_url, visit, page, place, explorer, scheme):
    phone = visit(f"{site_url}/{page}.html", width=390, has_touch=True, color_scheme=scheme).page
    where, slider = found(phone, place), explorer._spec["sliders"][-1]
    handle = where.locator(f"[data-slider={slider['name']}]")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box["height"] >= 44
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    phone.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    last = start(explorer) | {slider["name"]: slider["values"][-1]}
    assert where.locator("dd").all_inner_texts() == expected(explorer, last)
    phone.close()


@pytest.mark.parametrize(("page", "place", "explorer"), SHOWN)
def test_explorer_works_from_a_file(site, visit, page, place, explorer):
    visited = visit((site / f"{page}.html").as_uri())
    ends = {s["name"]: s["values"][0] for s in explorer._spec["sliders"]}
    assert move(found(visited.page, place), explorer, ends) == expected(explorer, ends)
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])
    visited.page.close()


def test_curve_is_visible_in_light_and_dark(shown):
    visited, where, _ = shown
    for scheme in ("light", "dark"):
        visited.page.emulate_media(color_scheme=scheme)
        visited.page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
        ground, ink = where.evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        assert brightness(ground) > 200 > 60 > brightness(ink) or scheme == "dark"
        assert brightness(ground) < 60 < 200 < brightness(ink) or scheme == "light"


def brightness(rgb):
    return sum(map(int, rgb.strip("rgb()").split(","))) / 3
