"""Predictions that answer back: what follows a question stays folded until the reader commits.

    ```{admonition} Predict
    :class: predict
    Which model wins at $k = 1$?
    1. Model A
    2. Model B
    % answer: 1
    ```

The answer is a comment: the number of an item of the list; without a list, `0.337 within 0.02`, or
`curve of pass@k over k = 1 2 4 from 0 to 1: 0.3 0.5 0.8`, a value for each k. Folded is what comes
up to a comment `% revealed`, the next prediction or the next heading. `predict.js` asks and opens;
without scripts, in print and in notebooks there is a question, and then what follows it.
"""

import json
import re
from html import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

NUMBER = r"-?\d+(?:\.\d+)?"
ESTIMATE = re.compile(rf"({NUMBER}) within ({NUMBER})")
CURVE = re.compile(
    rf"curve of (?P<of>.+?) over (?P<over>.+?) = (?P<x>{NUMBER}(?: {NUMBER})+) "
    rf"from (?P<low>{NUMBER}) to (?P<high>{NUMBER}): (?P<y>{NUMBER}(?: {NUMBER})+)"
)
LIKE = "like '0.337 within 0.02' or 'curve of pass@k over k = 1 2 from 0 to 1: 0.3 0.5'"
CHOICE = '<label><input type="radio" name="{name}" value="{value}" required><span>'
ESTIMATED = (
    '<p class="predict-controls"><label>Your estimate: '
    '<input type="number" step="any" required></label></p>'
)
POINT = (
    "<label>{of} at {over} = {x} "
    '<input type="range" min="{low}" max="{high}" step="{step}"></label>'
)
DRAWN = (
    '<div class="predict-controls predict-curve">'
    '<svg viewBox="0 0 320 200" aria-hidden="true"></svg>{points}</div>'
)
OPEN = (
    '<form class="predict-form" aria-label="Prediction {place}" autocomplete="off" '
    'data-reveals="{fold}" data-answer="{answer}">'
)
CLOSE = """<p class="predict-controls"><button class="quiet">That is my answer</button>
<button class="quiet" type="button">Show me</button></p>
<div class="predict-verdict" role="status" tabindex="-1"></div></form>"""

logger = logging.getLogger(__name__)


class WrongUse(Exception):
    """What is wrong with a prediction, for the one who writes it."""


def setup(app):
    app.add_post_transform(Predictions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Predictions(SphinxPostTransform):
    default_priority = 600
    formats = ("html",)

    def run(self):
        boxes = [n for n in self.document.findall(nodes.admonition) if is_prediction(n)]
        for place, box in enumerate(boxes, start=1):
            try:
                answer = answer_of(box)
                fold(what_follows(box), f"revealed-{place}")
            except WrongUse as wrong:
                logger.warning("a prediction %s", wrong, location=box)
            else:
                ask(box, place, answer)
        for comment in self.document.findall(is_end):
            logger.warning("%% revealed ends no prediction", location=comment)


def is_prediction(node):
    return isinstance(node, nodes.admonition) and "predict" in node["classes"]


def is_end(node):
    return isinstance(node, nodes.comment) and node.astext().strip() == "revealed"


def answer_of(box):
    """Return the true answer: {"item": 1}, {"estimate": ...} or {"curve": ...}."""
    comments = [n.astext().strip() for n in box.children if isinstance(n, nodes.comment)]
    answers = [c.removeprefix("answer:").strip() for c in comments if c.startswith("answer:")]
    if len(answers) != 1:
        raise WrongUse(f"needs one line `% answer: ...` in its box, it has {len(answers)}")
    (written,), items = answers, choices(box)
    if items:
        if written not in map(str, range(1, len(items) + 1)):
            raise WrongUse(f"must have the number of an item, 1..{len(items)}, got {written!r}")
        return {"item": int(written)}
    if match := ESTIMATE.fullmatch(written):
        return {"estimate": float(match[1]), "within": float(match[2]), "text": match[1]}
    if match := CURVE.fullmatch(written):
        curve = match.groupdict()
        curve |= {name: curve[name].split() for name in "xy"}
        curve["step"] = (float(curve["high"]) - float(curve["low"])) / 100
        if len(curve["x"]) != len(curve["y"]):
            raise WrongUse(f"must have as many values as places, got {written!r}")
        return {"curve": curve}
    raise WrongUse(f"without a list must have an answer {LIKE}, got {written!r}")


def choices(box):
    return [item for part in box.children if is_list(part) for item in part.children]


def is_list(node):
    return isinstance(node, nodes.enumerated_list)


def what_follows(box):
    """Return the nodes that the prediction folds, and take away the comment that ends them."""
    found = []
    for node in list(box.parent.children[box.parent.index(box) + 1 :]):
        if is_end(node):
            node.parent.remove(node)
            break
        if isinstance(node, nodes.section) or is_prediction(node):
            break
        found.append(node)
    if not any(not isinstance(node, nodes.Invisible) for node in found):
        raise WrongUse("must be followed by what it folds, it is followed by nothing")
    return found


def fold(found, name):
    parent, at = found[0].parent, found[0].parent.index(found[0])
    parent[at : at + len(found)] = [nodes.container("", *found, classes=["revealed"], ids=[name])]


def ask(box, place, answer):
    """Make a form of the box: its choices can be chosen, or a control asks for the answer."""
    for value, item in enumerate(choices(box), start=1):
        item[0].insert(0, html(CHOICE.format(name=f"prediction-{place}", value=value)))
        item[0].append(html("</span></label>"))
    about = escape(json.dumps(answer))
    at = next((i for i, part in enumerate(box.children) if is_list(part)), len(box.children))
    box.insert(at, html(OPEN.format(place=place, fold=f"revealed-{place}", answer=about)))
    if "estimate" in answer:
        box.append(html(ESTIMATED))
    if "curve" in answer:
        points = (POINT.format(**answer["curve"] | {"x": x}) for x in answer["curve"]["x"])
        box.append(html(DRAWN.format(points="".join(points))))
    box.append(html(CLOSE))


def html(text):
    return nodes.raw("", text, format="html")
