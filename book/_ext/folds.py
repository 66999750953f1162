"""Solutions fold as the browser folds: no script, and print and search reach what is inside."""

import re

from sphinx_exercise.nodes import solution_node

TITLE = re.compile(
    r'(<details class="solution"[^>]*>\s*)<p class="admonition-title">(.*?)</p>', re.DOTALL
)


def setup(app):
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(visit, depart))
    app.connect("html-page-context", fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def visit(self, node):
    self.body.append(f'<details class="solution" id="{node["ids"][0]}">')


def depart(self, node):
    self.body.append("</details>")


def fold(app, pagename, templatename, context, doctree):
    """Make the title of a solution what opens it."""
    if "body" in context:
        context["body"] = TITLE.sub(summary, context["body"])


def summary(match):
    words = re.sub(r"</?a\b[^>]*>", "", match[2])  # a link in what opens a fold cannot be reached
    return f"{match[1]}<summary>{words}</summary>"
