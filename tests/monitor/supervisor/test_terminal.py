"""At a terminal and in shell scripts a recorded command behaves as the bare one: each scene is played with both."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import PERFMON
from tests.terminals import read

BARE, RECORDED = "", f"'{PERFMON}' run --quiet --"

# Tells how often each signal came, once none has come for a while.
COUNTER = """
import signal, sys, time
seen = []
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGCONT"):
    signal.signal(getattr(signal, name), lambda number, frame: seen.append(signal.Signals(number).name))
print("ready", flush=True)
while not seen:
    time.sleep(0.01)
signal.sigtimedwait([signal.SIGWINCH], 0.5)
while signal.sigtimedwait([signal.SIGWINCH], 0.3):
    pass
print("seen", *sorted(seen), flush=True)
sys.exit(3)
"""
DEFAULT = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
print("ready", flush=True)
signal.pause()
"""


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        self.output = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(PS1="$ ", TERM="dumb", PYTHONUNBUFFERED="1")
            os.execvp(words[0], list(words))

    def expect(self, text: str) -> None:
        """Read until this text has come since the last one that was expected."""
        deadline = time.monotonic() + 30
        while text not in self.output:
            assert time.monotonic() < deadline, f"{text!r} did not come, but {self.output!r}"
            self._read(0.1)
        self.output = self.output.partition(text)[2]

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._fd, text.encode())

    def leave(self) -> tuple[str, int]:
        """What else was printed, and how the shell ended."""
        while self._read(30):
            pass
        status = os.waitpid(self.pid, 0)[1]
        os.close(self._fd)
        return self.output.replace("\r", ""), os.waitstatus_to_exitcode(status)

    def hang_up(self) -> int:
        """Close the terminal, as a lost connection does, and say how the shell ended."""
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self, seconds: float) -> bool:
        data = read(self._fd, seconds)
        self.output += data
        return bool(data)


@pytest.fixture(autouse=True)
def programs(tmp_path: Path) -> None:
    """The two programs that the scenes are played with."""
    (tmp_path / "counter.py").write_text(COUNTER)
    (tmp_path / "default.py").write_text(DEFAULT)


def play(folder: Path, shell: str, line: str, key: str) -> tuple[list[str], int]:
    """A script of one line and one more, with a key typed once the line's program is ready."""
    script = folder / "script"
    script.write_text(f"{line}\necho after $?\n")
    terminal = Terminal(folder, [shell, str(script)])
    terminal.expect("ready\r\n")
    terminal.type(key)
    output, status = terminal.leave()
    # what a shell says of a job that a signal ended names the job's pid and words, which differ
    return re.findall(r"(?:seen [A-Z ]+|after \d+)", output), status


@pytest.mark.parametrize("tail", ["", " | cat"])
@pytest.mark.parametrize("program", ["default", "counter"])
@pytest.mark.parametrize("key", ["\x03", "\x1c"], ids=["interrupt", "quit"])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_keys_in_a_script(tmp_path: Path, shell: str, key: str, program: str, tail: str) -> None:
    """Ctrl-C and Ctrl-backslash end, or do not end, the same things of a script, and reach the program once."""
    line = f"'{sys.executable}' {program}.py{tail}"
    bare = play(tmp_path, shell, f"{BARE} {line}", key)
    recorded = play(tmp_path, shell, f"{RECORDED} {line}", key)

    assert recorded == bare


def stop_and_go_on(folder: Path, prefix: str) -> None:
    """Stop a command with Ctrl-Z, go on with it in the foreground, and let a signal end it."""
    terminal = Terminal(folder, ["bash", "--norc", "--noediting", "-i"])
    terminal.type(f"{prefix} '{sys.executable}' counter.py\n")
    terminal.expect("ready")
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.type("jobs -s; echo jobs listed\n")
    terminal.expect("Stopped")
    terminal.expect("jobs listed\r\n")
    terminal.type("fg\n")
    terminal.expect("seen SIGCONT\r\n")
    terminal.type("echo status $?\n")
    terminal.expect("status 3\r\n")
    terminal.type("exit\n")
    terminal.leave()


@pytest.mark.parametrize("prefix", [BARE, RECORDED], ids=["bare", "recorded"])
def test_stop_and_foreground(tmp_path: Path, prefix: str) -> None:
    """Ctrl-Z stops command and recorder, the shell says so, and `fg` continues both; SIGCONT comes once."""
    stop_and_go_on(tmp_path, prefix)


