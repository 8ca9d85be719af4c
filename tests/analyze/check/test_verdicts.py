"""Limits held against runs: kept, broken, and not to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from perfmon_analyze import load
from perfmon_analyze.check import FAILED, LIMITS, PASSED, UNJUDGED, Judgement, judge
from perfmon_analyze.text.quantities import parse_limit
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, write_run

if TYPE_CHECKING:
    from pathlib import Path

GIB = 2**30
TICKS = 100
KNOWN: dict[str, Any] = {
    "state": "finished",
    "duration_seconds": 100.0,
    "peak": {"tree_at_least_bytes": 6 * GIB, "tree_at_most_bytes": 6 * GIB},
    "totals": {"cpu_user_seconds": 90.0, "cpu_system_seconds": 10.0},
    "sampler": {"cpu_seconds": 0.5, "ticks": 100, "ticks_missed": 0},
}


def run(folder: Path, *, seconds: float = 0.75, known: dict[str, Any] | None = None, gpu: bool = True) -> Path:
    """A run of 100 s whose batches take `seconds` and are waited for a quarter of a second."""
    tables = {
        "job": job_rows([4 * GIB] * TICKS),
        "folder": folder_rows([GIB * tick for tick in range(11)]),
        "batch": batch_rows([seconds] * TICKS),
    }
    cards = gpu_rows([8.0 * GIB] * TICKS, [0.8] * TICKS)
    energy = [row | {"energy_joules": 36.0 * tick} for tick, row in enumerate(cards)]
    write_run(folder, run="r1", tables=tables | ({"gpu": energy} if gpu else {}), known=KNOWN | (known or {}))
    return folder


def judged(folder: Path, option: str, text: str, baseline: Path | None = None) -> Judgement:
    """One limit held against the one run of a folder."""
    runs = load(folder)
    unit = next(limit.unit for limit in LIMITS if limit.option == option)
    limits = {option: parse_limit(text, unit)}
    (one,) = judge(runs, runs.recordings[0], limits, load(baseline) if baseline else None)
    return one


@pytest.mark.parametrize(
    ("option", "kept", "broken", "value"),
    [
        ("max-rss", "6GiB", "5GiB", 6 * GIB),
        ("max-vram", "8GiB", "7GiB", 8 * GIB),
        ("max-disk", "10GiB", "9GiB", 10 * GIB),
        ("max-duration", "100s", "99s", 100.0),
        ("max-cpu-time", "100s", "99s", 100.0),
        ("max-energy", "1Wh", "0.98Wh", 36.0 * 99),
        ("max-batch-p95", "1s", "900ms", 1.0),
        ("min-items-per-second", "16", "16.1", 16.0),
        ("min-gpu", "79%", "81%", 0.8),
        ("max-recorder", "0.5%", "0.4%", 0.005),
    ],
)
def test_limits(tmp_path: Path, option: str, kept: str, broken: str, value: float) -> None:
    """Each limit holds up to its number and breaks beyond it."""
    folder = run(tmp_path)
    found = [judged(folder, option, text) for text in (kept, broken)]

    assert [one.verdict for one in found] == [PASSED, FAILED]
    assert pytest.approx(found[0].value) == value


@pytest.mark.parametrize(
    ("option", "limit", "known", "reason"),
    [
        ("max-rss", "7GiB", {"state": "killed"}, "the run did not finish: its state is killed"),
        ("max-rss", "7GiB", {"state": "running"}, "the run did not finish: its state is running"),
        (
            "max-vram",
            "9GiB",
            {"sampler": {"ticks": 90, "ticks_missed": 10}},
            "10 of 100 ticks are missing, in which it may have been higher",
        ),
        ("max-recorder", "1%", {"sampler": {}}, "run.json does not say what the recorder took"),
    ],
)
def test_what_is_doubtful_does_not_pass(
    tmp_path: Path, option: str, limit: str, known: dict[str, Any], reason: str
) -> None:
    """A limit that is kept by what is not whole is not judged."""
    found = judged(run(tmp_path, known=known), option, limit)

    assert (found.verdict, found.reason) == (UNJUDGED, reason)


def test_what_is_broken_fails_whatever_is_in_doubt(tmp_path: Path) -> None:
    """A run that was killed beyond its limit has broken it."""
    assert judged(run(tmp_path, known={"state": "killed"}), "max-rss", "5GiB").verdict == FAILED


def test_missing_ticks_do_not_matter_to_exact_numbers(tmp_path: Path) -> None:
    """The kernel's mark has seen what the samples have not."""
    folder = run(tmp_path, known={"sampler": {"ticks": 50, "ticks_missed": 50}})

    assert judged(folder, "max-rss", "6GiB").verdict == PASSED


@pytest.mark.parametrize(("option", "limit"), [("max-vram", "1GiB"), ("max-energy", "1Wh"), ("min-gpu", "1%")])
def test_without_a_gpu(tmp_path: Path, option: str, limit: str) -> None:
    """What was not recorded is not judged, and no stand-in takes its place."""
    assert judged(run(tmp_path, gpu=False), option, limit).verdict == UNJUDGED


@pytest.mark.parametrize(
    ("peak", "value", "source"),
    [
        ({"tree_at_least_bytes": GIB, "tree_at_most_bytes": GIB}, GIB, "exact: the kernel's high-water mark"),
        ({"tree_at_least_bytes": GIB, "tree_at_most_bytes": 3 * GIB}, GIB, "sampled: the largest of sampled PSS"),
        ({}, 4 * GIB, "sampled: the highest of 100 samples of RSS"),
    ],
)
def test_where_the_peak_comes_from(tmp_path: Path, peak: dict[str, int], value: int, source: str) -> None:
    """The kernel's mark of the whole tree, else what was sampled; it says which."""
    found = judged(run(tmp_path, known={"peak": peak}), "max-rss", "5GiB")

    assert found.value == value
    assert found.source.startswith(source)


@pytest.mark.parametrize(("limit", "verdict"), [("11%", PASSED), ("9%", FAILED)])
def test_overhead(tmp_path: Path, limit: str, verdict: str) -> None:
    """1.1 s per batch of 16 are 10 % more than 1 s, waiting included."""
    found = judged(run(tmp_path / "a", seconds=0.85), "max-overhead", limit, run(tmp_path / "b"))

    assert found.verdict == verdict
    assert pytest.approx(found.value) == 0.1
    assert "time per item: 68.7 ms, and 62.5 ms in 1 run of the baseline" in found.source


@pytest.mark.parametrize(("limit", "verdict"), [("+21%", PASSED), ("+19%", FAILED)])
def test_relative_to_the_baseline(tmp_path: Path, limit: str, verdict: str) -> None:
    """6 GiB are a fifth more than the baseline's 5."""
    peak = {"tree_at_least_bytes": 5 * GIB, "tree_at_most_bytes": 5 * GIB}
    baseline = run(tmp_path / "b", known={"peak": peak})

    assert judged(run(tmp_path / "a"), "max-rss", limit, baseline).verdict == verdict


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"stage": "inference"}, "there is no baseline of stage training and model bielik12"),
        ({"hardware": {"cpus": 64}}, "the baseline is unlike: CPU: 64 x not known and unknown x not known"),
    ],
)
def test_another_baseline(tmp_path: Path, known: dict[str, Any], reason: str) -> None:
    """A baseline of another stage, or on other hardware, is none."""
    found = judged(run(tmp_path / "a"), "max-overhead", "5%", run(tmp_path / "b", known=known))

    assert (found.verdict, found.reason) == (UNJUDGED, reason)
