"""Faults while a real command is recorded: recording goes on with what is left, and the data says what is missing."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from perfmon.store import recover
from perfmon_analyze.verify.audit import audit
from tests.reliability.conftest import Start
from tests.reliability.processes import begun, facts, lives, query, recorded, unsealed, wait_for

# Patience and back-off of seconds, so that a test need not wait for the real ones.
IMPATIENT = (
    "patch('perfmon.recorder.isolated_collector.PATIENCE_SECONDS', 0.5)\n"
    "patch('perfmon.recorder.isolated_collector._BACK_OFF_SECONDS', (0.3,))"
)


def grid(runs: Path) -> tuple[int, float]:
    """How many ticks the job was sampled at, and the longest time between two of them."""
    ((count, longest),) = query(
        runs, "select count(*), max(d) from (select t - lag(t) over (order by t) as d from job)"
    )
    assert isinstance(count, int)
    assert isinstance(longest, float)
    return count, longest


def helpers(run: Path) -> list[int]:
    """The processes that a run's recorder started beside the job, which is `sleep`."""
    recorder = facts(run)["recorder"]["pid"]
    children = Path(f"/proc/{recorder}/task/{recorder}/children").read_text().split()
    return sorted(int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text() != "sleep\n")


def test_a_source_that_hangs(recorder: Start, tmp_path: Path) -> None:
    """A stopped helper costs its own rows: the CPU keeps its grid, an event tells, and the source is tried again."""
    process = recorder("--interval", "50ms", "--", "sleep", "3", change=IMPATIENT)
    run = begun(tmp_path)
    wait_for(lambda: b'"folder"' in b"".join(path.read_bytes() for path in run.glob("journal/*")))
    wait_for(lambda: len(helpers(run)) >= 2)  # the disk's comes later than the folders'
    stopped = helpers(run)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    stopped_at = time.monotonic() - facts(run)["begin_monotonic"]
    process.communicate()
    count, longest = grid(run)
    told = query(
        run, "select begin_t, end_t, reason from event where kind = 'error' and source = 'folder' and end_t > 0"
    )
    again = query(run, f"select count(*) > 0 from folder where t > {stopped_at + 0.5}")

    assert count >= 55
    assert longest < 0.2
    assert [reason for _, _, reason in told] == ["timeout"]
    assert again == [(True,)]
    assert [pid for pid in stopped if lives(pid)] == []


def test_a_source_that_is_a_little_slow(recorder: Start, tmp_path: Path) -> None:
    """It answers every tick, and what it says is in the file system at once, not only with the next tick."""
    change = (
        "import time\nfrom perfmon.collectors.folder import Folder\ncollect = Folder.collect\n"
        "def slow(self, tick): time.sleep(0.015); return collect(self, tick)\n"
        "patch('perfmon.collectors.folder.Folder.collect', slow)"
    )
    process = recorder("--", "sleep", "4.3", change=change)
    run = begun(tmp_path)
    begin, delays = facts(run)["begin_monotonic"], dict[float, float]()
    while process.poll() is None:
        for t in [float(str(row["t"])) for row in unsealed(run, "folder")]:
            delays.setdefault(t, time.monotonic() - begin - t)
        time.sleep(0.01)
    process.communicate()
    ticks, answered = query(run, "select (select count(*) from host), (select count(*) from folder)")[0]

    assert answered in (ticks, int(str(ticks)) - 1)  # the first slot may come too soon after the start
    assert len(delays) >= 4
    assert max(delays.values()) < 0.4


def test_a_source_that_raises(recorder: Start, tmp_path: Path) -> None:
    """An exception in a source becomes one event with its words, and every other table is whole."""
    change = (
        "def collect(self, tick): raise RuntimeError('the sensor is on fire')\n"
        "patch('perfmon.collectors.host.Host.collect', collect)"
    )
    recorder("--interval", "50ms", "--", "sleep", "0.5", change=change).communicate()
    (run,) = tmp_path.glob("runs/*")

    assert query(run, "select source, detail, end_t >= 0.5 from event where kind = 'error' and end_t > 0") == [
        ("host", "RuntimeError: the sensor is on fire", True)
    ]
    assert not (run / "host").exists()
    sampler = facts(run)["sampler"]
    assert grid(run)[0] == sampler["ticks"]
    assert sampler["ticks"] + sampler["ticks_missed"] >= 10


