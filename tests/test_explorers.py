"""Explorers on the static page, with no kernel: they move, and say the truth."""

import re

import pytest
from test_figures import text_of

from pkpo.lab import toy

# What the pages show: explorers by name, with the positions of their sliders at the start.
REWARDS = (0, 0.25, 0, 0.5, 0, 0.75, 1, 0.5)
STAIRS = tuple(sorted(REWARDS))
LANDSCAPE = "book/04-a-landscape-you-can-walk"
EXPLORERS = {
    "book/index": [("landscape", {"k": 8, "theta": 0.8})],
    "book/01-why-pass-at-k": [
        ("two_tasks", {"k": 4, "mean": 0.3, "spread": 0.8}),
        ("profiles", {"k": 8, "reach": 0.5, "p": 0.1}),
    ],
    "book/02-estimating-pass-at-k": [("urn", {"n": 16, "c": 2, "k": 8})],
    "book/03-from-right-to-reward": [
        ("winners", {"n": 5, "k": 3, "pick": 2}),
        ("rank_weights", {"k": 4, "c": 2}),
    ],
    LANDSCAPE: [("levels", {"k": 4, "theta": 0.98}), ("landscape", {"k": 8, "theta": 0.8})],
    "book/05-the-gradient-of-pass-at-k": [
        ("prompt_weight", {"k": 8, "p": 0.5}),
        ("credit", {"k": 2} | {f"g{i}": g for i, g in enumerate(REWARDS, start=1)}),
    ],
    "book/06-sort-diff-multiply-cumsum": [
        ("staircase", {"k": 2, "rank": 7} | {f"g{i}": g for i, g in enumerate(STAIRS, start=1)}),
        ("gap_weights", {"n": 64, "k": 8}),
    ],
    "book/07-variance-without-bias": [
        ("spread", {"n": 8, "theta": 1.0, "k": 4}),
        ("pushes", {"k": 4, "theta": 1.0}),
    ],
    "book/08-training-on-the-toy": [("replay", {"k": 8, "k_end": 1, "step": 240})],
    "book/09-unblocking-hard-problems": [
        ("hills", {"k": 1, "sigma": 0.8, "theta": -0.2}),
        ("search", {"k": 16, "switch": 200, "step": 60}),
    ],
    "book/10-objectives-side-by-side": [("rules", {"method": 9, "n": 8, "c": 2, "k": 4})],
    "book/11-a-language-model-keeps-searching": [
        ("answering", {"prompt": 1, "k": 8, "k_end": 1, "step": 100})
    ],
    "book/12-in-your-trainer": [("pipeline", {"weights": 2, "k": 4, "group": 1, "tokens": 1})],
    "book/13-when-not-to": [
        ("which_k", {"n": 16, "k": 8, "k_eval": 8, "mean": 0.2, "spread": 0.4})
    ],
}
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "+")
# Every explorer with its page, and its place among those of the page.
SHOWN = [
    pytest.param((page, place), id=f"{page}-{place}")
    for page, explorers in EXPLORERS.items()
    for place in range(len(explorers))
]
# Moves sliders to positions as a hand would, and returns what is then shown.
MOVE = """(explorer, positions) => {
    for (const [name, position] of Object.entries(positions)) {
        const input = explorer.querySelector(`[data-slider=${name}]`)
        input.value = position
        input.dispatchEvent(new Event('input', {bubbles: true}))
    }
    return [...explorer.querySelectorAll('dd')].map(e => e.textContent)
}"""
# Moves each slider through all its positions and back to the start: what is shown at each.
SWEEP = f"""(explorer, [start, sizes]) => {{
    const move = {MOVE}
    move(explorer, start)
    return sizes.map(([name, size]) => {{
        const texts = [...Array(size).keys()].map(i => {{
            move(explorer, start) // others may have been limited
            return move(explorer, {{[name]: i}})
        }})
        move(explorer, start)
        return texts
    }})
}}"""
# Moves each slider away and back: whether the drawing was another one, and then as before.
AWAY_AND_BACK = f"""async (explorer, [start, away]) => {{
    const move = {MOVE}
    const shapes = async () => {{ // as they are once the frame is drawn
        await new Promise(requestAnimationFrame)
        return [...explorer.querySelectorAll('.pkpo-mark *')].map(e => e.outerHTML).join()
    }}
    move(explorer, start)
    const before = await shapes(), seen = []
    for (const [name, position] of away) {{
        move(explorer, {{[name]: position}})
        const there = await shapes()
        move(explorer, start) // others may have been limited
        seen.push([name, there != before, await shapes() == before])
    }}
    return seen
}}"""


