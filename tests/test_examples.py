"""The examples of the README, of the landing page and of docstrings say what comes out."""

import ast
import doctest
import importlib
import re

import numpy as np
import pytest
from conftest import ROOT
from test_imports import MODULES, room

import pkpo


@pytest.mark.parametrize("name", ["README.md", "book/index.md"])
def test_comments_of_the_example_say_what_comes_out(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    known, checked = {"pkpo": pkpo}, 0
    for step in ast.parse(code).body:
        if not isinstance(step, ast.Expr):
            exec(compile(ast.Module([step], []), name, "exec"), known)
            continue
        comment = code.splitlines()[step.end_lineno - 1].partition("#")[2]
        said = re.findall(r"-?\d+\.\d+|\b0\b", comment)
        if said:
            value = np.atleast_1d(eval(ast.unparse(step), known))
            assert [f"{v:.3g}" for v in value] == said
            checked += 1
    assert checked == 3


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) == "method"])
def test_examples_in_docstrings_run(module):
    failed, _ = doctest.testmod(importlib.import_module(f"pkpo.{module}"), verbose=False)
    assert failed == 0


@pytest.mark.parametrize(
    "name",
    [
        "pass_hat_k",
        "max_at_k",
        "min_at_k",
        "score",
        "compare",
        "advantages",
        "advantages_by_group",
        "diagnostics",
        "audit",
    ],
)
def test_functions_show_an_example(name):
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(pkpo, name), name)
    assert example.examples


def test_examples_on_the_page_of_the_package_run():
    failed, run = doctest.testfile(str(ROOT / "book/api.md"), module_relative=False)
    assert failed == 0
    assert run > len(pkpo.__all__) / 2
