"""Power, clocks, and the counters that the driver keeps by number."""

from __future__ import annotations

import pytest

from tests.monitor.gpu.nvml.conftest import Ask


def test_levels_and_counters_in_base_units(ask: Ask) -> None:
    """Watts, degrees, hertz, seconds and bytes, whatever the driver counts in."""
    first, second = ask(
        """
        gpu 0 power 300
        gpu 0 power_instant 320
        gpu 0 memory_temperature 77
        gpu 0 sm_clock 1410
        gpu 0 memory_clock 1593
        gpu 0 ecc_corrected 3
        gpu 0 ecc_uncorrected 0
        gpu 0 throttle_power 0.5
        gpu 0 throttle_thermal 0.25
        gpu 0 pcie_sent 1e9
        gpu 0 pcie_received 2e9
        gpu 0 nvlink_sent 4e9
        gpu 0 nvlink_received 8e9
    """,
        times=[0.2, 1.2],
    ).ticks
    levels, rise = second.rows[0], {k: v - (first.rows[0][k] or 0) for k, v in second.rows[0].items() if _counts(k)}

    told = ("power_watts", "power_instant_watts", "memory_temperature_celsius", "sm_clock_hertz", "memory_clock_hertz")
    assert [levels[column] for column in told] == [300, 320, 77, 1.41e9, 1.593e9]
    assert (levels["ecc_corrected"], levels["ecc_uncorrected"]) == (3, 0)
    assert rise == {
        "energy_joules": pytest.approx(300, rel=0.05),
        "throttle_power_seconds": pytest.approx(0.5, rel=0.05),
        "throttle_thermal_seconds": pytest.approx(0.25, rel=0.05),
        "pcie_sent_bytes": pytest.approx(1e9, rel=0.05),
        "pcie_received_bytes": pytest.approx(2e9, rel=0.05),
        "nvlink_sent_bytes": pytest.approx(4e9, rel=0.05),
        "nvlink_received_bytes": pytest.approx(8e9, rel=0.05),
    }


def _counts(column: str) -> bool:
    return column.startswith(("energy", "throttle", "pcie_sent", "pcie_received", "nvlink"))


def test_what_a_gpu_has_not_is_null_with_the_reason(ask: Ask) -> None:
    """A GPU without NVLink moved no known number of bytes over it, which is not 0."""
    first, second = ask("gpu 0 uuid GPU-a", times=[0, 0.1]).ticks

    assert [tick.rows[0].get("nvlink_sent_bytes") for tick in (first, second)] == [None, None]
    assert [tick.missing["GPU-a", "nvlink_sent_bytes"] for tick in (first, second)] == ["unsupported"] * 2


def test_throttling_by_the_older_call(ask: Ask) -> None:
    """A driver that has no field for throttling has a call for it, and then nothing is missing."""
    tick = ask("gpu 0 uuid GPU-a", times=[0.1]).ticks[0]

    assert tick.rows[0]["throttle_power_seconds"] == 0
    assert ("GPU-a", "throttle_power_seconds") not in tick.missing


@pytest.mark.parametrize(
    ("name", "architecture", "kind"),
    [
        ("NVIDIA H100 80GB HBM3", 9, "average_1s"),
        ("NVIDIA A100-SXM4-80GB", 7, "instant"),
        ("NVIDIA RTX A3000", 7, "average_1s"),
        ("Tesla V100-SXM2-16GB", 5, "instant"),
        ("NVIDIA Unheard-of", 0xFFFFFFFF, None),
    ],
)
def test_what_power_means(ask: Ask, name: str, architecture: int, kind: str | None) -> None:
    """One call gives a second's average on some GPUs and a moment on others; the row says which."""
    row = ask(f"gpu 0 name {name}\ngpu 0 architecture {architecture}").ticks[0].rows[0]

    assert (row["name"], row["power_kind"]) == (name, kind)


def test_multiprocessor_activity_is_a_mean_since_the_last_tick(ask: Ask) -> None:
    """A GPU can be busy all the time with a fifth of its multiprocessors; where it tells, both are recorded."""
    scenario = "gpu 0 busy 100\nat 0.56 gpu 0 sm_active 40\ngpu 0 sm_occupied 10\ngpu 0 tensor_active 25"
    _, before, after, at_once = ask(scenario, times=[0, 0.6, 1.2, 1.21]).ticks

    told = [tick.rows[0].get("sm_busy_ratio") for tick in (before, after, at_once)]
    assert told == [pytest.approx(0, abs=0.05), pytest.approx(0.4, abs=0.05), None]
    assert [after.rows[0][c] for c in ("busy_ratio", "sm_occupancy_ratio", "tensor_busy_ratio")] == [1.0, 0.1, 0.25]


def test_no_multiprocessor_activity_before_hopper(ask: Ask) -> None:
    """GPUs without performance monitoring say so."""
    assert ask("gpu 0 uuid GPU-a").ticks[0].missing["GPU-a", "sm_busy_ratio"] == "unsupported"


def test_xid_errors_are_events_with_their_number(ask: Ask) -> None:
    """An Xid is told once, at the tick after it."""
    ticks = ask("gpu 0 uuid GPU-a\nat 0.2 gpu 0 xid 79", times=[0, 0.3, 0.4]).ticks

    assert [[event["reason"] for event in tick.events] for tick in ticks] == [[], ["79"], []]
    assert (ticks[1].events[0]["entity"], ticks[1].events[0]["kind"]) == ("GPU-a", "xid")


def test_xid_errors_of_the_gpus_that_tell_them(ask: Ask) -> None:
    """A GPU that tells no Xids silences no other; where none tells any, run.json says so."""
    two = "system gpus 2\ngpu 1 uuid GPU-b\ngpu 0 fault nvmlDeviceRegisterEvents 3\ngpu 1 xid 31\n"
    some = ask(two)
    none = ask(two + "gpu 1 fault nvmlDeviceRegisterEvents 3")

    assert [event["entity"] for event in some.ticks[0].events] == ["GPU-b"]
    assert (some.opened["xid_events"], none.opened["xid_events"], none.ticks[0].events) == (True, False, [])
