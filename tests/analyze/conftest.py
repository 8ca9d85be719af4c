"""Where the analyzer's tests put their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from tests.analyze.run_factory import write_run

if TYPE_CHECKING:
    from pathlib import Path


class MakeRun(Protocol):
    """Writes one run folder below the test's own folder of runs."""

    def __call__(self, run: str = "r1", **options: Any) -> Path:
        """Write the run with the options of `write_run`, and return its folder."""


@pytest.fixture
def runs_folder(tmp_path: Path) -> Path:
    """A folder that runs are written to."""
    return tmp_path / "runs"


@pytest.fixture
def make_run(runs_folder: Path) -> MakeRun:
    """`write_run` into the runs folder."""

    def make(run: str = "r1", **options: Any) -> Path:
        return write_run(runs_folder, run=run, **options)

    return make
