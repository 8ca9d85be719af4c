"""Peaks of memory are exact, between two ticks too."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfmon.linux.peak_memory import HighWaterMarks, PeakMemory
from tests.monitor.linux.memory_jobs import MB, record


def test_spike_between_two_ticks(tmp_path: Path) -> None:
    """600 MB held for a moment between two ticks of a second are seen exactly, for the kernel keeps the mark."""
    peak = record(tmp_path, f"time.sleep(0.2)\nheld = eat(600 * {MB})\ndel held\ntime.sleep(1.5)", interval="1s")

    assert peak["hwm_bytes"] == pytest.approx(600 * MB, rel=0.03)
    assert peak["missed_bytes"] == peak["hwm_bytes"] - peak["process_rss_bytes"]
    assert peak["tree_at_least_bytes"] == peak["tree_at_most_bytes"] == peak["hwm_bytes"]


def test_spike_of_a_job_shorter_than_a_tick(tmp_path: Path) -> None:
    """The peak of a job that ends before its first tick comes from `wait4`."""
    peak = record(tmp_path, f"held = eat(300 * {MB})", interval="10s")

    assert peak["hwm_bytes"] == pytest.approx(300 * MB, rel=0.06)


@pytest.mark.parametrize("way", ["setsid", "daemon"])
def test_nothing_escapes(tmp_path: Path, way: str) -> None:
    """A child in a session of its own, and one that forked twice, count with all they hold."""
    escape = {
        "setsid": "if os.fork() == 0:\n    os.setsid()\n    held = eat(300 * 10**6); time.sleep(1.2); os._exit(0)\n",
        "daemon": (
            "if os.fork() == 0:\n    if os.fork(): os._exit(0)\n"
            "    os.setsid(); held = eat(300 * 10**6); time.sleep(1.2); os._exit(0)\n"
        ),
    }[way]
    peak = record(tmp_path, escape + "time.sleep(1.5)")

    assert peak["rss_bytes"] > 300 * MB


def test_bounds_hold_where_peaks_alternate(tmp_path: Path) -> None:
    """Two processes that peak one after the other: the tree's peak lies between one of them and both."""
    peak = record(
        tmp_path,
        "pid = os.fork()\n"
        "if pid == 0:\n    held = eat(200 * 10**6); del held; time.sleep(1.2); os._exit(0)\n"
        "time.sleep(0.6); held = eat(200 * 10**6); del held; time.sleep(0.5); os.wait()",
        interval="400ms",
    )

    assert 200 * MB < peak["tree_at_least_bytes"] < 240 * MB
    assert 400 * MB < peak["tree_at_most_bytes"] < 460 * MB


def test_marks_of_what_was_there_before() -> None:
    """Of a process older than the recording only the mark's rise counts; until then its RSS does."""
    marks = HighWaterMarks(from_start=False)

    assert marks.update({1: 500}, {1: 100}) == 100
    assert marks.update({1: 500, 2: 50}, {1: 120, 2: 40}) == 170
    assert marks.update({1: 600}, {1: 130}) == 600
    assert marks.update({2: 50}, {2: 40}) == 50
    assert marks.update({1: 400, 2: 50}, {1: 140, 2: 40}) == 450  # another process, under the first one's number
    assert marks.largest == 600


def test_a_mark_is_no_less_than_what_was_sampled() -> None:
    """The kernel may tell a mark some pages below the memory that the process has at the same time."""
    marks = HighWaterMarks(from_start=True)

    assert marks.update({1: 50, 2: 9}, {1: 52, 2: 5}) == 61
    assert marks.largest == 52


def test_peaks_of_nothing_are_not_known() -> None:
    """A job of which nothing could be read has no peak, and not one of 0."""
    assert set(PeakMemory().facts().values()) == {None}
