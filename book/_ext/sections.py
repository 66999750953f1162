"""The text of the site by section: for the search, for a look ahead of a link, for language models.

Made from the pages as they were built, when the build is finished: `_static/sections.js` is what
the search looks through, `_static/previews.js` what a link to a term, a theorem or a work shows,
`llms.txt` what there is and `llms-full.txt` all of it.
"""

import json
import re
from copy import copy
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
ARTICLE = re.compile(r"<article.*</article>", re.DOTALL)
PART = re.compile(r"<((math|pre)\b[^>]*)>(.*?)</\2>", re.DOTALL)
FLAT = re.compile(r'<(math|pre)\b[^>]* data-at="(\d+)".*?</\1>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
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
    articles = {name: article(out / f"{name}.html") for name in names}
    found = [[name, *place] for name in names for place in places(copy(articles[name][0]))]
    index = f"globalThis.pkpoSections = {json.dumps(found, ensure_ascii=False)};"
    (out / "_static/sections.js").write_text(index, encoding="utf-8")
    shown = {
        f"{name}.html#{anchor}": html
        for name, (body, whole) in articles.items()
        for anchor, html in previews(copy(body), whole)
    }
    ahead = f"globalThis.pkpoPreviews = {json.dumps(shown, ensure_ascii=False)};"
    (out / "_static/previews.js").write_text(ahead, encoding="utf-8")
    address = app.config.html_baseurl
    titles = {name: title for name, _, title, _ in reversed(found)}
    listed = [f"- [{titles[name]}]({address}{name}.html)" for name in names]
    heading = f"# {app.config.project}\n\n> {INTRODUCTION}\n\n"
    (out / "llms.txt").write_text(heading + "\n".join(listed) + "\n", encoding="utf-8")
    full = "\n\n".join(in_full(body) for body, _ in articles.values())
    (out / "llms-full.txt").write_text(heading + full + "\n", encoding="utf-8")


def reading_order(env):
    """Return the names of the pages as the table of contents has them."""
    return [env.config.root_doc, *(n for n in env.toctree_includes.get(env.config.root_doc, []))]


def article(path):
    """Return the article of a page, and its formulas and code, of which it has the text alone.

    These are three quarters of what an article consists of.
    """
    whole = []

    def text_alone(part):
        whole.append(part[0])
        return f'<{part[1]} data-at="{len(whole) - 1}">{TAG.sub("", part[3])}</{part[2]}>'

    page = PART.sub(text_alone, ARTICLE.search(path.read_text(encoding="utf-8"))[0])
    body = BeautifulSoup(page, "html.parser").article
    for element in body.select(NO_TEXT):
        element.decompose()
    return body, whole


def places(body):
    """Return the places of a page, each as anchor, title and text: its own, not that of others."""
    found = []
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


def previews(body, whole):
    """Yield the id and the HTML of every term, theorem and cited work of a page."""
    for place in body.select("dl.glossary dt[id], .proof[id], .citation[id]"):
        term = place.name == "dt"
        shown = inner(place.find_next_sibling("dd") if term else place, whole)
        yield place["id"], f"<strong>{words(place)}</strong> {shown}" if term else shown


def inner(element, whole):
    for link in element.select("a"):
        link.unwrap()
    for named in element.select("[id]"):
        del named["id"]
    return FLAT.sub(lambda part: whole[int(part[2])], element.decode_contents()).strip()


def words(element):
    return re.sub(r"\s+", " ", element.get_text()).strip() if element else ""


def in_full(body):
    """Return the text of a page in the way of Markdown, its formulas as TeX."""
    for formula in body.select("math[data-tex]"):
        mark = "$$" if formula.get("display") == "block" else "$"
        formula.replace_with(NavigableString(mark + formula["data-tex"] + mark))
    for level in range(1, 5):
        for heading in body.select(f"h{level}"):
            heading.insert(0, "#" * level + " ")
    for code in body.select("pre"):
        code.replace_with(NavigableString(f"\n```\n{code.get_text().rstrip()}\n```\n"))
    return re.sub(r"\n\s*\n+", "\n\n", body.get_text()).strip()
