"""The rules that a measured trace keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from perfmon_analyze.synthetic.plausibility import RULES, violated_rules
from tests.analyze.synthetic.studies import frame

if TYPE_CHECKING:
    from tests.analyze.synthetic.studies import Study

GIB = 1 << 30


@pytest.fixture
def careless() -> pd.DataFrame:
    """A trace as a careless generator makes it: independent white noise, exact steps, one column out of another."""
    random = np.random.default_rng(0)
    used = GIB * random.normal(40, 2, 1000)
    return pd.DataFrame(
        {
            "t": np.arange(1000.0),
            "busy_ratio": random.uniform(0.6, 1.0, 1000),
            "memory_busy_ratio": used / (80 * GIB),
            "vram_used_bytes": used.round(),
            "vram_total_bytes": 80 * 10**9,
            "power_watts": random.normal(250, 30, 1000),
            "energy_joules": np.arange(1000.0) * 200,
            "temperature_celsius": random.normal(60, 5, 1000).round(),
        }
    )


@pytest.mark.parametrize("number", range(8))
def test_every_synthetic_run_keeps_the_rules(close_study: Study, number: int) -> None:
    """Read once a second, none of the eight runs breaks a rule."""
    folder = close_study.folders[number]

    assert violated_rules(frame(folder, "gpu"), frame(folder, "folder")) == []


def test_a_careless_trace_breaks_the_rules(careless: pd.DataFrame) -> None:
    """White noise breaks every rule but two: it has no pauses to come back from, and no folder."""
    kept = {"power comes back later than utilization", "disk use is a staircase that only rises"}

    assert set(violated_rules(careless)) == {rule.text for rule in RULES} - kept


def test_power_that_does_not_lag_is_found(close_study: Study) -> None:
    """Power that follows utilization at once breaks the rule of its lag."""
    gpu = close_study.table("gpu", "activation_saving", "bielik45")
    gpu["power_watts"] = 70 + 300 * gpu["busy_ratio"]

    assert "power comes back later than utilization" in violated_rules(gpu)


def test_files_that_shrink_are_found(close_study: Study) -> None:
    """Disk use that falls breaks the rule of the staircase."""
    gpu, folder = (close_study.table(table, "activation_saving", "bielik45") for table in ("gpu", "folder"))

    assert violated_rules(gpu, folder.iloc[::-1]) == ["disk use is a staircase that only rises"]


def test_too_few_rows_are_not_judged(careless: pd.DataFrame) -> None:
    """A handful of rows says nothing."""
    with pytest.raises(ValueError, match="99 rows are too few"):
        violated_rules(careless.head(99))
