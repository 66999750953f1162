"""Make the files ready for a release, and print its notes:  python tools/release.py v0.2.0

A package index shows README.md alone, where a link to a file of the repository leads nowhere.
Where the repository lives is known only where a release is made, and it is read from the
environment, as for the book: REPOSITORY_URL, and SITE_URL if the site is published. README.md and
pyproject.toml are changed in place, for the build; these changes are not committed.
"""

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s]+)")  # [text](this), unless it has an address
PICTURES = (".png", ".svg")


def absolute(text, repository, tag):
    """Return a page's text with its relative links leading to the repository's files at a tag."""

    def address(link):
        kind = "raw" if link[1].endswith(PICTURES) else "blob"
        return f"{repository.rstrip('/')}/{kind}/{tag}/{link[1]}"

    return LINK.sub(address, text)


def with_addresses(project, repository, site):
    """Return the text of pyproject.toml with the addresses of the repository and of the site."""
    repository = repository.rstrip("/")
    urls = {"Repository": repository, "Issues": f"{repository}/issues"}
    urls |= {"Documentation": site} if site else {}
    lines = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    head = "[project.urls]\n"
    if project.count(head) != 1:
        raise ValueError("pyproject.toml must have one table [project.urls]")
    return project.replace(head, head + lines)


def notes(changelog, version):
    """Return what the changelog says of a version."""
    found = re.search(rf"^## \[{re.escape(version)}\].*?\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    if not found:
        raise ValueError(f"CHANGELOG.md must have a section [{version}]")
    return found[1].strip()


def main(tag):
    readme, project, changelog = (
        ROOT / name for name in ("README.md", "pyproject.toml", "CHANGELOG.md")
    )
    text = project.read_text(encoding="utf-8")
    version = tomllib.loads(text)["project"]["version"]
    if tag != f"v{version}":
        raise ValueError(f"the tag must be v{version}, as pyproject.toml says, got {tag}")
    print(notes(changelog.read_text(encoding="utf-8"), version))
    repository, site = os.environ["REPOSITORY_URL"], os.environ.get("SITE_URL", "")
    project.write_text(with_addresses(text, repository, site), encoding="utf-8")
    readme.write_text(
        absolute(readme.read_text(encoding="utf-8"), repository, tag), encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
