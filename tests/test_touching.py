"""What a hand can do with an explorer: caps, drags, crosshair, play, presets, its address.

The page of these tests has explorers made here, shown as the site shows those of the notebooks.
"""

import base64
import json
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, swipe
from test_predict import build

from pkpo.figures.explorer import Explorer, Panel, Readout, Series, Slider

sys.path.insert(0, str(ROOT / "book/_ext"))
import explorer as on_site  # noqa: E402

PAGE = """<!DOCTYPE html><html lang="en" data-content_root="" data-theme="light">
<title>Touch</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{css}</style><main><h1>Touch</h1>
<p>Please <span class="set" data-set="n=8&amp;k=7" data-sets="a-1">raise k to 7</span>.</p>
<div class="explorer" data-explorer="a-1">{first}</div>
<div style="height: 1500px"></div>
<p>Or <span class="set" data-set="step=2" data-sets="a-2">look at step 2</span>.</p>
<div class="explorer" data-explorer="a-2">{second}</div>
<div style="height: 1500px"></div>
<div class="explorer" data-explorer="a-3">{third}</div>
<div style="height: 1500px"></div></main>
<script>{explorer}</script><script>{explorers}</script></html>"""


def of_subsets():
    """An explorer with a slider that another one limits; two panels share the axis of k."""
    ns, ks = np.array([2, 4, 8]), np.arange(1, 9)
    share = np.where(ks <= ns[:, None], ks / ns[:, None], np.nan)
    panels = [
        Panel(title, "The share against k, a line that rises.", "k", "share", (0.5, 8.5), (0, 1),
              tuple(ks.tolist()), (0, 1), (
                  Series("line", ks, share, on=("n",), label=label),
                  Series("line", [1, 8], [0, 1], label="aside", silent=True),
                  Series("points", ks[None, :, None], share[..., None], on=("n", "k"), color=1)),
              slider="k")
        for title, label in (("Share", "k / n"), ("The same", "again"))
    ]  # fmt: skip
    sliders = (
        Slider("n", "attempts made n", (2, 4, 8), 8),
        Slider("k", "attempts k", tuple(ks.tolist()), 4,
               at_most=("n", "k of the n attempts are drawn")),
    )  # fmt: skip
    return Explorer("Subsets: sliders for n and k", sliders, panels,
                    (Readout("share", share, ("n", "k"), "+.2f"),
                     Readout("outcomes", 10.0**ks, ("k",), ".0f"),
                     Readout("one more", ks + 1.0, ("k",), ".0f")))  # fmt: skip


def of_time():
    """An explorer that plays."""
    steps = np.arange(5)
    series = (Series("points", steps[:, None], -steps[:, None] / 4, on=("step",), label="where"),)
    panel = Panel("Where it is", "A dot that goes down step by step.", "step", "height", (0, 4),
                  (-1, 0), tuple(steps.tolist()), (-1, 0), series, slider="step")  # fmt: skip
    slider = Slider("step", "step", tuple(steps.tolist()), 1, plays=True)
    return Explorer("Time: a slider for the step", (slider,), (panel,),
                    (Readout("height", -steps / 4, ("step",), ".2f"),))  # fmt: skip


def of_bars():
    """An explorer of three rewards that stay sorted, as bars, and of a curve on another axis."""
    levels, names = (0.0, 0.5, 1.0), ("g1", "g2", "g3")
    bars = tuple(
        Series("bars", [i], np.array(levels)[:, None], on=(name,), label="reward", base=[-1.0])
        for i, name in enumerate(names, start=1)
    )
    rewards = Panel("Rewards", "Three bars, as high as rewards.", "rank", "reward", (0.4, 3.6),
                    (-1, 1.1), (1, 2, 3), levels, bars, heights=names)  # fmt: skip
    x, y = np.array([0, 1, 2, 3, 3, 4, 5, 6.0]), np.array([0, 0.1, 0.3, 0.7, 0, 0.4, 0.9, 1])
    curve = Panel("A curve", "A line that rises, falls and rises.", "x", "y", (0, 6), (0, 1),
                  (0, 6), (0, 1), (Series("line", x, y, label="y"),))  # fmt: skip
    sliders = [
        Slider(name, name, levels, start, ".1f", (above, "they are sorted") if above else ())
        for name, start, above in zip(names, levels, (*names[1:], ""), strict=True)
    ]
    return Explorer("Sorted rewards: sliders for each", sliders, (rewards, curve),
                    (Readout("tiny", np.array([1e-5, 2.5e-12, 1e7]), ("g3",), ".3g"),))  # fmt: skip


