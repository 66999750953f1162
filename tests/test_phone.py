"""The site on a phone: nothing is cut, and nothing that works on a desk is lost."""

import pytest
from conftest import PAGES

WIDTH = 390


@pytest.fixture(scope="module", params=PAGES)
def seen(request, site_url, visit):
    """Each page as it is seen on a phone, with every fold open."""
    visited = visit(f"{site_url}/{request.param}.html", width=WIDTH).unfold()
    yield visited
    visited.page.close()


def test_page_stands_on_its_own(seen):
    assert (seen.elsewhere, seen.failed, seen.errors) == ([], [], [])


def test_page_is_no_wider_than_the_screen(seen):
    assert seen.page.evaluate("document.scrollingElement.scrollWidth") <= WIDTH


def test_equations_are_not_cut(seen):
    cut = seen.page.evaluate("""
        [...document.querySelectorAll('.math')].filter((e) => {
            const wide = e.tagName == 'DIV' && e.scrollWidth > e.clientWidth + 1
            return wide || e.getBoundingClientRect().right > innerWidth
        }).map(e => e.querySelector('math').dataset.tex)""")
    assert cut == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(seen, scheme):
    assert seen.violations(scheme) == []
