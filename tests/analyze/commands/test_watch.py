"""`perfmon watch` in a real terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from perfmon.commands import main
from perfmon.store import clock
from tests.analyze.live.terminal import Terminal
from tests.analyze.run_factory import job_rows
from tests.conftest import PERFMON

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun

ENTERED, LEFT = re.escape("\x1b[?1049h"), re.escape("\x1b[?1049l")  # the alternate screen of xterm
JOB = """
import sys
import perfmon
with perfmon.record(stage="training"):
    perfmon.log(epoch=0, loss=0.25)
    with perfmon.phase("warm-up"):
        sys.stdin.readline()
sys.exit(3)
"""


@pytest.fixture
def running(make_run: MakeRun, tmp_path: Path) -> Path:
    """The folder around the runs, one of which this very process records."""
    me = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    known = {"state": "running", "recorder": me, "boot_id": clock.boot_id()}
    make_run(tables={"job": job_rows([1 << 30] * 9)}, sealed=False, known=known)
    return tmp_path


@pytest.fixture
def terminal(running: Path) -> Terminal:
    """A terminal in which that run is watched."""
    made = Terminal(running, [PERFMON, "watch"])
    made.expect("q: leave")
    return made


def test_a_run_as_it_is_recorded(tmp_path: Path) -> None:
    """What comes is shown, in whatever size the terminal has, until the run ends; then it is said how it ended."""
    (tmp_path / "job.py").write_text(JOB)
    words = [PERFMON, "run", "--quiet", "--interval", "200ms", "--", sys.executable, "job.py"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE) as recorded:
        while not list(tmp_path.glob("runs/*/journal/*")):
            assert recorded.poll() is None
        watch = Terminal(tmp_path, [PERFMON, "watch", "--interval", "100ms"], COLUMNS="80")
        watch.expect(ENTERED)
        watch.expect("● recording")
        watch.expect("logged.*epoch 0: loss 0.25")
        place = watch.expect("warm-up for")
        watch.resize(160, 50)
        watch.expect(r"CPU [^\n]*RAM [^\n]*\r\n", place)
        recorded.communicate(b"\n")
        place = watch.expect(LEFT)

        assert watch.leave() == 0
    assert re.match(
        r".*failed after .*s: exit status 3; perfmon show runs/\S+ says more\r\n$", watch.output[place:], re.DOTALL
    )


@pytest.mark.parametrize("key", ["q", "\x03"], ids=["q", "interrupt"])
def test_leaving(terminal: Terminal, key: str) -> None:
    """The terminal is as it was before."""
    terminal.type(key)
    terminal.expect(LEFT)

    assert terminal.leave() == 0
    assert "\x1b[?25h" in terminal.output.rpartition("\x1b[?25l")[2]  # the cursor shows again


def test_a_signal_to_end(terminal: Terminal) -> None:
    """It leaves the terminal in order, too."""
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.expect(LEFT)

    assert terminal.leave() == 128 + signal.SIGTERM


def test_stopping_for_a_while(running: Path) -> None:
    """Ctrl-Z gives the terminal back to the shell, and `fg` shows the screen again."""
    shell = Terminal(running, ["/bin/bash", "--norc", "--noprofile", "-i"], PS1="ready> ")
    shell.type(f"'{PERFMON}' watch\n")
    shell.expect("q: leave")
    shell.type("\x1a")
    place = shell.expect(LEFT)
    place = shell.expect("ready> ", shell.expect("Stopped", place))
    shell.type("fg\n")
    shell.expect("q: leave", place)
    shell.type("q")
    place = shell.expect("ready> ", place)
    shell.type("exit\n")

    assert shell.leave() == 0


def test_the_window(terminal: Terminal) -> None:
    """A key changes between the last minutes and the whole run."""
    terminal.expect("charts show the last 10 min")
    terminal.type("w")
    place = terminal.expect("charts show the whole run")
    terminal.type("w")
    terminal.expect("charts show the last 10 min", place)
    terminal.type("q")

    assert terminal.leave() == 0


@pytest.mark.parametrize(("value", "coloured"), [("", True), ("1", False)])
def test_colours(running: Path, value: str, coloured: bool) -> None:
    """There are none if the user wants none."""
    watch = Terminal(running, [PERFMON, "watch"], NO_COLOR=value)
    watch.expect("q: leave")
    watch.type("q")
    watch.leave()

    assert bool(re.search(r"\x1b\[[0-9;]*3\dm", watch.output)) == coloured


def test_a_terminal_without_blocks(running: Path) -> None:
    """Charts are of ASCII where the terminal has nothing better."""
    watch = Terminal(running, [PERFMON, "watch"], PYTHONIOENCODING="ascii")
    watch.expect(r"(?s)\* recording.*CPU.*#####")
    watch.type("q")

    assert watch.leave() == 0
    assert "?" not in watch.output.replace("\x1b[?", "")


def test_a_terminal_that_cannot_move_its_cursor(running: Path) -> None:
    """It gets one screen and no escape sequence."""
    watch = Terminal(running, [PERFMON, "watch"], TERM="dumb")

    assert watch.leave() == 0
    assert "● recording" in watch.output
    assert "\x1b" not in watch.output


def test_once(running: Path) -> None:
    """One screen, in plain text where there is no terminal, though the run goes on."""
    done = subprocess.run([PERFMON, "watch"], cwd=running, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("● recording for 8 s  r1\n")
    assert "\x1b" not in done.stdout
    assert "CPU         50 % of 2 CPUs" in done.stdout


def test_json(running: Path) -> None:
    """What is known at the last tick, in base units; what is not known is null."""
    done = subprocess.run([PERFMON, "watch", "--json"], cwd=running, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)

    assert (told["run"], told["state"], told["recorder"], told["t"]) == ("r1", "running", "alive", 8.0)
    assert (told["job"]["rss_bytes"], told["job"]["pss_bytes"], told["job"]["cpu_percent"]) == (1 << 30, None, 50.0)
    assert (told["gpus"], told["events"]) == ([], [])


def test_the_run_that_is_recorded_here(running: Path, make_run: MakeRun) -> None:
    """It is the one that is shown, though a later one is said to run on another machine, and a later one has ended."""
    make_run(
        "r2",
        tables={},
        known={"state": "running", "begin_time": "2026-02-01T00:00:00Z", "boot_id": "another"},
        sealed=False,
    )
    make_run("r3", tables={}, known={"state": "finished", "begin_time": "2026-03-01T00:00:00Z"})
    done = subprocess.run([PERFMON, "watch"], cwd=running, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("● recording for 8 s  r1\n")


def test_a_run_that_is_over(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is shown once, and it is said how it ended."""
    make_run(tables={"job": job_rows([1 << 30] * 9)}, known={"state": "finished", "duration_seconds": 9.0})
    monkeypatch.chdir(tmp_path)

    assert main(["watch", "r1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == ("■ finished after 8 s  r1", "finished after 9 s; perfmon show runs/r1 says more")


@pytest.mark.parametrize("words", [["other"], ["--runs", "nowhere"]])
def test_no_such_run(running: Path, words: list[str]) -> None:
    """One line says so."""
    done = subprocess.run([PERFMON, "watch", *words], cwd=running, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
