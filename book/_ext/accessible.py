"""Corrections to the HTML that docutils writes, where a reader would stumble."""

import re


def setup(app):
    app.connect("html-page-context", correct)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def correct(app, pagename, templatename, context, doctree):
    """Make the works of a bibliography items of its list, and let wide tables scroll alone."""
    if "body" in context:
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        body = re.sub(r"(<table\b)", r'<div class="table-wrapper">\1', body)
        context["body"] = body.replace("</table>", "</table></div>")
