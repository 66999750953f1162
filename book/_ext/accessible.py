"""Corrections to the HTML that docutils writes, where a screen reader would stumble."""


def setup(app):
    app.connect("html-page-context", replace_deprecated_role)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def replace_deprecated_role(app, pagename, templatename, context, doctree):
    """Make the works of a bibliography items of its list: the role they are given is deprecated."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