@pytest.mark.parametrize("name", ["TERM", "HUP", "USR1", "INT"])
@pytest.mark.parametrize("target", ["group", "process"])
def test_kill_reaches_the_command_once(tmp_path: Path, target: str, name: str) -> None:
    """Sent to perfmon alone or to its whole group, as a shell's `kill %1` does, a signal comes once."""
    words = [PERFMON, "run", "--quiet", "--", sys.executable, "counter.py"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        wait_for_sentinel(process.pid)
        number = signal.Signals[f"SIG{name}"]
        os.killpg(process.pid, number) if target == "group" else os.kill(process.pid, number)

        assert process.stdout.read() == f"seen SIG{name}\n"
        assert process.wait(timeout=30) == 3


def wait_for_sentinel(pid: int) -> None:
    """Wait until the recorder has all its processes: the command is ready a moment before."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 30
    while len(children.read_text().split()) < 3:
        assert time.monotonic() < deadline


def test_timeout_around_perfmon(tmp_path: Path) -> None:
    """`timeout` signals its child and then the group: the command sees what it would see bare, once or twice."""
    seen = []
    for prefix in ([], [PERFMON, "run", "--quiet", "--"]):
        words = ["timeout", "1.5", *prefix, sys.executable, "counter.py"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        seen.append((set(done.stdout.split()), done.returncode))

    assert seen[1] == seen[0]


def debug(folder: Path, prefix: str) -> list[int]:
    """Run a program in a debugger, interrupt it with Ctrl-C, go on with it under a signal, and leave."""
    terminal = Terminal(folder, ["bash", "--norc", "--noediting", "-i"])
    terminal.type(f"{prefix} gdb -q -nx -ex 'set confirm off' -ex 'set pagination off' '{sys.executable}'\n")
    terminal.expect("(gdb) ")
    terminal.type("run counter.py\n")
    terminal.expect("ready\r\n")
    terminal.type("\x03")
    terminal.expect("received signal SIGINT")
    terminal.expect("(gdb) ")
    terminal.type("signal SIGUSR1\n")
    terminal.expect("seen SIGUSR1\r\n")
    terminal.expect("exited with code 03")
    terminal.type("quit\n")
    terminal.type("echo status $?\n")
    terminal.expect("status 0\r\n")
    terminal.type("exit 0\n")
    output, status = terminal.leave()
    return [output.count("Traceback"), status]


@pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")
def test_a_debugger_inside(tmp_path: Path) -> None:
    """It runs, interrupts and continues its program at the terminal as it does bare."""
    assert debug(tmp_path, RECORDED) == debug(tmp_path, BARE)


@pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")
def test_a_debugger_attaches_to_the_command(tmp_path: Path) -> None:
    """While a debugger holds the command neither perfmon nor its record stops, and nothing is changed afterwards."""
    words = [PERFMON, "run", "--quiet", "--interval", "20ms", "--", sys.executable, "counter.py"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (command,) = commands(process.pid)[:1]
        look = ["-ex", "shell sleep 0.5", "-ex", f"shell cat /proc/{process.pid}/stat", "-ex", "detach"]
        seen = subprocess.run(
            ["gdb", "-nx", "-batch", "-p", str(command), *look], capture_output=True, text=True, check=True, timeout=60
        )
        process.send_signal(signal.SIGUSR1)

        assert process.stdout.read() == "seen SIGUSR1\n"
        assert process.wait(timeout=30) == 3
    assert re.search(rf"^{process.pid} \(.*\) S ", seen.stdout, re.MULTILINE)


def commands(pid: int) -> list[int]:
    """The commands among perfmon's children: those whose program is not perfmon."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"perfmon" not in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_the_recorder_outlives_keys(tmp_path: Path) -> None:
    """Ctrl-C, Ctrl-backslash and the end of the terminal reach the command, and the run is recorded to its end."""
    for key, name in (("\x03", "SIGINT"), ("\x1c", "SIGQUIT"), ("", "SIGHUP")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "counter.py").write_text(COUNTER)
        terminal = Terminal(
            folder, [PERFMON, "run", "--quiet", "--interval", "20ms", "--", sys.executable, "counter.py"]
        )
        terminal.expect("ready\r\n")
        wait_for_sentinel(terminal.pid)
        if key:
            terminal.type(key)
            output, status = terminal.leave()
            assert (re.findall("seen [A-Z ]+", output), status) == ([f"seen {name}"], 3)
        else:
            terminal.hang_up()
        (run,) = folder.glob("runs/*")
        known = json.loads((run / "run.json").read_text())
        told = " ".join(known["ending"]["evidence"])
        assert (known["exit_status"], name) in ((3, name), (1, "SIGHUP"))  # no terminal is left to print on

        assert (known["state"], known["sampler"]["ticks"] > 10, f"{name} from the kernel" in told) == (
            "failed",
            True,
            True,
        )
        assert not (run / "journal").exists()


def test_a_shell_inside_keeps_its_own_job_control(tmp_path: Path) -> None:
    """An interactive shell that is itself recorded runs, interrupts and stops its own jobs."""
    terminal = Terminal(tmp_path, [PERFMON, "run", "--quiet", "--", "bash", "--norc", "--noediting", "-i"])
    terminal.type(f"'{sys.executable}' default.py\n")
    terminal.expect("ready")
    terminal.type("\x03")
    terminal.type("echo status $?\n")
    terminal.expect("status 130\r\n")
    terminal.type("exit 5\n")

    assert terminal.leave()[1] == 5
