"""Two sides of runs, quantity by quantity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from perfmon_analyze import Options, load
from perfmon_analyze.compare import Comparison, ComparisonRow, NotComparable, by_label, compare
from tests.analyze.compare.sides import GIB, HARDWARE, KNOWN, TICKS, side
from tests.analyze.run_factory import gpu_rows, job_rows, write_run

if TYPE_CHECKING:
    from pathlib import Path


def compared(folder: Path, *, anyway: bool = False) -> Comparison:
    """The one comparison by variant of the runs in a folder."""
    (pair,) = by_label(load(folder), "variant")
    return compare(pair, Options(), anyway=anyway)


def rows(comparison: Comparison) -> dict[str, ComparisonRow]:
    """The rows by what they are called."""
    return {row.name: row for row in comparison.rows}


@pytest.fixture
def one_a_side(tmp_path: Path) -> Comparison:
    """A run without and one with detectors: the GPU is busy to 90 and to 70 %."""
    return compared(side(side(tmp_path, "baseline", busy=0.9), "detectors", busy=0.7))


def test_a_known_difference_is_shown(one_a_side: Comparison) -> None:
    """The intervals hold what was put in, and say which way it points."""
    found = rows(one_a_side)
    gpu, batch, items = (
        found[n] for n in ("GPU utilization, mean (%)"[:21], "Time per batch, median", "Items per second")
    )

    assert gpu.difference.low is not None
    assert gpu.difference.high is not None
    assert gpu.difference.low < -20 < gpu.difference.high
    assert [row.verdict for row in (gpu, batch, items)] == ["less", "worse", "worse"]
    assert pytest.approx(batch.difference.a, rel=0.02) == 1.35
    assert pytest.approx(items.difference.b, rel=0.02) == 16 / 1.55


def test_one_number_a_run_has_no_interval(one_a_side: Comparison) -> None:
    """Durations, peaks and energy of one run a side differ, but nobody knows how much by chance."""
    found = rows(one_a_side)

    for name in ("Duration", "RAM peak", "VRAM peak", "GPU energy", "Folders grew by"):
        assert (found[name].verdict, found[name].difference.reason) == (
            "no interval",
            "one number a run, and one run a side",
        )
    assert found["GPU energy"].difference.a == 39_900.0
    assert any(note.startswith("one run a side: the intervals cover the noise within") for note in one_a_side.notes)


def test_energy_per_item(one_a_side: Comparison) -> None:
    """100 W and 16 items every other second are 12.5 J an item on both sides; one run a side has an interval."""
    told = rows(one_a_side)["GPU energy per item"].difference

    assert pytest.approx((told.a, told.b), rel=0.02) == (12.5, 12.5)
    assert told.low is not None
    assert told.high is not None
    assert told.low <= 0 <= told.high


def test_the_same_work_twice_shows_nothing(tmp_path: Path) -> None:
    """Noise alone is no difference; the smallest that would have been shown is told."""
    folder = side(side(tmp_path, "baseline", busy=0.8), "detectors", busy=0.801)
    found = rows(compared(folder))["GPU utilization, mean"]

    assert found.verdict == "not shown"
    assert found.difference.smallest is not None
    assert 0.3 < found.difference.smallest < 1.5


def test_several_runs_a_side(tmp_path: Path) -> None:
    """With three runs a side peaks have intervals, over runs, too."""
    folder = side(side(tmp_path, "baseline", busy=0.8, count=3), "detectors", busy=0.8, count=3, peak=7.0)
    found = compared(folder)
    peak = rows(found)["RAM peak"]

    assert (peak.verdict, peak.difference.covers) == ("worse", "between runs")
    assert (len(found.runs_a), len(found.runs_b)) == (3, 3)
    assert not any("one run" in note for note in found.notes)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"hardware": HARDWARE | {"gpus": [{"name": "Other GPU"}]}}, "GPUs: 1 x Other GPU and 1 x Test GPU"),
        ({"hardware": HARDWARE | {"cpus": 64}}, "CPU: 2 x Test CPU and 64 x Test CPU"),
        ({"hardware": {}}, "CPU: 2 x Test CPU and unknown x not known; memory: 64 GB and not known"),
        ({"interval_seconds": 60.0}, "sampling interval: 1 s and 60 s"),
        ({"origin": "synthetic"}, "origin: measured and synthetic"),
    ],
)
def test_unlike_runs_are_refused(tmp_path: Path, known: dict[str, Any], reason: str) -> None:
    """Runs on unlike hardware, at unlike intervals or of unlike origin are not compared."""
    folder = side(side(tmp_path, "baseline", busy=0.9), "detectors", busy=0.7, **known)

    with pytest.raises(NotComparable) as refused:
        compared(folder)

    assert reason in str(refused.value)


def test_unlike_runs_are_compared_if_one_insists(tmp_path: Path) -> None:
    """With a note that says what is unlike."""
    folder = side(side(tmp_path, "baseline", busy=0.9), "detectors", busy=0.7, interval_seconds=60.0)

    assert "compared although unlike: sampling interval: 1 s and 60 s" in compared(folder, anyway=True).notes


def test_fewer_cpus_are_unlike(tmp_path: Path) -> None:
    """The CPUs that the job may use count, not only those that the machine has."""
    for variant, cpus in (("baseline", 2), ("detectors", 1)):
        tables = {"job": job_rows([GIB] * TICKS, cpus=cpus)}
        write_run(tmp_path, run=variant, variant=variant, tables=tables, known=KNOWN)

    with pytest.raises(NotComparable, match="CPUs the job may use: 1 and 2"):
        compared(tmp_path)


def test_what_one_side_lacks_is_said(tmp_path: Path) -> None:
    """A quantity that is not known of a side has no row; a stand-in is never compared."""
    for variant, tables in (
        ("baseline", {"job": job_rows([GIB] * TICKS)}),
        ("detectors", {"job": job_rows([GIB] * TICKS), "gpu": gpu_rows([GIB] * TICKS, [0.5] * TICKS)}),
    ):
        write_run(tmp_path, run=variant, variant=variant, tables=tables, known=KNOWN)
    found = compared(tmp_path)

    assert found.missing["GPU utilization"] == "A"
    assert found.missing["Time per batch"] == "A and B"
    assert "GPU utilization, mean" not in rows(found)


def test_runs_that_died_are_named(tmp_path: Path) -> None:
    """The totals of a run that did not finish are not whole."""
    found = compared(side(side(tmp_path, "baseline", busy=0.9), "detectors", busy=0.7, state="killed"))

    assert "detectors-0: state killed, so that its totals are not whole" in found.notes


def test_json_holds_everything(one_a_side: Comparison) -> None:
    """In base units, null where there is no interval."""
    plain = json.loads(json.dumps(one_a_side.as_json(), allow_nan=False))
    by_name = {(row["quantity"], row["statistic"]): row for row in plain["rows"]}

    assert (plain["a"], plain["b"]["label"]) == ({"label": "baseline", "runs": ["baseline-0"]}, "detectors")
    assert by_name["VRAM", "median"]["a"] == 8 * GIB
    assert by_name["Duration", None] == {
        "quantity": "Duration",
        "statistic": None,
        "unit": "s",
        "better": "less",
        "a": 400.0,
        "b": 400.0,
        "difference": 0.0,
        "low": None,
        "high": None,
        "smallest": None,
        "covers": None,
        "reason": "one number a run, and one run a side",
        "verdict": "no interval",
    }
