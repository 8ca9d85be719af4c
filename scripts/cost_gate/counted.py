"""Instructions that a command executes, by `valgrind --tool=callgrind`: the same however busy the machine is."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Nothing of the caller's: hash seed, locale and paths decide how long dictionaries and strings are.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
_ENVIRONMENT |= {"MPLCONFIGDIR": "/tmp/perfmon-cost-gate-matplotlib"}  # noqa: S108 - matplotlib's list of fonts is kept
_OPTIONS = ("--tool=callgrind", "--combine-dumps=yes", "--trace-children=no")


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
    with tempfile.TemporaryDirectory() as counts:
        valgrind = ["valgrind", *_OPTIONS, f"--callgrind-out-file={counts}/%p"]
        with subprocess.Popen(
            [*valgrind, *words],
            cwd=folder,
            env=_ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            _, said = process.communicate()
        if process.returncode != status:
            raise RuntimeError(f"{' '.join(map(str, words))} ended with {process.returncode}:\n{said[-2000:]}")
        found = re.findall(r"^summary: (\d+)$", Path(counts, str(process.pid)).read_text(), re.MULTILINE)
    return sum(map(int, found))
