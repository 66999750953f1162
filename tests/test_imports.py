"""What may import what, and what every public function says about itself."""

import ast
import inspect
import os
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pkpo
from pkpo import estimators, exact
from pkpo.lab import toy, training

PACKAGE = Path(pkpo.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")
)
# The rooms, and what each may import: from which rooms, and which libraries. All may use NumPy
# and the standard library; the method has no folder of its own, and is everybody's foundation.
ROOMS = {
    "method": ({"method"}, {"array_api_compat"}),
    "lab": ({"lab", "method"}, {"scipy"}),
    "figures": (
        {"figures", "lab", "method"},
        {"matplotlib", "cycler", "IPython", "matplotlib_inline", "anywidget", "traitlets"},
    ),
    "trainers": ({"trainers", "method"}, {"torch", "transformers", "trl", "verl", "omegaconf"}),
}
# One module needs PyTorch, which is not installed with the others.
NEEDS_TORCH = "lab.language_model"
# Within the method, arrows go one way too: plumbing first, then the book in its order.
MAY_IMPORT = {
    "_cache": set(),
    "_checks": set(),
    "_shapes": {"_checks"},
    "_weights": {"_cache"},
    "_enumerable": {"_checks"},
    "_arrays": {"_cache", "_checks"},
    "_ranks": set(),
    "_labels": {"_arrays", "_checks"},
    "_tables": {"_arrays", "_checks", "_labels"},
    "_grades": {"_weights"},
    "estimators": {"_arrays", "_checks", "_weights"},
    "results": set(),
    "grading": {"_arrays", "_checks", "_grades", "_tables", "results"},
    "transforms": {"_arrays", "_cache", "_checks", "_ranks", "_weights"},
    "groups": {"_arrays", "_checks", "_labels", "_tables", "estimators", "results", "transforms"},
    "partitions": {"_arrays", "_checks", "transforms"},
    "schedules": {"_checks"},
    "audit": {"_checks", "transforms"},
    "objectives": {"_arrays", "_cache", "_checks", "_ranks", "transforms"},
    "exact": {"_checks", "_enumerable"},
    "__init__": {"audit", "estimators", "grading", "groups", "partitions", "transforms"},
}
METHOD = {"numpy", "array_api_compat", "pkpo"}
OTHERS = ("torch", "jax", "cupy", "dask", "sparse", "scipy", "pandas", "matplotlib", "IPython")


def source(module):
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")


def tree(module):
    return ast.parse(source(module))


def imported(module):
    """Yield the dotted name of everything that a module imports, anywhere in it."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relative to itself, line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def home(name):
    """Return the module of the package that a dotted name is in, or None."""
    package, *parts = name.split(".")
    if package != "pkpo":
        return None
    for length in range(len(parts), 0, -1):
        for module in (".".join(parts[:length]), ".".join([*parts[:length], "__init__"])):
            if module in MODULES:
                return module
    found = getattr(pkpo, parts[0]) if parts else pkpo
    return getattr(found, "__module__", "pkpo.__init__").removeprefix("pkpo.")


def functions(module):
    """Return the names of the functions that a module defines, in its order, less the private."""
    nodes = tree(module).body
    return [n.name for n in nodes if isinstance(n, ast.FunctionDef) and n.name[0] != "_"]


def room(module):
    first, *rest = module.split(".")
    return first if rest else "method"


def loaded(*modules, path=""):
    """Return the packages that a new Python loads for these modules, less the standard library.

    `path` is a folder in which it looks first.
    """
    program = (
        f"import sys; before = set(sys.modules); import {', '.join(modules)}; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    env = os.environ | {"PYTHONPATH": str(path)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split()) - set(sys.stdlib_module_names)


def test_import_pkpo_loads_numpy_and_array_api_compat_and_nothing_else():
    assert loaded("pkpo") == METHOD
    assert loaded("pkpo", "pkpo.exact") == METHOD


def test_import_pkpo_loads_no_other_library_even_where_it_is_installed(tmp_path):
    for name in OTHERS:
        tmp_path.joinpath(f"{name}.py").write_text("")
    assert loaded("torch", path=tmp_path) == {"torch"}  # it would have been found
    assert loaded("pkpo", path=tmp_path) == METHOD


def test_countdown_needs_no_torch(tmp_path):
    tmp_path.joinpath("torch.py").write_text("raise SystemExit('loaded')")
    assert loaded("pkpo.lab.countdown", path=tmp_path) == METHOD


@pytest.mark.parametrize("module", MODULES)
def test_arrows_between_rooms_go_one_way(module):
    assert room(module) in ROOMS, f"say in ROOMS what {room(module)} may import"
    rooms, libraries = ROOMS[room(module)]
    homes = {home(name) for name in imported(module)} - {None}
    assert {room(there) for there in homes} <= rooms
    outside = {name.partition(".")[0] for name in imported(module)} - {"pkpo", "numpy"}
    libraries = libraries | {"torch"} if module == NEEDS_TORCH else libraries
    assert outside - set(sys.stdlib_module_names) <= libraries
    assert NEEDS_TORCH not in homes


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) == "method"])
def test_arrows_between_modules_of_the_method_go_one_way(module):
    assert module in MAY_IMPORT, f"say in MAY_IMPORT what {module} may import"
    assert {home(name) for name in imported(module)} - {None} <= MAY_IMPORT[module]


def test_no_module_needs_itself():
    arrows = {module: {home(name) for name in imported(module)} - {None} for module in MODULES}
    order = list(TopologicalSorter(arrows).static_order())  # raises CycleError
    assert set(MODULES) <= set(order)


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short_enough_to_read(module):
    assert len(source(module).splitlines()) <= 250


def test_names_stand_in_the_order_of_the_book():
    modules = ("estimators", "grading", "transforms", "groups", "partitions", "audit")
    defined = [name for module in modules for name in functions(module)]
    assert pkpo.__all__ == [name for name in defined if name in pkpo.__all__]
    assert all(callable(getattr(pkpo, name)) for name in pkpo.__all__)


@pytest.mark.parametrize("name", [*pkpo.__all__, "weights"])
def test_docstrings_name_arguments_results_errors_and_source(name):
    doc = inspect.getdoc(getattr(pkpo, name, getattr(estimators, name, None)))
    places = [doc.find(heading) for heading in ("Args:", "Returns:", "Raises:", "Source:")]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "function",
    [
        *(getattr(pkpo, name) for name in pkpo.__all__),
        estimators.weights,
        *(getattr(exact, name) for name in functions("exact")),
        *(getattr(toy, name) for name in functions("lab.toy")),
        *(getattr(training, name) for name in functions("lab.training")),
    ],
    ids=lambda f: f"{f.__module__}.{f.__name__}",
)
def test_docstrings_name_every_argument(function):
    doc = inspect.getdoc(function)
    arguments = re.search(r"Args:(.*?)(Returns|Raises|Source|\Z)", doc, re.DOTALL)[1]
    as_elsewhere = " as `" in arguments  # "Args: as `objective`."
    for name in inspect.signature(function).parameters:
        assert re.search(rf"\b{name}\b", arguments) or as_elsewhere
