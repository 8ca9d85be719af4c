"""The site: built without a warning, with every page, and without anything that a network would have to bring."""

from __future__ import annotations

import html
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import perfmon
import perfmon_analyze
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


@pytest.mark.parametrize("package", [perfmon, perfmon_analyze], ids=lambda one: one.__name__)
def test_public_names_have_their_docstrings_in_the_site(site: Path, package: ModuleType) -> None:
    """Each name of `__all__` stands on the page of the Python interface, with the first words of its docstring."""
    page = (site / "api.html").read_text()

    for name in package.__all__:
        _, mark, entry = page.partition(f'id="{package.__name__}.{name}"')
        words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", entry[:9000])))
        text = "The version of perfmon" if name == "__version__" else inspect.getdoc(getattr(package, name)) or ""
        assert mark, f"{name} is not on the page"
        assert re.split(r"[.`':]", text)[0] in words, f"{name} has no text on the page"


def test_docstrings_are_shown_as_they_are_meant(site: Path) -> None:
    """No mark of a markup is left over in them, nor a default that no reader could write."""
    (article,) = re.findall(r"<article[^>]*>.*</article>", (site / "api.html").read_text(), re.DOTALL)
    shown = html.unescape(re.sub(r"<[^>]*>", "", article))

    assert [mark for mark in ("`", "::", "<factory>", "Args:", "Raises:\n\n\n\n") if mark in shown] == []
    assert '<code class="docutils literal' in article


def test_a_reference_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    """The names that may lead nowhere are listed one by one; any other stops the build."""
    (tmp_path / "conf.py").write_text((DOCS / "conf.py").read_text())
    (tmp_path / "index.md").write_text("# x\n\n```{eval-rst}\n.. py:function:: x(y: perfmon.Gone)\n```\n")
    words = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--nitpicky", "--quiet"]
    done = subprocess.run([*words, tmp_path, tmp_path / "built"], capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "perfmon.Gone" in done.stderr
