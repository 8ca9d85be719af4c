"""GPU stand-ins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perfmon.store import schema
from perfmon_analyze.synthetic.stand_in import MOST_ROWS, gpu_rows


def rows(
    stage: str, model: str | None, variant: str | None = None, *, duration: float = 3600.0, interval: float = 5.0
) -> pd.DataFrame:
    """A stand-in of an hour."""
    return gpu_rows(stage=stage, model=model, variant=variant, duration_seconds=duration, interval_seconds=interval)


def test_columns_are_columns_of_the_gpu_table() -> None:
    """A stand-in has t and what plots read of the gpu table, in that table's types."""
    columns = {column.name: column.type for column in schema.columns("gpu")}
    actual = rows("training", "bielik12")

    assert list(actual) == [
        "t",
        "uuid",
        "index",
        "name",
        "busy_ratio",
        "memory_busy_ratio",
        "vram_used_bytes",
        "vram_total_bytes",
        "vram_job_bytes",
        "power_watts",
        "energy_joules",
        "temperature_celsius",
    ]
    numbers = actual.drop(columns=["uuid", "name"]).dtypes
    assert {str(name): str(kind) for name, kind in numbers.items()} == {
        str(name): columns[str(name)] for name in numbers.index
    }


@pytest.mark.parametrize("duration", [0.3, 1.0, 20.0, 3120.0, 360_000.0])
def test_covers_any_length(duration: float) -> None:
    """From under a second to 100 hours, t goes from 0 to the end, rising, in no more rows than promised."""
    actual = rows("inference", "bielik45", "detectors", duration=duration, interval=0.25)

    assert (0.0, duration) == (actual["t"].iloc[0], actual["t"].iloc[-1])
    assert (actual["t"].diff().dropna() > 0).all()
    assert len(actual) <= MOST_ROWS + 2
    assert not actual.isna().to_numpy().any()


def test_same_arguments_give_same_rows() -> None:
    """Nothing but the arguments decides on the rows."""
    pd.testing.assert_frame_equal(rows("training", "bielik12"), rows("training", "bielik12"))

    assert not rows("training", "bielik12")["power_watts"].equals(rows("training", "other")["power_watts"])


@pytest.mark.parametrize("stage", ["activation_saving", "training", "inference"])
def test_larger_model_takes_more(stage: str) -> None:
    """The 4.5B model takes more device memory and keeps the GPU busier than the 1.5B model."""
    small, large = (
        rows(stage, model)[["vram_used_bytes", "busy_ratio"]].median() for model in ("bielik12", "bielik45")
    )

    assert (small < large).all()


def test_detectors_leave_the_gpu_less_to_do() -> None:
    """With detectors the GPU is less busy and its memory fuller than without."""
    detectors, baseline = (rows("inference", "bielik12", variant) for variant in ("detectors", "baseline"))

    assert detectors["busy_ratio"].median() < baseline["busy_ratio"].median() - 0.1
    assert detectors["vram_used_bytes"].median() > baseline["vram_used_bytes"].median()


def test_a_stage_nobody_knows_gets_a_shape() -> None:
    """An unknown stage of an unknown model still loads weights, works and ends."""
    actual = rows("tokenize", None)

    assert (actual["vram_used_bytes"].iloc[0], actual["vram_used_bytes"].iloc[-1]) == (0, 0)
    assert actual["vram_used_bytes"].max() > 1 << 30
    assert actual["busy_ratio"].median() > 0.2


@pytest.mark.parametrize(("duration", "interval"), [(0.0, 1.0), (-1.0, 1.0), (5.0, 0.0), (np.inf, 1.0), (5.0, np.nan)])
def test_refuses_times_that_are_none(duration: float, interval: float) -> None:
    """Lengths of time that are not positive numbers are refused with a sentence."""
    with pytest.raises(ValueError, match="cannot stand in for"):
        rows("training", None, duration=duration, interval=interval)
