"""`perfmon seal` on runs whose recorder died, and on those that it must leave alone."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import signal
from pathlib import Path

import pytest

from perfmon.store import journal, run_json
from perfmon.store.run_folder import RunFolder
from tests.conftest import Perfmon, tables
from tests.reliability.conftest import Start, add_journal, made, ticks
from tests.reliability.processes import facts, wait_for


def test_a_run_whose_recorder_died(perfmon: Perfmon, recorder: Start, tmp_path: Path) -> None:
    """After kill -9 of the recorder, sealing makes Parquet of all it wrote, and says in run.json that it was lost."""
    process = recorder("--interval", "20ms", "--", "sleep", "2")
    (folder,) = wait_for(lambda: list(tmp_path.glob("runs/*")))
    wait_for(lambda: any(path.stat().st_size > 20_000 for path in folder.glob("journal/*")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = facts(folder)
    done = perfmon("seal", "runs")
    last, rows = tables(folder).execute("select max(t), count(*) from job").fetchall()[0]
    known = facts(folder)

    assert (before["state"], done.returncode, done.stderr) == ("running", 0, "")
    assert done.stdout.startswith(f"runs/{folder.name}: 1 journal sealed, its recorder was lost after ")
    assert (known["state"], known["exit_status"]) == ("lost", None)
    assert rows > 5
    assert known["duration_seconds"] == pytest.approx(last, abs=0.05)
    assert known["end_time"] > known["begin_time"]
    assert not (folder / "journal").exists()


def test_a_run_that_is_being_recorded_is_left_alone(perfmon: Perfmon, recorder: Start, tmp_path: Path) -> None:
    """Sealing does not touch a living run, and says so."""
    process = recorder("--interval", "20ms", "--", "sleep", "30")
    (folder,) = wait_for(lambda: list(tmp_path.glob("runs/*/journal/*")))
    done = perfmon("seal", "runs")
    process.send_signal(signal.SIGTERM)
    process.communicate()

    assert done.returncode == 1
    assert done.stderr == f"perfmon seal: runs/{folder.parent.parent.name} is left alone: it is still being recorded\n"
    assert facts(folder.parent.parent)["state"] != "lost"


def test_a_run_of_another_machine_needs_force(perfmon: Perfmon, tmp_path: Path) -> None:
    """Whether another machine still records a run can't be seen from here: only --force seals it."""
    folder = made(tmp_path / "runs", *ticks(0.0, 1.0))
    run_json.write_facts(str(folder), facts(folder) | {"host": "elsewhere", "boot_id": "another"})
    refused, forced = perfmon("seal", "runs"), perfmon("seal", "--force", "runs")

    assert refused.returncode == 1
    assert "whether elsewhere still records it can't be seen from here" in refused.stderr
    assert (forced.returncode, facts(folder)["state"]) == (0, "lost")


def test_torn_lines_become_an_event(perfmon: Perfmon, tmp_path: Path) -> None:
    """What was damaged is counted in the data itself, with the time up to which it is whole."""
    folder = made(tmp_path / "runs", *ticks(0.0, 1.0, 2.0))
    (path,) = folder.glob("journal/*")
    path.write_bytes(path.read_bytes()[:-30])
    done = perfmon("seal", str(folder))
    told = tables(folder).execute("select t, source, entity, detail from event where kind = 'torn'").fetchall()

    assert "1 damaged line lost" in done.stdout
    assert told == [(2.0, "journal", path.stem, "1 lines were torn or damaged, and what they held is lost")]


def test_labels_come_from_run_json_where_their_line_is_torn(perfmon: Perfmon, tmp_path: Path) -> None:
    """A journal that lost its first line keeps its rows, and they keep their labels."""
    folder = made(tmp_path / "runs", *ticks(0.0), model="m")
    (path,) = folder.glob("journal/*")
    path.write_bytes(b"x" + path.read_bytes())
    perfmon("seal", str(folder))

    assert tables(folder).execute("select run, stage, model from job").fetchall() == [(folder.name, "s", "m")]


def test_a_journal_that_somebody_holds(perfmon: Perfmon, tmp_path: Path) -> None:
    """A process of the job that outlived the recorder keeps its journal; the rest is sealed, and it is told."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    held = journal.Journal(str(folder / "journal" / "h-2-00000000-0001.jsonl"), {})
    done = perfmon("seal", "runs")
    held.close()

    assert done.returncode == 1
    assert "1 journal still being written, by the run's processes" in done.stderr
    assert os.listdir(folder / "journal") == ["h-2-00000000-0001.jsonl"]


def test_temporary_files_of_the_dead_go(perfmon: Perfmon, tmp_path: Path) -> None:
    """What a sealer or a recorder left half written when it was killed is removed."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    (folder / "job").mkdir()
    (folder / "job" / "h-1-00000000-0001.parquet.77.tmp").write_bytes(b"PAR1 half")
    (folder / "run.json.77-0123abcd.tmp").write_bytes(b'{\n "format": 1,\n "ru')
    perfmon("seal", "runs")

    assert list(tmp_path.rglob("*.tmp")) == []


def test_one_bad_run_does_not_keep_the_others(perfmon: Perfmon, tmp_path: Path) -> None:
    """A run that cannot be sealed is told with its reason, and the next one is sealed."""
    bad, good = made(tmp_path / "runs", *ticks(0.0)), made(tmp_path / "runs", *ticks(0.0))
    (bad / "run.json").write_text("[" * 100_000)
    done = perfmon("seal", "runs")

    assert done.returncode == 1
    assert (
        done.stderr == f"perfmon seal: runs/{bad.name} is not sealed: runs/{bad.name}/run.json is nested too deeply\n"
    )
    assert json.loads((good / "run.json").read_text())["state"] == "lost"


def test_no_runs(perfmon: Perfmon) -> None:
    """A folder that is not there is one clear line."""
    done = perfmon("seal", "nowhere")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "there is no folder 'nowhere'" in done.stderr


def test_a_journal_is_not_sealed_away_under_its_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sealer that finds a journal between its making and its locking costs no row: it is made again."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    path = folder / "journal" / "h-9-00000000-0001.jsonl"
    lock, calls = fcntl.flock, itertools.count()

    def remove_first(fd: int, how: int) -> None:
        if next(calls) == 0:
            path.unlink()
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    writer = journal.Journal(str(path), {})
    writer.append([("job", {"t": 1.0})])
    writer.close()

    assert journal.read(str(path)).rows == {"job": [{"t": 1.0}]}


def test_a_second_journal_of_the_same_run(perfmon: Perfmon, tmp_path: Path) -> None:
    """All journals of a run are sealed, each to its own segment."""
    folder = made(tmp_path / "runs", *ticks(0.0))
    add_journal(RunFolder(str(folder), facts(folder)), *ticks(1.0), number=2)
    perfmon("seal", "runs")

    assert tables(folder).execute("select count(*) from job").fetchall() == [(2,)]
