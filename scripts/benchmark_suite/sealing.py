"""What it takes to seal the journals of a run, and what other ways of writing rows would take.

Sealed rows are real ones, of a command that keeps a CPU busy, recorded at 100 Hz.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmark_suite.commands import looked_at
from benchmark_suite.peers import PERFMON, ROOT
from benchmark_suite.python_start import cost
from benchmark_suite.tables import plain_table
from benchmark_suite.tools import PYTHON
from benchmark_suite.watched_job import environment
from perfmon.store import journal, parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "Ways of writing rows, and of sealing them"
_LEAVE = ROOT / "scripts" / "cost_gate" / "left_behind.py"
_TABLES = ("host", "job", "folder")
_LEVELS = (1, 3, 9, 15, 19)
_ROUNDS = 2000
_LIBRARIES = {
    "nothing": "pass",
    "arro3": "import arro3.core, arro3.io",
    "pyarrow's Parquet": "import pyarrow.parquet",
    "the same, one column made": "import pyarrow.parquet, pyarrow; pyarrow.array([1.0])",
}


def sealed(folder: Path, ticks: int) -> tuple[float, float]:
    """Milliseconds to seal a made-up run of so many ticks, and MiB of memory."""
    subprocess.run([PYTHON, _LEAVE, folder, str(ticks)], env=environment(), check=True)
    done = looked_at([PERFMON, "seal", folder])
    return 1e3 * done.seconds, done.peak_bytes / 2**20


def measure(folder: Path, effort: Effort) -> str:
    """Three tables: a row of a journal, the libraries that write Parquet, and levels of compression."""
    recorded = _record(folder, 100 if effort.is_quick else 1000)
    ticks = len(recorded["job"])
    return "\n".join(
        [
            plain_table(["a row of eight values", "us", "bytes"], _rows()),
            plain_table(["a Python with", "CPU ms", "peak MiB"], _libraries()),
            plain_table([f"{ticks} ticks, zstd level", "CPU ms", "bytes a tick"], _levels(recorded)),
        ]
    )


def _rows() -> Iterator[list[str]]:
    """A row as a journal has it, and as a batch of an Arrow stream, each in one write."""
    values = {f"value_{place}": 1234.5 * place for place in range(8)}
    fields = pa.schema([(name, pa.float64()) for name in values])
    with tempfile.TemporaryFile(buffering=0) as plain, tempfile.TemporaryFile(buffering=0) as arrow:
        stream = pa.ipc.new_stream(arrow, fields)
        yield ["a line of JSON", *_each(plain, lambda: plain.write(journal.encode_row("job", values)))]
        yield [
            "a batch of an Arrow stream",
            *_each(arrow, lambda: stream.write_batch(pa.RecordBatch.from_pylist([values], schema=fields))),
        ]


def _each(file: Any, write: Callable[[], object]) -> tuple[str, str]:
    write()
    begin, size = time.process_time(), os.fstat(file.fileno()).st_size
    for _ in range(_ROUNDS):
        write()
    seconds, written = time.process_time() - begin, os.fstat(file.fileno()).st_size - size
    return f"{1e6 * seconds / _ROUNDS:.1f}", f"{written / _ROUNDS:.0f}"


def _libraries() -> Iterator[list[str]]:
    for name, code in _LIBRARIES.items():
        loaded = cost(code)
        yield [name, f"{1e3 * loaded.cpu_seconds:.0f}", f"{loaded.peak_bytes / 2**20:.1f}"]


def _record(folder: Path, ticks: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of so many ticks and some more, by table."""
    code = f"import time; end = time.monotonic() + {ticks / 100}\nwhile time.monotonic() < end: pass"
    words: list[str | Path] = [PERFMON, "run", "--quiet", "--interval", "10ms", "--", PYTHON, "-c", code]
    subprocess.run(words, cwd=folder, env=environment(), check=True)
    (run,) = folder.glob("runs/*")
    return {table: pq.read_table(run / table).to_pylist() for table in _TABLES}


def _levels(recorded: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[list[str]]:
    """CPU time and size of all tables together, at each level of compression."""
    usual = parquet.COMPRESSION
    for level in _LEVELS:
        parquet.COMPRESSION = f"zstd({level})"
        begin, size = time.process_time(), 0
        for table, own in recorded.items():
            plain = [dict(row, time=row["time"].value) for row in own]
            size += len(parquet.encode(parquet.to_arrow(table, plain, {}, {}), {table: len(plain)}))
        seconds = time.process_time() - begin
        yield [f"{level}", f"{1e3 * seconds:.0f}", f"{size / len(recorded['job']):.1f}"]
    parquet.COMPRESSION = usual
