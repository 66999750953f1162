"""A picture of every explorer, kept in the notebook for where no widget is shown.

JupyterLab shows the widgets of a notebook that it does not trust only after a run, and code hosts
never do. There the reader sees what the explorer's own script draws at its start, panel by panel.
"""

import base64
import json
import re
import sys
from copy import deepcopy
from html import escape
from pathlib import Path
from xml.etree import ElementTree

sys.path.append(str(Path(__file__).parents[1] / "book" / "_ext"))
from explorer import FRONT_END, STATE, VIEW, drawn, explorer, start  # noqa: E402

PICTURE = "text/html"
STYLE = FRONT_END.joinpath("explorer.css").read_text(encoding="utf-8").partition("/* The rest")[0]
NOTE = "A picture, not yet an explorer: run the notebook, and its sliders move."
LINE = 20  # pixels between the lines of a title and a legend


def add(notebook):
    """Put a picture beside every view of an explorer."""
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(VIEW)
            if view and explorer(models.get(view["model_id"])):
                output.data[PICTURE] = picture(models[view["model_id"]])


def without(outputs):
    """Return the outputs without such pictures, as a kernel makes them."""
    outputs = deepcopy(outputs)
    for output in outputs:
        if VIEW in output.get("data", {}):
            output.data.pop(PICTURE, None)
    return outputs


def picture(model):
    """Return an explorer at its start as HTML that needs no script and no style sheet."""
    root = ElementTree.fromstring(
        re.sub(r"(<input [^>]*)>", r"\1/>", drawn(json.dumps(start(model))))
    )
    numbers = [f"{label} <b>{number}</b>" for label, number in said(root)]
    panels = [still(panel) for panel in root.findall(".//*[@class='pkpo-panel']")]
    return f"<p><em>{NOTE}</em></p>\n<p>{', '.join(numbers)}</p>\n<p>{' '.join(panels)}</p>"


def said(root):
    """Yield what sliders and readouts say: the label and the number."""
    for control in root.findall(".//*[@class='pkpo-control']"):
        yield words(control.find("label")), words(control.find("output"))
    for readout in root.findall(".//dl/div"):
        yield words(readout.find("dt")), words(readout.find("dd"))


def words(element):
    return escape("".join(element.itertext()))


def still(panel):
    """Return a panel as an image: its title, its legend, a line each, and its plot."""
    plot = panel.find("div/svg")
    width, height = float(plot.get("width")), float(plot.get("height"))
    lines = [f'<text font-weight="600">{words(panel.find("p"))}</text>']
    for entry in panel.findall("ul/li"):
        mark = ElementTree.tostring(entry[0], encoding="unicode")
        lines.append(f'<g transform="translate(0,-11)">{mark}</g>'
                     f'<text x="32">{words(entry)}</text>')  # fmt: skip
    above = "".join(
        f'<g transform="translate(0,{i * LINE + 15})">{x}</g>' for i, x in enumerate(lines)
    )
    height += len(lines) * LINE
    plot.set("y", f"{len(lines) * LINE}")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}">'
        f'<style>{STYLE}</style><g class="pkpo-explorer" fill="currentColor">'
        f'<rect width="100%" height="100%" style="fill:var(--pkpo-ground)"/>{above}'
        f"{ElementTree.tostring(plot, encoding='unicode')}</g></svg>"
    )
    data = base64.b64encode(svg.encode()).decode()
    alt = escape(plot.get("aria-label"))
    return f'<img alt="{alt}" width="{width:g}" src="data:image/svg+xml;base64,{data}">'