@pytest.fixture(scope="module")
def opened(site_url, visit):
    """Return a function that opens a page of the site, unless it is the one that is open."""
    visited, at = visit(), None

    def open_once(page):
        nonlocal at
        if page != at:
            visited.goto(f"{site_url}/{page}.html")
            at = page
        return visited

    return open_once


@pytest.fixture(scope="module", params=SHOWN)
def shown(request, opened, made):
    """Each explorer: the visit to its page, where it is on it, what it should be, and its start."""
    page, place = request.param
    visited, (name, start) = opened(page), EXPLORERS[page][place]
    return visited, found(visited.page, place), made(name), start


def found(page, place=0):
    """Return the explorer at a place of the page, once it is seen and alive."""
    page.evaluate("document.querySelectorAll('.revealed').forEach(fold => fold.hidden = false)")
    where = page.locator(".explorer").nth(place)
    where.scroll_into_view_if_needed()
    page.locator(".explorer").nth(place).and_(page.locator("[data-alive]")).wait_for()
    return where.locator(".pkpo-explorer")


def positions(explorer, values):
    """Return the positions of the sliders; those that others limit come after these."""
    sliders = explorer._spec["sliders"]
    free, held = ([s for s in sliders if ("at_most" in s) == limited] for limited in (False, True))
    names = [*free, *reversed(held)]
    return {s["name"]: list(s["values"]).index(values[s["name"]]) for s in names}


def move(where, explorer, values):
    """Move every slider to its value; return the texts of the readouts, once all is drawn."""
    texts = where.evaluate(MOVE, positions(explorer, values))
    where.evaluate("() => new Promise(requestAnimationFrame)")
    return texts


def shown_as(text):
    """Return a text as the browser shows it: with the minus and the powers of the book's text."""
    text = re.sub(r"^-(?=\d)", "\N{MINUS SIGN}", text)
    return re.sub(r"e([+-])0*(\d+)$", lambda e: f" × 10{(e[1] + e[2]).translate(RAISED)}", text)


def limited(explorer, values):
    """Return where the sliders stand: some go no further than others allow."""
    values = dict(values)
    for slider in reversed(explorer._spec["sliders"]):
        if "at_most" in slider:
            name, most = slider["name"], values[slider["at_most"][0]]
            values[name] = max(v for v in slider["values"] if v <= min(values[name], most))
    return values


def expected(explorer, values):
    return [shown_as(text_of(explorer._spec, r, values)) for r in explorer._spec["readouts"]]


def test_explorer_starts_as_the_notebook_says(shown):
    _, where, explorer, start = shown
    assert where.locator("dd").all_inner_texts() == expected(explorer, start)


def test_numbers_follow_each_slider_through_all_its_positions(shown):
    _, where, explorer, start = shown
    sliders = explorer._spec["sliders"]
    sizes = [(s["name"], len(s["values"])) for s in sliders]
    swept = where.evaluate(SWEEP, [positions(explorer, start), sizes])
    for slider, texts in zip(sliders, swept, strict=True):
        for value, shown_there in zip(slider["values"], texts, strict=True):
            values = limited(explorer, start | {slider["name"]: value})
            assert shown_there == expected(explorer, values), values


def test_drawing_follows_every_slider(shown):
    _, where, explorer, start = shown
    away = []
    for slider in explorer._spec["sliders"]:
        now = start[slider["name"]]
        there = next((i for i, v in enumerate(slider["values"]) if v > now), 0)
        away.append((slider["name"], there, slider["values"][there]))
    seen = where.evaluate(AWAY_AND_BACK, [positions(explorer, start), away])
    moves = [limited(explorer, start | {name: value}) != start for name, _, value in away]
    assert seen == [[name, moved, True] for (name, *_), moved in zip(away, moves, strict=True)]
    assert sum(moves) > len(moves) / 3


