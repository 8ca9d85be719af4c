"""Names of run folders that somebody else made, completed in real shells at a terminal: text, and never a command."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perfmon_analyze.browse import resolve
from tests.analyze.run_factory import job_rows, write_run
from tests.conftest import PERFMON

# The words of every command but `completion` and `ls` go into a file, each ended by a zero byte, all by a further one.
_COMMAND = f"""#!/bin/sh
case "$1" in completion|ls) exec {shlex.quote(PERFMON)} "$@" ;; esac
{{ [ $# = 0 ] || printf '%s\\0' "$@"; printf '\\0'; }} >> ../words
"""
_BASH = """PS1='ready> '; HISTFILE=; source <(perfmon completion bash)"""
_ZSH = """PS1='ready> '; HISTFILE=; autoload -Uz compinit; compinit -u -D; source <(perfmon completion zsh)"""
_FISH = """function fish_prompt; echo 'ready> '; end; perfmon completion fish | source"""
SHELLS = {
    "bash": (["bash", "--norc", "-i"], _BASH),
    "zsh": (["zsh", "-f", "-i"], _ZSH),
    "fish": (["fish", "--no-config", "-i"], _FISH),
}
# What is typed before Tab, and the name of the only run. Beginning with anything but a letter or digit, it is completed
# by its path.
NAMES = [
    *[("aa", f"aa{text}") for text in ("$(touch PWNED)", "`touch PWNED`", "$(touch${IFS}PWNED)", "; touch PWNED;")],
    *[
        ("aa", f"aa{text}")
        for text in ("'", '"', "'\"\\", " b  c ", "*", "?[a-z]{b,c}", "!!", "!touch", "\\", "~", "#", "^")
    ],
    *[
        ("aa", f"aa{text}")
        for text in ("$((x[$(touch PWNED)]))", "${x[$(touch PWNED)]}", "&touch PWNED", "$HOME", "=", ":b")
    ],
    *[("aa", f"aa{text}") for text in ("|touch PWNED", ">PWNED", "<(touch PWNED)", "@b", "%1", "ä")],
    *[
        ("ru", text)
        for text in ("$(touch PWNED)", "`touch PWNED`", "-rf", "--help", "~root", "~", " x", "'", "#x", "=ls")
    ],
    *[("ru", text) for text in ("latest", "7", "!!", "*", ";touch PWNED")],
    *[("'aa", f"aa{text}") for text in ("$(touch PWNED)", "`touch PWNED`", " b", '"!!')],
    *[('"aa', f"aa{text}") for text in (" b", "'c", ";touch PWNED")],
    *[("aa\\ ", f"aa {text}") for text in ("b", "$(touch PWNED)")],
]
# These are not offered: nobody could read them, and the shells' own quoting of them differs.
UNREADABLE = ["aa\n$(touch PWNED)", "aa\ntouch PWNED\n", "aa\t`touch PWNED`", "aa\x1b]0;x\x07", "aa\r touch PWNED"]


class Terminal:
    """A shell at a terminal, in a folder with a folder of one run."""

    def __init__(self, shell: str, folder: Path) -> None:
        self.shell, self.folder = shell, folder / "work"
        self.run = write_run(self.folder / "runs", run="r", tables={"job": job_rows([1.0])})
        self._answers = folder / "words"
        binaries = folder / "bin"
        binaries.mkdir()
        (binaries / "perfmon").write_text(_COMMAND)
        (binaries / "perfmon").chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PERFMON_")}
        environment = kept | {
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "TERM": "dumb",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "200",
        }
        words, begin = SHELLS[shell]
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # the shell, in the terminal
            os.chdir(self.folder)
            os.execvpe(words[0], words, environment)
        self.run_line(f"{begin}; perfmon ready")

    def run_line(self, keys: str) -> list[str]:
        """Type, and return the words of the command that ran, without its own name."""
        done = self._commands()
        os.write(self._fd, f"{keys}\n".encode())
        deadline, shown = time.monotonic() + 30, ""
        while len(commands := self._commands()) <= len(done):
            assert time.monotonic() < deadline, shown
            if select.select([self._fd], [], [], 0.02)[0]:
                shown += os.read(self._fd, 65536).decode(errors="replace")
        return commands[-1]

    def close(self) -> None:
        """End the shell."""
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    def _commands(self) -> list[list[str]]:
        text = self._answers.read_text() if self._answers.exists() else ""
        return [one.split("\0")[:-1] for one in text.removesuffix("\0").split("\0\0")] if text.endswith("\0\0") else []


@pytest.fixture(params=list(SHELLS))
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal of each shell."""
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    shell = Terminal(request.param, tmp_path)
    yield shell
    shell.close()


def test_the_completed_line_means_that_run(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its name holds, the line that Tab completes names the run, and nothing else runs."""
    monkeypatch.chdir(terminal.folder)
    wrong = {}
    for typed, name in NAMES:
        if terminal.shell == "zsh" and typed[0] in "'\"":
            continue  # zsh's own way with an open quote: it offers files only
        terminal.run = terminal.run.rename(terminal.run.with_name(name))
        _, *words = terminal.run_line(f"perfmon show {typed}\t")
        try:
            (word,) = words
            assert os.path.samefile(resolve.one(word).folder, terminal.run)
        except (ValueError, AssertionError):
            wrong[typed, name] = words

    assert wrong == {}
    assert {path.name for path in terminal.folder.iterdir()} == {"runs"}
    assert list((terminal.folder / "runs").iterdir()) == [terminal.run]


def test_names_that_nobody_can_read(terminal: Terminal) -> None:
    """Newlines and control characters: such runs are not offered, and nothing runs."""
    for name in UNREADABLE:
        terminal.run = terminal.run.rename(terminal.run.with_name(name))

        assert terminal.run_line("perfmon show aa\t") == ["show", "aa"], name
    assert {path.name for path in terminal.folder.iterdir()} == {"runs"}