def test_a_helper_that_cannot_be_forked(recorder: Start, tmp_path: Path) -> None:
    """No process to be had for a while costs that source's rows, with an event; the others keep their grid."""
    change = (  # the supervisor forks three; what its recorder forks next is refused
        "import errno, os\nfork, made = os.fork, []\n"
        "def refused():\n"
        "    made.append(1)\n"
        "    if len(made) in (4, 5): raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))\n"
        "    return fork()\n"
        "patch('os.fork', refused)"
    )
    process = recorder("--interval", "50ms", "--", "sleep", "3", change=change)
    _, errors = process.communicate()
    (run,) = tmp_path.glob("runs/*")
    told = query(run, "select source, reason, detail from event where kind = 'error' and end_t > 0 order by t")
    detail = "its process cannot be started: Resource temporarily unavailable"

    assert (process.returncode, errors) == (0, "")
    assert facts(run)["state"] == "finished"
    assert ("folder", "error", detail) in told
    assert grid(run)[0] >= 55
    assert query(run, "select count(*) > 10 from folder where t > 1.2") == [(True,)]


def test_a_recorder_that_is_stopped_for_a_second(recorder: Start, tmp_path: Path) -> None:
    """Ticks that were missed are counted and told with the time that they cover; they are not made up for."""
    process = recorder("--interval", "50ms", "--", "sleep", "2")
    run = begun(tmp_path)
    wait_for(lambda: recorded(run) > 5_000)
    os.kill(pid := facts(run)["recorder"]["pid"], signal.SIGSTOP)
    begin = time.monotonic() - facts(run)["begin_monotonic"]
    time.sleep(1.0)
    end = time.monotonic() - facts(run)["begin_monotonic"]
    os.kill(pid, signal.SIGCONT)
    process.communicate()
    longest = query(
        run,
        "select begin_t, end_t, cast(split(detail, ' ')[1] as int) from event where kind = 'missed'"
        " order by end_t - begin_t",
    )[-1]
    bunched = query(run, "select count(*) from (select t - lag(t) over (order by t) as d from job) where d < 0.002")

    assert longest[0] == pytest.approx(begin, abs=0.15)
    assert longest[1] == pytest.approx(end, abs=0.15)
    assert longest[2] in (18, 19, 20, 21)
    assert facts(run)["sampler"]["ticks_missed"] >= 18
    assert bunched in ([(0,)], [(1,)])  # the last row may come close after a tick


def test_a_recorder_that_hangs(recorder: Start, tmp_path: Path) -> None:
    """A recorder stuck for good, on a dead mount say, holds up neither signals nor the exit status, and one line tells.

    What it had recorded is there.
    """
    job = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True)"
    process = recorder("--interval", "20ms", "--", sys.executable, "-c", job + "; signal.pause()")
    run = begun(tmp_path)
    wait_for(lambda: recorded(run) > 20_000)
    os.kill(pid := facts(run)["recorder"]["pid"], signal.SIGSTOP)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    recover.recover(str(run))

    assert process.returncode == 7
    assert "takes nothing in" in errors
    assert not lives(pid)
    assert grid(run)[0] > 5


def test_a_recorder_that_dies(recorder: Start, tmp_path: Path) -> None:
    """The command goes on without its recorder, signals and exit status included; one line tells."""
    job = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True)"
    process = recorder("--interval", "20ms", "--", sys.executable, "-c", job + "; signal.pause()")
    run = begun(tmp_path)
    wait_for(lambda: recorded(run) > 20_000)
    os.kill(facts(run)["recorder"]["pid"], signal.SIGKILL)
    wait_for(lambda: not lives(facts(run)["recorder"]["pid"]))
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    recover.recover(str(run))

    assert process.returncode == 7
    assert errors.count("recording stopped: the recorder died") == 1
    assert grid(run)[0] > 5


