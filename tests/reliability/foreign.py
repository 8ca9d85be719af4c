"""A run with rows in every table, to be spoiled, and every verb that reads it, called in this process."""

from __future__ import annotations

import contextlib
import io
import os
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from perfmon.commands import main
from perfmon.store import journal, recover, run_json, schema
from tests.reliability.conftest import made
from tests.reliability.processes import facts

TICKS = 14
_TEXTS = {
    ("gpu", "vram_kind"): "with_reserve",
    ("gpu", "power_kind"): "average_1s",
    ("gpu", "uuid"): "GPU-1",
    ("phase", "tags"): "{}",
    ("phase", "config"): '{"a": 1}',
    ("phase", "kind"): "stage",
    ("phase", "name"): "own",
    ("event", "kind"): "clock",
    ("sampler", "source"): "job",
    ("sampler", "error"): None,
    ("gpu", "parent_uuid"): None,
}
_LIMITS = (
    "--max-rss 40GiB --max-vram 1GiB --max-disk 1GiB --max-duration 2h --max-cpu-time 1h --max-energy 1kWh "
    "--max-batch-p95 1s --min-items-per-second 1 --min-gpu 1% --max-recorder 1%"
)
# Each shows the runs below the folder `runs` of the folder that they are called in.
READERS = (
    "ls runs",
    "ls --json runs",
    "ls --words runs",
    "show --runs runs latest",
    "show --json --runs runs latest",
    "verify runs",
    "verify --json runs",
    "findings --all runs",
    "findings --json runs",
    f"check runs {_LIMITS} --junit junit.xml --no-finding gaps --no-finding memory_creep",
    "compare runs runs --anyway",
    "watch --once --runs runs latest",
    "watch --json --runs runs latest",
    "rm --dry-run runs",
    *(f"export latest --table {table}" for table in schema.TABLES),
    "export runs --format jsonl -o exported --force",
    "export runs --format parquet -o exported --force",
)
DRAWERS = ("plot runs --format png --dpi 30 -o plots", "report --no-pictures runs")
WRITERS = ("seal runs", "rm --yes runs")
_STATUSES = {0, 1, 2, 3}  # what the verbs document


class Done(NamedTuple):
    """What a verb came to."""

    words: str
    status: int
    stdout: str
    stderr: str


def rows() -> list[tuple[str, journal.Row]]:
    """Plausible rows of every table, at the ticks of ten seconds and more."""
    found: list[tuple[str, journal.Row]] = []
    for tick in range(TICKS):
        stamp: journal.Row = {"time": int((1_800_000_000 + tick) * 1e9), "t": float(tick)}
        for table, columns in schema.TABLES.items():
            own = {column.name: _value(table, column, tick) for column in columns}
            found.append((table, {**stamp, **own}))
    return found


def _value(table: str, column: schema.Column, tick: int) -> journal.Value:
    if column.type == "string":
        return _TEXTS.get((table, column.name), f"{column.name}-1")
    if column.name in ("begin_t", "end_t"):
        return 3.0 + (column.name == "end_t")
    if column.kind == schema.COUNTER:
        return 100 * tick if column.type == "int64" else 0.5 * tick
    if column.type == "int64":
        return tick if column.name in ("batch", "step") else 1 if column.name == "pid" else 1000 + 10 * tick % 7
    return 0.01 if column.name.endswith("late_seconds") else 0.5


def whole(runs: Path) -> Path:
    """A run that ended well, sealed."""
    folder = made(runs, *rows(), model="m")
    recover.recover(str(folder))
    known = facts(folder) | {
        "state": "finished",
        "exit_status": 0,
        "exit_reason": "exit status 0",
        "duration_seconds": 14.0,
        "end_time": "2027-01-15T08:00:14.000000Z",
        "begin_time": "2027-01-15T08:00:00.000000Z",
        "ending": {"cause": "finished", "evidence": ["told"]},
        "tags": {"a": "b"},
        "config": {"lr": 0.1, "deep": {"er": [1, 2]}},
        "environment": {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "1"},
        "hardware": {
            "absent": {"gpu": "none"},
            "allocation": {"cpus": 2, "memory_bytes": 1 << 30},
            "cpu_model": "x",
            "cpus": 2,
            "memory_total_bytes": 1 << 34,
            "gpus": [{"name": "H", "uuid": "GPU-1", "vram_total_bytes": 1 << 34, "recorded": True, "index": 0}],
        },
        "folders": ["path-1"],
        "folders_before": {"path-1": 0},
        "folders_top": [
            {
                "folder": "path-1",
                "largest": [{"path": "a", "size_bytes": 1, "modified": "2027-01-15T08:00:01.000000Z"}],
                "newest": [{"path": "a", "size_bytes": 1, "modified": "2027-01-15T08:00:01.000000Z"}],
            }
        ],
        "peak": {"rss_bytes": 5, "pss_bytes": 4, "tree_at_least_bytes": 5, "tree_at_most_bytes": 5, "vram_bytes": 3},
        "totals": {
            "cpu_user_seconds": 1.0,
            "cpu_system_seconds": 1.0,
            "read_bytes": 1,
            "written_bytes": 1,
            "gpu_busy_ratio": 0.5,
        },
        "sampler": {"cpu_seconds": 0.1, "peak_memory_bytes": 1, "ticks": 14, "ticks_missed": 0, "rows_lost": 0},
        "stage_given": True,
        "git_commit": "abc",
        "parent": None,
    }
    run_json.write_facts(str(folder), known)
    return folder


def spoil(folder: Path, table: str, column: str, values: pa.Array) -> None:
    """Put other values, of any type, in place of a column of all files of a table, or beside them."""
    for path in (folder / table).glob("*.parquet"):
        rows_ = pq.ParquetFile(path).read()
        place = rows_.schema.get_field_index(column)
        changed = rows_.append_column(column, values) if place < 0 else rows_.set_column(place, column, values)
        path.unlink()
        pq.write_table(changed, path)


def call(words: str, folder: Path, *more: str) -> Done:
    """Call a verb in a folder, in this process; whatever it raises is its standard error."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace")
    here = os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            try:
                status = main([*words.split(), *more])
            except Exception:
                traceback.print_exc()
                status = -1
    finally:
        os.chdir(here)
    out.flush()
    err.flush()
    texts = [stream.buffer.getvalue().decode("utf-8", "surrogatepass") for stream in (out, err)]
    return Done(words, status, *texts)


def ends_well(done: Done) -> bool:
    """Whether it ended with one of its statuses, and a line for each that is not 0."""
    said = done.stdout or done.stderr
    return done.status in _STATUSES and "Traceback" not in done.stderr and bool(done.status == 0 or said)


def rename(folder: Path, name: str) -> None:
    """Give the files of a table another name."""
    for place, path in enumerate(sorted(folder.glob("*.parquet"))):
        path.rename(folder / f"{name}-{place}.parquet")


def reshape(folder: Path, table: str, how: str) -> None:
    """Make other files of a table: without its rows, without its columns, or with columns of nobody's."""
    for path in (folder / table).glob("*.parquet"):
        rows_ = pq.ParquetFile(path).read()
        path.unlink()
        if how == "no rows":
            rows_ = rows_.slice(0, 0)
        elif how == "no columns":
            rows_ = pa.table({"other": [1] * len(rows_)})
        else:
            values: tuple[pa.Array, ...] = (pa.array([[1]] * TICKS), pa.array([b"x"] * TICKS), pa.array([1] * TICKS))
            for name, more in zip(("lists", "bytes", "t"), values, strict=True):  # one `t` too many
                rows_ = rows_.append_column(name, more)
        pq.write_table(rows_, path)