def stored(made):
    """Return an explorer as a notebook stores it."""
    names = ("_spec", *made._names)
    data = base64.b64encode(made._data).decode()
    return {"state": {name: getattr(made, name) for name in names},
            "buffers": [{"path": ["_data"], "data": data}]}  # fmt: skip


@pytest.fixture(scope="module")
def site_of(address):
    """Serve the folder of the page: a page that is a file may not change its address everywhere."""
    folder = Path(unquote(urlsplit(address).path)).parent

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder, pictures = tmp_path_factory.mktemp("touch"), []
    for name, made in (("a-1", of_subsets()), ("a-2", of_time()), ("a-3", of_bars())):
        pictures.append(on_site.drawn(json.dumps(on_site.start(stored(made)))))
        on_site.write(folder / f"_static/explorers/{name}.js", on_site.data(name, stored(made)))
    page = PAGE.format(
        css=on_site.FRONT_END.joinpath("explorer.css").read_text(), first=pictures[0],
        second=pictures[1], third=pictures[2], explorer=on_site.SCRIPT,
        explorers=(ROOT / "book/_static/explorers.js").read_text(),
    )  # fmt: skip
    on_site.write(folder / "index.html", page)
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="module")
def tab(visit):
    return visit()


@pytest.fixture
def visited(address, tab):
    visited = tab.goto(address)
    yield visited
    assert (visited.elsewhere, visited.failed, visited.errors) == ([], [], [])


@pytest.fixture
def page(visited):
    return visited.page


def alive(page, place=0):
    where = page.locator(".explorer").nth(place)
    where.scroll_into_view_if_needed()
    page.locator(".explorer").nth(place).and_(page.locator("[data-alive]")).wait_for()
    return where


def at(where):
    """Return the values of the sliders, once all is drawn."""
    where.evaluate("() => new Promise(requestAnimationFrame)")
    sliders = where.locator("[data-slider]")
    return dict(sliders.evaluate_all("all => all.map(e => [e.dataset.slider, e.ariaValueText])"))


def set_to(where, name, position):
    where.locator(f"[data-slider={name}]").evaluate(
        "(e, position) => { e.value = position; e.dispatchEvent(new Event('input')) }", position
    )


# --- What cannot be


def test_slider_stops_where_another_one_says_and_tells_why(page):
    where = alive(page)
    set_to(where, "n", 1)
    where.locator("[data-slider=k]").press("End")
    assert at(where) == {"n": "4", "k": "4"}
    why = "at most n = 4: k of the n attempts are drawn"
    assert where.locator("[role=status] .pkpo-said").inner_text() == why
    told = where.locator("[data-slider=k]").get_attribute("aria-describedby")
    assert where.locator(f"[id='{told}']").inner_text() == why


def test_slider_goes_down_with_the_one_that_limits_it(page):
    where = alive(page)
    set_to(where, "n", 0)
    assert at(where) == {"n": "2", "k": "2"}


def test_limits_hold_in_python_too():
    made = of_subsets()
    made.n = 2
    assert (made.n, made.k) == (2, 2)
    made.k = 8
    assert made.k == 2


def test_what_is_limited_in_a_chain_goes_down_together(page):
    where = alive(page, 2)
    assert at(where) == {"g1": "0.0", "g2": "0.5", "g3": "1.0"}
    set_to(where, "g1", 2)
    assert at(where) == {"g1": "0.5", "g2": "0.5", "g3": "1.0"}
    set_to(where, "g3", 0)
    assert set(at(where).values()) == {"0.0"}
    made = of_bars()
    made.g3 = 0
    assert (made.g1, made.g2, made.g3) == (0, 0, 0)


# --- By hand


def spot(where, panel, x, xlim):
    """Return the place on the screen of an x in the middle of a panel."""
    plot = where.locator(".pkpo-panel svg[role=img] > g > svg").nth(panel).bounding_box()
    share = (x - xlim[0]) / (xlim[1] - xlim[0])
    return plot["x"] + share * plot["width"], plot["y"] + plot["height"] / 2


