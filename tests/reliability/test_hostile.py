"""A run folder made by somebody else: nobody who reads it is led out of it, kept waiting, or made to run anything."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import perfmon_analyze
from perfmon.store import journal, recover, run_json, schema
from perfmon_analyze import NoRuns, Unreadable
from perfmon_analyze.verify.audit import audit
from tests.conftest import PERFMON, Perfmon
from tests.reliability.conftest import made, ticks
from tests.reliability.processes import facts, read_all

SECRET = 987_654_321  # a value that stands outside of the run folder only


def outside(folder: Path) -> Path:
    """A run that is not to be touched: sealed rows, and a journal."""
    other = made(folder / "other", ("job", {"t": 0.0, "rss_bytes": SECRET}))
    kept = {path: path.read_bytes() for path in other.rglob("*.jsonl")}
    recover.recover(str(other))
    (other / "journal").mkdir(exist_ok=True)
    for path, content in kept.items():
        path.write_bytes(content)
    return other


def state(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "what", ["run.json", "job", "journal", "job/x-0001.parquet", "journal/h-9-00000000-0001.jsonl"]
)
def test_links_lead_nowhere(perfmon: Perfmon, tmp_path: Path, what: str) -> None:
    """A link in a run folder is neither read nor written through, by loading, verifying, sealing or plotting."""
    other = outside(tmp_path)
    targets = {
        "job/x-0001.parquet": next((other / "job").iterdir()),
        "journal/h-9-00000000-0001.jsonl": next(other.glob("journal/*")),
    }
    folder = made(tmp_path / "runs", *ticks(0.0))
    link = folder / what
    if link.is_dir():
        shutil.rmtree(link)
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(targets.get(what, other / what))
    before = state(other)
    rows = read_all(folder)
    verified, sealed = perfmon("verify", "runs"), perfmon("seal", "runs")
    perfmon("plot", "runs")

    assert str(SECRET) not in str(rows)
    assert (verified.returncode, sealed.returncode) == (1, 1 if what != "job/x-0001.parquet" else 0)
    assert "Traceback" not in verified.stderr + sealed.stderr
    assert state(other) == before


@pytest.mark.parametrize("what", ["run.json", "job/x-0001.parquet", "journal/h-9-00000000-0001.jsonl"])
def test_pipes_keep_nobody_waiting(perfmon: Perfmon, tmp_path: Path, what: str) -> None:
    """A pipe, from which a reader would wait for ever, is passed over."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    (folder / what).parent.mkdir(exist_ok=True)
    (folder / what).unlink(missing_ok=True)
    os.mkfifo(folder / what)
    read_all(folder)
    done = [perfmon(verb, "runs") for verb in ("verify", "seal", "plot")]

    assert [one.returncode for one in done[:1]] == [1]
    assert [one for one in done if "Traceback" in one.stderr] == []


def test_a_link_as_temporary_file_overwrites_nothing(tmp_path: Path) -> None:
    """Whoever replaces run.json writes to a file that is its own for sure."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    precious = tmp_path / "precious"
    precious.write_text("kept")
    for number in range(1000):
        (folder / f"run.json.{os.getpid()}-{number:08x}.tmp").symlink_to(precious)
    (folder / f"run.json.{os.getpid()}.tmp").symlink_to(precious)
    recover.recover(str(folder))

    assert precious.read_text() == "kept"


def test_names_that_climb(perfmon: Perfmon, tmp_path: Path) -> None:
    """Names with dots and slashes in run.json and in the rows stay names: plots are made where they belong."""
    folder = made(tmp_path / "runs", *ticks(0.0, 1.0, 2.0))
    evil = "../../../../../../tmp/perfmon-evil"
    run_json.write_facts(str(folder), facts(folder) | {"run": evil, "stage": evil, "model": evil, "state": "finished"})
    writer = journal.Journal(str(folder / "journal" / "h-2-00000000-0001.jsonl"), {"run": evil, "stage": evil})
    writer.append([(evil, {"t": 0.0}), ("../job", {"t": 0.0}), ("metric", {"t": 0.0, "name": evil, "value": 1.0})])
    writer.close()
    done = [perfmon(verb, "runs") for verb in ("verify", "seal", "plot")]
    places = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}

    assert [one for one in done if "Traceback" in one.stderr] == []
    assert places == {"runs", "plots"}
    assert {path.name for path in folder.iterdir()} <= {"run.json", *schema.TABLES}
    assert not list(Path("/tmp").glob("perfmon-evil*"))


def test_a_pickle_in_a_file_is_not_run(tmp_path: Path) -> None:
    """A Parquet file whose schema names a Python class to unpickle (CVE-2023-47248) runs nothing."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    trap = tmp_path / "trapped"
    pickled = b"cos\nsystem\n(S'touch " + os.fsencode(trap) + b"'\ntR."
    keys = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickled}
    (folder / "job").mkdir()
    field = pa.field("rss_bytes", pa.int64(), metadata=keys)
    pq.write_table(pa.table([[1]], schema=pa.schema([field])), folder / "job" / "x-0001.parquet")
    read_all(folder)
    audit(str(folder))
    recover.recover(str(folder))

    assert not trap.exists()


