"""The site: built without a warning, with every page, and without anything that a network would have to bring."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT


@pytest.fixture(scope="module")
def site() -> Path:
    """The folder that `scripts/docs` builds into, built anew; a link that leads nowhere fails it."""
    done = subprocess.run([ROOT / "scripts" / "docs", "--fresh-env"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return DOCS / "_build"


def test_every_page_is_there_and_in_the_list(site: Path) -> None:
    """Each page of the documentation is one of the site's, and the index leads to it."""
    index = (site / "index.html").read_text()

    for page in PAGES:
        name = page.replace(".md", ".html")
        assert (site / name).exists()
        assert page == "index.md" or f'href="{name}"' in index


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    """Scripts, styles and pictures lie in the site: it opens from a disk."""
    brought = [
        found
        for page in site.rglob("*.html")
        for found in re.findall(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="([^"]*)"', page.read_text())
    ]

    assert len(brought) > 100
    assert [found for found in brought if found.startswith(("http:", "https:", "//"))] == []
