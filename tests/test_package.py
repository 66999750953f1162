"""What is distributed: the wheel and the source hold what they must, and the README's links lead
somewhere, on a package index too."""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from release import LINK, absolute, notes, with_addresses  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
REPOSITORY = "https://code.example/pkpo/book/"
LEFT_BEHIND = ("_build", "build", "dist", "*.egg-info", "__pycache__")


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy of everything that is not hidden and was not built: building leaves files behind."""
    folder = tmp_path_factory.mktemp("sources") / "pkpo"
    return shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", *LEFT_BEHIND))


def built(sources, kind):
    """Return the path of the wheel or the sdist that is built of the sources."""
    program = f"from setuptools import build_meta; build_meta.build_{kind}('dist')"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=sources, text=True, capture_output=True
    )
    assert run.returncode == 0, run.stderr
    (path,) = (sources / "dist").glob({"wheel": "*.whl", "sdist": "*.tar.gz"}[kind])
    return path


def files(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_wheel_holds_the_package_and_its_licence(sources):
    expected = {name for name in files(sources) if name.startswith("pkpo/")}
    with zipfile.ZipFile(built(sources, "wheel")) as wheel:
        names = set(wheel.namelist())
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == expected
    assert {"pkpo/figures/explorer.js", "pkpo/figures/explorer.css"} < expected
    assert any(name.endswith("/licenses/LICENSE") for name in about)


def test_source_distribution_holds_every_file_that_is_not_hidden(sources):
    expected = {name for name in files(sources) if name.split("/")[0] not in ("build", "dist")}
    with tarfile.open(built(sources, "sdist")) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert expected - names == set()


def test_links_of_the_readme_lead_somewhere():
    links = LINK.findall(README)
    assert len(links) > 3
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_links_of_the_readme_are_absolute_on_a_package_index():
    text = absolute(README, REPOSITORY, "v1.0.0")
    assert LINK.findall(text) == []
    assert "](https://code.example/pkpo/book/raw/v1.0.0/book/_static/explorer.png)" in text
    assert "](https://code.example/pkpo/book/blob/v1.0.0/LICENSE)" in text


@pytest.mark.parametrize("site", ["https://site.example/", ""])
def test_release_adds_the_addresses_that_are_known(site):
    before, after = PROJECT, with_addresses(PROJECT, REPOSITORY, site)
    added = {"Repository": REPOSITORY[:-1], "Issues": f"{REPOSITORY}issues"}
    added |= {"Documentation": site} if site else {}
    before, after = (tomllib.loads(text)["project"] for text in (before, after))
    assert after.pop("urls") == before.pop("urls") | added
    assert after == before


def test_notes_of_a_release_are_its_section_of_the_changelog():
    changelog = "# C\n\n## [Unreleased]\n\n## [0.2.0] - 2026-01-01\n\n- b\n\n## [0.1.0]\n\n- a\n"
    assert notes(changelog, "0.2.0") == "- b"
    assert notes(changelog, "0.1.0") == "- a"
    with pytest.raises(ValueError, match=r"must have a section \[0\.3\.0\]"):
        notes(changelog, "0.3.0")
