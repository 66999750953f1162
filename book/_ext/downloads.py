"""Notebooks that run where they are downloaded: the site has a wheel of pkpo, and they know where.

The first code cell of a notebook installs pkpo where it is missing, from the package index. In the
copies that the site offers it installs the site's own wheel, once the site's address is known.
"""

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from tempfile import TemporaryDirectory

import pkpo
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
ABOUT = ("pyproject.toml", "README.md", "LICENSE")
WHEEL = f"pkpo-{pkpo.__version__}-py3-none-any.whl"
REQUIREMENT = re.compile(r"pkpo\[figures\](==| @ )[^\s\"\\]+")  # within JSON
SETUPTOOLS = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


def setup(app):
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def finish(app, exception):
    if exception is None and app.builder.format == "html":
        site = Path(app.outdir)
        keep_wheel(site / "_static", Path(app.doctreedir) / "wheel.sha256")
        for path in (site / "_sources").rglob("*.ipynb"):
            lead_to_wheel(path, os.environ.get("SITE_URL", "").strip())


def keep_wheel(folder, note):
    """Build the wheel if it is not that of the package as it is; `note` holds what it is of."""
    sources = sorted(p for p in (ROOT / "pkpo").rglob("*") if p.is_file() and p.suffix != ".pyc")
    sources += [ROOT / name for name in ABOUT]
    each = (b"%s %s" % (str(p).encode(), sha256(p.read_bytes()).digest()) for p in sources)
    digest = sha256(b"\n".join(each)).hexdigest()
    if (folder / WHEEL).exists() and note.exists() and note.read_text() == digest:
        return
    for old in folder.glob("pkpo-*.whl"):
        old.unlink()
    build_wheel(folder)
    note.write_text(digest)


def build_wheel(folder):
    """Build the wheel from a copy, because setuptools leaves files beside the sources."""
    with TemporaryDirectory() as copied:
        copytree(ROOT / "pkpo", Path(copied) / "pkpo", ignore=ignore_patterns("__pycache__"))
        for name in ABOUT:
            copy(ROOT / name, copied)
        command = [sys.executable, "-c", SETUPTOOLS, folder.resolve()]
        run = subprocess.run(command, cwd=copied, text=True, capture_output=True)
    if run.returncode or not (folder / WHEEL).exists():
        raise ExtensionError(f"setuptools built no {WHEEL}:\n{run.stdout}{run.stderr}")


def lead_to_wheel(path, site_url):
    """Let a notebook install the site's wheel; without an address, what the package index has."""
    wheel = f"pkpo[figures] @ {site_url.rstrip('/')}/_static/{WHEEL}"
    text = path.read_text(encoding="utf-8")
    wanted = wheel if site_url else f"pkpo[figures]=={pkpo.__version__}"
    path.write_text(REQUIREMENT.sub(lambda _: wanted, text), encoding="utf-8")
