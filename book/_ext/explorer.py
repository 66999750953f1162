"""Explorers on the site: a picture in the page, and the numbers in a file of their own.

Each explorer that a notebook stored becomes its first picture, drawn here by the explorer's own
script, and a script of data that the page asks for when the picture comes near the screen. The
script `explorers.js` then takes the picture's place.

    ```{explorer} 04-a-landscape-you-can-walk
    ```

shows the explorer of a chapter on a page that is no notebook.

    [raise k to 16](set:k=16)

in the text sets the next explorer of the page, or the last where none follows: `set:k=16&theta=1`.
"""

import json
from functools import cache
from html import escape, unescape
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
WIDTH = 328  # of a panel on a phone, in pixels: the script draws again where there is more room
FOLDER = Path("_static/explorers")
# The module as a script, so that it loads from a file too, where browsers refuse modules.
FRONT_END = files("pkpo.figures")
SCRIPT = FRONT_END.joinpath("explorer.js").read_text(encoding="utf-8")
SCRIPT = SCRIPT.replace("export default", "globalThis.pkpoExplorer =")
DOM = Path(__file__).with_name("dom.js")
logger = logging.getLogger(__name__)


def setup(app):
    app.add_directive("explorer", Explorer)
    app.connect("doctree-resolved", show_explorers)
    app.connect("config-inited", let_links_set)
    app.connect("html-page-context", leave_state_out, priority=900)
    app.connect("build-finished", write_front_end, priority=400)  # before it is bundled
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Explorer(SphinxDirective):
    """`{explorer} notebook 2` shows the second explorer of a notebook, without 2 the first."""

    required_arguments, optional_arguments = 1, 1

    def run(self):
        _, path = self.env.relfn2path(f"{self.arguments[0]}.ipynb")
        self.env.note_dependency(path)
        shown = [view for view, model in stored(path) if model]
        place = int((*self.arguments, "1")[1])
        if not 1 <= place <= len(shown):
            raise self.error(f"{path} must hold an explorer {place}, it holds {len(shown)}")
        view = nodes.raw(
            "", f'<script type="{VIEW}">{json.dumps(shown[place - 1])}</script>', format="html"
        )
        view["notebook"] = path
        return [view]


def stored(path):
    """Return the views of a notebook, each with its model, or None if that is no explorer."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    models = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    shown = [
        output["data"][VIEW]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if VIEW in output.get("data", {})
    ]
    return [(view, explorer(models.get(view["model_id"]))) for view in shown]


def explorer(model):
    return model if model and "_spec" in model["state"] else None


def show_explorers(app, doctree, docname):
    """Put an explorer's picture in the place of each view, and let links of the text set it."""
    views = [n for n in doctree.findall(nodes.raw) if VIEW in n.astext()]
    shown = []
    for place, view in enumerate(views, start=1):
        path = view.get("notebook") or app.env.doc2path(docname)
        wanted = json.loads(view.astext().partition(">")[2].rpartition("</script>")[0])
        model = dict((v["model_id"], m) for v, m in stored(path))[wanted["model_id"]]
        if model is None:  # a control of a live kernel
            view.parent.remove(view)
            continue
        name = f"{Path(docname).name}-{place}"
        picture = drawn(json.dumps(start(model)))
        note = "<noscript><p>Its sliders need scripts, which are off.</p></noscript>"
        html = f'<div class="explorer" data-explorer="{name}">{picture}{note}</div>'
        raw = nodes.raw("", html, format="html")
        view.replace_self(raw)
        shown.append((raw, name, model))
        write(Path(app.outdir) / FOLDER / f"{name}.js", data(name, model))
    let_set(doctree, shown)


def let_links_set(app, config):
    config.myst_url_schemes = [*config.myst_url_schemes, "set"]


def let_set(doctree, shown):
    """Mark the words of each link `set:k=16` with what they set: the next explorer, or the last."""
    order = {id(node): i for i, node in enumerate(doctree.findall())}
    for link in [n for n in doctree.findall(nodes.reference) if is_set(n)]:
        wanted = unescape(link["refuri"]).removeprefix("set:")
        after = [s for s in shown if order[id(s[0])] > order[id(link)]]
        _, name, model = (after or shown[-1:] or [(None, None, None)])[0]
        if wrong := wrong_with(wanted, model):
            logger.warning("set:%s %s", wanted, wrong, location=link)
        first = f'<span class="set" data-set="{escape(wanted)}" data-sets="{name}">'
        parts = [nodes.raw("", first, format="html"), *link.children]
        link.replace_self([*parts, nodes.raw("", "</span>", format="html")])


def is_set(link):
    return link.get("refuri", "").startswith("set:")


def wrong_with(wanted, model):
    """Return why an explorer cannot be set so, or nothing if it can."""
    if model is None:
        return "has no explorer on its page"
    sliders = {s["name"]: s["values"] for s in model["state"]["_spec"]["sliders"]}
    asked = parse_qsl(wanted)
    if not asked:
        return "must name a slider and its value, as in set:k=16"
    for name, value in asked:
        if name not in sliders:
            return f"must name a slider of the explorer, one of {', '.join(sliders)}, got {name!r}"
        if not any(str(v) == value or f"{v:g}" == value for v in sliders[name]):
            low, high = sliders[name][0], sliders[name][-1]
            return f"must set {name} to a value of its slider, {low:g} to {high:g}, got {value!r}"
    return None


def start(model):
    """Return what the script asks of a model: its traits, the numbers in base64."""
    traits = {k: v for k, v in model["state"].items() if k in ("_spec", *slider_names(model))}
    (buffer,) = model["buffers"]
    return traits | {buffer["path"][0]: buffer["data"]}


def slider_names(model):
    return [slider["name"] for slider in model["state"]["_spec"]["sliders"]]


def data(name, model):
    return f"(globalThis.pkpoData ??= {{}})[{json.dumps(name)}] = {json.dumps(start(model))};"


@cache
def drawn(traits):
    """Return the HTML that the explorer's script makes of a model."""
    racer = MiniRacer()
    racer.eval(DOM.read_text(encoding="utf-8"))
    racer.eval(SCRIPT)
    return racer.eval(f"picture({traits}, {WIDTH})")


def leave_state_out(app, pagename, templatename, context, doctree):
    """The widgets' state, which notebooks put into the head, is in the files of data."""
    context["script_files"] = [
        js for js in context["script_files"] if js.attributes.get("type") != STATE
    ]


def write_front_end(app, exception):
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        write(static / "explorer.js", SCRIPT)
        write(
            static / "explorer.css", FRONT_END.joinpath("explorer.css").read_text(encoding="utf-8")
        )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
