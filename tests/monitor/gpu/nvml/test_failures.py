"""What fails is an event with its time and reason, and everything else goes on."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest

from tests.monitor.gpu.nvml.conftest import Ask, Record, Recording

TWO = "system gpus 2\ngpu 0 uuid GPU-a\ngpu 1 uuid GPU-b\n"


def whole(run: Recording, kind: str = "null") -> list[dict[str, Any]]:
    """The events about whole GPUs or the whole source, those that ended."""
    rows = run.rows("event")
    return [row for row in rows if row["kind"] == kind and row["source"] == "gpu" and row["column_name"] is None]


def times(run: Recording, uuid: str) -> list[float]:
    """When a GPU has rows."""
    return [row["t"] for row in run.rows("gpu") if row["uuid"] == uuid]


def test_a_gpu_is_lost_and_comes_back(record: Record) -> None:
    """The lost GPU has no rows, one event with beginning and end, and rows again; the other goes on."""
    run = record(TWO + "at 0.8 until 1.8 gpu 0 fault * 15", seconds=5)

    begun, ended = whole(run)
    opened = times(run, "GPU-b")[1]  # the first row is of the tick that asked while the library was being opened
    ticks = [row["t"] for row in run.rows("host") if row["t"] >= opened]
    assert (begun["entity"], begun["reason"], begun["end_t"]) == ("GPU-a", "lost", None)
    assert 0.8 <= ended["begin_t"] < opened + 1.3
    assert 1.8 <= ended["end_t"] < opened + 3.3
    assert not [t for t in times(run, "GPU-a") if ended["begin_t"] <= t < ended["end_t"]]
    assert max(times(run, "GPU-a")) > ended["end_t"] - 0.01
    assert len(ticks) >= 20
    assert len(times(run, "GPU-b")) - 1 >= 0.9 * len(ticks)


def test_a_gpu_on_which_every_call_fails_is_lost(ask: Ask) -> None:
    """Drivers say Unknown as often as they say Lost; one that fails in everything is gone."""
    ticks = ask(TWO + "at 0.1 gpu 0 fault * 999", times=[0, 0.2, 0.3]).ticks

    assert [[row["uuid"] for row in tick.rows] for tick in ticks] == [["GPU-a", "GPU-b"], ["GPU-b"], ["GPU-b"]]
    assert ticks[2].missing["GPU-a", None] == "lost"


def test_a_container_loses_its_gpus_and_gets_them_back(ask: Ask) -> None:
    """When all is lost, the library itself is opened again, with pauses, until it works."""
    lost = "at 0.1 until 0.7 gpu * fault * 999\nat 0.1 until 0.7 system fault * 999\n"
    ticks = ask(TWO + lost, times=[0, 0.2, 0.3, 0.4, 0.9, 1.8]).ticks

    assert [len(tick.rows) for tick in ticks] == [2, 0, 0, 0, 0, 2]  # at 0.9 s it works, and is not tried
    assert all(tick.missing for tick in ticks[1:5])
    assert not {("GPU-a", None), (None, None)} & ticks[5].missing.keys()


def test_a_hung_call_stops_nothing_else(record: Record) -> None:
    """While a call into the driver hangs, CPU and memory are read on their grid, and then the GPU is again."""
    run = record(TWO + "at 0.6 until 0.8 gpu 0 hang nvmlDeviceGetUtilizationRates 1.5\ngpu 0 no_samples 1", seconds=3)

    gaps = [b["t"] - a["t"] for a, b in pairwise(run.rows("host"))]
    silent = max(b - a for a, b in pairwise(times(run, "GPU-b")))
    assert max(gaps) < 0.6
    assert 1.4 < silent < 2.2


def test_a_hung_driver_holds_no_end_up(record: Record) -> None:
    """While a call hangs for 10 s, every tick of CPU and memory is there, and the run ends 2 s after its job."""
    begin = time.monotonic()
    run = record(TWO + "at 0.8 gpu 0 hang nvmlDeviceGetPowerUsage 10", seconds=3, options=("--interval", "200ms"))
    took = time.monotonic() - begin

    host = [row["t"] for row in run.rows("host")]
    (hung,) = [row for row in run.rows("event") if (row["source"], row["reason"]) == ("gpu", "timeout")][:1]
    assert max(b - a for a, b in pairwise(host)) < 0.4
    assert len(host) >= 15
    assert max(times(run, "GPU-b")) < 1.1
    assert hung["detail"] == "no answer to the last tick"
    assert 5 <= took < 8


def test_a_gpu_of_somebody_else(ask: Ask) -> None:
    """A GPU that may not be opened is named with the reason, and the others are recorded."""
    answers = ask("system gpus 3\ngpu 1 fault nvmlDeviceGetHandleByIndex_v2 4")

    assert [row["index"] for row in answers.ticks[0].rows] == [0, 2]
    assert answers.ticks[0].missing["GPU 1", None] == "no_permission"


def test_a_gpu_lost_before_the_start_is_looked_for(ask: Ask) -> None:
    """It joins when it is back."""
    lost = "until 0.3 gpu 0 fault nvmlDeviceGetHandleByIndex_v2 15\ngpu 0 busy 100\n"
    ticks = ask(TWO + lost, times=[0, 1.5]).ticks

    assert [[row["uuid"] for row in tick.rows] for tick in ticks] == [["GPU-b"], ["GPU-b", "GPU-a"]]
    assert ticks[0].missing["GPU 0", None] == "lost"
    assert ticks[1].rows[1]["busy_samples"] == 0  # its buffer is of the time when nobody looked


def test_a_library_that_works_later(record: Record) -> None:
    """A library that fails at the start is tried again; the rows begin when it works."""
    run = record("gpu 0 uuid GPU-a\nuntil 0.4 system fault nvmlInitWithFlags 999", seconds=2.5)

    _, ended = whole(run)
    assert (ended["entity"], ended["reason"]) == (None, "error")
    assert min(times(run, "GPU-a")) >= 0.4
    assert run.facts["hardware"]["gpus"][0]["uuid"] == "GPU-a"


@pytest.mark.parametrize(
    ("scenario", "reason", "words"),
    [
        ("system fault nvmlInitWithFlags 9", "not_found", "kernel module is not loaded"),
        ("system gpus 0", "not_found", "the driver knows no GPU"),
    ],
)
def test_no_gpu_to_be_had(ask: Ask, scenario: str, reason: str, words: str) -> None:
    """Where there is no GPU the source is absent, and says why."""
    opened = ask(scenario).opened

    assert (opened["absent"], words in opened["detail"]) == (reason, True)


def test_a_driver_upgraded_under_its_kernel_module(ask: Ask) -> None:
    """The mismatch is told with what mends it."""
    tick = ask("system fault nvmlInitWithFlags 18").ticks[0]

    assert (tick.rows, tick.missing) == ([], {(None, None): "error"})
    assert "until the module is loaded anew or the machine restarts" in tick.details[0]


def test_an_old_driver_lacks_only_what_it_lacks(ask: Ask) -> None:
    """Functions that came later are missing with their reason, and not one old reading with them."""
    tick = ask("gpu 0 uuid GPU-a\ngpu 0 busy 30\ngpu 0 power 90", times=[0.5], old=True).ticks[0]

    assert [tick.rows[0][c] for c in ("busy_ratio", "power_watts", "temperature_celsius")] == [0.3, 90, 40]
    assert {c for (_, c), reason in tick.missing.items() if reason == "unsupported"} >= {
        "sm_busy_ratio",
        "vram_reserved_bytes",
    }


def test_no_library_at_all(record: Record) -> None:
    """A machine without the driver's library records everything else, and says why there are no GPU rows."""
    run = record("", LD_LIBRARY_PATH="")

    assert run.rows("gpu") == []
    assert "no NVIDIA driver library" in run.facts["hardware"]["absent"]["gpu"]
    assert "no GPU rows: no NVIDIA driver library" in run.printed


def test_what_is_not_supported_is_not_asked_for_again(ask: Ask) -> None:
    """Each refused call costs the driver's lock, so that Not Supported is believed the first time."""
    ticks = ask("gpu 0 uuid GPU-a\nuntil 0.3 gpu 0 fault nvmlDeviceGetPowerUsage 3", times=[0, 0.5]).ticks

    assert [tick.rows[0].get("power_watts") for tick in ticks] == [None, None]
    assert [tick.missing["GPU-a", "power_watts"] for tick in ticks] == ["unsupported", "unsupported"]


def test_one_call_that_says_lost_is_enough(ask: Ask) -> None:
    """A GPU that is lost may still answer some calls from what the library remembers; its row would be half true."""
    (tick,) = ask(TWO + "gpu 0 fault nvmlDeviceGetPowerUsage 15").ticks

    assert ([row["uuid"] for row in tick.rows], tick.missing["GPU-a", None]) == (["GPU-b"], "lost")
