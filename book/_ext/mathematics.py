"""Sets mathematics at build time as MathML, which browsers and screen readers know by themselves.

No script and no style sheet reaches the reader, and with scripts off the mathematics is there.
Every formula carries its TeX as `data-tex`; `page.js` copies that. A line does not end between a
formula of the text and the mark after it, nor after the bracket before it.
"""

import re
from html import escape, unescape
from xml.etree import ElementTree

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

_converter = LatexToMathML()
NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot);)\w+;")  # which XML does not know
_logger = logging.getLogger(__name__)


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    app.config.html_math_renderer = "mathml"
    app.connect("doctree-resolved", keep_together, priority=900)  # cards have their formulas too
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def keep_together(app, doctree, docname):
    """Keep a formula on one line with the brackets and marks that touch it."""
    for formula in list(doctree.findall(nodes.math)):
        parent, at = formula.parent, formula.parent.index(formula)
        before, after = (_text(parent, place) for place in (at - 1, at + 1))
        opening = re.search(r"(?:\w+@|[([“]*)$", before)[0]  # pass@k too
        closing = re.match(r"[.,;:!?)\]”]*", after)[0]
        if opening or closing:
            kept = [nodes.Text(opening), formula, nodes.Text(closing)]
            group = nodes.inline("", "", *kept, classes=["together"])
            left = [nodes.Text(before[: len(before) - len(opening)])] if opening else []
            right = [nodes.Text(after[len(closing) :])] if closing else []
            parent[at - bool(opening) : at + 1 + bool(closing)] = [*left, group, *right]


def _text(parent, place):
    """Return the text at a place among the children of a node, empty if it is not text."""
    inside = 0 <= place < len(parent) and isinstance(parent[place], nodes.Text)
    return parent[place].astext() if inside else ""


def mathml(tex, node, *, displayed):
    """Return the MathML of `tex`; what cannot be set is a warning, and so stops the build."""
    tex = tex.strip()
    lines = (
        tex if r"\begin{" in tex or r"\\" not in tex else rf"\begin{{aligned}}{tex}\end{{aligned}}"
    )
    try:
        made = _converter.convert_with_local_state(braced(lines), displaystyle=displayed)
    except LatexError as error:
        _logger.warning("mathematics cannot be set: %s: %s", tex, error, location=node)
        return f"<code>{escape(tex)}</code>"
    root = ElementTree.fromstring(NAMED.sub(lambda name: unescape(name[0]), made))
    root.set("data-tex", re.sub(r"\s+", " ", tex))
    lower_primes(root)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def braced(tex):
    """Brace what large brackets hold, where it has an index: browsers set one bracket alone low."""
    opened, places = [], []
    for bracket in re.finditer(r"\\[bB]igg?[lr]?\s*(\\[{}]|[()\[\]])(\s*[\^_])?", tex):
        if bracket[1][-1] in "([{":
            opened.append(bracket.start())
        elif opened:
            start = opened.pop()
            if bracket[2]:
                places += [(start, "{"), (bracket.end() - len(bracket[2]), "}")]
    for place, brace in sorted(places, reverse=True):
        tex = tex[:place] + brace + tex[place:]
    return tex


def lower_primes(root):
    """Put a prime beside its letter: raised like an index it floats, as the face raises it too."""
    for scripts in list(root.iter()):
        if scripts.tag in ("msup", "msubsup") and set(scripts[-1].text or " ") <= set("′″‴"):
            letter, prime = scripts[0], scripts[-1]
            scripts.remove(prime)
            row = ElementTree.Element("mrow")
            row.extend([letter, prime])
            scripts[0] = row
            scripts.tag = {"msup": "mrow", "msubsup": "msub"}[scripts.tag]


def inline(self, node):
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(mathml(node.astext(), node, displayed=False) + "</span>")
    raise nodes.SkipNode


def display(self, node):
    self.body.append(self.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    self.body.append(mathml(node.astext(), node, displayed=True))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode
