"""Whatever is taken out of a run is missed: a table, a file, a row; and nothing is missed that was never due."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from perfmon_analyze.verify.audit import audit
from tests.patching import PATCH

# A run of several journals, with every table that a pipeline's code fills; the recorder's journals are small.
_RECORDER = f"""{PATCH}
import sys
from perfmon.commands import main
patch("perfmon.store.segments.SEGMENT_BYTES", 20_000)
sys.exit(main(sys.argv[1:]))
"""
_PIPELINE = f"""{PATCH}
import time, perfmon
patch("perfmon.store.segments.SEGMENT_BYTES", 2_000)
end = time.monotonic() + 1.5
with perfmon.record(stage="training", model="m") as run:
    while time.monotonic() < end:
        with run.phase("epoch"):
            for _ in run.timed([1, 2]):
                time.sleep(0.02)
            run.log(epoch=1, loss=0.5)
"""
_ALL = {"host", "job", "gpu", "folder", "metric", "batch", "phase", "sampler", "event"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded run of all tables and several journals, at a GPU that is played back."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "gpu").write_text("gpu 0 used 2e9\nat 0.2 gpu 0 used 6e9\n")
    (folder / "pipeline.py").write_text(_PIPELINE)
    words = ["run", "--quiet", "--interval", "20ms", "--", sys.executable, str(folder / "pipeline.py")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PERFMON_")}
    done = subprocess.run(
        [sys.executable, "-c", _RECORDER, *words],
        cwd=folder,
        env=environment | {"PERFMON_NVML_REPLAY": str(folder / "gpu")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (run,) = (folder / "runs").iterdir()
    return run


@pytest.fixture(scope="module")
def former(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as it was recorded before segments and run.json told how much there is."""
    copy = tmp_path_factory.mktemp("former") / whole.name
    shutil.copytree(whole, copy)
    for path in copy.glob("*/*.parquet"):
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    known = layout_facts(copy)
    del known["sampler"]["journals"], known["sampler"]["pipeline_journals"]
    (copy / "run.json").write_text(json.dumps(known))
    return copy


def layout_facts(run: Path) -> dict[str, Any]:
    """What run.json says."""
    known: dict[str, Any] = json.loads((run / "run.json").read_text())
    return known


def problems(run: Path) -> list[str]:
    """What is wrong with a run, but for ticks that a busy machine did not take."""
    return [problem for problem in audit(str(run)).problems if not problem.endswith("ticks are missing")]


def without(run: Path, *paths: Path, into: Path) -> list[str]:
    """What is wrong with a copy of a run that lacks these files or folders."""
    copy = into / run.name
    shutil.copytree(run, copy, copy_function=os.link)
    for path in (copy / path.relative_to(run) for path in paths):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return problems(copy)


def journals(run: Path) -> dict[str, list[Path]]:
    """The segments of a run, by the journal that they were sealed from."""
    found: dict[str, list[Path]] = {}
    for path in sorted(run.glob("*/*.parquet")):
        found.setdefault(path.stem, []).append(path)
    return found


@pytest.mark.parametrize("kind", ["whole", "former"])
def test_a_whole_run_is_sound(request: pytest.FixtureRequest, kind: str) -> None:
    """A run of all tables and several journals is sound, as it is recorded today and as it was before."""
    run = request.getfixturevalue(kind)

    assert {path.parent.name for path in run.glob("*/*.parquet")} == _ALL
    assert len(journals(run)) > 5
    assert problems(run) == []


@pytest.mark.parametrize("table", sorted(_ALL))
def test_a_table_that_is_missing(whole: Path, tmp_path: Path, table: str) -> None:
    """A run without one of its tables is not sound, and the line names the table's folder."""
    beside = [path for path in (whole / table).iterdir() if len(journals(whole)[path.stem]) > 1]
    rows = sum(pq.read_metadata(path).num_rows for path in beside)
    found = without(whole, whole / table, into=tmp_path)

    assert found[0] == f"{tmp_path / whole.name / table} is missing: {rows} rows of it are due"
    assert all(" missing" in one and "journal" in one for one in found[1:])  # of which it was all that there was


@pytest.mark.parametrize("table", ["job", "host", "gpu", "sampler", "folder"])
def test_a_table_that_is_missing_from_a_former_run(former: Path, tmp_path: Path, table: str) -> None:
    """The same for tables of which ticks and run.json tell."""
    found = without(former, former / table, into=tmp_path)

    assert found
    assert all(str(tmp_path / former.name / table) in problem for problem in found)


def test_every_file_that_is_missing(whole: Path, tmp_path: Path) -> None:
    """Whichever file is gone, of whichever table and hour, one line names it with its rows."""
    for number, path in enumerate(whole.glob("*/*.parquet")):
        (into := tmp_path / str(number)).mkdir()
        is_only = len(list(path.parent.iterdir())) == 1
        named = path.parent if is_only else path
        gone = into / whole.name / named.relative_to(whole)
        expected = f"{gone} is missing: {pq.read_metadata(path).num_rows} rows of it are due"

        found = without(whole, path, into=into)
        if len(journals(whole)[path.stem]) > 1:
            assert found == [expected]
        else:
            assert len(found) == 1
            assert "journal" in found[0]


def test_every_file_of_a_former_run(former: Path, tmp_path: Path) -> None:
    """Without what today's files tell, it is missed all the same where the ticks say what is due."""
    for number, path in enumerate(
        one for table in ("job", "host", "gpu", "sampler") for one in (former / table).iterdir()
    ):
        (into := tmp_path / str(number)).mkdir()
        found = without(former, path, into=into)

        assert any(str(path.relative_to(former)) in one for one in found), path


def test_every_journal_that_is_missing(whole: Path, tmp_path: Path) -> None:
    """Where all that was sealed of one journal is gone, first, in the middle or last, that is missed."""
    for number, (stem, paths) in enumerate(journals(whole).items()):
        (into := tmp_path / str(number)).mkdir()
        found = without(whole, *paths, into=into)

        assert found, stem
        writer = stem.rpartition("-")[0]
        is_only = sum(other.startswith(writer) for other in journals(whole)) == 1
        is_last = stem == max(other for other in journals(whole) if other.startswith(writer))
        if not is_only and not is_last:
            assert any(f"{stem}.jsonl is missing, and all that was sealed of it" in one for one in found)


def test_the_last_journal_of_the_recorder(whole: Path, tmp_path: Path) -> None:
    """run.json says how many journals the recorder wrote, so that the end is missed, too."""
    last = max(path.stem for path in (whole / "job").iterdir())
    found = without(whole, *journals(whole)[last], into=tmp_path)

    assert any(f"{last}.jsonl is missing, and all that was sealed of it" in one for one in found)


def test_journals_of_the_pipeline(whole: Path, tmp_path: Path) -> None:
    """A process of the pipeline of which nothing is left is missed by their number."""
    stems = journals(whole).keys() - {path.stem for path in (whole / "sampler").iterdir()}
    found = without(whole, *(path for stem in stems for path in journals(whole)[stem]), into=tmp_path)

    assert f"{len(stems)} of {len(stems)} journals of the pipeline's processes are missing" in found


@pytest.mark.parametrize("kind", ["whole", "former"])
@pytest.mark.parametrize("table", ["job", "host", "gpu"])
def test_rows_that_are_missing(request: pytest.FixtureRequest, tmp_path: Path, kind: str, table: str) -> None:
    """A file that is whole in itself and has fewer rows than it should is told with both numbers."""
    run: Path = request.getfixturevalue(kind)
    copy = tmp_path / run.name
    shutil.copytree(run, copy)
    path = max((copy / table).iterdir(), key=lambda one: pq.read_metadata(one).num_rows)
    rows = pq.read_table(path)
    keep = rows.filter([t != rows["t"][len(rows) // 2].as_py() for t in rows["t"].to_pylist()])
    pq.write_table(keep.replace_schema_metadata(None), path)
    (problem,) = problems(copy)

    assert problem.startswith(f"{path} has ")
    assert int(problem.split()[-1]) - int(problem.split()[2]) == 1


def test_rows_that_were_lost(whole: Path, tmp_path: Path) -> None:
    """A recorder's own account of rows that it could not write, and of ticks that are not there, counts."""
    copy = tmp_path / whole.name
    shutil.copytree(whole, copy)
    known = layout_facts(copy)
    due = audit(str(copy)).ticks_due
    known["sampler"] |= {"rows_lost": 7, "ticks": due + 1, "ticks_missed": 0}
    (copy / "run.json").write_text(json.dumps(known))
    found = audit(str(copy))

    assert "7 rows could not be written, as run.json says" in found.problems
    assert any("ticks" in problem for problem in found.problems)
    assert (found.rows_lost, found.ticks_due) == (7, due + 1)


def test_files_of_which_nothing_can_be_read(whole: Path, tmp_path: Path) -> None:
    """A damaged file is told as such, once."""
    copy = tmp_path / whole.name
    shutil.copytree(whole, copy)
    path = next((copy / "job").iterdir())
    path.write_bytes(b"PAR1 and no more")

    assert all("cannot be read" in one or "is damaged" in one for one in problems(copy))
