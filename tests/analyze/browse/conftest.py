"""Run folders that hold run.json alone: all that a list of runs reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from perfmon.store import run_json
from perfmon.store.run_json import Labels

if TYPE_CHECKING:
    from pathlib import Path


class Begin(Protocol):
    """Makes a run folder of the next second."""

    def __call__(self, *, name: str | None = None, **known: Any) -> Path:
        """The folder of a run that ended well, except for what is given of its facts."""


@pytest.fixture
def begin(runs_folder: Path) -> Begin:
    """Makes runs, one second after the other."""
    made: list[Path] = []

    def make(*, name: str | None = None, **known: Any) -> Path:
        second = len(made)
        folder = runs_folder / f"20261122T1843{second:02d}Z-training-b12-{second:04x}"
        folder.mkdir(parents=True)
        zero = {"begin_time": f"2026-11-22T18:43:{second:02d}.5Z", "begin_monotonic": 1.0, "boot_id": "b"}
        about = Labels(stage="training", model="b12", name=name)
        told = run_json.initial_facts(
            folder.name, about, {}, command=["a b", "c"], cwd="/", interval=1.0, folders=[], begin=zero
        )
        run_json.write_facts(str(folder), told | {"host": "h", "state": "finished"} | known)
        made.append(folder)
        return folder

    return make
