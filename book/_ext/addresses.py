"""Where the site and its sources live, read from the environment of the build.

`SITE_URL` and `REPOSITORY_URL` are set where the site is published, so that a fork needs no edit.
Without them the book builds as well: the parts that need an absolute address are left out.
"""

import os
from urllib.parse import quote, urlencode, urlsplit

from docutils import nodes

COLAB = "https://colab.research.google.com/github"
BINDER = "https://mybinder.org/v2/gh"


def setup(app):
    app.connect("html-page-context", offer_buttons)
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


def offer_buttons(app, pagename, templatename, context, doctree):
    """Offer what a reader can do with a page, as far as the addresses are known."""
    source = context.get("sourcename")
    if not source:
        return
    buttons = []
    if source.endswith(".ipynb"):
        buttons.append(("Download notebook", context["pathto"](f"_sources/{source}", 1), True))
    repository = os.environ.get("REPOSITORY_URL", "").strip().rstrip("/")
    if repository:
        branch = os.environ.get("REPOSITORY_BRANCH", "main")
        address = urlsplit(repository)
        if source.endswith(".ipynb") and address.netloc == "github.com":
            buttons.append(
                ("Open in Colab", f"{COLAB}{address.path}/blob/{branch}/{source}", False)
            )
            lab = quote(f"lab/tree/{source}")
            buttons.append(
                ("Run on Binder", f"{BINDER}{address.path}/{branch}?urlpath={lab}", False)
            )
        report = urlencode({
            "title": f"{pagename}: ",
            "body": f"Page: {pagename}\nVersion: {app.config.release}\n\nWhat is wrong:\n",
        })  # fmt: skip
        buttons.append(("Suggest an edit", f"{repository}/edit/{branch}/{source}", False))
        buttons.append(("Report a mistake", f"{repository}/issues/new?{report}", False))
    context["buttons"] = buttons
