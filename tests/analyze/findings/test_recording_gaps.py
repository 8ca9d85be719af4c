"""Gaps in a recording, and the little that always lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analyze.findings.recorded import found, job, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("missing", "expected"),
    [(range(100, 110), 1), (range(100, 101), 0), (range(100, 102), 1)],
    ids=["ten ticks", "one tick", "two ticks of 200"],
)
def test_gaps(tmp_path: Path, missing: range, expected: int) -> None:
    """A hundredth of the ticks missing at a stretch is a gap; a single tick is not."""
    rows = [row for tick, row in enumerate(job()) if tick not in missing]
    told = found(run(tmp_path, job=rows), "gaps")

    assert [one.evidence["missing_seconds"] for one in told] == [float(len(missing))] * expected
    assert [(one.begin, one.end) for one in told] == [(99.0, missing[-1] + 1.0)] * expected


def test_half_a_minute_in_a_long_run(tmp_path: Path) -> None:
    """A gap of 40 s is told of though it is less than a hundredth of the time."""
    rows = [row for tick, row in enumerate(job(5000)) if not 1000 <= tick < 1040]

    assert len(found(run(tmp_path, job=rows), "gaps")) == 1
