"""Keeps on one line what no line may divide: a formula and its mark, a number and its per cent."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

OPENING, CLOSING = re.compile(r"[(\[“‘]+$"), re.compile(r"^[)\].,;:?!’”]+")
PER_CENT = re.compile(r"(?<=\d) (?=%)")


def setup(app):
    app.add_post_transform(Together)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Together(SphinxPostTransform):
    default_priority = 900

    def run(self, **kwargs):
        for text in list(self.document.findall(nodes.Text)):
            if not isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.raw):
                replace(text, PER_CENT.sub("\N{NO-BREAK SPACE}", text))
        for formula in list(self.document.findall(nodes.math)):
            keep(formula)


def replace(text, words):
    if words != text:
        text.parent.replace(text, nodes.Text(words))


def keep(formula):
    """Put a formula and the marks that touch it into one span that does not wrap."""
    parent, at = formula.parent, formula.parent.index(formula)
    before, after = ("", *parent[:at])[-1], (*parent[at + 1 :], "")[0]
    opening = OPENING.search(before) if isinstance(before, nodes.Text) else None
    closing = CLOSING.search(after) if isinstance(after, nodes.Text) else None
    if not opening and not closing:
        return
    whole = nodes.inline(classes=["whole"])
    if opening:
        replace(before, before[: opening.start()])
        whole += nodes.Text(opening[0])
    if closing:
        replace(after, after[closing.end() :])
    parent.replace(formula, whole)
    whole += formula
    if closing:
        whole += nodes.Text(closing[0])
