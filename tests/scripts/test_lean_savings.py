"""`scripts/lean-savings` measures every stand-in, and its page shows all of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAN = ROOT / "monitor" / "perfmon" / "lean"

sys.path.insert(0, str(ROOT / "scripts"))

from benchmark_suite.lean_savings import STAND_INS, StandIn, row  # noqa: E402 - the suite lies beside its starter
from benchmark_suite.python_start import Cost, cost  # noqa: E402


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each row of a table, by the name in the first one."""
    lines = re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in lines}


def test_the_command_prints_a_row_for_each_stand_in() -> None:
    """Each has both costs, what is saved and both ratios; the heaviest originals take more than their stand-ins."""
    words = [sys.executable, "-m", "benchmark_suite.lean_savings", "--rounds", "1"]
    done = subprocess.run(words, cwd=ROOT / "scripts", capture_output=True, text=True, check=True)
    printed = rows(done.stdout)

    assert list(printed) == [one.module for one in STAND_INS]
    assert {len(cells) for cells in printed.values()} == {9}
    for heavy in ("lean.stdlib", "lean.json_codec", "lean.entry_points", "linux.system", "linux.procfs"):
        assert float(printed[heavy][6]) > 0, f"{heavy} saves no memory"
        assert float(printed[heavy][8]) > 1


def test_every_module_of_the_package_is_measured() -> None:
    """A new stand-in needs a row, and the page shows the rows that there are."""
    others = {"lean.__init__", "lean.interrupts", "lean.standard_error"}  # they replace nothing
    modules = {f"lean.{path.stem}" for path in LEAN.glob("*.py")} - others

    assert modules <= {one.module for one in STAND_INS}
    assert list(rows((ROOT / "docs" / "lean.md").read_text())) == [one.module for one in STAND_INS]


@pytest.mark.parametrize("stand_in", STAND_INS, ids=lambda one: one.module)
def test_only_the_original_loads_the_original(stand_in: StandIn) -> None:
    """What is compared differs in what it is said to differ: the stand-in's Python does without the original."""
    names = [name.partition(".compile")[0] for name in stand_in.original.split(", ")]
    show = f"import sys; print(*[name for name in {names!r} if name in sys.modules])"
    loaded = [
        subprocess.run(
            [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}\n{show}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for code in (stand_in.ours, stand_in.theirs)
    ]

    assert set(loaded[1]) == set(names)
    assert loaded[0] == [] or stand_in.original in {"re.compile", "heapq"}


def test_savings_are_medians_of_pairs() -> None:
    """A round in which the machine was slow shifts both of its pair, and so neither saving nor ratio."""
    nothing = Cost(0.010, 8 * 2**20)
    pairs = [
        (Cost(0.011, 9 * 2**20), Cost(0.022, 12 * 2**20)),
        (Cost(0.012, 9 * 2**20), Cost(0.024, 12 * 2**20)),
        (Cost(0.090, 9 * 2**20), Cost(0.180, 12 * 2**20)),
    ]

    assert row(STAND_INS[0], nothing, pairs)[1:] == [
        *("2.0", "1.0", f"`{STAND_INS[0].original}`", "14.0", "4.0"),
        *("12.0", "3.0", "2.00", "1.33"),
    ]


def test_cost_of_a_python() -> None:
    """CPU time and memory are those of the code; code that fails is an error."""
    idle, busy = cost("pass"), cost("held = b'x' * 50_000_000; sum(range(3_000_000))")

    assert busy.peak_bytes - idle.peak_bytes > 45_000_000
    assert busy.cpu_seconds > idle.cpu_seconds > 0
    with pytest.raises(subprocess.CalledProcessError):
        cost("1 / 0")
