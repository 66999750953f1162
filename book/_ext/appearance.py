"""The look of the site: its theme, its faces cut to what is used, code in light and dark.

Faces come with packages of the lock and are cut when the site is built, so none is committed:
STIX Two Math (ziamath) for mathematics, Source Serif (font-source-serif-pro) for text.
"""

import logging
import re
from fnmatch import fnmatch
from functools import cache
from hashlib import sha256
from html import unescape
from importlib.resources import files
from pathlib import Path

import pkpo
import pkpo.figures
from fontTools import subset
from fontTools.ttLib import TTFont
from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES
from sphinx.util import logging as sphinx_logging

_THEME = Path(__file__).parents[1] / "_theme/pkpo"
_SERIF = files("font_source_serif_pro") / "files"
_MATHEMATICS = files("ziamath") / "fonts/STIXTwoMath-Regular.ttf"
_STATIC = Path(__file__).parents[1] / "_static"
_CODE = ("a11y-high-contrast-light", "a11y-high-contrast-dark")
# What a page loads, in one file each. Later styles win; our scripts keep their names.
STYLES = ("basic.css", "pygments.css", "copybutton.css", "mystnb.*.css", "sphinx-design.min.css",
          "variables.css", "explorer.css", "site.css", "predict.css")  # fmt: skip
SCRIPTS = ("documentation_options.js", "doctools.js", "clipboard.min.js", "copybutton.js")
OURS = ("explorer.js", "explorers.js", "page.js", "predict.js")
# No tabs, folds of the browser, a search and boxes of our own (sections.py, site.css).
_UNUSED = ("design-tabs.js", "togglebutton.*", "sphinx_highlight.js", "proof.css", "exercise.css",
           "pygments_dark.css")  # fmt: skip

logging.getLogger("fontTools").setLevel(logging.WARNING)
_logger = sphinx_logging.getLogger(__name__)


def setup(app):
    app.add_html_theme("pkpo", _THEME)
    app.config.release = app.config.version = pkpo.__version__
    app.connect("html-page-context", bundle, priority=950)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def bundle(app, pagename, templatename, context, doctree):
    """Give every page one style sheet and one script, which does not hold it up."""
    known = (*STYLES, *SCRIPTS, *OURS, *_UNUSED)
    for file in (*context["css_files"], *context["script_files"]):
        name = Path(str(file.filename or "")).name
        if name and not any(fnmatch(name, pattern) for pattern in known):
            _logger.warning("say in appearance.py whether pages need %s", name)
    context["version_of_look"] = version_of_look()


@cache
def version_of_look():
    """Return what changes when a file of the look does, so that no browser keeps an old one."""
    sources = [
        p
        for folder in (_THEME, _STATIC, *map(Path, pkpo.figures.__path__))
        for p in folder.rglob("*.[cj]s*")
    ]
    return sha256(b"".join(p.read_bytes() for p in sorted(sources))).hexdigest()[:8]


def write_bundles(static):
    styles = [path for name in STYLES for path in sorted(static.glob(name))]
    (static / "book.css").write_text("\n".join(path.read_text() for path in styles))
    scripts = [(static / name).read_text() for name in SCRIPTS]
    scripts += [f"(() => {{\n{(static / name).read_text()}\n}})();" for name in OURS]
    (static / "book.js").write_text(";\n".join(scripts))


def finish(app, exception):
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        (static / "pygments.css").write_text(code_colours(*map(get_style_by_name, _CODE)))
        write_bundles(static)
        write_faces(Path(app.outdir), static / "fonts")


def code_colours(light, dark):
    """Return a style sheet of code with the colours of both styles."""
    rules = []
    for (token, a), (_, b) in zip(light, dark, strict=True):
        name = STANDARD_TYPES[token]
        colours = (
            f"color:light-dark(#{a['color']},#{b['color']})" if a["color"] and b["color"] else ""
        )
        weight = "font-weight:600" if a["bold"] else ""
        if name and (colours or weight):
            rules.append(f".highlight .{name}{{{colours};{weight}}}")
    return "\n".join(rules)


def write_faces(site, folder):
    """Cut every face to the characters that the site's pages show in it."""
    folder.mkdir(exist_ok=True)
    last = folder / "text-italic.woff2"
    if last.exists() and all(
        path.stat().st_mtime < last.stat().st_mtime for path in site.rglob("*.html")
    ):
        return  # no page has changed
    mathematics, text = set(), set()
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
            mathematics |= set(unescape(re.sub(r"<[^>]*>", "", formula)))
            mathematics |= {"√"} if "<msqrt" in formula or "<mroot" in formula else set()
        text |= set(
            unescape(re.sub(r"<(script|style|math|pre).*?</\1>|<[^>]*>", "", page, flags=re.S))
        )
    cut(_MATHEMATICS, mathematics | set(map(slanted, mathematics)), folder / "mathematics.woff2")
    for name, style in [
        ("text-regular", "Regular"),
        ("text-bold", "Semibold"),
        ("text-italic", "It"),
    ]:
        cut(_SERIF / f"SourceSerifPro-{style}.ttf", text, folder / f"{name}.woff2")


def slanted(character):
    """Return the slanted letter that browsers show for a single letter in a formula."""
    for first, last, there in [
        ("A", "Z", 0x1D434),
        ("a", "z", 0x1D44E),
        ("Α", "Ω", 0x1D6E2),
        ("α", "ω", 0x1D6FC),
    ]:
        if first <= character <= last:
            return "ℎ" if character == "h" else chr(there + ord(character) - ord(first))
    return character


def cut(face, characters, path):
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["kern", "liga"])
    with face.open("rb") as file:
        font = TTFont(file, lazy=True)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[ord(c) for c in characters if ord(c) > 31])
        cutter.subset(font)
        subset.save_font(font, path, options)
