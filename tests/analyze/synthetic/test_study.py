"""The study's plan, and what the documentation says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perfmon_analyze.synthetic.plausibility import RULES
from perfmon_analyze.synthetic.study import JOBS, default_interval, job_seconds

DOCUMENT = (Path(__file__).parents[3] / "docs" / "synthetic.md").read_text()
_SECONDS = {"h": 3600, "min": 60}


def test_the_documentation_lists_the_jobs() -> None:
    """The table of runs gives each job's stage, variant, model and length, in order."""
    rows = re.findall(r"^\| `(\w+)` \| (?:`(\w+)` )?\| `(\w+)` \| ([\d.]+) (\w+) \|", DOCUMENT, re.MULTILINE)
    told = [
        (stage, variant or None, model, round(float(n) * _SECONDS[unit])) for stage, variant, model, n, unit in rows
    ]

    assert told == [(job.stage, job.variant, job.model, round(job.seconds)) for job in JOBS]


def test_the_documentation_counts_the_rules() -> None:
    """It says thirteen rules, and there are thirteen."""
    assert "which of thirteen rules" in DOCUMENT
    assert len(RULES) == 13


@pytest.mark.parametrize(("scale", "seconds"), [(10.0, 60.0), (1.0, 60.0), (0.5, 30.0), (0.01, 1.0), (1e-6, 1.0)])
def test_shorter_runs_are_sampled_more_often(scale: float, seconds: float) -> None:
    """The interval follows the scale from 60 s down to 1 s."""
    assert default_interval(scale) == seconds


def test_lengths_follow_the_scale() -> None:
    """Every job is shortened by the factor, to 20 s at least."""
    assert job_seconds(0.01) == [162, 31.2, 252, 324, 360, 360, 360, 360]
    assert job_seconds(0.001) == [20, 20, 25.2, 32.4, 36, 36, 36, 36]
