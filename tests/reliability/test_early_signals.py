"""A signal reaches the command once, however early it is sent: many are fired at random moments of the start."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import PERFMON
from tests.reliability.processes import facts

FIRED = 120
SIDE_BY_SIDE = 4
LATEST_SECONDS = 0.06  # after the run folder appeared; the command begins about then

# A signal that comes before a program counts any ends it: that is its signal, and there cannot be another.
ONCE = ("came 1", "died")


class Shot(NamedTuple):
    """A signal that was fired: what the command saw, and the states of the runs that are left."""

    saw: str
    states: list[str]


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program that counts signals within a millisecond after its start, as no Python could."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("the program that counts signals is written in C, and this machine has no C compiler (cc)")
    path = tmp_path_factory.mktemp("counter") / "counter"
    source = Path(__file__).with_name("counts_signals.c")
    subprocess.run([compiler, "-O1", "-Wall", "-Werror", "-o", path, source], check=True)
    return str(path)


def fire(folder: Path, counter: str, number: int, *, group: bool, after: float, from_start: bool) -> Shot:
    """Record the counter, and send one signal, to perfmon or its whole group, at its time."""
    folder.mkdir()
    words = [PERFMON, "run", "--quiet", "--", counter]
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while not (from_start or (folder / "runs").exists()):
            time.sleep(0.0002)
        time.sleep(after)
        os.killpg(process.pid, number) if group else os.kill(process.pid, number)
        output, errors = process.communicate(timeout=60)
    states = [str(facts(run)["state"]) for run in folder.glob("runs/*")]
    assert not errors
    if process.returncode == 128 + number:
        return Shot("died", states)
    return Shot("not started" if process.returncode == -number else output.strip(), states)


def shots(folder: Path, counter: str, latest: float, *, from_start: bool) -> list[Shot]:
    """Fire many, of two kinds, at perfmon and at its group, within so many seconds."""
    chance = random.Random(1)

    def shoot(planned: tuple[int, float]) -> Shot:
        which, after = planned
        number = (signal.SIGUSR1, signal.SIGTERM)[which // 2 % 2]
        return fire(folder / str(which), counter, number, group=bool(which % 2), after=after, from_start=from_start)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(shoot, [(which, chance.uniform(0, latest)) for which in range(FIRED)]))


def test_a_signal_comes_once_from_the_first_moment_on(tmp_path: Path, counter: str) -> None:
    """Once there is a run folder the command begins, and gets what was sent before and after that, once."""
    fired = shots(tmp_path, counter, LATEST_SECONDS, from_start=False)
    saw = Counter(shot.saw for shot in fired)

    assert set(saw) == set(ONCE)
    assert {state for shot in fired for state in shot.states} == {"finished", "killed"}
    assert [len(shot.states) for shot in fired] == [1] * FIRED


def test_a_signal_before_that_ends_perfmon(tmp_path: Path, counter: str) -> None:
    """A signal that comes while perfmon is being loaded ends it as it does any program; nothing half made is left."""
    fired = shots(tmp_path, counter, 5 * LATEST_SECONDS, from_start=True)

    assert {shot.saw for shot in fired} <= {"not started", *ONCE}
    assert {(shot.saw == "not started", len(shot.states)) for shot in fired} <= {(True, 0), (False, 1)}
