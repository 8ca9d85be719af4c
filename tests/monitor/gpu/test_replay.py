"""A recorded trace in place of a GPU."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perfmon.collector import Absent, Tick
from perfmon.gpu.replay import Replay
from tests.conftest import OnlyRun, Perfmon

if TYPE_CHECKING:
    from perfmon.store.journal import Row


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Three seconds of two GPUs; the energy of the first rises by 250 J."""
    path = tmp_path / "trace.parquet"
    table = pa.table(
        {
            "uuid": pa.array(["GPU-a", "GPU-b"] * 3).dictionary_encode(),  # as the recorder writes it
            "t": [10.0, 10.0, 11.0, 11.0, 12.5, 12.5],
            "busy_ratio": [0.1, 0.9, 0.2, None, 0.3, 0.7],
            "energy_joules": [1000.0, 5.0, 1100.0, 5.0, 1250.0, 5.0],
            "unheard_of": [1] * 6,
        }
    )
    pq.write_table(table, path)
    return path


def rows_at(trace: Path, seconds: float) -> list[Row]:
    """What is replayed so long after the run's start."""
    replay = Replay(str(trace), begin_time=100.0, wall=lambda: 100.0 + seconds)
    replay.open()
    return [row for _, row in replay.collect(Tick()).rows]


@pytest.mark.parametrize(
    ("seconds", "busy", "energy"), [(0, 0.1, 1000), (0.9, 0.1, 1000), (1.0, 0.2, 1100), (2.4, 0.2, 1100)]
)
def test_the_latest_row_holds(trace: Path, seconds: float, busy: float, energy: float) -> None:
    """A trace's row stands until its next one; columns that table gpu does not know are left out."""
    first, _ = rows_at(trace, seconds)

    assert first == {"uuid": "GPU-a", "busy_ratio": busy, "energy_joules": energy}


def test_it_begins_anew_and_counters_rise(trace: Path) -> None:
    """A run that is longer than the trace has the trace again; a counter does not fall back."""
    laps = [rows_at(trace, seconds)[0] for seconds in (2.5, 3.5, 6.0)]

    assert [row["busy_ratio"] for row in laps] == [0.1, 0.2, 0.2]
    assert [row["energy_joules"] for row in laps] == [1250, 1350, 1600]


def test_null_stays_null(trace: Path) -> None:
    """What the trace does not know is not known."""
    assert [rows_at(trace, seconds)[1]["busy_ratio"] for seconds in (0, 1)] == [0.9, None]


@pytest.mark.parametrize("content", [None, b"PAR1 is what Parquet begins with", b""])
def test_what_is_no_trace(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not there, or not a trace, is named in the reason for which there are no rows."""
    path = tmp_path / "trace.parquet"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Absent, match=r"PERFMON_NVML_REPLAY=.*trace\.parquet: "):
        Replay(str(path), begin_time=0.0).open()


SCENARIO = """
    # two GPUs, of which the first works for 1 s of every 2
    gpu * total 80e9
    gpu 0 busy 0
    every 2 for 1 gpu 0 busy 90
    gpu 0 used 1e9
    at 2 until 4 gpu 0 used 5e9
    gpu 0 power 100
    gpu 0 process $job 4e9
    gpu 0 process 4242 1e9
    gpu 1 uuid GPU-b
"""


def scenario_rows(tmp_path: Path, text: str, *seconds: float) -> list[list[Row]]:
    """What a scenario plays at these times."""
    path = tmp_path / "scenario"
    path.write_text(text)
    now = iter(seconds)
    replay = Replay(str(path), begin_time=0.0, wall=lambda: next(now))
    replay.open()
    return [[row for _, row in replay.collect(Tick()).rows] for _ in seconds]


def test_a_scenario_is_played(tmp_path: Path) -> None:
    """Levels hold from their time on, and of utilization all samples since the last tick count."""
    ticks = scenario_rows(tmp_path, SCENARIO, 0, 2, 3.5, 4)
    first = [tick[0] for tick in ticks]

    assert [row["vram_used_bytes"] for row in first] == [1e9, 5e9, 5e9, 1e9]
    assert [(row["busy_ratio"], row["busy_samples"]) for row in first] == [(0.9, 0), (0.45, 12), (0.6, 9), (0, 3)]
    assert [row["energy_joules"] for row in first] == pytest.approx([0, 200, 350, 400])
    assert (first[0]["vram_job_bytes"], first[0]["job_processes"], first[0]["processes"]) == (4e9, 1, 2)


def test_what_a_scenario_does_not_tell_is_null(tmp_path: Path) -> None:
    """A GPU of which little is said has nulls, and a name of its own."""
    ((_, second),) = scenario_rows(tmp_path, SCENARIO, 1)

    told = {column: value for column, value in second.items() if value is not None}
    assert told == {"uuid": "GPU-b", "index": 1, "name": "scenario", "vram_total_bytes": 80e9}


@pytest.mark.parametrize("line", ["gpu 0 busy", "gpu 0 busy much", "gpu 0 hang * 3", "system gpus 2", "gpu x busy 1"])
def test_a_line_that_is_no_statement(tmp_path: Path, line: str) -> None:
    """It is named with its number, and nothing is played."""
    with pytest.raises(Absent, match=r"line 2 of the scenario: .*" + re.escape(line)):
        scenario_rows(tmp_path, "gpu 0 busy 1\n" + line, 0)


def test_a_run_says_that_it_is_replayed(trace: Path, perfmon: Perfmon, only_run: OnlyRun) -> None:
    """A whole run with a replayed GPU has its rows, and neither run.json nor Parquet calls them measured."""
    done = perfmon("run", "--interval", "100ms", "--", "sleep", "1.5", PERFMON_NVML_REPLAY=str(trace))
    (file,) = (only_run() / "gpu").iterdir()
    table = pq.read_table(file)
    facts = json.loads((only_run() / "run.json").read_text())

    assert done.returncode == 0
    assert set(table.column("busy_ratio").to_pylist()) >= {0.1, 0.9}
    assert (facts["origin"], facts["hardware"]["gpus_replayed_from"]) == ("replayed", str(trace))
    assert table.schema.metadata[b"perfmon.origin"] == b"replayed"
