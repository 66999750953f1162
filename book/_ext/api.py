"""Docstrings on the page of the package: formulas typeset, chapters and sources linked.

In the code a docstring is plain text, as `help()` shows it: `s_(r) = s_(r+1) - w_r`, `C(n, k)`,
"Chapter 2". Here that becomes mathematics and links. Where the repository's address is known,
every name leads to its lines.
"""

import ast
import importlib
import os
import re
import sys
import warnings
from pathlib import Path

import pkpo

GREEK = "rho|theta|sigma|lambda|tau|eta|mu"
TOKEN = (
    rf"(?:C\([^(),]+,[^()]+\)|(?:{GREEK})(?:\([a-z, ]+\))?(?!\w)|sum_[a-z]|"
    r"[A-Za-z]_(?:\{[^}]+\}|\([^()]+\)|[a-z\d](?!\w))|\d+(?:\.\d+)?(?:e-?\d+)?|[nckgrpi](?!\w))"
)
FORMULA = re.compile(rf"(?<![\w@^`'])\(?{TOKEN}(?: ?(?:<=|>=|\.\.\.|[-+=/^()]|{TOKEN}))*")
TELLING = re.compile(r"[_=/^]|C\(")  # without one of these it is a word, or a single letter
TEX = (
    (r"C\(([^(),]+), ?([^()]+)\)", r"\\binom{\1}{\2}"),
    (r"_\(([^()]+)\)", r"_{(\1)}"),
    (rf"\b({GREEK}|sum)(?=\b|_)", r"\\\1"),
    (r"\b1e(-?\d+)", r"10^{\1}"),
    (r"<=", r"\\le"),
    (r">=", r"\\ge"),
    (r"\.\.\.", r"\\ldots"),
)
CHAPTERS = re.compile(r"([Cc]hapters? )(\d+)(?:( to | and )(\d+))?")


def setup(app):
    # Without TRL there is no version of it that was tried.
    warnings.filterwarnings("ignore", message="pkpo was tried with TRL")
    app.connect("autodoc-process-docstring", typeset, priority=400)  # before napoleon's own 500
    if os.environ.get("REPOSITORY_URL", "").strip():
        app.config.linkcode_resolve = lines_in_repository
        app.setup_extension("sphinx.ext.linkcode")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def typeset(app, what, name, obj, options, lines):
    """Turn the lines of a docstring into reStructuredText."""
    names = {path[5:7]: f"/{path}" for path in app.env.found_docs if re.match(r"book/\d\d-", path)}
    at = lines.index("Example:") if "Example:" in lines else len(lines)
    prose, source = [], False
    for line in lines[:at]:
        if line[:1].strip():
            source = line.startswith("Source:")
            if source:
                prose.append("")
        prose.append(line.strip() if source else line)
    lines[:] = [*marked_up("\n".join(prose), names).split("\n"), "", *lines[at:]]


def marked_up(prose, names):
    """Return prose with its formulas, names in code and chapters as roles."""
    parts = re.split(r"(``[^`]+``|(?<!:)`[^`]+`)", prose)
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = named(" ".join(part.strip("`").split()))
        else:
            text = FORMULA.sub(formula, part.replace("*", r"\*"))
            text = text.replace(">=", "≥").replace("<=", "≤")
            parts[i] = CHAPTERS.sub(lambda m: linked(m, names), text)
    return "".join(parts)


def named(code):
    return f":py:func:`~pkpo.{code}`" if code in pkpo.__all__ else f"``{code}``"


def formula(match):
    """Return a formula as a role, and what was caught around it as it was."""
    text = match[0].rstrip(" (+-=/.^")
    while text.count(")") > text.count("("):
        text = text[: text.rindex(")")].rstrip(" (+-=/.^")
    before = "(" if text.count("(") > text.count(")") and text.startswith("(") else ""
    inner = text[len(before) :]
    if inner.count("(") != inner.count(")") or not TELLING.search(inner):
        return match[0]
    tex, rest = inner, match[0][len(text) :]
    for pattern, replacement in TEX:
        tex = re.sub(pattern, replacement, tex)
    follows = "" if (rest or match.string[match.end() :])[:1] in " .,;:)-" else r"\ "
    return f"{before}:math:`{tex}`{follows}{rest}"


def linked(match, names):
    """Return "chapters 1 to 3" with a link for each number."""
    words, first, between, last = match.groups()

    def link(text, number):
        page = names.get(f"{int(number):02}")
        return f":doc:`{text} <{page}>`" if page else text

    there = link(words + first, first)
    return f"{there}{between}{link(last, last)}" if last else there


def lines_in_repository(domain, info):
    """Return the address of the lines that define a name."""
    thing = importlib.import_module(info["module"])
    for part in info["fullname"].split("."):
        thing = getattr(thing, part, None)
    file = getattr(sys.modules.get(getattr(thing, "__module__", None)), "__file__", None)
    if not file:  # a constant
        return None
    defined = [n for n in ast.parse(Path(file).read_text()).body if getattr(n, "name", None)]
    node = next((n for n in defined if n.name == thing.__name__), None)  # below its decorators
    if not node:
        return None
    repository = os.environ["REPOSITORY_URL"].strip().rstrip("/")
    branch = os.environ.get("REPOSITORY_BRANCH", "main")
    path = file[file.rindex("/pkpo/") + 1 :]
    return f"{repository}/blob/{branch}/{path}#L{node.lineno}-L{node.end_lineno}"
