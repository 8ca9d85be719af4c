"""`perfmon completion`, in the shells that it is for."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfmon.cli.verbs import VERBS
from tests.conftest import Perfmon

BINARIES = str(Path(sys.executable).parent)
_BASH = """source {script}
COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE="{line}"; COMP_POINT=${{#COMP_LINE}}
_perfmon_complete perfmon "${{COMP_WORDS[COMP_CWORD]}}"; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def environment() -> dict[str, str]:
    """A user's, with perfmon installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PERFMON_")}
    return kept | {"PATH": os.pathsep.join([BINARIES, os.environ["PATH"]]), "TERM": "dumb"}


@pytest.fixture(params=["bash", "fish"])
def completed(request: pytest.FixtureRequest, perfmon: Perfmon, tmp_path: Path) -> object:
    """What a shell completes a command line to."""
    shell: str = request.param
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(perfmon("completion", shell).stdout)

    def complete(line: str) -> set[str]:
        code = _BASH.format(script=script, line=line)
        words = ["bash", "--norc", "-c", code]
        if shell == "fish":
            words = ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"]
        done = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return {one.split("\t")[0] for one in done.stdout.split("\n") if one}

    return complete


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("perfmon s", {verb for verb in VERBS if verb.startswith("s")}),
        ("perfmon run --in", {"--interval"}),
        ("perfmon plot --style da", {"dark"}),
        ("perfmon config comp", {"compare", "completion"}),
        ("perfmon completion z", {"zsh"}),
    ],
)
def test_words(completed, line: str, words: set[str]) -> None:  # type: ignore[no-untyped-def]  # a fixture's closure
    """Verbs, options and what they take."""
    assert completed(line) == words


def test_runs_are_completed(completed, perfmon: Perfmon, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # as above
    """The names of runs in the folder runs, where a verb takes a run."""
    perfmon("run", "--name", "first", "--", "true")
    (folder,) = (tmp_path / "runs").iterdir()

    assert completed(f"perfmon show {folder.name[:4]}") == {folder.name}


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_completes_at_a_tab(perfmon: Perfmon, tmp_path: Path) -> None:
    """In a terminal, typed letters and a tab become a verb."""
    functions = tmp_path / "functions"
    functions.mkdir()
    (functions / "_perfmon").write_text(perfmon("completion", "zsh").stdout)
    pid, terminal = pty.fork()
    if pid == 0:  # the shell, in the terminal
        os.chdir(tmp_path)
        os.execvpe("zsh", ["zsh", "-f"], environment())
    try:
        type_into(
            terminal, f"PS1='ready> '; fpath=({functions} $fpath); autoload -Uz compinit; compinit -u\n", "ready> "
        )
        shown = type_into(terminal, "perfmon verif\t", "verify ")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)

    assert "perfmon verify " in shown


def type_into(terminal: int, keys: str, awaited: str) -> str:
    """Type, wait until something is shown, and return all that was."""
    os.write(terminal, keys.encode())
    shown = ""
    deadline = time.monotonic() + 30
    while awaited not in shown.replace(keys, ""):
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], shown
        shown += os.read(terminal, 65536).decode(errors="replace")
    return shown
