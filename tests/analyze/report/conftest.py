"""A browser for all tests of pages, and one page of synthetic runs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.analyze.report.browsing import Browser, chromium
from tests.conftest import PERFMON


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One window, in which a test opens what it needs."""
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight synthetic runs of a few minutes, a sample a second."""
    runs = tmp_path_factory.mktemp("study") / "runs"
    subprocess.run([PERFMON, "synth", "--scale", "0.01", runs], check=True, capture_output=True)
    return runs


@pytest.fixture(scope="session")
def report(study: Path) -> Path:
    """The report of these runs, as the command writes it."""
    path = study.parent / "report.html"
    subprocess.run([PERFMON, "report", study, "-o", path], check=True, capture_output=True)
    return path