def test_drag_on_a_panel_moves_its_slider(page):
    where = alive(page)
    page.mouse.move(*spot(where, 0, 4, (0.5, 8.5)))
    page.mouse.down()
    page.mouse.move(*spot(where, 0, 7.2, (0.5, 8.5)), steps=5)
    assert at(where) == {"n": "8", "k": "7"}
    page.mouse.up()
    page.mouse.move(*spot(where, 0, 2, (0.5, 8.5)))
    assert at(where)["k"] == "7"
    page.keyboard.press("ArrowLeft")  # the slider has the focus
    assert at(where)["k"] == "6"
    assert page.evaluate("getSelection().toString()") == ""


@pytest.mark.parametrize(("right", "up", "moves"), [(0, 12, False), (12, 1, True)])
def test_finger_on_a_panel_moves_the_page_or_the_slider(address, visit, right, up, moves):
    page = visit(address, width=390, has_touch=True, is_mobile=True).page
    where = alive(page)
    where.locator("svg[role=img]").first.evaluate("e => e.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(200)
    seen, (x, y) = page.evaluate("scrollY"), spot(where, 0, 2, (0.5, 8.5))
    swipe(page, x, y, right, up)
    assert (at(where)["k"] != "4", page.evaluate("scrollY") > seen) == (moves, not moves)


def grip(where, place):
    box = where.locator(".pkpo-lifted .pkpo-grip").nth(place).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_drag_on_a_bar_moves_its_slider(page):
    where = alive(page, 2)
    (x, y), (_, top) = grip(where, 1), grip(where, 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 200, top - 100, steps=5)  # the bar taken hold of, however far it goes
    assert at(where) == {"g1": "0.0", "g2": "1.0", "g3": "1.0"}
    page.mouse.up()
    page.keyboard.press("ArrowLeft")  # its slider has the focus
    assert at(where)["g2"] == "0.5"
    assert page.evaluate("getSelection().toString()") == ""


@pytest.mark.parametrize(("beside", "moves"), [(0, True), (-60, False)])
def test_finger_lifts_a_bar_by_its_grip_and_else_moves_the_page(address, visit, beside, moves):
    page = visit(address, width=390, has_touch=True, is_mobile=True).page
    where = alive(page, 2)
    where.locator("svg[role=img]").first.evaluate("e => e.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(200)
    seen, (x, y) = page.evaluate("scrollY"), grip(where, 1)
    swipe(page, x, y - beside, 0, 12)
    assert (at(where)["g2"] != "0.5", page.evaluate("scrollY") > seen) == (moves, not moves)


def test_bars_stand_on_their_base_and_share_an_entry_of_the_legend(page):
    where = alive(page, 2)
    bars = where.locator(".pkpo-bars rect").all()
    feet = [float(bar.get_attribute("y")) + float(bar.get_attribute("height")) for bar in bars]
    plot = where.locator("svg[role=img] svg").first.get_attribute("height")
    assert feet == [float(plot)] * 3  # at -1, not on 0
    assert where.locator(".pkpo-legend li").all_inner_texts() == ["reward", "y"]


def test_curve_is_smooth_without_a_peak_of_its_own(page):
    line = alive(page, 2).locator("path:not(li path)").last
    drawn = line.evaluate("""e => [...Array(1001).keys()].map(i => {
        const {x, y} = e.getPointAtLength(i / 1000 * e.getTotalLength()); return [x, -y]
    })""")
    steps = np.diff(drawn, axis=0)
    along = steps[steps[:, 0] > 0.1]  # but for the riser
    assert (along[:, 1] < -0.01).sum() <= 1  # it goes up, or is level, but for a step off the riser
    turns = np.abs(np.diff(np.arctan2(along[:, 1], along[:, 0])))
    assert np.sort(turns)[-4] < 0.05  # no corner, but on and off the riser


def test_numbers_are_written_as_in_the_text(page):
    where = alive(page, 2)
    seen = []
    for position in range(3):
        set_to(where, "g3", position)
        seen.append(where.locator("dd").inner_text())
    assert seen == ["1 × 10⁻⁵", "2.5 × 10⁻¹²", "1 × 10⁷"]


def values(where):
    where.evaluate("() => new Promise(requestAnimationFrame)")
    return where.locator(".pkpo-value").all_inner_texts()


def test_crosshair_shows_values_in_all_panels_of_the_axis(page):
    where = alive(page)
    assert values(where) == ["", ""]
    page.mouse.move(*spot(where, 1, 5.8, (0.5, 8.5)))  # it stands at a position of the slider
    assert values(where) == ["0.75", "0.75"]
    assert where.locator(".pkpo-cross text").all_text_contents() == ["6", "6"]
    page.mouse.move(2, 2)
    assert values(where) == ["", ""]
    where.locator("[data-slider=k]").focus()
    assert values(where) == ["0.5", "0.5"]
    where.locator("[data-slider=n]").focus()
    assert values(where) == ["", ""]


def test_panels_of_one_axis_are_aligned(page):
    boxes = [p.bounding_box() for p in alive(page).locator("svg[role=img] > g > svg").all()]
    assert len({(box["x"], box["width"]) for box in boxes}) == 1


def test_nothing_jumps_while_a_slider_moves(page):
    where = alive(page)
    boxes = "all => all.map(e => JSON.stringify(e.getBoundingClientRect()))"
    seen = set()
    for position in range(8):
        set_to(where, "k", position)
        seen.add(str(where.locator("dt, .pkpo-panel, input").evaluate_all(boxes)))
    assert len(seen) == 1


def test_marks_are_drawn_once_for_a_frame(page):
    where = alive(page)
    drawn = where.evaluate("""async (e) => {
        let times = 0
        const seen = new MutationObserver(all => { times += all.length })
        const dot = e.querySelector('.pkpo-mark.pkpo-points circle')
        seen.observe(dot, {attributes: true, attributeFilter: ['cx']})
        const slider = e.querySelector('[data-slider=k]')
        for (const position of [0, 1, 2, 5, 6]) {
            slider.value = position
            slider.dispatchEvent(new Event('input'))
        }
        await new Promise(requestAnimationFrame)
        await new Promise(requestAnimationFrame)
        return times
    }""")
    assert drawn == 1


# --- What runs


def test_play_goes_to_the_end_and_stops(address, visit):
    page = visit(address).page
    page.clock.install()
    where = alive(page, 1)
    status = where.locator("[role=status]")
    where.get_by_role("button", name="Play").click()
    assert status.get_attribute("aria-live") == "off"
    page.clock.run_for(3100)
    assert at(where)["step"] == "3"
    page.clock.run_for(3000)
    assert at(where)["step"] == "4"
    assert where.get_by_role("button", name="Play").is_visible()  # not Pause
    assert status.get_attribute("aria-live") == "polite"


def test_step_and_reset(page):
    where = alive(page, 1)
    where.get_by_role("button", name="Step").click()
    assert at(where)["step"] == "2"
    assert where.locator("dd").inner_text() == "−0.50"
    where.get_by_role("button", name="Reset").click()
    assert at(where)["step"] == "1"


def test_who_wants_less_motion_is_not_offered_any(address, visit):
    where = alive(visit(address, reduced_motion="reduce").page, 1)
    assert where.get_by_role("button").all_inner_texts() == ["Step", "Reset"]


def test_buttons_wait_for_their_script(address, visit):
    page = visit(address, java_script_enabled=False).page
    assert page.get_by_role("button").count() == 0


# --- From the text, and from the address


def test_words_of_the_text_set_the_explorer(page):
    where = alive(page)
    set_to(where, "n", 0)
    page.get_by_role("button", name="raise k to 7").click()
    assert at(where) == {"n": "8", "k": "7"}


def test_words_bring_an_explorer_to_life_and_into_view(page):
    alive(page)
    words = page.get_by_role("button", name="look at step 2")
    assert page.locator("[data-alive]").count() == 1  # not the other one
    words.evaluate("e => e.focus({preventScroll: true})")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('[data-alive]').length == 2")
    where = page.locator(".explorer").nth(1)
    assert at(where)["step"] == "2"
    assert where.evaluate("e => e.getBoundingClientRect().top < innerHeight")


def test_address_holds_what_is_changed_and_survives_a_reload(site_of, visit):
    page = visit(site_of).page
    where = alive(page)
    set_to(where, "k", 6)
    page.wait_for_url("**/index.html?k=7")
    second = alive(page, 1)
    set_to(second, "step", 3)
    page.wait_for_url("**/index.html?k=7&2.step=3")
    page.reload()
    assert at(alive(page)) == {"n": "8", "k": "7"}
    assert at(alive(page, 1))["step"] == "3"
    set_to(page.locator(".explorer").nth(0), "k", 3)
    page.wait_for_url("**/index.html?2.step=3")


@pytest.mark.parametrize(
    ("asked", "there"),
    [("n=4&k=8", {"n": "4", "k": "4"}), ("k=x&z=3", {"n": "8", "k": "4"}),
     ("k=1e9", {"n": "8", "k": "8"})],
)  # fmt: skip
def test_address_cannot_ask_for_what_cannot_be(address, visit, asked, there):
    visited = visit(f"{address}?{asked}")
    assert at(alive(visited.page)) == there
    assert visited.errors == []


@pytest.mark.parametrize(
    ("link", "warning"),
    [
        ("k=16&theta=0.9", ""),
        ("j=16", "must name a slider of the explorer, one of k, theta, got 'j'"),
        ("k=33", "must set k to a value of its slider, 1 to 32, got '33'"),
        ("k", "must name a slider and its value, as in set:k=16"),
    ],
)
def test_link_that_cannot_set_the_explorer_is_a_warning(no_faces, tmp_path, link, warning):
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / "book/04-a-landscape-you-can-walk.ipynb", tmp_path / "book/toy.ipynb")
    page = f"# Title\n\n[Set](set:{link}).\n\n```{{explorer}} toy\n```\n"
    warnings = build(tmp_path, page)
    assert warning in warnings
    assert bool(warning) == bool(warnings)
    site = BeautifulSoup((tmp_path / "site/book/index.html").read_text(), "html.parser")
    words = site.select_one(".set")
    assert (words["data-set"], words["data-sets"], words.text) == (link, "index-1", "Set")


def test_link_without_an_explorer_is_a_warning(no_faces, tmp_path):
    assert "set:k=1 has no explorer on its page" in build(tmp_path, "# Title\n\n[Set](set:k=1).\n")


# --- On a phone


def test_sliders_stay_on_the_screen_with_their_panels(address, visit):
    page = visit(address, width=390).page
    page.set_viewport_size({"width": 390, "height": 500})
    where = alive(page)
    where.locator(".pkpo-panel").last.evaluate("e => e.scrollIntoView({block: 'end'})")
    for slider in where.locator("[data-slider]").all():
        assert 0 <= slider.bounding_box()["y"] <= 200


def current(where):
    where.evaluate("() => new Promise(requestAnimationFrame)")
    return where.locator(".pkpo-tabs [aria-current=true]").all_inner_texts()


def test_panels_are_swiped_and_shown_by_buttons_and_keys(address, visit):
    page = visit(address, width=390, has_touch=True, is_mobile=True, reduced_motion="reduce").page
    where = alive(page, 2)
    row, second = where.locator(".pkpo-panels"), where.locator(".pkpo-panel").nth(1)
    row.evaluate("e => e.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(200)
    assert current(where) == ["Rewards"]
    box = row.bounding_box()
    swipe(page, box["x"] + 250, box["y"] + box["height"] - 10, -20, 0)
    page.wait_for_function("e => e.scrollLeft == e.clientWidth", arg=row.element_handle())
    assert current(where) == ["A curve"]
    assert second.bounding_box()["x"] == box["x"]
    where.get_by_role("button", name="Rewards").click()
    page.wait_for_function("e => e.scrollLeft == 0", arg=row.element_handle())
    assert current(where) == ["Rewards"]
    row.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("e => e.scrollLeft == e.clientWidth", arg=row.element_handle())


def test_wide_screen_has_all_panels_and_no_buttons_for_them(page):
    where = alive(page, 2)
    assert where.get_by_role("button").count() == 0
    assert all(title.is_visible() for title in where.locator(".pkpo-title").all())
    assert where.locator("[tabindex]").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(address, visit, width):
    visited = visit(address, width=width)
    for place in range(3):
        alive(visited.page, place)
    visited.page.locator("[data-slider=k]").focus()
    visited.page.evaluate("addEventListener('theme', () => {})")
    visited.show = lambda scheme: visited.page.evaluate(
        "scheme => { document.documentElement.dataset.theme = scheme }", scheme
    )
    assert visited.violations() == []