def test_a_clock_that_is_set(recorder: Start, tmp_path: Path) -> None:
    """A wall clock that jumps an hour ahead and back moves `time` only; each step is an event, no tick is missed."""
    change = (
        "import time, perfmon.store.run_clock as run_clock\n"
        "begin, real = time.monotonic(), time.time_ns\n"
        "def wall(): return real() + (3600 * 10**9 if 0.6 < time.monotonic() - begin < 1.2 else 0)\n"
        "def clock(facts): return run_clock.Clock(float(facts['begin_monotonic']), wall=wall)\n"
        "patch('perfmon.store.run_clock.of_run', clock)"
    )
    recorder("--interval", "50ms", "--", "sleep", "1.8", change=change).communicate()
    (run,) = tmp_path.glob("runs/*")
    steps = query(run, "select detail from event where kind = 'clock' order by t")

    assert [round(float(str(detail).split()[-2])) for (detail,) in steps] == [3600, -3600]
    assert grid(run)[0] >= 34
    assert grid(run)[1] < 0.3
    assert [round(jump.seconds) for jump in audit(str(run)).jumps] == [3600, -3600]


def test_a_watched_folder_that_disappears_and_comes_back(recorder: Start, tmp_path: Path) -> None:
    """While it is gone there are no rows and one event says why; once it is back there are rows again."""
    watched = tmp_path / "watched"
    watched.mkdir()
    script = "sleep 0.5; rmdir watched; sleep 0.7; mkdir watched; sleep 0.7"
    recorder("--interval", "50ms", "--disk", "watched", "--", "sh", "-c", script).communicate()
    (run,) = tmp_path.glob("runs/*")
    told = query(run, "select entity, reason, end_t - begin_t from event where source = 'folder' and end_t is not null")
    gap = query(run, "select max(d) from (select t - lag(t) over (order by t) as d from folder)")

    assert [(entity, reason) for entity, reason, _ in told] == [(str(watched), "not_found")]
    assert float(str(told[0][2])) == pytest.approx(0.7, abs=0.25)
    assert float(str(gap[0][0])) == pytest.approx(0.75, abs=0.3)


def test_a_folder_of_a_hundred_thousand_files(recorder: Start, tmp_path: Path) -> None:
    """Its scans are paced, so that they take little of a CPU, and the CPU's rows keep their grid meanwhile."""
    watched = tmp_path / "watched"
    watched.mkdir()
    folder = os.open(watched, os.O_RDONLY)
    for number in range(100_000):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    recorder("--interval", "50ms", "--disk", str(watched), "--", "sleep", "3").communicate()
    (run,) = tmp_path.glob("runs/*")
    scans = query(run, "select count(*), min(files), max(files) from folder")[0]
    paced = query(
        run, "select sum(duration_seconds) from sampler where source = 'folder' and t < (select max(t) from sampler)"
    )[0][0]

    assert scans in [(number, 100_000, 100_000) for number in (1, 2, 3)]
    assert (
        float(str(paced)) < 0.6
    )  # 0.1 at once and 1 % after that, and what a busy machine adds; the last is not paced
    assert grid(run)[0] >= 50


def test_links_that_loop_and_names_that_are_not_utf8(recorder: Start, tmp_path: Path) -> None:
    """Links are not followed, and a folder whose name no encoding fits is recorded as any other."""
    watched = tmp_path / os.fsdecode(b"\xff\xfe watched")
    (watched / "deep").mkdir(parents=True)
    (watched / "deep" / "loop").symlink_to(watched)
    (watched / "itself").symlink_to("itself")
    (watched / os.fsdecode(b"\xfd")).write_bytes(b"x")
    process = recorder(
        "--interval", "50ms", "--disk", str(watched), "--", "sh", "-c", "sleep 0.3", os.fsdecode(b"\xfc")
    )
    _, errors = process.communicate()
    (run,) = tmp_path.glob("runs/*")

    assert (process.returncode, errors) == (0, "")
    assert query(run, "select distinct files, path like '%?? watched' from folder") == [(3, True)]
    assert facts(run)["state"] == "finished"


def test_the_helpers_of_a_killed_recorder_end(recorder: Start, tmp_path: Path) -> None:
    """Even a helper that is stuck does not outlive its recorder, and the job lives on."""
    process = recorder("--interval", "50ms", "--", "sleep", "1.5")
    run = begun(tmp_path)
    wait_for(lambda: b'"folder"' in b"".join(path.read_bytes() for path in run.glob("journal/*")))
    stuck = helpers(run)
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    process.kill()
    process.wait()

    wait_for(lambda: not any(lives(pid) for pid in stuck), seconds=1.0)
    process.communicate()
