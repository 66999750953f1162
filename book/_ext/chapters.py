"""The directive `{chapters}`: a card for each chapter, from what the chapter says of itself.

Its question and its minutes stand in the box "In this chapter", its picture is its first figure.
"""

import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class chapters(nodes.General, nodes.Element):
    """The place of the cards, filled when all chapters have been read."""


class Chapters(SphinxDirective):
    def run(self):
        return [chapters()]


def setup(app):
    app.add_node(chapters)
    app.add_directive("chapters", Chapters)
    app.connect("doctree-resolved", deal)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def deal(app, doctree, docname):
    for place in doctree.findall(chapters):
        names = [
            n for n in app.env.toctree_includes[app.config.root_doc] if re.search(r"/\d\d-", n)
        ]
        cards = [card(app, docname, name) for name in names]
        place.replace_self(nodes.container("", *cards, classes=["cards"]))


def card(app, here, name):
    """Return the card of a chapter: its picture, its linked title, its question and its minutes."""
    chapter = app.env.get_doctree(name)
    minutes = re.search(r"Time:\s*(\d+ minutes)", about(chapter))[1]
    figure = next(n for f in chapter.findall(nodes.figure) for n in f.findall(nodes.image))
    picture = figure.deepcopy()
    picture.attributes |= {"alt": "", "loading": "lazy"}
    number = ".".join(map(str, app.env.toc_secnumbers[name][""]))
    address = app.builder.get_relative_uri(here, name)
    title = nodes.reference(
        "", f"{number}. {app.env.titles[name].astext()}", refuri=address, internal=True
    )
    return nodes.container(
        "",
        picture,
        nodes.paragraph("", "", title, classes=["card-title"]),
        nodes.paragraph("", "", *question(chapter)),
        nodes.paragraph("", minutes, classes=["card-minutes"]),
        classes=["card"],
    )


def about(chapter):
    """Return the words of the box "In this chapter", which a prediction may precede."""
    boxes = (box.astext() for box in chapter.findall(nodes.admonition))
    return next(text for text in boxes if "The question:" in text)


def question(chapter):
    """Return the question of a chapter as nodes: text and formulas, without links."""
    asked = next(
        p for p in chapter.findall(nodes.paragraph) if p.astext().startswith("The question:")
    )
    parts = [
        n if isinstance(n, nodes.math) else nodes.Text(n.astext())
        for n in asked.deepcopy()
        if n.astext() and not isinstance(n, nodes.strong)
    ]
    first = parts[0].astext().lstrip()
    return [nodes.Text(first[:1].upper() + first[1:]), *parts[1:]]
