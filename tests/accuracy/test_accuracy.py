"""The recorded numbers are as true as docs/accuracy.md says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.accuracy.checks import CHECKS, Check
from tests.accuracy.programs import PROGRAMS
from tests.accuracy.recording import record

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "accuracy.md").read_text()


@pytest.mark.parametrize("name", CHECKS)
def test_targets_are_met(name: str, tmp_path: Path) -> None:
    """What is recorded of a program that knows the truth is within the target, of the truth and of the kernel."""
    missed = [check for check in CHECKS[name](record(name, tmp_path)) if not check.holds]

    assert missed == []


def test_all_programs_are_checked() -> None:
    """No program runs for nothing."""
    assert list(CHECKS) == [program.__name__ for program in PROGRAMS]


def test_the_document_has_all_numbers() -> None:
    """Each program stands in the document, with its words."""
    missing = [program.__name__ for program in PROGRAMS if (program.__doc__ or "?") not in DOCUMENT]

    assert missing == []


@pytest.mark.parametrize(
    ("recorded", "kernel", "holds"), [(99.5, None, True), (98, None, False), (100, 98, False), (100, 99.5, True)]
)
def test_an_error_is_told(recorded: float, kernel: float | None, holds: bool) -> None:
    """A value that is off by more than the target, from the truth or the kernel's, does not hold."""
    assert Check("x", "B", 100, kernel, recorded, 0.01).holds == holds


def test_the_command_explains_itself() -> None:
    """`scripts/accuracy --help` says what it does."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.accuracy", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "docs/accuracy.md" in done.stdout
