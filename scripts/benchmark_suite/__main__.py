"""The command: `scripts/benchmark`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmark_suite import (
    disk,
    drawing,
    growth,
    hour,
    in_code,
    peers,
    robustness,
    sampling,
    sealing,
    startup,
    tick_cost,
    ticks,
    where_time_goes,
)
from benchmark_suite.docs_blocks import about, machine, write
from benchmark_suite.effort import FULL, QUICK

_COMPARED = {
    "startup": startup,
    "sampling": sampling,
    "ticks": ticks,
    "disk": disk,
    "code": in_code,
    "drawing": drawing,
}
WRITTEN = _COMPARED | {"growth": growth, "profile": where_time_goes, "hour": hour, "manners": robustness}
_ALONE = {"tick-cost": tick_cost, "seal-cost": sealing}  # perfmon without other tools; printed, and in no page
PARTS = WRITTEN | _ALONE
_DESCRIPTION = """Measure what perfmon costs, beside the tools that people would use instead, and print it as tables;
those tools are installed into .benchmark/, an environment of their own."""


def main() -> int:
    """Measure each part, and print or write it."""
    options = _options()
    names = options.only or _COMPARED
    if WRITTEN.keys() & names:
        peers.install()
    effort = QUICK if options.quick else FULL
    if options.minutes:
        effort = effort._replace(hour_seconds=60 * options.minutes)
    for name in names:
        part, begin = PARTS[name], time.monotonic()
        with tempfile.TemporaryDirectory(prefix="perfmon-benchmark-", dir=options.folder) as folder:
            measured = part.measure(Path(folder), effort)
        print(f"## {part.TITLE}\n\n{measured}", flush=True)
        if options.write:
            write(name, measured)
        print(f"{name} took {time.monotonic() - begin:.0f} s", file=sys.stderr)
    print(about() if WRITTEN.keys() & names else machine())
    if options.write:
        write("about", about())
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=_DESCRIPTION)
    only = f"measure one part: {', '.join(PARTS)}; repeatable (default: {', '.join(_COMPARED)})"
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=only)
    parser.add_argument("--quick", action="store_true", help="a short look, to try the suite; its figures are rough")
    parser.add_argument("--write", action="store_true", help="put the tables into their pages of docs/")
    parser.add_argument("--minutes", type=int, metavar="N", help="cut the hour of `--only hour` short")
    parser.add_argument("--folder", metavar="DIR", help="where to work (default: the temporary folder)")
    options = parser.parse_args()
    if options.quick and options.write:
        parser.error("figures of --quick are too rough to be written")
    if options.write and _ALONE.keys() & (options.only or ()):
        parser.error(f"{' and '.join(_ALONE)} are only printed: no page has their tables")
    return options


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
