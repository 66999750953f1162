"""Where the site and its sources live, read from the environment of the build.

`SITE_URL` and `REPOSITORY_URL` are set where the site is published, so that a fork needs no edit.
Without them the book builds as well: the parts that need an absolute address are left out.
"""

import os
from urllib.parse import urlsplit

from docutils import nodes

BINDER = "https://mybinder.org"


def setup(app):
    app.connect("config-inited", link_to_repository)
    site_url = os.environ.get("SITE_URL", "").strip()
    if site_url:
        announce_site(app, site_url.rstrip("/") + "/")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def announce_site(app, url):
    """Set the canonical address, and load the extensions that have no meaning without one."""
    app.setup_extension("sphinx_sitemap")
    app.setup_extension("sphinxext.opengraph")
    app.config.html_baseurl = url
    app.config.notfound_urls_prefix = urlsplit(url).path
    app.config.sitemap_url_scheme = "{link}"
    app.config.sitemap_excludes = ["search.html", "404.html"]
    app.config.ogp_site_url = url
    app.config.ogp_enable_meta_description = False  # each page has its own
    app.config.ogp_social_cards = {"enable": False}  # they show a page's first lines, with raw TeX
    app.connect("html-page-context", describe_page, priority=400)  # before opengraph's own 500


def describe_page(app, pagename, templatename, context, doctree):
    """Show the page's own description where it is shared, not its first lines with raw TeX."""
    for meta in doctree.findall(nodes.meta) if doctree else ():
        if meta.get("name") == "description":
            context["meta"] = {**(context["meta"] or {}), "og:description": meta["content"]}


def link_to_repository(app, config):
    """Add the repository's buttons, and one that runs the page's notebook on Binder."""
    repository_url = os.environ.get("REPOSITORY_URL", "").strip()
    if not repository_url:
        return
    config.html_theme_options |= {
        "repository_url": repository_url,
        "repository_branch": os.environ.get("REPOSITORY_BRANCH", "main"),
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {"binderhub_url": BINDER, "notebook_interface": "jupyterlab"},
    }
