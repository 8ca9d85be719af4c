"""The command `scripts/lean-savings`: what each stand-in for a heavy module saves."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from typing import TYPE_CHECKING, NamedTuple

from tqdm import tqdm

from benchmark_suite.docs_blocks import machine, write
from benchmark_suite.python_start import Cost, cost
from benchmark_suite.tables import plain_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DESCRIPTION = """Start Pythons that use a stand-in of perfmon, and Pythons that use the original in its place, in turn.
Print the CPU time and the memory that each needs beyond a Python with only the package perfmon.lean, what the stand-in
saves, and how many times as much a whole Python with the original takes. All figures are medians over the rounds."""
_PACKAGE = "import perfmon.lean"  # every process of perfmon has it, with or without stand-ins
_STDLIB = "from perfmon.lean import stdlib"
_PATTERNS = "import perfmon.redaction.patterns, perfmon.redaction.text"


class StandIn(NamedTuple):
    """Two pieces of code with the same result: with a module of perfmon, and with what it stands in for.

    A name of `lean.stdlib` by itself is compared with loading the original beside `lean.stdlib`.
    """

    module: str
    original: str
    ours: str
    theirs: str


STAND_INS = (
    StandIn(
        "lean.stdlib",
        "typing, contextlib, signal, socket",
        "from perfmon.lean.stdlib import NamedTuple, signal, socket, suppress",
        "from typing import NamedTuple; from contextlib import suppress; import signal, socket",
    ),
    *(
        StandIn(f"lean.stdlib.{name}", module, f"from perfmon.lean.stdlib import {name}", f"{_STDLIB}; import {module}")
        for name, module in {
            "NamedTuple": "typing",
            "suppress": "contextlib",
            "signal": "signal",
            "socket": "socket",
            "datetime": "datetime",
            "heapq": "heapq",
        }.items()
    ),
    StandIn(
        "lean.json_codec",
        "json",
        "from perfmon.lean import json_codec; json_codec.parse(json_codec.compact({'t': 1.5}))",
        "import json; json.loads(json.dumps({'t': 1.5}))",
    ),
    StandIn(
        "lean.libc",
        "ctypes",
        "from perfmon.lean import libc; libc.call('getpid')",
        "import ctypes; ctypes.CDLL(None).getpid()",
    ),
    StandIn(
        "lean.lazy_pattern",
        "re.compile",
        _PATTERNS,
        f"import re; from perfmon.lean import lazy_pattern; lazy_pattern.lazy = re.compile; {_PATTERNS}",
    ),
    StandIn(
        "lean.entry_points",
        "importlib.metadata",
        "from perfmon.lean import entry_points; entry_points.load('perfmon.commands', 'rm')",
        "from importlib.metadata import entry_points; "
        "[one] = entry_points(group='perfmon.commands', name='rm'); one.load()",
    ),
    StandIn(
        "cli.run_options.parse_plain",
        "argparse",
        "from perfmon.commands import run; run.parse_plain(['--stage', 'training', 'true'])",
        "from perfmon.commands import run; import argparse; parser = argparse.ArgumentParser(); "
        "run.configure(parser); parser.parse_args(['--stage', 'training', 'true'])",
    ),
    StandIn(
        "linux.system",
        "psutil",
        "from perfmon.linux import system\n"
        "for path, parse in (('stat', system.cpu), ('loadavg', system.load), ('meminfo', system.memory), "
        "('net/dev', system.network), ('diskstats', system.Disks().parse)): parse(open(f'/proc/{path}', 'rb').read())",
        "from perfmon.linux import psutil_system; psutil_system.read()",
    ),
    StandIn(
        "linux.procfs",
        "psutil",
        "from perfmon.linux import procfs; procfs.parse_stat(open('/proc/self/stat', 'rb').read()), "
        "procfs.parse_status(open('/proc/self/status', 'rb').read())",
        "import psutil; one = psutil.Process(); one.cpu_times(), one.memory_info()",
    ),
)


def main() -> int:
    """Measure, and print the table or write it into its page."""
    parser = argparse.ArgumentParser(prog="scripts/lean-savings", description=_DESCRIPTION)
    parser.add_argument("--rounds", type=int, default=21, metavar="N", help="starts of each (default: 21)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/lean.md")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    text = report(options.rounds)
    print(text, end="")
    if options.write:
        write("lean", text)
    return 0


def report(rounds: int) -> str:
    """The table, with the machine and the number of rounds below it."""
    nothing, costs = measure(rounds)
    rows = [row(stand_in, nothing, costs[stand_in.module]) for stand_in in STAND_INS]
    heads = [
        "perfmon's",
        "CPU ms",
        "MiB",
        "instead of",
        "CPU ms",
        "MiB",
        "saves CPU ms",
        "saves MiB",
        "ratio CPU",
        "ratio MiB",
    ]
    return (
        f"{plain_table(heads, rows)}\n"
        f"A Python that has only the package `perfmon.lean` takes {1e3 * nothing.cpu_seconds:.1f} ms of CPU and "
        f"{nothing.peak_bytes / 2**20:.1f} MiB.\n"
        f"Medians of {rounds} starts of each, in turn, on\n{machine()}"
    )


def measure(rounds: int) -> tuple[Cost, Mapping[str, Sequence[tuple[Cost, Cost]]]]:
    """The median cost of a Python without any of them, and pairs of costs (stand-in, original) by module.

    The two of a pair start one after the other, and the first of them changes from round to round.
    """
    nothing: list[Cost] = []
    costs: dict[str, list[tuple[Cost, Cost]]] = {one.module: [] for one in STAND_INS}
    for one in STAND_INS:
        pair(one, ours_first=True)  # so that all is compiled, and in the page cache
    for number in tqdm(range(rounds), desc="rounds", disable=None):
        nothing.append(cost(_PACKAGE))
        for one in STAND_INS:
            costs[one.module].append(pair(one, ours_first=number % 2 == 0))
    return _median(nothing), costs


def pair(stand_in: StandIn, *, ours_first: bool) -> tuple[Cost, Cost]:
    """The costs of the stand-in and of the original, of one start each."""
    codes = [f"{_PACKAGE}\n{code}" for code in (stand_in.ours, stand_in.theirs)]
    if ours_first:
        ours, theirs = map(cost, codes)
    else:
        theirs, ours = map(cost, reversed(codes))
    return ours, theirs


def row(stand_in: StandIn, nothing: Cost, pairs: Sequence[tuple[Cost, Cost]]) -> list[str]:
    """The cells of one stand-in; savings and ratios are medians of those within each pair."""
    ours, theirs = (_median([one[place] for one in pairs]) for place in (0, 1))
    saved = _median([Cost(*(b - a for a, b in zip(*one, strict=True))) for one in pairs])
    ratio = _median([Cost(*(b / a for a, b in zip(*one, strict=True))) for one in pairs])
    beyond = [_cells(Cost(*(a - b for a, b in zip(one, nothing, strict=True)))) for one in (ours, theirs)]
    ratios = [f"{value:.2f}" for value in ratio]
    return [f"`{stand_in.module}`", *beyond[0], f"`{stand_in.original}`", *beyond[1], *_cells(saved), *ratios]


def _cells(cost: Cost) -> list[str]:
    """Milliseconds and MiB, to a tenth; a zero has no sign."""
    return [f"{round(value, 1) + 0.0:.1f}" for value in (1e3 * cost.cpu_seconds, cost.peak_bytes / 2**20)]


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
