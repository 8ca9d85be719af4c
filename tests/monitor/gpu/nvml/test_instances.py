"""MIG: one GPU cut into instances."""

from __future__ import annotations

from tests.monitor.gpu.nvml.conftest import Ask

CUT = """
    gpu 0 uuid GPU-a
    gpu 0 mig 1
    gpu 0 total 80e9
    gpu 0 power 210
    gpu 0/0 uuid MIG-a
    gpu 0/0 total 20e9
    gpu 0/0 used 5e9
    gpu 0/0 process $job 4e9
    gpu 0/2 uuid MIG-c
    gpu 0/2 total 40e9
"""


def test_instances_are_devices_of_their_own(ask: Ask) -> None:
    """Each instance has a row with its memory and processes; power stays with the board."""
    board, first, second = ask(CUT).ticks[0].rows

    assert [row["uuid"] for row in (board, first, second)] == ["GPU-a", "MIG-a", "MIG-c"]
    assert [row["parent_uuid"] for row in (board, first, second)] == [None, "GPU-a", "GPU-a"]
    assert (first["vram_total_bytes"], first["vram_used_bytes"], first["vram_job_bytes"]) == (20e9, 5e9, 4e9)
    assert (second["vram_total_bytes"], second["job_processes"]) == (40e9, 0)
    assert (board["power_watts"], first.get("power_watts")) == (210, None)


def test_what_mig_takes_away_is_null_with_the_reason(ask: Ask) -> None:
    """The driver tells no utilization, neither of a GPU that is cut up nor of its instances; that is not 0."""
    ticks = ask(CUT, times=[0, 0.3]).ticks

    assert [row.get("busy_ratio") for tick in ticks for row in tick.rows] == [None] * 6
    assert {ticks[1].missing[uuid, "busy_ratio"] for uuid in ("GPU-a", "MIG-a", "MIG-c")} == {"unsupported"}


def test_one_instance_is_chosen_by_its_uuid(ask: Ask) -> None:
    """CUDA_VISIBLE_DEVICES names an instance; it is recorded with its board, and the other is not."""
    rows = ask(CUT, CUDA_VISIBLE_DEVICES="MIG-c").ticks[0].rows

    assert [(row["uuid"], row["cuda_index"]) for row in rows] == [("GPU-a", None), ("MIG-c", 0)]
