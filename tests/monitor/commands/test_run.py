"""`perfmon run` with real commands: what it does to them, and what it says of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perfmon.store.default_stage import default_stage
from tests.conftest import PERFMON, OnlyRun, Perfmon, tables

PYTHON = sys.executable


def facts(folder: Path) -> dict[str, object]:
    """A run's run.json."""
    loaded: dict[str, object] = json.loads((folder / "run.json").read_text())
    return loaded


def test_streams_folder_and_environment_are_the_commands_own(perfmon: Perfmon, tmp_path: Path) -> None:
    """What a command prints, reads and sees is what it prints, reads and sees without perfmon."""
    script = (
        "import os, sys, signal; print(sys.stdin.read().upper()); print('err', file=sys.stderr); print(os.getcwd());"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []), os.getpgrp());"
        "print(sorted(k for k in os.environ if not k.startswith('PERFMON_')))"
    )

    def bare_or_not(*prefix: str) -> subprocess.CompletedProcess[str]:
        words = [*prefix, PYTHON, "-c", script]
        return subprocess.run(words, cwd=tmp_path, input="abc", capture_output=True, text=True, check=True)

    recorded, bare = bare_or_not(PERFMON, "run", "--quiet", "--"), bare_or_not()

    assert recorded.stdout == bare.stdout
    assert recorded.stderr == bare.stderr == "err\n"


@pytest.mark.parametrize("status", [0, 1, 7, 125, 255])
def test_exit_status_is_the_commands(perfmon: Perfmon, only_run: OnlyRun, status: int) -> None:
    """Whatever a command exits with, perfmon exits with, and says so in run.json."""
    assert perfmon("run", "--", "sh", "-c", f"exit {status}").returncode == status
    known = facts(only_run())
    assert (known["state"], known["exit_status"]) == ("failed" if status else "finished", status)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV"])
def test_death_by_signal_is_128_plus_n(perfmon: Perfmon, only_run: OnlyRun, name: str) -> None:
    """A command that a signal ended is told as shells tell it, and named in run.json."""
    number = signal.Signals[name]

    assert perfmon("run", "--", "sh", "-c", f"kill -{int(number)} $$").returncode == 128 + number
    known = facts(only_run())
    assert (known["state"], known["exit_reason"]) == ("killed", f"killed by {name}")


def test_death_by_interrupt_is_passed_on(perfmon: Perfmon) -> None:
    """A command that died of SIGINT makes perfmon die of it, so that a shell loop around it ends."""
    assert perfmon("run", "--", "sh", "-c", "kill -INT $$").returncode == -signal.SIGINT


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"])
def test_a_signal_sent_to_perfmon_reaches_the_command_once(tmp_path: Path, name: str) -> None:
    """`kill` on perfmon is `kill` on the command: it gets the signal, once, and decides what it means."""
    script = (
        "import signal, sys, time\n"
        "seen = []\n"
        f"signal.signal(signal.{name}, lambda n, f: seen.append(n))\n"
        "print('ready', flush=True)\n"
        "while not seen: time.sleep(0.01)\n"  # pause(2) would miss one that comes before it
        f"signal.sigtimedwait([signal.{name}], 0.3)\n"
        "sys.exit(40 + len(seen))"
    )
    words = [PERFMON, "run", "--quiet", "--", PYTHON, "-c", script]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.Signals[name])

        assert process.wait(timeout=30) == 41


def test_many_signals_are_one_ending(tmp_path: Path) -> None:
    """A command that is signalled all the time gets all of it; of the signals the first and the last are told."""
    script = (
        "import signal, time\nseen = []\n"
        "signal.signal(signal.SIGUSR1, lambda n, f: (seen.append(n), print(len(seen), flush=True)))\n"
        "print('ready', flush=True)\nwhile len(seen) < 50: time.sleep(0.01)"
    )
    words = [PERFMON, "run", "--quiet", "--", PYTHON, "-c", script]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(50):
            process.stdout.readline()
            process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=30)
    (folder,) = (tmp_path / "runs").iterdir()

    assert process.returncode == 0
    assert len(facts(folder)["ending"]["evidence"]) == 32  # type: ignore[index]  # JSON


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    """Under nohup a command ignores SIGHUP, and so it does under nohup and perfmon."""
    script = "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    words = ["nohup", PERFMON, "run", "--quiet", "--", PYTHON, "-c", script]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"


