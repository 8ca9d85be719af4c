"""Runs whose facts and columns hold values of any type: every verb says what it left out, and shows the rest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from perfmon.store import fact_types, run_json, schema
from perfmon_analyze.series.options import Options
from perfmon_analyze.serve import Site
from tests.reliability import foreign
from tests.reliability.foreign import DRAWERS, READERS, TICKS, call, ends_well
from tests.reliability.processes import facts

COLUMNS: dict[str, Callable[[int], pa.Array]] = {
    "text": lambda n: pa.array(["a"] * n),
    "bytes": lambda n: pa.array([b"\xff\xfe"] * n),
    "no UTF-8": lambda n: pa.Array.from_buffers(pa.string(), n, pa.array([b"\xed\xa0\x80"] * n, pa.binary()).buffers()),
    "infinity": lambda n: pa.array([float("inf")] * n),
    "NaN": lambda n: pa.array([float("nan")] * n),
    "one infinity": lambda n: pa.array([1.5] * (n - 1) + [float("-inf")]),
    "the greatest": lambda n: pa.array([0.0, -1e308] + [1e308] * (n - 2)),
    "the greatest integers": lambda n: pa.array([2**63 - 1] * n),
    "unsigned": lambda n: pa.array([2**64 - 1] * n, pa.uint64()),
    "negative": lambda n: pa.array([-5] * n),
    "truth": lambda n: pa.array([True] * n),
    "nulls": pa.nulls,
    "lists": lambda n: pa.array([[1, 2]] * n),
    "structs": lambda n: pa.array([{"a": 1}] * n),
    "times": lambda n: pa.array([2**62] * n, pa.timestamp("ns", "UTC")),
    "times out of range": lambda n: pa.array([2**62] * n, pa.timestamp("ms")),
    "dates": lambda n: pa.array([2**30] * n, pa.date32()),
    "decimals": lambda n: pa.array([1] * n).cast(pa.decimal128(30)),
}
_NAMES = {table: [column.name for column in schema.columns(table)] for table in schema.TABLES}
_AT_MOST = max(map(len, _NAMES.values()))
FACTS = (
    *('"a"', '"\\ud800"', "5", "-1", "1.5", "Infinity", "NaN", "1e999", "1" * 400, str(2**63), "[]", "{}", "true"),
    *('[1, "a", null, {}]', '{"a": 1, "name": []}', "null", "[" * 200 + "]" * 200, '"' + "x" * 100_000 + '"'),
    *('"9999-12-31T23:59:59.999999Z"', '"0001-01-01T00:00:00Z"', '"2027-99-01"', '"2027-01-15T08:00:00"'),
)
# Half of the verbs: the tables of all of them are read by the same code.
_TEXT = [verb for verb in READERS if "json" not in verb and not verb.startswith("export latest")]
_JSON = [verb for verb in READERS if "json" in verb]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as it should be, to be spoiled in copies."""
    return foreign.whole(tmp_path_factory.mktemp("whole") / "runs")


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes a new copy of it in place of the last one."""

    def anew() -> Path:
        shutil.rmtree(tmp_path / "runs", ignore_errors=True)
        shutil.copytree(whole, tmp_path / "runs" / whole.name)
        return tmp_path / "runs" / whole.name

    return anew


def all_end_well(folder: Path, verbs: Sequence[str], about: object) -> None:
    """Each of the verbs ends with a status of its own, and without a traceback."""
    for verb in verbs:
        done = call(verb, folder.parents[1])

        assert ends_well(done), (about, done)


@pytest.mark.parametrize("place", range(_AT_MOST))
def test_any_column_of_any_type(copy: Callable[[], Path], place: int) -> None:
    """One column of each table at a time holds what it never should; in turn each column holds several kinds of it."""
    for turn, verbs in enumerate((_TEXT, _JSON)):
        folder, tried = copy(), {}
        for number, (table, names) in enumerate(_NAMES.items()):
            kind = list(COLUMNS)[(place * 5 + number * 3 + turn * 7) % len(COLUMNS)]
            tried[table, names[place % len(names)]] = kind
            foreign.spoil(folder, table, names[place % len(names)], COLUMNS[kind](TICKS))
        all_end_well(folder, verbs, tried)


@pytest.mark.parametrize("kind", COLUMNS)
def test_all_columns_of_one_type(copy: Callable[[], Path], kind: str) -> None:
    """Nothing but such columns, in all tables, and the pictures of them."""
    folder = copy()
    for table, names in _NAMES.items():
        for name in names:
            foreign.spoil(folder, table, name, COLUMNS[kind](TICKS))
    all_end_well(folder, ["show --runs runs latest", "verify runs", "export latest --table gpu"], kind)


@pytest.mark.parametrize("kind", ["text", "infinity", "the greatest integers"])
def test_any_column_in_pictures(copy: Callable[[], Path], kind: str) -> None:
    """Plots, the report and what is served of it cope with such columns, half of those of each table."""
    folder = copy()
    for table, names in _NAMES.items():
        for name in names[len(kind) % 2 :: 2]:
            foreign.spoil(folder, table, name, COLUMNS[kind](TICKS))
    all_end_well(folder, DRAWERS, kind)
    site = Site([str(folder.parent)], Options())

    assert b"left out" in site.page()


def test_what_is_left_out_is_named(copy: Callable[[], Path]) -> None:
    """The file, the column and its type, in one line; the other columns are shown, and the run is not sound."""
    folder = copy()
    foreign.spoil(folder, "job", "pss_bytes", COLUMNS["text"](TICKS))
    foreign.spoil(folder, "host", "cpus", COLUMNS["infinity"](TICKS))
    foreign.spoil(folder, "job", "cpu_user_seconds", COLUMNS["one infinity"](TICKS))
    shown, verified = (call(verb, folder.parents[1]) for verb in ("show --runs runs latest", "verify runs"))
    told = [line for line in shown.stderr.splitlines() if "left out" in line]

    assert shown.status == 0
    assert "RAM (RSS)" in shown.stdout
    for where, what in (
        ("/job/", "pss_bytes is of type string, not int64"),
        ("/job/", "cpu_user_seconds has 1 values that can be no readings"),
        ("/host/", "cpus cannot be read (Float value inf"),
    ):
        assert len([line for line in told if where in line and what in line]) == 1, what
    assert verified.status == 1
    assert {f"{table}/" for table in ("job", "host") if f"/{table}/" in verified.stdout} == {"job/", "host/"}


@pytest.mark.parametrize("kind", ["no rows", "no columns", "strangers"])
def test_other_shapes_of_tables(copy: Callable[[], Path], kind: str) -> None:
    """Files without rows, without our columns, or with many that are nobody's."""
    folder = copy()
    for table in schema.TABLES:
        foreign.reshape(folder, table, kind)
    all_end_well(folder, [*READERS, *DRAWERS], kind)