def test_keyboard_moves_a_slider(shown):
    _, where, explorer, start = shown
    sliders = explorer._spec["sliders"]
    slider = next(s for s in sliders if start[s["name"]] != s["values"][-1])  # room to the right
    values, at, now = slider["values"], list(slider["values"]).index(start[slider["name"]]), start
    move(where, explorer, start)
    handle = where.locator(f"[data-slider={slider['name']}]")
    handle.focus()
    for key, there in [("ArrowRight", at + 1), ("ArrowLeft", at), ("Home", 0), ("End", -1)]:
        handle.press(key)
        now = limited(explorer, now | {slider["name"]: values[there]})
        assert handle.get_attribute("aria-valuetext") == shown_as(slider["texts"][there])
        assert where.locator("dd").all_inner_texts() == expected(explorer, now)


def test_slider_and_numbers_are_announced(shown):
    _, where, explorer, _ = shown
    for slider in explorer._spec["sliders"]:
        assert where.get_by_role("slider", name=slider["label"], exact=True).count() == 1
    announced = where.locator("[role=status][aria-live=polite] dd")
    assert announced.count() == len(explorer._spec["readouts"])
    for panel in explorer._spec["panels"]:
        assert where.get_by_role("img", name=panel["alt"], exact=True).count() == 1


@pytest.mark.parametrize("shown", [p for p in SHOWN if p.values[0][1] == 0], indirect=True)
def test_curves_are_visible_in_light_and_dark(shown):
    visited, *_ = shown
    there = [
        found(visited.page, place) for place in range(visited.page.locator(".explorer").count())
    ]
    for scheme in ("dark", "light"):
        visited.show(scheme)
        for where in there:
            ground, ink = where.evaluate(
                "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
            )
            assert brightness(ground) > 200 > 60 > brightness(ink) or scheme == "dark"
            assert brightness(ground) < 60 < 200 < brightness(ink) or scheme == "light"


def brightness(rgb):
    return sum(map(int, rgb.strip("rgb()").split(","))) / 3


def test_nothing_is_asked_of_another_host(shown):
    visited, *_ = shown
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])


@pytest.mark.parametrize(("k", "theta"), [(1, 0.5), (8, 0.8), (32, 1.2)])
def test_dot_is_drawn_where_the_objective_is(opened, made, k, theta):
    explorer, page = made("landscape"), opened(LANDSCAPE).page
    where = found(page, 1)
    move(where, explorer, {"k": k, "theta": theta})
    spec = explorer._spec["panels"][1]
    panel = where.locator(".pkpo-panel").nth(1)
    plot = panel.locator("svg svg").evaluate(
        "e => [e.getAttribute('width'), e.getAttribute('height')]"
    )
    dot = panel.locator("circle").evaluate("e => [e.getAttribute('cx'), e.getAttribute('cy')]")
    x = spec["xlim"][0] + float(dot[0]) / float(plot[0]) * (spec["xlim"][1] - spec["xlim"][0])
    y = spec["ylim"][1] - float(dot[1]) / float(plot[1]) * (spec["ylim"][1] - spec["ylim"][0])
    objective = toy.objective(theta, k)
    assert (x, y) == (pytest.approx(theta, abs=1e-3), pytest.approx(objective, abs=1e-3))


@pytest.fixture(scope="module")
def without_a_server(visit):
    return visit()


@pytest.mark.parametrize("page", EXPLORERS)
def test_explorers_work_from_a_file(site, without_a_server, made, page):
    visited = without_a_server.goto((site / f"{page}.html").as_uri())
    for place, (name, _) in enumerate(EXPLORERS[page]):
        explorer = made(name)
        ends = {s["name"]: s["values"][0] for s in explorer._spec["sliders"]}
        assert move(found(visited.page, place), explorer, ends) == expected(explorer, ends)
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])