def test_a_file_that_claims_more_rows_than_memory_holds(tmp_path: Path) -> None:
    """Some kilobytes that unfold to gigabytes are refused by what they say of themselves."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    (folder / "job").mkdir()
    path = folder / "job" / "x-0001.parquet"
    rows = pa.table({"rss_bytes": pa.nulls(50_000_000, pa.int64())})
    pq.write_table(rows, path, compression="zstd")

    assert path.stat().st_size < 200_000
    with pytest.warns(Unreadable, match="it says that it has 50000000 rows"):
        assert len(perfmon_analyze.load(folder).table("job")) == 1
    assert any("50000000 rows" in problem for problem in audit(str(folder)).problems)


def test_giant_and_nested_json(tmp_path: Path) -> None:
    """Lines and files beyond any size of ours, and nesting beyond any depth, cost themselves only."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    (path,) = folder.glob("journal/*")
    with path.open("ab") as file:
        file.write(b"[" * 20_000_000 + b"\n")
        body = b'"job",' + b'{"t":' * 100_000 + b"1" + b"}" * 100_000
        file.write(b'["%08x",%b]\n' % (crc32(body), body))
        file.write(journal.encode_row("job", {"t": 2.0}))
    recovered = journal.read(str(path))
    (folder / "run.json").write_text('{"a": "' + "x" * (17 << 20) + '"}')

    assert recovered.damaged == 2
    assert [row["t"] for row in recovered.rows["job"]] == [0.0, 2.0]
    with pytest.raises(ValueError, match="larger than any"):
        run_json.read_facts(str(folder))
    assert audit(str(folder)).problems


def no_text(folder: Path) -> None:
    """run.json holds bytes that are no text."""
    (folder / "run.json").write_bytes(b"\xff\xfe\x00")


def odd_types(folder: Path) -> None:
    """run.json holds values of other types."""
    (folder / "run.json").write_text(json.dumps({"interval_seconds": [], "peak": 7, "config": "x", "stage": {}}))


def a_folder(folder: Path) -> None:
    """A folder stands where run.json was."""
    (folder / "run.json").unlink()
    (folder / "run.json").mkdir()


def noise(folder: Path) -> None:
    """The journal is noise."""
    for path in folder.glob("journal/*"):
        path.write_bytes(os.urandom(5000))


def no_parquet(folder: Path) -> None:
    """A segment is none."""
    (folder / "job").mkdir()
    (folder / "job" / "x.parquet").write_bytes(b"PAR1" * 100)


def no_journal(folder: Path) -> None:
    """There is nothing but run.json."""
    shutil.rmtree(folder / "journal")


@pytest.mark.parametrize("spoil", [no_text, odd_types, a_folder, noise, no_parquet, no_journal])
def test_the_commands_on_garbage(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """verify, seal and plot end with a status of theirs and a line that says why, on any garbage."""
    spoil(made(tmp_path / "runs", *ticks(0.0, 1.0, 2.0)))
    for verb in ("verify", "plot", "seal", "verify", "plot"):
        done = subprocess.run([PERFMON, verb, "runs"], cwd=tmp_path, capture_output=True, text=True, check=False)

        assert done.returncode in (0, 1, 2)
        assert "Traceback" not in done.stderr
        assert done.returncode == 0 or done.stdout or done.stderr


def test_no_run_at_all(tmp_path: Path) -> None:
    """An empty folder is no run, and says so."""
    with pytest.raises(NoRuns):
        perfmon_analyze.load(tmp_path)