def test_lossless_types_count(copy: Callable[[], Path]) -> None:
    """What another library wrote without loss is not damaged: narrow integers, floats that are whole, plain text."""
    folder = copy()
    foreign.spoil(folder, "job", "pss_bytes", pa.array([2000] * TICKS, pa.int32()))
    foreign.spoil(folder, "job", "rss_bytes", pa.array([3000.0] * TICKS))
    foreign.spoil(folder, "metric", "name", pa.array(["loss"] * TICKS, pa.large_string()))
    done = call("export latest --table job --columns pss_bytes,rss_bytes", folder.parents[1])
    metrics = call("export latest --table metric --columns name", folder.parents[1])

    assert (done.stderr, metrics.stderr) == ("", "")
    assert set(done.stdout.splitlines()[1:]) == {"2000,3000"}
    assert set(metrics.stdout.splitlines()[1:]) == {'"loss"'}


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the values of a JSON object are."""
    for key, own in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*above, key)
        yield from paths(own, (*above, key))


def replaced(known: dict[str, Any], where: Sequence[tuple[Any, ...]], raw: Sequence[str]) -> str:
    """A JSON object with other JSON in place of some values that lie apart."""
    for number, (*above, last) in enumerate(where):
        inner: Any = known
        for key in above:
            inner = inner[key]
        inner[last] = f"@@{number}@@"
    text = json.dumps(known)
    for number, one in enumerate(raw):
        text = text.replace(f'"@@{number}@@"', one)
    return text


@pytest.mark.parametrize("turn", range(len(FACTS)))
def test_any_fact_of_any_type(copy: Callable[[], Path], turn: int) -> None:
    """Some keys of run.json at a time, at any depth, hold what they never should; in turn each holds all of it."""
    folder = copy()
    known = facts(folder)
    deep = ("hardware", "folders_top", "peak", "totals", "sampler")
    where = [path for path in paths(known) if len(path) == 1 or path[0] in deep]
    apart = [path for path in where if not any(path == other[: len(path)] and path != other for other in where)]
    for first in range(0, len(apart), 12):
        some = apart[first + turn % 4 : first + 12 : 4]
        raw = [FACTS[(turn + 5 * number) % len(FACTS)] for number, _ in enumerate(some)]
        (folder / "run.json").write_text(replaced(facts(folder), some, raw))
        all_end_well(folder, _TEXT[(first // 12 + turn) % 3 :: 3], dict(zip(some, raw, strict=True)))
        run_json.write_facts(str(folder), known)


def test_the_keys_left_out_are_named(copy: Callable[[], Path]) -> None:
    """One line says which file and which keys; the other facts are there."""
    folder = copy()
    known = facts(folder)
    known["hardware"]["cpus"], known["interval_seconds"], known["command"] = "many", [], {"a": 1}
    run_json.write_facts(str(folder), known)
    named = f"{folder.name}/run.json has values of the wrong type, which are left out: "
    for verb in ("ls runs", "show --runs runs latest", "verify runs", "watch --once --runs runs latest"):
        done = call(verb, folder.parents[1])
        lines = [line for line in (done.stdout + done.stderr).splitlines() if named in line]

        assert len(lines) == 1, verb
        assert {"command", "interval_seconds", "hardware.cpus"} <= set(lines[0].partition(named)[2].split(", "))
        assert "exit status 0" in done.stdout or verb[:2] in ("ls", "ve")


def test_twice_the_same_key(copy: Callable[[], Path]) -> None:
    """Of keys that are there twice the last one counts, for every reader alike."""
    folder = copy()
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"format"', '"stage": [],\n "stage": "twice",\n "format"', 1))
    (folder / "run.json").write_text((folder / "run.json").read_text().replace('"stage": "s"', '"stage": "last"'))

    assert "last" in call("ls runs", folder.parents[1]).stdout
    all_end_well(folder, READERS, "twice")


def test_facts_of_ours_are_of_their_types(copy: Callable[[], Path]) -> None:
    """Nothing of what perfmon itself writes is left out, and nothing of it changes."""
    known = facts(copy())

    assert fact_types.checked(known) == (known, [])
