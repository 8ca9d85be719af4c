"""Kills recordings at random moments and looks at what is left; `python -m tests.reliability.kills` prints it."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

import perfmon_analyze
from perfmon.store import layout, recover
from tests.conftest import PERFMON
from tests.reliability.processes import MARK, facts, lives, marked, wait_for

RECORDERS, VICTIMS = ("perfmon run", "in code"), ("monitor", "job", "both")
SIDE_BY_SIDE = 4
INTERVALS = (0.01, 0.02, 0.05)
JOB_SECONDS = 0.9
_WATCHED_SECONDS = 0.1  # before the kill, in which the recorder's waiting for a CPU is counted

_forking = threading.Lock()  # a fork while a thread seals would hold the locks of its journals for a moment

# The job writes down its pid, and then every few milliseconds what time it is.
_BEAT = """
import os, struct, sys, time
beats = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def beat():
    os.write(beats, struct.pack("d", time.monotonic()))
os.write(beats, struct.pack("d", os.getpid()))
end = time.monotonic() + float(sys.argv[2])
"""
_COMMAND = _BEAT + "while time.monotonic() < end: beat(); time.sleep(0.003)"
_PIPELINE = (
    _BEAT
    + """
import perfmon
with perfmon.record(stage="kill", interval=float(sys.argv[3]), folders=["watched"]) as run:
    step = 0
    while time.monotonic() < end:
        run.log(step=step, beat=time.monotonic()); beat(); step += 1; time.sleep(0.003)
"""
)


class Plan(NamedTuple):
    """One recording and its end: who records, who is killed, at which interval, how long after the job's start."""

    recorder: str
    victim: str
    interval: float
    after: float


