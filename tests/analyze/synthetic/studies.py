"""The synthetic study as tests look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow.parquet as pq

from perfmon.store import run_json

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


class Study(NamedTuple):
    """The eight run folders, in the order in which they were written."""

    folders: list[str]

    def facts(self) -> list[dict[str, object]]:
        """run.json of each run."""
        return [run_json.read_facts(folder) for folder in self.folders]

    def folder(self, stage: str, model: str, variant: str | None = None) -> str:
        """The one folder of a stage, model and variant."""
        wanted = (stage, model, variant)
        (found,) = (
            folder
            for folder, facts in zip(self.folders, self.facts(), strict=True)
            if (facts["stage"], facts["model"], facts["variant"]) == wanted
        )
        return found

    def table(self, table: str, stage: str, model: str, variant: str | None = None) -> pd.DataFrame:
        """One table of one run."""
        return frame(self.folder(stage, model, variant), table)


def frame(folder: str, table: str) -> pd.DataFrame:
    """A table of a run as a frame."""
    rows: pd.DataFrame = arrow(folder, table).to_pandas()
    return rows


def arrow(folder: str, table: str) -> pa.Table:
    """A table of a run as Arrow reads it."""
    return pq.read_table(f"{folder}/{table}")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
