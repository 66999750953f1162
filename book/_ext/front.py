"""The front of the site: its root is the landing page itself, and a wrong address gets suggestions.

Without a page of that name, Jupyter Book would put a redirect at the root.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath

# What a page names relative to where it is: not an anchor, not another host.
RELATIVE = re.compile(r"""(\b(?:href|src|action) ?= ?(["`]))(?![a-z]+:|[#/])([^"`]+)\2""")


def setup(app):
    app.config.notfound_template = "404.html"
    app.connect("build-finished", write_root)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_root(app, exception):
    if exception is None and app.builder.format == "html":
        landing = Path(app.outdir, f"{app.config.root_doc}.html").read_text(encoding="utf-8")
        folder = PurePosixPath(app.config.root_doc).parent
        root, page = Path(app.outdir, "index.html"), moved_up(landing, folder)
        if not root.exists() or root.read_text(encoding="utf-8") != page:
            root.write_text(page, encoding="utf-8")


def moved_up(page, folder):
    """Return a page of `folder` as it must be to stand at the root."""
    page = page.replace('data-content_root="../"', 'data-content_root="./"')
    return RELATIVE.sub(lambda m: f"{m[1]}{normpath(folder / m[3])}{m[2]}", page)
