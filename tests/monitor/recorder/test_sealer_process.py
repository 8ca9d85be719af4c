"""The process that seals gets ready early, and seals when it is told to."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from perfmon.recorder.sealer_process import Sealer
from perfmon.store import journal, layout, run_json
from tests.reliability.processes import wait_for


def left(folder: Path, rows: int = 1) -> Path:
    """A run with so many rows in its journal."""
    (folder / layout.JOURNAL).mkdir()
    run_json.write_facts(str(folder), {"format": 1, "run": "r1", "perfmon_version": "1"})
    writer = journal.Journal(layout.journal_path(str(folder), "h-1-00000000-0001"), {"run": "r1"})
    writer.append([("job", {"t": float(row), "rss_bytes": row}) for row in range(rows)])
    writer.close()
    return folder


def sealed(folder: Path) -> list[Path]:
    """The Parquet files of a run."""
    return list(folder.glob("*/*.parquet"))


def test_it_seals_what_is_there_when_it_is_told_to(tmp_path: Path) -> None:
    """What was written after it was started is sealed as well."""
    (tmp_path / "run").mkdir()
    sealer = Sealer(str(tmp_path / "run"))
    folder = left(tmp_path / "run")
    assert not sealer.is_done
    sealer.go()

    assert sealer.problem() is None
    assert len(sealed(folder)) == 1
    assert not (folder / layout.JOURNAL).exists()


def test_it_ends_with_a_recorder_that_died(tmp_path: Path) -> None:
    """Nobody tells it any more: the run is not at its end, and is left for `perfmon seal`."""
    folder = left(tmp_path)
    script = f"import os; from perfmon.recorder.sealer_process import Sealer; Sealer({str(folder)!r}); os._exit(0)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True)

    assert done.stdout + done.stderr == ""  # it held both open: it is over when they are closed
    assert sealed(folder) == []
    assert len(list((folder / layout.JOURNAL).iterdir())) == 1


def test_two_at_once(tmp_path: Path) -> None:
    """One that has to wait for another finds everything done, and has nothing to complain of."""
    folder = left(tmp_path)
    lock = os.open(folder / layout.JOURNAL, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    sealer = Sealer(str(folder))
    sealer.go()
    waiting = f"FLOCK  ADVISORY  WRITE {sealer.pid} "
    wait_for(lambda: any("->" in line and waiting in line for line in Path("/proc/locks").read_text().splitlines()))
    shutil.rmtree(folder / layout.JOURNAL)
    os.close(lock)

    assert sealer.problem() is None


def test_one_that_was_killed_is_a_problem(tmp_path: Path) -> None:
    """To tell it is no error, and its status says what went wrong."""
    sealer = Sealer(str(left(tmp_path)))
    os.kill(sealer.pid, signal.SIGKILL)
    os.waitid(os.P_PID, sealer.pid, os.WEXITED | os.WNOWAIT)
    sealer.go()

    assert sealer.problem() == f"the sealing process ended with status -{signal.SIGKILL.value}"


@pytest.mark.parametrize(("rows", "compression"), [(1, "UNCOMPRESSED"), (3, "UNCOMPRESSED"), (4, "ZSTD")])
def test_few_rows_are_not_compressed(tmp_path: Path, rows: int, compression: str) -> None:
    """They would take more room compressed, and twice the time."""
    sealer = Sealer(str(left(tmp_path, rows)))
    sealer.go()
    assert sealer.problem() is None
    (path,) = sealed(tmp_path)
    group = pq.read_metadata(path).row_group(0)

    assert {group.column(number).compression for number in range(group.num_columns)} == {compression}


def test_rubbish_is_collected_while_a_run_is_recorded(tmp_path: Path) -> None:
    """Nothing is collected until the command runs; from then on everybody collects, but not what is there for good."""
    script = (
        "import gc; from perfmon.recorder import recorder; from perfmon.supervisor import supervisor\n"
        "def told(kind, name):\n"
        "    def called(self, *words, was=getattr(kind, name), **more):\n"
        "        with open('told', 'a') as file:\n"
        "            print(name, gc.isenabled(), gc.get_freeze_count() > 1000, file=file)\n"
        "        return was(self, *words, **more)\n"
        "    setattr(kind, name, called)\n"
        "told(recorder.Recorder, 'record'); told(supervisor.Supervisor, 'reap')\n"
        "from perfmon.commands import main; main(['run', '--quiet', '--', 'true'])"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)

    assert set((tmp_path / "told").read_text().splitlines()) == {"record True True", "reap True True"}
