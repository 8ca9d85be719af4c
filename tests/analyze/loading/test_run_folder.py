"""Run folders are found, and read whatever state they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perfmon.store.run_search import NoRuns
from perfmon_analyze.loading.discover import find
from perfmon_analyze.loading.run_folder import RunReader, Unreadable
from tests.analyze.run_factory import job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


def rss(folder: RunReader) -> list[int | None]:
    """The job's RSS as the folder is read."""
    return list(folder.read("job", ["rss_bytes"])["rss_bytes"].to_pylist())


def test_find_takes_runs_and_folders_of_runs(make_run: MakeRun, runs_folder: Path) -> None:
    """A run folder, a folder of runs and a folder above that are all the same to it."""
    runs = [str(make_run("a", tables={})), str(make_run("b", tables={}))]

    assert runs == find([str(runs_folder)])
    assert runs == find([str(runs_folder.parent)])
    assert runs[:1] == find([runs[0]])


def test_find_names_every_run_once(make_run: MakeRun, runs_folder: Path) -> None:
    """A run that is given twice counts once."""
    run = str(make_run("a", tables={}))

    assert [run] == find([run, str(runs_folder)])


@pytest.mark.parametrize("name", ["nothing", "."])
def test_no_runs(tmp_path: Path, name: str) -> None:
    """A folder that is missing, or holds no runs, is named in the error."""
    path = str(tmp_path / name)

    with pytest.raises(NoRuns, match=str(tmp_path)):
        find([path])


def test_sealed_and_unsealed_rows_read_alike(make_run: MakeRun) -> None:
    """Rows that are still in a journal are read as if they were sealed."""
    rows = job_rows([1, None, 3])
    sealed = RunReader(str(make_run("a", tables={"job": rows})))
    unsealed = RunReader(str(make_run("b", tables={"job": rows}, sealed=False)))

    assert [1, None, 3] == rss(sealed) == rss(unsealed)


def test_rows_sealed_but_still_in_the_journal_count_once(make_run: MakeRun) -> None:
    """A sealer that died between publishing a segment and removing the journal doubles nothing."""
    path = make_run("a", tables={"job": job_rows([1, 2])}, sealed=False)
    (journal,) = (path / "journal").iterdir()
    kept = journal.read_bytes()
    from perfmon.store import seal

    seal.seal(str(path))
    (path / "journal").mkdir(exist_ok=True)
    journal.write_bytes(kept)

    assert rss(RunReader(str(path))) == [1, 2]


def test_a_missing_column_is_null(make_run: MakeRun) -> None:
    """A file that lacks a column, as older ones do, has null in it."""
    path = make_run("a", tables={"job": job_rows([1])})
    pq.write_table(pa.table({"t": [5.0]}), path / "job" / "old.parquet")

    assert rss(RunReader(str(path))) == [1, None]


def test_an_unknown_column_is_kept(make_run: MakeRun) -> None:
    """A column that this version does not know is there for those who ask."""
    path = make_run("a", tables={"job": job_rows([1])})
    pq.write_table(pa.table({"t": [5.0], "novel_bytes": [7]}), path / "job" / "new.parquet")

    assert RunReader(str(path)).read("job")["novel_bytes"].to_pylist() == [None, 7]


def test_a_file_that_is_not_parquet_costs_itself(make_run: MakeRun) -> None:
    """It is warned of by name, and the others count."""
    path = make_run("a", tables={"job": job_rows([1, 2])})
    (path / "job" / "broken.parquet").write_text("no")

    with pytest.warns(Unreadable, match=r"broken\.parquet cannot be read as Parquet .* move it away"):
        assert rss(RunReader(str(path))) == [1, 2]


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_facts_that_cannot_be_read_are_taken_from_the_rows(make_run: MakeRun, content: str | None) -> None:
    """Without run.json the labels are known from the rows, and the user is told."""
    path = make_run("a", stage="inference", model="Żubr", tables={"job": job_rows([1])})
    (path / "run.json").unlink()
    if content is not None:
        (path / "run.json").write_text(content)

    with pytest.warns(Unreadable, match=r"run\.json"):
        facts = RunReader(str(path)).facts

    assert (facts["run"], facts["stage"], facts["model"]) == ("a", "inference", "Żubr")
