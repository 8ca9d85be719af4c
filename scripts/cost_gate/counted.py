"""Instructions that a command executes, counted by valgrind: the same however busy the machine is."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Nothing of the caller's: hash seed, locale and paths decide how long dictionaries and strings are.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
_ENVIRONMENT |= {"MPLCONFIGDIR": "/tmp/perfmon-cost-gate-matplotlib"}  # noqa: S108 - matplotlib's list of fonts is kept
# exp-bbv counts what callgrind counts, in two thirds of the time; the files that it could write are of no use here.
_VALGRIND = (
    "valgrind",
    "--tool=exp-bbv",
    "--instr-count-only=yes",
    "--bb-out-file=/dev/null",
    "--pc-out-file=/dev/null",
)


def run(words: Sequence[str | Path], folder: Path) -> None:
    """Run a command as it will be counted: caches are warm after that."""
    subprocess.run(
        words, cwd=folder, env=_ENVIRONMENT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def instructions(words: Sequence[str | Path], folder: Path, *, status: int = 0) -> int:
    """Count a command's instructions in user mode, without those of its children.

    Raises:
        RuntimeError: it did not end with this exit status.
    """
    with subprocess.Popen(
        [*_VALGRIND, *words],
        cwd=folder,
        env=_ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _, said = process.communicate()
    if process.returncode != status:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {process.returncode}:\n{said[-2000:]}")
    threads = re.findall(rf"^=={process.pid}== #\s+Total instructions: (\d+)$", said, re.MULTILINE)
    return sum(map(int, threads))
