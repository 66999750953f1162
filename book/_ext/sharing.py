"""The picture of a page where its address is shared: its number and title, on the book's colours.

Drawn with matplotlib when the site is built, 1200 x 630, only where the site's address is known,
because such a picture is named by its whole address.
"""

import re
import textwrap
from functools import cache
from io import BytesIO
from pathlib import Path

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from appearance import _SERIF, _THEME

WIDTH, HEIGHT = 1200, 630
FOLDER = Path("_static/shared")
QUIET, INK = "#57606a", "#1f2328"
CIRCLES = re.compile(r'<circle(?: class="(\w+)")? cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"')


def setup(app):
    if app.config.html_baseurl:  # addresses.py, before this, sets it
        app.config.ogp_custom_meta_tags = (
            '<meta name="twitter:card" content="summary_large_image">',
        )
        app.connect("html-page-context", show, priority=390)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def show(app, pagename, templatename, context, doctree):
    """Draw the picture of a page and name it in the page's head."""
    if not doctree:
        return
    number = ".".join(map(str, app.env.toc_secnumbers.get(pagename, {}).get("", ())))
    title = app.env.titles[pagename].astext()
    path = Path(app.outdir, FOLDER, f"{Path(pagename).name}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture(number, title, app.config.project))
    tags = {
        "og:image": f"{app.config.html_baseurl}{FOLDER.as_posix()}/{path.name}",
        "og:image:width": str(WIDTH),
        "og:image:height": str(HEIGHT),
        "og:image:alt": f"{number}. {title}" if number else title,
    }
    context["meta"] = {**(context["meta"] or {}), **tags}


@cache
def picture(number, title, book):
    """Return a PNG with the logo, the number and the title of a page, and the book's name."""
    bold = font_manager.FontProperties(fname=_SERIF / "SourceSerifPro-Semibold.ttf")
    text = font_manager.FontProperties(fname=_SERIF / "SourceSerifPro-Regular.ttf")
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.axis("off")
    logo(axes, 80, 62, 3)
    axes.axhspan(HEIGHT - 14, HEIGHT, color="#0072b2")
    if title != book:
        axes.text(200, 110, book, font=text, fontsize=25, color=QUIET, va="center")
    if number:
        axes.text(80, 250, f"Chapter {number}", font=text, fontsize=27, color="#0072b2")
    lines = "\n".join(textwrap.wrap(title, 27))
    axes.text(80, 290, lines, font=bold, fontsize=52, color=INK, va="top", linespacing=1.15)
    made = BytesIO()
    figure.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()


def logo(axes, left, top, scale):
    for kind, *numbers in CIRCLES.findall((_THEME / "logo.svg").read_text()):
        x, y, radius = (scale * float(number) for number in numbers)
        colour = "#0072b2" if kind else QUIET
        look = {"fill": False, "linewidth": 4} if kind == "ring" else {"linewidth": 0}
        axes.add_patch(Circle((left + x, top + y), radius, color=colour, **look))