@dataclass
class Scene:
    """A recording that is running, in a folder of its own."""

    plan: Plan
    folder: Path
    mark: str
    process: subprocess.Popen[bytes]

    @property
    def run(self) -> Path | None:
        """The run folder, if it has been made, with its run.json."""
        return next((path.parent for path in self.folder.glob("runs/*/run.json")), None)

    def beats(self) -> list[float]:
        """The job's pid, and the times that it wrote down; empty before it has started."""
        try:
            data = (self.folder / "beats").read_bytes()
        except FileNotFoundError:
            return []
        return [beat for (beat,) in struct.iter_unpack("d", data[: len(data) // 8 * 8])]

    def monitor(self) -> int | None:
        """The recorder's pid, once it is known."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            pid = facts(self.run)["recorder"]["pid"] if self.run else None
            return pid if pid != self.process.pid else None
        return None


class Kill(NamedTuple):
    """When it was, how long the recorder could not run just before, and what it was doing (a letter of proc(5)).

    It could not run while it was ready and had no CPU.
    """

    at: float
    waited_seconds: float
    state: str


class Left(NamedTuple):
    """What a kill left behind.

    `lost_seconds` lie between the last tick, or the run's start, and the kill; None if the recorder was not killed, or
    had ended. `problems` is what must not be.
    """

    plan: Plan
    ticks: int
    lost_seconds: float | None
    kill: Kill
    problems: tuple[str, ...]

    @property
    def lost_intervals(self) -> float:
        """The loss in intervals, without the time in which the recorder was ready to run but had no CPU."""
        return max(0.0, (self.lost_seconds or 0.0) - self.kill.waited_seconds) / self.plan.interval


def plans(kills: int, seed: int) -> Iterator[Plan]:
    """So many kills, every recorder and victim in turn."""
    chance = random.Random(seed)
    for number in range(kills):
        recorder, victim = RECORDERS[number % 2], VICTIMS[number // 2 % 3]
        yield Plan(recorder, victim, chance.choice(INTERVALS), chance.uniform(0.0, 1.2 * JOB_SECONDS))


def start(plan: Plan, folder: Path) -> Scene:
    """Start a recording."""
    (folder / "watched").mkdir(parents=True)
    mark = os.urandom(8).hex()
    job = [sys.executable, "-c", _COMMAND, "beats", str(JOB_SECONDS)]
    words = [PERFMON, "run", "--quiet", "--interval", f"{plan.interval}", "--disk", "watched", "--", *job]
    if plan.recorder == "in code":
        words = [sys.executable, "-c", _PIPELINE, "beats", str(JOB_SECONDS), str(plan.interval)]
    given = {name: value for name, value in os.environ.items() if not name.startswith("PERFMON_")}
    with _forking, (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(words, cwd=folder, env=given | {MARK: mark}, stdout=errors, stderr=errors)
    return Scene(plan, folder, mark, process)


def kill(scene: Scene, seen: set[int]) -> Kill:
    """Kill the victim at its time, and note whom that may end."""
    wait_for(lambda: scene.beats() or scene.process.poll() is not None)
    assert scene.beats(), (scene.folder / "errors").read_text()
    time.sleep(scene.plan.after)
    seen |= set(marked(scene.mark))
    monitor, waited, stalled_at = _watch(scene)
    job, state = int(scene.beats()[0]), _state(monitor)
    killed_at = time.monotonic()
    waited += killed_at - stalled_at if state == "R" else 0.0  # a wait that goes on is not in the kernel's figure yet
    for pid in _victims(scene, monitor, job):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return Kill(killed_at, waited, state)


def _victims(scene: Scene, monitor: int | None, job: int) -> Iterator[int]:
    """Whom to kill; instead of the recorder of `perfmon run` and its job, `perfmon run` itself and its job."""
    plan = scene.plan
    if plan.victim == "both" and plan.recorder == "perfmon run":
        yield scene.process.pid
    elif plan.victim != "job" and monitor:
        yield monitor
    if plan.victim != "monitor":
        yield job


def _watch(scene: Scene) -> tuple[int | None, float, float]:
    """Watch the recorder for a moment: its pid, how long it waited for a CPU, and when it last ran or rested."""
    begin = moved_at = time.monotonic()
    monitor, used = scene.monitor(), ""
    before = _waited(monitor)  # nothing yet, of one that is not known yet
    while time.monotonic() < begin + _WATCHED_SECONDS:
        monitor = monitor or scene.monitor()
        now_used = _schedstat(monitor)[0]
        if now_used != used or _state(monitor) != "R":
            used, moved_at = now_used, time.monotonic()
        time.sleep(0.002)
    return monitor, _waited(monitor) - before, moved_at


def _schedstat(pid: int | None) -> list[str]:
    """How long a process ran, and how long it waited for a CPU before, in nanoseconds (/proc/PID/schedstat)."""
    try:
        return Path(f"/proc/{pid}/schedstat").read_text().split()
    except OSError:
        return ["0", "0", "0"]


def _waited(pid: int | None) -> float:
    """How long a process was ready to run and had no CPU."""
    return int(_schedstat(pid)[1]) / 1e9


def _state(pid: int | None) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _lives_any(mark: str, seen: set[int]) -> bool:
    """Whether a process of this mark lives; one that is ending has lost its environment before its locks."""
    seen |= set(marked(mark))
    return any(lives(pid) for pid in seen)


def killed(plan: Plan, folder: Path) -> Left:
    """Record, kill, wait until everybody is gone, and look at what is left."""
    scene = start(plan, folder)
    seen = set[int]()
    done = kill(scene, seen)
    status = scene.process.wait(timeout=60)
    problems = []
    try:
        wait_for(lambda: not _lives_any(scene.mark, seen), seconds=20)
    except AssertionError:
        problems.append(f"processes are left: {marked(scene.mark)}")
    if plan.victim == "monitor" and status:
        problems.append(f"the job ended with {status} because its recorder was killed")
    if scene.run is None:
        return Left(plan, 0, None, done, tuple(problems))
    with _forking:
        return _look(scene, scene.run, done, problems)


def _look(scene: Scene, run: Path, done: Kill, problems: list[str]) -> Left:
    """Read the run unsealed and sealed, and compare it with what the job and the killer saw."""
    known = facts(run)
    unsealed = perfmon_analyze.load(run)
    times = unsealed.table("job", ["t"])["t"].sort_values().tolist()
    steps = len(unsealed.table("metric", ["step"]))
    beats = scene.beats()[1:]
    if scene.plan.recorder == "in code" and steps < len(beats):
        problems.append(f"{len(beats)} values were logged, {steps} are there")
    if scene.plan.victim == "job" and times and beats and times[-1] < beats[-1] - known["begin_monotonic"]:
        problems.append("the last tick lies before the job's end")
    problems += _after_sealing(run, times)
    was_killed = known["state"] == "running"
    loss = done.at - known["begin_monotonic"] - (times[-1] if times else 0.0) if was_killed else None
    return Left(scene.plan, len(times), loss, done, tuple(problems))


def _after_sealing(run: Path, times: Sequence[float]) -> Iterator[str]:
    recover.recover(str(run))
    state = facts(run)["state"]
    if state == "running":
        yield "it is still said to be running"
    if (run / layout.JOURNAL).exists():
        yield "a journal is left"
    if odd := [path.name for path in run.rglob("*") if path.is_file() and path.suffix not in (".parquet", ".json")]:
        yield f"temporary files are left: {odd}"
    if len(set(times)) < len(times):
        yield "a tick is there twice"
    sealed = _foreign(run) if times else []
    if sealed != list(times):
        yield f"{len(times)} ticks before sealing, {len(sealed)} after"


def _foreign(run: Path) -> list[float]:
    """The ticks as DuckDB reads them."""
    with duckdb.connect() as connection:
        rows = connection.execute(f"select t from '{run}/job/*.parquet' order by t").fetchall()
    return [t for (t,) in rows]


def kill_all(kills: int, seed: int, folder: Path) -> list[Left]:
    """Kill so many recordings, several side by side."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(lambda one: killed(one[1], folder / str(one[0])), enumerate(plans(kills, seed))))


def report(left: Sequence[Left]) -> Iterator[str]:
    """What came of them, a line for each recorder and victim."""
    for recorder in RECORDERS:
        for victim in VICTIMS:
            some = [one for one in left if one.plan[:2] == (recorder, victim)]
            ticks = sum(one.ticks for one in some)
            yield f"{recorder:>11}, {victim:<7} {len(some):4} kills, {ticks:5} ticks{_lost(some)}"
    yield f"{sum(bool(one.problems) for one in left)} runs with problems"
    yield from (f"  {one.plan}: {problem}" for one in left for problem in one.problems)


def _lost(left: Sequence[Left]) -> str:
    killed_recorders = [one for one in left if one.lost_seconds is not None]
    losses = [one for one in killed_recorders if one.ticks]
    if not losses:
        return ""
    seconds = [1e3 * (one.lost_seconds or 0.0) for one in losses]
    return (
        f"; after the last tick: median {statistics.median(seconds):.1f} ms, most {max(seconds):.1f} ms,"
        f" {max(one.lost_intervals for one in losses):.2f} intervals of the recorder's own time;"
        f" {len(killed_recorders) - len(losses)} before the first tick"
    )


def main() -> int:
    """Kill, print, and fail if a run has problems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        left = kill_all(options.kills, options.seed, Path(folder))
    print(*report(left), f"{time.monotonic() - begin:.0f} s", sep="\n")
    return 1 if any(one.problems for one in left) else 0


if __name__ == "__main__":
    sys.exit(main())
