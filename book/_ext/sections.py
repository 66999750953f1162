"""The text of the site by section: for the search, for a look ahead of a link, for language models.

Made from the pages as they were built, when the build is finished: `_static/sections.js` is what
the search looks through, `_static/previews.js` what a link to a term, a theorem or a work shows,
`llms.txt` what there is and `llms-full.txt` all of it.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString

NO_TEXT = (
    "script, style, .headerlink, .copybtn, nav, noscript, img, svg, .explorer, .predict-controls"
)
# What has a name or a number of its own, and so can be asked for; and what is folded.
PLACES = (
    "section[id]:not(:is(.proof, .exercise, .solution) > *), .proof[id], .exercise[id], "
    "figure[id], dt[id], .revealed[id]"
)
TITLES = "h1, h2, h3, h4, .admonition-title, .caption-number"
INTRODUCTION = "An interactive book on Pass@K Policy Optimization, with the Python package pkpo."


def setup(app):
    app.connect("build-finished", write_text, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_text(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    out, names = Path(app.outdir), reading_order(app.env)
    made = out / "llms-full.txt"  # the last to be written
    if made.exists() and all(
        (out / f"{name}.html").stat().st_mtime < made.stat().st_mtime for name in names
    ):
        return
    pages = {name: places(out / f"{name}.html") for name in names}
    found = [[name, *place] for name in names for place in pages[name]]
    index = f"globalThis.pkpoSections = {json.dumps(found, ensure_ascii=False)};"
    (out / "_static/sections.js").write_text(index, encoding="utf-8")
    shown = {
        f"{name}.html#{i}": html for name in names for i, html in previews(out / f"{name}.html")
    }
    ahead = f"globalThis.pkpoPreviews = {json.dumps(shown, ensure_ascii=False)};"
    (out / "_static/previews.js").write_text(ahead, encoding="utf-8")
    address = app.config.html_baseurl
    listed = [f"- [{pages[name][0][1]}]({address}{name}.html)" for name in names]
    heading = f"# {app.config.project}\n\n> {INTRODUCTION}\n\n"
    (out / "llms.txt").write_text(heading + "\n".join(listed) + "\n", encoding="utf-8")
    full = "\n\n".join(in_full(out / f"{name}.html") for name in names)
    (out / "llms-full.txt").write_text(heading + full + "\n", encoding="utf-8")


def reading_order(env):
    """Return the names of the pages as the table of contents has them."""
    return [env.config.root_doc, *(n for n in env.toctree_includes.get(env.config.root_doc, []))]


def article(path):
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    body = page.select_one("article")
    for element in body.select(NO_TEXT):
        element.decompose()
    return body


def places(path):
    """Return the places of a page, each as anchor, title and text: its own, not that of others."""
    body, found = article(path), []
    for place in reversed(body.select(PLACES)):  # the inner before the outer
        title = place if place.name == "dt" else titled(place).select_one(TITLES)
        text = place.find_next_sibling("dd") if place.name == "dt" else place
        found.append([place["id"], words(title), words(text) if text else ""])
        if place.name != "dt":
            place.decompose()
    return found[::-1]


def titled(place):
    """Return what has the title of a place: a fold has that of its section."""
    return place.find_parent("section") if "revealed" in place.get("class", []) else place


def previews(path):
    """Yield the id and the HTML of every term, theorem and cited work of a page."""
    for place in article(path).select("dl.glossary dt[id], .proof[id], .citation[id]"):
        for link in place.select("a"):
            link.unwrap()
        shown = place.find_next_sibling("dd") if place.name == "dt" else place
        yield (
            place["id"],
            f"<strong>{words(place)}</strong> {inner(shown)}"
            if place.name == "dt"
            else inner(shown),
        )


def inner(element):
    for link in element.select("a"):
        link.unwrap()
    for named in element.select("[id]"):
        del named["id"]
    return element.decode_contents().strip()


def words(element):
    return re.sub(r"\s+", " ", element.get_text()).strip() if element else ""


def in_full(path):
    """Return the text of a page in the way of Markdown, its formulas as TeX."""
    body = article(path)
    for formula in body.select("math[data-tex]"):
        mark = "$$" if formula.get("display") == "block" else "$"
        formula.replace_with(NavigableString(mark + formula["data-tex"] + mark))
    for level in range(1, 5):
        for heading in body.select(f"h{level}"):
            heading.insert(0, "#" * level + " ")
    for code in body.select("pre"):
        code.replace_with(NavigableString(f"\n```\n{code.get_text().rstrip()}\n```\n"))
    return re.sub(r"\n\s*\n+", "\n\n", body.get_text()).strip()
