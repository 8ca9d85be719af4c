"""Profiles by py-spy: stacks of Python frames, and who owns them."""

from __future__ import annotations

import collections
import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from benchmark_suite.peers import BIN
from benchmark_suite.tables import plain_table
from benchmark_suite.tools import PYTHON
from benchmark_suite.watched_job import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_SHOWN = 8
_HERTZ = "250"


class Stack(NamedTuple):
    """A stack, outermost frame first, and how often it was seen."""

    frames: list[str]
    seen: int

    def has(self, name: str) -> bool:
        """Whether one of the frames begins like this."""
        return any(frame.startswith(name) for frame in self.frames)


def profiled(folder: Path, words: Sequence[str | Path]) -> list[Stack]:
    """Run a Python program under py-spy, with all the processes that it starts; idle ones are left out.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    raw = folder / "stacks.txt"
    options = ["--format", "raw", "--rate", _HERTZ, "--subprocesses", "--output", str(raw)]
    command: list[str | Path] = [BIN / "py-spy", "record", *options, "--", PYTHON, *words]
    subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)
    lines = (line.rpartition(" ") for line in raw.read_text().splitlines())
    return [Stack(frames.split(";"), int(seen)) for frames, _, seen in lines]


def source(stack: Stack) -> str:
    """The file of the innermost frame."""
    found = re.search(r"\((.*?)(:\d+)?\)$", stack.frames[-1])
    return found[1] if found else "elsewhere"


def package(stack: Stack) -> str:
    """The package of the innermost frame; whatever happens while a module is imported is its import's."""
    return "imports" if any("<frozen importlib" in frame for frame in stack.frames) else source(stack).split("/")[0]


def shares(stacks: Sequence[Stack], owner: Callable[[Stack], str]) -> str:
    """A table of the greatest owners of time."""
    owners: collections.Counter[str] = collections.Counter()
    for stack in stacks:
        owners[owner(stack)] += stack.seen
    total = owners.total()
    rows = [[f"`{name}`", f"{count / total:.0%}"] for name, count in owners.most_common(_SHOWN)]
    return plain_table(["", f"share of {total:,} samples"], rows)
