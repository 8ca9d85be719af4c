"""`perfmon verify`: sound only where a recording is whole, and what is missing told with its reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perfmon.store import journal, run_json, seal
from perfmon_analyze.verify.audit import Gap, audit
from tests.conftest import OnlyRun, Perfmon
from tests.reliability.conftest import Start, made, ticks
from tests.reliability.processes import facts, query, wait_for


def ended(runs: Path, *rows: tuple[str, journal.Row], sealed: bool = True, **known: Any) -> Path:
    """A run that ended well, with these rows."""
    folder = made(runs, *rows)
    end = {"state": "finished", "duration_seconds": 10.0, "sampler": {"cpu_seconds": 0.1, "peak_memory_bytes": 2**24}}
    run_json.write_facts(str(folder), facts(folder) | end | known)
    if sealed:
        seal.seal(str(folder))
    return folder


def grid(*missing: int) -> list[tuple[str, journal.Row]]:
    """The rows of eleven ticks, a second apart, but for those missing."""
    return ticks(*(float(second) for second in range(11) if second not in missing))


def event(kind: str, begin: float, end: float | None, detail: str) -> tuple[str, journal.Row]:
    """A row of table event."""
    about: journal.Row = {"kind": kind, "source": "sampler", "begin_t": begin, "end_t": end, "detail": detail}
    return "event", {"time": 0, "t": begin, **about}


def test_a_real_run_is_sound(perfmon: Perfmon, only_run: OnlyRun) -> None:
    """A recorded command is sound, and what the recorder cost stands beside it."""
    perfmon("run", "--interval", "100ms", "--", "sleep", "1")
    done = perfmon("verify", "--json", "runs")
    (told,) = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert (told["sound"], told["problems"], told["coverage"], told["gaps"]) == (True, [], 1.0, [])
    assert told["ticks"] > 5
    assert query(only_run(), "select count(distinct t) from job") == [(told["ticks"],)]
    assert 0 < told["cost"]["cpu_seconds"] < 1
    assert 2**20 < told["cost"]["peak_memory_bytes"] < 2**27
    assert 0 <= told["cost"]["late_seconds_median"] <= told["cost"]["late_seconds_max"] < 0.1
    assert perfmon("verify", "runs").stdout.startswith(f"{only_run().name}: sound\n  coverage   100 % of ticks, ")


def test_missing_ticks_and_their_reason(tmp_path: Path) -> None:
    """Each hole is told with its length, the ticks due in it, and what the recorder said about it."""
    rows = [*grid(3, 4, 8), event("missed", 3.0, 5.0, "the sampler was stopped")]
    found = audit(str(ended(tmp_path / "runs", *rows)))

    assert (found.ticks, found.ticks_due, found.coverage) == (8, 11, 8 / 11)
    assert found.gaps == [Gap(2.0, 5.0, 2, "the sampler was stopped"), Gap(7.0, 9.0, 1, "no reason is recorded")]
    assert found.problems == ["3 of 11 ticks are missing"]


def test_late_ticks_are_not_missing(tmp_path: Path) -> None:
    """A tick that was taken late counts for its own slot."""
    rows = grid()
    for _, row in rows:
        if row["t"] == 5.0:
            row["t"] = 5.7
            row["late_seconds"] = 0.7
    found = audit(str(ended(tmp_path / "runs", *rows)))

    assert (found.gaps, found.coverage, found.problems) == ([], 1.0, [])


def test_start_and_end_off_the_grid(tmp_path: Path) -> None:
    """The rows at the start and at the end lie between slots, and nothing is missing there."""
    found = audit(str(ended(tmp_path / "runs", *ticks(0.05, 0.4, 1.4, 2.4, 3.35), duration_seconds=3.5)))

    assert (found.ticks_due, found.gaps, found.problems) == (5, [], [])


def test_an_end_without_ticks(tmp_path: Path) -> None:
    """A run that went on for long after its last tick misses the rest."""
    found = audit(str(ended(tmp_path / "runs", *grid(), duration_seconds=70.5)))

    assert [(gap.begin_t, gap.end_t, gap.ticks) for gap in found.gaps] == [(10.0, 70.5, 60)]


@pytest.mark.parametrize("kind", ["error", "unwritten"])
def test_failures_are_problems(tmp_path: Path, kind: str) -> None:
    """A source that failed, or rows that could not be written, make a run unsound; it is told from when to when."""
    rows = [event(kind, 2.0, None, "why"), event(kind, 2.0, 4.0, "why")]
    found = audit(str(ended(tmp_path / "runs", *grid(), *rows)))

    assert found.problems == ["sampler failed from 2.0 s to 4.0 s: why"]


def test_notes_are_no_problems(tmp_path: Path) -> None:
    """A source that the machine does not have, and a process that lives on, do not make a run unsound."""
    rows = [event("absent", 0.0, None, "no GPU"), event("survivor", 9.0, None, "it lives on")]
    found = audit(str(ended(tmp_path / "runs", *grid(), *rows)))

    assert (found.problems, len(found.events)) == ([], 2)


def test_a_clock_that_was_set(tmp_path: Path) -> None:
    """A step of the wall clock is told with its size and its place."""
    rows = grid()
    for _, row in rows:
        if float(str(row["t"])) >= 6.0:
            row["time"] = int(str(row["time"])) - 3_600_000_000_000
    found = audit(str(ended(tmp_path / "runs", *rows)))

    assert found.jumps == [(6.0, -3600.0)]


def test_damage_is_counted_before_and_after_sealing(tmp_path: Path) -> None:
    """A torn journal is a problem, whether it is sealed already or not; its whole rows are recovered."""
    folder = ended(tmp_path / "runs", *grid(), sealed=False)
    (path,) = folder.glob("journal/*")
    path.write_bytes(path.read_bytes()[:-5])
    before = audit(str(folder))
    seal.seal(str(folder))
    after = audit(str(folder))

    assert (before.damaged_lines, after.damaged_lines) == (1, 1)
    assert (before.recovered_rows, after.recovered_rows) == (21, 0)
    assert "1 lines of its journals were torn or damaged" in before.problems
    assert "1 lines of its journals were torn or damaged" in after.problems


def content(path: Path) -> object:
    """The rows of a Parquet file, or that it cannot be read."""
    try:
        return pq.ParquetFile(path).read().to_pylist()
    except (OSError, pa.ArrowException) as error:
        return str(error)


def test_every_flipped_byte_is_found_or_harmless(tmp_path: Path) -> None:
    """A byte that changed inside a sealed file is a problem, unless the file still says the same."""
    folder = ended(tmp_path / "runs", *grid())
    (path,) = folder.glob("job/*")
    whole = path.read_bytes()
    rows = content(path)
    unnoticed = []
    for position in range(0, len(whole), 17):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        if content(path) != rows and not audit(str(folder)).problems:
            unnoticed.append(position)

    assert unnoticed == []


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"interval_seconds": "x", "state": 7, "sampler": []}'])
def test_run_json_that_is_none(tmp_path: Path, broken: str) -> None:
    """A run.json that is cut off or nonsense is a problem, and the rest is still looked at."""
    folder = ended(tmp_path / "runs", *grid())
    (folder / "run.json").write_text(broken)
    found = audit(str(folder))

    assert found.ticks == 11
    assert found.problems


@pytest.mark.parametrize("broken", [None, "{}"])
def test_a_run_without_its_facts_is_not_sound(perfmon: Perfmon, tmp_path: Path, broken: str | None) -> None:
    """It is no run any more, but it is not passed over in silence, by `seal` and `plot` neither."""
    ended(tmp_path / "runs", *grid())
    lost = ended(tmp_path / "runs", *grid())
    (lost / "run.json").unlink()
    if broken is not None:
        (lost / "run.json").write_text(broken)
    done = [perfmon(*words) for words in (("verify", "runs"), ("seal", "runs"), ("ls",), ("plot", "runs"))]

    assert [one.returncode for one in done] == [1, 1, 0, 0]
    for one in done:
        assert f"runs/{lost.name} looks like a run, but has no run.json that can be read: it is left out" in one.stderr
    assert perfmon("rm", "--yes", "--force", f"runs/{lost.name}").returncode == 1
    assert list(lost.glob("job/*.parquet"))


def test_a_run_whose_recorder_died(perfmon: Perfmon, tmp_path: Path) -> None:
    """It is not sound, neither before nor after it is sealed, and it says why."""
    made(tmp_path / "runs", *grid())
    before = perfmon("verify", "runs")
    perfmon("seal", "runs")
    after = perfmon("verify", "runs")

    assert (before.returncode, after.returncode) == (1, 1)
    assert "problem    its recorder died; `perfmon seal` ends it\n" in before.stdout
    assert "recovered  22 rows are not sealed yet, and are read from their journals\n" in before.stdout
    assert "problem    its recorder was lost after 10.0 s\n" in after.stdout


def test_a_run_that_goes_on(perfmon: Perfmon, recorder: Start, tmp_path: Path) -> None:
    """A run is not sound before its end, and is not said to have lost its recorder."""
    process = recorder("--interval", "20ms", "--", "sleep", "30")
    wait_for(lambda: list(tmp_path.glob("runs/*/journal/*")))
    done = perfmon("verify", "runs")
    process.terminate()
    process.communicate()

    assert done.returncode == 1
    assert "problem    it is still being recorded\n" in done.stdout
    assert "perfmon seal" not in done.stdout


def test_no_runs(perfmon: Perfmon, tmp_path: Path) -> None:
    """A folder without runs is one line and no success."""
    os.mkdir(tmp_path / "empty")
    done = perfmon("verify", "empty")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "perfmon verify: no runs in 'empty'; `perfmon run` records one\n"
