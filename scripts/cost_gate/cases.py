"""What is counted: commands as users type them, and loops of which two lengths are compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cost_gate.counted import instructions, run
from perfmon_analyze.synthetic.write import write_study

if TYPE_CHECKING:
    from collections.abc import Callable

PYTHON = Path(sys.executable)
PERFMON = PYTHON.with_name("perfmon")
HERE = Path(__file__).parent
_STARTED = 77  # what until_start.py ends with
_SEALED_TICKS = 300
_FEW, _MANY = 30, 330


class Case(NamedTuple):
    """One count; `measure` gives instructions, and makes what it needs in a folder of its own.

    `per` is what the count is of, for who reads it.
    """

    name: str
    per: str
    measure: Callable[[Path], float]


def reference(folder: Path) -> float:
    """A Python that starts and imports two modules of its own: what all else is measured by."""
    return _counted([PYTHON, "-c", "import argparse, json"], folder)


def _help(folder: Path) -> float:
    return _counted([PYTHON, PERFMON, "--help"], folder)


def _start(folder: Path) -> float:
    return _counted([PYTHON, HERE / "until_start.py"], folder, status=_STARTED)


def _import(folder: Path) -> float:
    bare = _counted([PYTHON, "-c", "pass"], folder)
    return _counted([PYTHON, "-c", "import perfmon"], folder) - bare


def _tick(folder: Path) -> float:
    """The difference of many ticks and a few, by their number: start and end are in both."""
    few, many = (_counted([PYTHON, HERE / "some_ticks.py", str(ticks)], folder) for ticks in (_FEW, _MANY))
    return (many - few) / (_MANY - _FEW)


def _seal(folder: Path) -> float:
    for name in ("warm", "counted"):
        run([PYTHON, HERE / "left_behind.py", name, str(_SEALED_TICKS)], folder)
    run([PYTHON, PERFMON, "seal", "warm"], folder)
    return instructions([PYTHON, PERFMON, "seal", "counted"], folder)


def _plot(folder: Path) -> float:
    for _ in write_study(str(folder / "study"), scale=0.01):
        pass
    words = ["plot", "study", "-o", "plots", "--only", "memory_usage_training"]
    return _counted([PYTHON, PERFMON, *words], folder)


def _counted(words: list[str | Path], folder: Path, *, status: int = 0) -> float:
    run(words, folder)
    return instructions(words, folder, status=status)


CASES = (  # the longest first, for they are counted side by side
    Case("plot", "`perfmon plot --only memory_usage_training` of the short study", _plot),
    Case("seal", f"`perfmon seal` of a run of {_SEALED_TICKS} ticks", _seal),
    Case("tick", "one tick of the recorder, of a tree of three processes", _tick),
    Case("start", "`perfmon run` up to the start of the command", _start),
    Case("help", "`perfmon --help`", _help),
    Case("import", "`import perfmon`", _import),
)
