"""The command: `scripts/cost-gate`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from cost_gate.cases import CASES, Case, reference

if TYPE_CHECKING:
    from collections.abc import Mapping

COSTS = Path(__file__).with_name("costs.json")
TOLERANCE = 0.05
_DESCRIPTION = """Count the instructions of perfmon's commands, as multiples of those of a Python that imports argparse
and json, and hold them against scripts/cost_gate/costs.json.
The exit status is 1 if one got dearer by more than 5 %."""
_FAILED_STATUS, _USAGE_STATUS = 1, 2


def main() -> int:
    """Count, compare, print; with --write, keep what was counted."""
    parser = argparse.ArgumentParser(prog="scripts/cost-gate", description=_DESCRIPTION)
    parser.add_argument("--write", action="store_true", help="keep what is counted now as what later counts must hold")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("cost-gate: valgrind is not installed; apt-get install valgrind", file=sys.stderr)
        return _USAGE_STATUS
    counts = count()
    kept: dict[str, float] = json.loads(COSTS.read_text()) if COSTS.exists() else {}
    for case in CASES:
        print(line(case, counts[case.name], kept.get(case.name)))
    if options.write:
        COSTS.write_text(json.dumps(counts, indent=2) + "\n")
        return 0
    risen = dearer(counts, kept)
    if risen:
        print(f"cost-gate: dearer by more than {TOLERANCE:.0%}: {', '.join(risen)}", file=sys.stderr)
        print("cost-gate: if that is worth it, scripts/cost-gate --write keeps the new figures", file=sys.stderr)
    return _FAILED_STATUS if risen else 0


def count() -> dict[str, float]:
    """Each case as a multiple of the reference, as many side by side as there are CPUs."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        places = {name: Path(folder, name) for name in ("reference", *(case.name for case in CASES))}
        for place in places.values():
            place.mkdir()
        begun = {case.name: pool.submit(case.measure, places[case.name]) for case in CASES}
        unit = reference(places["reference"])
        return {name: round(one.result() / unit, 5) for name, one in begun.items()}


def dearer(counts: Mapping[str, float], kept: Mapping[str, float]) -> list[str]:
    """What costs more than was kept, by more than the tolerance; what was never kept is no ground for complaint."""
    return [name for name, cost in counts.items() if cost > kept.get(name, cost) * (1 + TOLERANCE)]


def line(case: Case, cost: float, kept: float | None) -> str:
    """What a case costs, and by how much that changed."""
    change = "" if kept is None else f"  {cost / kept - 1:+7.2%}"
    return f"{case.name:8} {cost:9.4f}{change}  {case.per}"


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
