"""The directive `{explorer}`: an explorer from a chapter's notebook, on a page that is no notebook.

    ```{explorer} 04-a-landscape-you-can-walk
    ```

It shows what the notebook stored, so what the notebook's tests have checked.
"""

import json

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer(SphinxDirective):
    required_arguments = 1

    def run(self):
        _, path = self.env.relfn2path(f"{self.arguments[0]}.ipynb")
        self.env.note_dependency(path)
        with open(path, encoding="utf-8") as file:
            notebook = json.load(file)
        views = [
            output["data"][VIEW]
            for cell in notebook["cells"]
            for output in cell.get("outputs", [])
            if VIEW in output.get("data", {})
        ]
        if len(views) != 1:
            raise self.error(f"{path} must hold one explorer, it holds {len(views)}")
        stored = {STATE: notebook["metadata"]["widgets"][STATE], VIEW: views[0]}
        scripts = "".join(script(mime, data) for mime, data in stored.items())
        return [nodes.raw("", f'<div class="explorer">{scripts}</div>', format="html")]


def script(mime, data):
    """Return `data` as a script element that nothing runs and that cannot end early."""
    text = json.dumps(data).replace("</", r"<\/")
    return f'<script type="{mime}">{text}</script>'


def setup(app):
    app.add_directive("explorer", Explorer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
