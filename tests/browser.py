"""Find a Chromium for the site tests, or install one.  `make test` runs this file.

Taken in this order: one on the PATH, one that Playwright already has, the package of Debian
(where that can be installed without a question), Playwright's own download.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HELP = """No Chromium was found, and none could be installed.
Do one of these, then run make test again:
  - install chromium with the package manager of your system (Debian: sudo apt install chromium)
  - .venv/bin/playwright install --with-deps chromium"""


def find():
    """Return the path of a Chromium, or None."""
    return on_path() or playwrights_own()


def on_path():
    return next(filter(None, map(shutil.which, NAMES)), None)


def playwrights_own():
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install():
    """Install a Chromium by the first way that works; return whether one did."""
    return install_from_debian() or runs(sys.executable, "-m", "playwright", "install", "chromium")


def install_from_debian():
    """Install the package, if this is Debian and root's rights are there for no password."""
    try:
        if platform.freedesktop_os_release().get("ID") != "debian":
            return False
    except OSError:
        return False
    sudo = () if os.geteuid() == 0 else ("sudo", "-n")
    apt = (*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
    return runs(*apt, "update") and runs(*apt, "install", "-y", "chromium")


def runs(*command):
    """Run a command; return whether it succeeded."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    if not find():
        print("No Chromium here yet; installing one ...", flush=True)
        if not (install() and find()):
            sys.exit(HELP)
