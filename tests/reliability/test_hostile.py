"""A run folder made by somebody else: nobody who reads it is led out of it, kept waiting, or made to run anything."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import perfmon_analyze
from perfmon import journal, layout, lost, schema
from perfmon.facts import beginning
from perfmon.labels import Labels
from perfmon_analyze import NoRuns, Unreadable
from perfmon_analyze.audit import audit
from tests.conftest import PERFMON, Perfmon
from tests.reliability.conftest import made, ticks
from tests.reliability.processes import facts

SECRET = 987_654_321  # a value that stands outside of the run folder only


def read_all(folder: Path) -> list[Any]:
    """Every table of a run by its reader, warnings and all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreadable)
        runs = perfmon_analyze.load(folder)
        return [runs.table(name).to_dict("records") for name in schema.TABLES]


def outside(folder: Path) -> Path:
    """A run that is not to be touched: sealed rows, and a journal."""
    other = made(folder / "other", ("job", {"t": 0.0, "rss_bytes": SECRET}))
    kept = {path: path.read_bytes() for path in other.rglob("*.jsonl")}
    lost.mend(str(other))
    (other / "journal").mkdir(exist_ok=True)
    for path, content in kept.items():
        path.write_bytes(content)
    return other


def state(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("what", ["run.json", "job", "journal", "job/x-0001.parquet", "journal/x-0001.jsonl"])
def test_links_lead_nowhere(perfmon: Perfmon, tmp_path: Path, what: str) -> None:
    """A link in a run folder is neither read nor written through, by loading, verifying, sealing or plotting."""
    other = outside(tmp_path)
    targets = {
        "job/x-0001.parquet": next((other / "job").iterdir()),
        "journal/x-0001.jsonl": next(other.glob("journal/*")),
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


@pytest.mark.parametrize("what", ["run.json", "job/x-0001.parquet", "journal/x-0001.jsonl"])
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
    lost.mend(str(folder))

    assert precious.read_text() == "kept"


def test_names_that_climb(perfmon: Perfmon, tmp_path: Path) -> None:
    """Names with dots and slashes in run.json and in the rows stay names: plots are made where they belong."""
    folder = made(tmp_path / "runs", *ticks(0.0, 1.0, 2.0))
    evil = "../../../../../../tmp/perfmon-evil"
    layout.write_facts(str(folder), facts(folder) | {"run": evil, "stage": evil, "model": evil, "state": "finished"})
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
    lost.mend(str(folder))

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
        file.write(journal.line("job", {"t": 2.0}))
    recovered = journal.read(str(path))
    (folder / "run.json").write_text('{"a": "' + "x" * (17 << 20) + '"}')

    assert recovered.damaged == 2
    assert [row["t"] for row in recovered.rows["job"]] == [0.0, 2.0]
    with pytest.raises(ValueError, match="larger than any"):
        layout.read_facts(str(folder))
    assert audit(str(folder)).problems


# Anything that JSON can hold, with the keys and values that readers look for among it.
_KEYS = st.sampled_from(
    sorted(
        beginning("r", Labels(), {}, command=[], cwd="/", interval=1.0, folders=[], begin={"begin_monotonic": 0}).keys()
        | {"recorder", "stage_given", "begin_time", "boot_id"}
    )
)
_WORDS = st.sampled_from(["running", "finished", "../x", "", "\ud800", "job"]) | st.text(max_size=5)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """A run as it should be, to be spoiled in copies."""
    with tempfile.TemporaryDirectory() as folder:
        run = made(Path(folder) / "runs", *ticks(0.0, 1.0, 2.0))
        yield run


@contextlib.contextmanager
def spoiled(whole: Path) -> Iterator[Path]:
    """A copy of the run for one try."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "runs" / whole.name
        shutil.copytree(whole, copy)
        yield copy


def all_survive(folder: Path) -> None:
    """Reading, verifying and sealing end in rows or in one of their documented errors."""
    read_all(folder)
    audit(str(folder))
    with contextlib.suppress(OSError, ValueError):
        lost.mend(str(folder), force=True)
    read_all(folder)


TRIES = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(st.binary() | st.lists(st.sampled_from([b'["', b'",', b"]\n", b"{", b"00000000", b"\xff", b"\n"])).map(b"".join))
@settings(max_examples=1000, derandomize=True)
def test_any_bytes_are_a_journal(data: bytes) -> None:
    """Reading a journal never fails, whatever is in it."""
    recovered = journal.parse(data.splitlines(keepends=True))

    assert recovered.damaged + sum(map(len, recovered.rows.values())) <= len(data.splitlines())


@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
@TRIES
def test_any_json_is_a_run_json(whole: Path, spoil: dict[str, Any]) -> None:
    """Whatever types the facts of a run have, every reader copes with them."""
    with spoiled(whole) as folder:
        layout.write_facts(str(folder), facts(folder) | spoil)
        all_survive(folder)


@given(st.lists(st.tuples(st.sampled_from(["journal", *schema.TABLES]), st.data()), max_size=4))
@TRIES
def test_any_row_is_a_row(whole: Path, drawn: list[tuple[str, st.DataObject]]) -> None:
    """A row that its writer vouches for by checksum may hold anything: what does not fit its column is null."""
    with spoiled(whole) as folder, (folder / "journal" / "h-3-00000000-0001.jsonl").open("wb") as file:
        for table, data in drawn:
            names = [column.name for column in schema.COMMON + schema.TABLES.get(table, ())]
            row = data.draw(st.dictionaries(st.sampled_from(names), _VALUES, max_size=4))
            file.write(journal.line(table, row))
        file.flush()
        all_survive(folder)


@given(st.randoms(use_true_random=False))
@TRIES
def test_any_cut_leaves_the_rest(whole: Path, chance: Any) -> None:
    """Files cut off anywhere, or with bytes changed, sealed or not, cost themselves only."""
    with spoiled(whole) as folder:
        if chance.random() < 0.5:
            lost.mend(str(folder))
        for path in [path for path in folder.rglob("*") if path.is_file() and chance.random() < 0.5]:
            data = bytearray(path.read_bytes())
            if chance.random() < 0.5:
                del data[chance.randrange(len(data)) :]
            else:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(data)
        all_survive(folder)


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