def test_what_is_left_of_a_killed_tree_gets_the_signal_too(tmp_path: Path) -> None:
    """A command that dies of a signal passed on to it does not leave its children running."""
    script = "sleep 60 & echo $!; wait"
    words = [PERFMON, "run", "--quiet", "--", "sh", "-c", script]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()

        assert process.wait(timeout=30) == 128 + signal.SIGTERM
        assert process.stdout.read() == ""  # the pipe is closed: nobody holds it any more


def test_survivors_are_left_alone_and_told(perfmon: Perfmon, only_run: OnlyRun) -> None:
    """A daemon that outlives its command ends the run, lives on, and stands in the events."""
    done = perfmon("run", "--", "sh", "-c", "setsid sleep 30 > /dev/null 2>&1 & echo $!")
    pid = int(done.stdout)
    alive = Path(f"/proc/{pid}").exists()
    os.kill(pid, signal.SIGKILL)
    told = tables(only_run()).execute("select entity from event where kind = 'survivor'").fetchall()

    assert alive
    assert told == [(str(pid),)]


def test_script_without_first_line(perfmon: Perfmon, tmp_path: Path) -> None:
    """A script that names no interpreter is given to sh, as shells do."""
    script = tmp_path / "script"
    script.write_text("echo from sh; exit 3")
    script.chmod(0o755)
    done = perfmon("run", "--", "./script")

    assert (done.returncode, done.stdout) == (3, "from sh\n")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--", "no-such-command"], 127, "perfmon run: no-such-command: command not found"),
        (["--", "/"], 126, "perfmon run: /: Permission denied"),
        (["--", "./data"], 126, "perfmon run: ./data: Permission denied"),
        (["--runs", "data", "--", "true"], 125, "perfmon run: cannot make a run folder in 'data'"),
        (["--runs", "/proc/nowhere", "--", "true"], 125, "perfmon run: cannot make a run folder"),
        (["--interval", "-1", "--", "true"], 125, "perfmon run: argument --interval: a length of time must be"),
        (["--interval", "1e300", "--", "true"], 125, "perfmon run: argument --interval: a length of time must be from"),
        (["--kill-after", "1e300", "--", "true"], 125, "must be from 1ms to 8760h, not 1e300"),
        (["--kill-after=9000h", "--", "true"], 125, "must be from 1ms to 8760h, not 9000h"),
        (["--interval", "fast", "--", "true"], 125, "'fast' is not a length of time; write 250ms"),
        (["--interwal", "1", "--", "true"], 125, "see perfmon run --help"),
        (["--tag", "novalue", "--", "true"], 125, "a tag is KEY=VALUE, not 'novalue'"),
        (["--"], 125, "no command; write: perfmon run [options] -- CMD"),
        ([], 125, "no command"),
    ],
)
def test_bad_input(perfmon: Perfmon, tmp_path: Path, words: list[str], status: int, said: str) -> None:
    """Each mistake gets one clear line and its own exit status, and leaves no run behind."""
    (tmp_path / "data").write_text("kept")
    done = perfmon("run", "--quiet", *words)
    (line,) = done.stderr.splitlines()

    assert done.returncode == status
    assert said in line
    assert list((tmp_path / "runs").glob("*")) == []
    assert (tmp_path / "data").read_text() == "kept"


def test_two_lines_on_standard_error(perfmon: Perfmon, only_run: OnlyRun) -> None:
    """It says where it records and how it ended, besides the one notice about GPUs where there are none."""
    done = perfmon("run", "--stage", "demo", "--", "true")
    lines = [line for line in done.stderr.splitlines() if "GPU" not in line]

    assert lines[0] == f"perfmon: recording demo to runs/{only_run().name}"
    assert lines[1].startswith("perfmon: exit status 0 after ")
    assert len(lines) == 2


