"""The look of the site: its theme, its faces cut to what is used, code in light and dark.

Faces come with packages of the lock and are cut when the site is built, so none is committed:
STIX Two Math (ziamath) for mathematics, Source Serif (font-source-serif-pro) for text.
"""

import logging
import re
from html import unescape
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES

_THEME = Path(__file__).parents[1] / "_theme/pkpo"
_SERIF = files("font_source_serif_pro") / "files"
_MATHEMATICS = files("ziamath") / "fonts/STIXTwoMath-Regular.ttf"
_CODE = ("a11y-high-contrast-light", "a11y-high-contrast-dark")
_UNUSED = ("design-tabs.js",)  # no page has tabs


logging.getLogger("fontTools").setLevel(logging.WARNING)


def setup(app):
    app.add_html_theme("pkpo", _THEME)
    app.add_css_file("site.css", priority=900)  # after those of the extensions
    app.connect("html-page-context", defer_scripts, priority=900)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def defer_scripts(app, pagename, templatename, context, doctree):
    """Let no script hold up the page; drop what no page needs."""
    used = [js for js in context["script_files"] if not str(js.filename).endswith(_UNUSED)]
    for js in used:
        if js.filename:
            js.attributes.setdefault("defer", "defer")
    context["script_files"] = used


def finish(app, exception):
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        (static / "pygments.css").write_text(code_colours(*map(get_style_by_name, _CODE)))
        write_faces(Path(app.outdir), static / "fonts")


def code_colours(light, dark):
    """Return a style sheet of code with the colours of both styles."""
    rules = []
    for (token, a), (_, b) in zip(light, dark, strict=True):
        name = STANDARD_TYPES[token]
        colours = f"color:light-dark(#{a['color']},#{b['color']})" if a["color"] and b["color"] else ""
        weight = "font-weight:600" if a["bold"] else ""
        if name and (colours or weight):
            rules.append(f".highlight .{name}{{{colours};{weight}}}")
    return "\n".join(rules)


def write_faces(site, folder):
    """Cut every face to the characters that the site's pages show in it."""
    folder.mkdir(exist_ok=True)
    mathematics, text = set(), set()
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
            mathematics |= set(unescape(re.sub(r"<[^>]*>", "", formula)))
        text |= set(unescape(re.sub(r"<(script|style|math|pre).*?</\1>|<[^>]*>", "", page, flags=re.S)))
    cut(_MATHEMATICS, mathematics | set(map(slanted, mathematics)), folder / "mathematics.woff2")
    for name, style in [("text-regular", "Regular"), ("text-bold", "Semibold"), ("text-italic", "It")]:
        cut(_SERIF / f"SourceSerifPro-{style}.ttf", text, folder / f"{name}.woff2")


def slanted(character):
    """Return the slanted letter that browsers show for a single letter in a formula."""
    for first, last, there in [("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("Α", "Ω", 0x1D6E2), ("α", "ω", 0x1D6FC)]:
        if first <= character <= last:
            return "ℎ" if character == "h" else chr(there + ord(character) - ord(first))
    return character


def cut(face, characters, path):
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["kern", "liga"])
    with face.open("rb") as file:
        font = TTFont(file)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[ord(c) for c in characters if ord(c) > 31])
        cutter.subset(font)
        subset.save_font(font, path, options)
