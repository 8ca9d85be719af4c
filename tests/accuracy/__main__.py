"""Measures how true the numbers are: `scripts/accuracy` records programs of known use, and prints the errors.

With --write the table is put into docs/accuracy.md. It takes a minute at most, and exits with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from tests.accuracy import programs
from tests.accuracy.checks import CHECKS, Check
from tests.accuracy.recording import record

DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
_COST = "A tick of the 500 processes took the process that samples {:.1f} ms of CPU time (median)."


def main() -> int:
    """Record all programs, print the table, and say whether all targets are met."""
    parser = argparse.ArgumentParser(prog="scripts/accuracy", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/accuracy.md")
    parser.add_argument("--folder", help="where the programs may write: not on a tmpfs (default: the temporary folder)")
    options = parser.parse_args()
    checks: list[tuple[str, Check]] = []
    cost = 0.0
    for program in programs.PROGRAMS:
        name = program.__name__
        with tempfile.TemporaryDirectory(prefix="perfmon-", dir=options.folder) as folder:
            outcome = record(name, Path(folder))
        checks += [(program.__doc__ or name, check) for check in CHECKS[name](outcome)]
        cost = outcome.truth.get("tick_cpu_seconds", cost)
    text = f"{about()}\n\n{table(checks)}\n{_COST.format(cost * 1e3)}\n"
    print(text)
    if options.write:
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        DOCUMENT.write_text(before + BEGIN + text + END + rest.partition(END)[2])
    return 0 if all(check.holds for _, check in checks) else 1


def about() -> str:
    """When and on what it was measured."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    groups = "version 2" if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else "version 1"
    return (
        f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())}: {os.cpu_count()} CPUs ({platform.machine()}), "
        f"{memory:.0f} GiB of memory,\nLinux {platform.release()}, control groups of {groups}, "
        f"Python {platform.python_version()}, psutil {importlib.metadata.version('psutil')}, "
        f"perfmon {importlib.metadata.version('perfmon-ml')}."
    )


def table(checks: list[tuple[str, Check]]) -> str:
    """All checks as a table in Markdown."""
    lines = [
        "| program | number | truth | kernel | recorded | error | against the kernel | target | |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    last = ""
    for what, check in checks:
        told, last = ("" if what == last else what), what
        numbers = [_number(value, check.unit) for value in (check.truth, check.kernel, check.recorded)]
        errors = [_percent(error) for error in (check.error, check.kernel_error)]
        cells = [
            told,
            check.metric,
            *numbers,
            *errors,
            f"{check.target * 100:g} %",
            "" if check.holds else "**missed**",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return {"B": f"{value / 1e6:,.3f} MB", "s": f"{value:.3f} s", "1": f"{value:g}"}[unit]


def _percent(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio * 100 + 0.0:+.2f} %"


if __name__ == "__main__":
    sys.exit(main())