def test_runs_never_overwrite_each_other(perfmon: Perfmon, tmp_path: Path) -> None:
    """Runs of the same second and the same names get folders of their own, readable by their user only."""
    for _ in range(3):
        perfmon("run", "--stage", "a/b", "--model", "Łódź", "--", "true")
    folders = list((tmp_path / "runs").iterdir())

    assert len(folders) == 3
    assert all("-a-b-Łódź-" in folder.name and folder.stat().st_mode & 0o077 == 0 for folder in folders)


def test_nested_run_names_its_parent(perfmon: Perfmon, tmp_path: Path) -> None:
    """A `perfmon run` inside another makes a folder of its own and says whose child it is."""
    perfmon("run", "--stage", "outer", "--", PERFMON, "run", "--stage", "inner", "--", "true")
    (outer,) = (tmp_path / "runs").glob("*-outer-*")
    (inner,) = (tmp_path / "runs").glob("*-inner-*")

    assert facts(outer)["parent"] is None
    assert facts(inner)["parent"] == outer.name


def test_commit_of_the_working_directory(perfmon: Perfmon, tmp_path: Path, only_run: OnlyRun) -> None:
    """A run in a git checkout knows the commit."""

    def git(*words: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(
            ["git", *identity, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    perfmon("run", "--", "true")

    assert facts(only_run())["git_commit"] == git("rev-parse", "HEAD").strip()


def test_disabled(perfmon: Perfmon, tmp_path: Path) -> None:
    """With PERFMON_DISABLE=1 the command runs and nothing else happens."""
    done = perfmon("run", "--", "sh", "-c", "echo hi; exit 4", PERFMON_DISABLE="1")

    assert (done.returncode, done.stdout, done.stderr) == (4, "hi\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        (["python", "train_sae.py"], "train_sae"),
        (["python3.11", "-u", "scripts/train_sae.py", "--x"], "train_sae"),
        (["python", "-m", "package.module"], "module"),
        (["python", "-c", "pass"], "python"),
        (["./serve.sh"], "serve"),
        (["/usr/bin/make", "-j8"], "make"),
        (["bash"], "bash"),
    ],
)
def test_default_stage(command: list[str], stage: str) -> None:
    """Where no stage is given, the script's name is it."""
    assert default_stage(command) == stage


@pytest.mark.parametrize(("verb", "told"), [("run", "text"), ("ls", "texttaken apart\n")])
def test_the_command_ends_at_once(verb: str, told: str) -> None:
    """After `run` the interpreter is not taken apart; what was printed is there, and the exit status too."""
    script = (
        "import atexit, sys; from perfmon import commands\n"
        f"sys.argv = ['perfmon', {verb!r}]; commands.main = lambda: 3\n"
        "atexit.register(print, 'taken apart'); print('text', end=''); commands.command()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (3, told, "")


def test_python_has_the_command_too(tmp_path: Path) -> None:
    """`python -m perfmon` is the command."""
    words = [sys.executable, "-m", "perfmon", "run", "--quiet", "--", "sh", "-c", "exit 7"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


@pytest.mark.parametrize(
    ("variable", "value"), [("PERFMON_RUN_KILL_AFTER", "1e300"), ("PERFMON_RUN_INTERVAL", "9000h")]
)
def test_settings_that_cannot_be_waited_for(perfmon: Perfmon, tmp_path: Path, variable: str, value: str) -> None:
    """They are refused as options are, before anything starts."""
    done = perfmon("run", "--", "touch", "started", **{variable: value})

    assert (done.returncode, os.listdir(tmp_path)) == (125, [])
    assert f"{variable}: a length of time must be from 1ms to 8760h, not {value}" in done.stderr


def test_the_longest_time_to_kill_after(tmp_path: Path, only_run: OnlyRun) -> None:
    """A year is waited for: the command that ends meanwhile has its own status."""
    script = "trap '' TERM; echo ready; read line; exit 3"
    words = [PERFMON, "run", "--quiet", "--kill-after", "8760h", "--", "sh", "-c", script]
    with subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        assert job.stdin is not None
        job.stdout.readline()
        job.send_signal(signal.SIGTERM)
        while not facts(only_run())["ending"]:  # it has been told of
            assert job.poll() is None
        job.stdin.close()
        status = job.wait(timeout=30)

    assert (status, facts(only_run())["state"]) == (3, "failed")
