"""A GPU that waits, is idle, unused, hot or broken, and ones that are nearly so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .recorded import GIB, TICKS, found, gpu, job, run, unjudged

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row


def batches(wait_seconds: float) -> list[Row]:
    """A batch every two seconds, its body of a second."""
    return [
        {"t": 2.0 * i, "series": "L15", "batch": i, "seconds": 1.0, "wait_seconds": wait_seconds, "items": 16}
        for i in range(1, TICKS // 2)
    ]


def test_waiting_for_batches_starves_the_gpu(tmp_path: Path) -> None:
    """A GPU at 40 % beside a loop that waits for half of its time is bound by its input."""
    (one,) = found(run(tmp_path, gpu=gpu([0.4] * TICKS), batch=batches(1.0)), "input_bound")

    assert one.sentence == "The GPU is 40 % busy, and the loop waits for batches 50 % of its time."
    assert one.evidence == {"gpu_busy_ratio": pytest.approx(0.4), "samples": 180.0, "wait_ratio": 0.5}
    assert (one.begin, one.end, one.severity, one.origin) == (20.0, 199.0, "advice", "measured")


@pytest.mark.parametrize(("busy", "wait"), [(0.4, 0.2), (0.75, 1.0)], ids=["waits little", "GPU busy"])
def test_not_starved(tmp_path: Path, busy: float, wait: float) -> None:
    """Waiting for a sixth of the time, or beside a busy GPU, is nothing to act on."""
    assert found(run(tmp_path, gpu=gpu([busy] * TICKS), batch=batches(wait)), "input_bound") == []


@pytest.mark.parametrize(("cpu_seconds", "expected"), [(1.9, 1), (1.7, 0)])
def test_saturated_cpus_starve_the_gpu(tmp_path: Path, cpu_seconds: float, expected: int) -> None:
    """Without timed batches, CPUs in use to 95 % while the GPU waits tell the same; at 85 % they don't."""
    rows = job(cpu_user_seconds=lambda tick: cpu_seconds * tick)

    assert len(found(run(tmp_path, job=rows, gpu=gpu([0.4] * TICKS)), "input_bound")) == expected


def test_a_quota_counts_as_the_cpus_there_are(tmp_path: Path) -> None:
    """One CPU of two in use is all of it where the quota allows one."""
    rows = job(cpus_quota=lambda _: 1.0)

    assert len(found(run(tmp_path, job=rows, gpu=gpu([0.4] * TICKS)), "input_bound")) == 1


@pytest.mark.parametrize(("idle", "expected"), [(80, ["GPU 0"]), (40, [])])
def test_idle_gpu(tmp_path: Path, idle: int, expected: list[str]) -> None:
    """A GPU that does nothing in 80 of 180 s is told of; in 40 it is not."""
    told = found(run(tmp_path, gpu=gpu([0.9] * (TICKS - idle) + [0.0] * idle)), "gpu_idle")

    assert [one.evidence["gpu"] for one in told] == expected
    assert [(one.begin, one.end) for one in told] == [(119.0, 199.0)] * len(expected)


def test_an_idle_gpu_among_busy_ones(tmp_path: Path) -> None:
    """The mean of all GPUs does not hide that one of two does nothing."""
    rows = gpu([0.9] * TICKS) + gpu([0.0] * TICKS, index=1)

    assert [one.evidence["gpu"] for one in found(run(tmp_path, gpu=rows), "gpu_idle")] == ["GPU 1"]


def test_gpu_never_used(tmp_path: Path) -> None:
    """A GPU in which the job never had memory needn't be asked for."""
    rows = gpu([0.9] * TICKS) + gpu([0.0] * TICKS, vram=[0.0] * TICKS, index=1)
    (one,) = found(run(tmp_path, gpu=rows), "gpu_unused")

    assert one.sentence == "GPU 1 of 2 was never used by the job."
    assert "--gres=gpu:1" in one.advice


@pytest.mark.parametrize(
    ("vram", "known"),
    [([0.0] * (TICKS - 1) + [1.0], {}), ([0.0] * TICKS, {"gpus_wanted": "all"})],
    ids=["used once", "others' GPUs recorded"],
)
def test_gpu_used_or_not_the_jobs(tmp_path: Path, vram: list[float], known: dict[str, str]) -> None:
    """One use is a use, and GPUs that were recorded by wish are no request."""
    rows = gpu([0.9] * TICKS) + gpu([0.0] * TICKS, vram=vram, index=1)

    assert found(run(tmp_path, known=known, gpu=rows), "gpu_unused") == []


@pytest.mark.parametrize(("rate", "expected"), [(0.1, 1), (0.03, 0)])
def test_heat(tmp_path: Path, rate: float, expected: int) -> None:
    """Clocks that heat held down for a tenth of the time are told of; for 3 % they are not."""
    rows = [row | {"throttle_thermal_seconds": rate * i} for i, row in enumerate(gpu([0.9] * TICKS))]

    assert len(found(run(tmp_path, gpu=rows), "hot")) == expected


def test_xid(tmp_path: Path) -> None:
    """Errors of one kind on one GPU are one finding; other events are none."""
    event: Row = {"kind": "xid", "source": "gpu", "entity": "GPU-0", "reason": "48", "detail": "Xid 48: ECC error"}
    other = event | {"t": 5.0, "begin_t": 5.0, "kind": "absent"}
    rows = [event | {"t": t, "begin_t": t} for t in (50.0, 90.0)]
    (one,) = found(run(tmp_path, event=[*rows, other]), "gpu_error")

    assert one.sentence == "The driver reported Xid 48: ECC error, 2 times, on GPU-0."
    assert (one.severity, one.begin, one.end) == ("problem", 50.0, 90.0)


@pytest.mark.parametrize("name", ["input_bound", "gpu_idle", "gpu_unused", "save_stalls", "vram_headroom", "hot"])
def test_without_a_gpu_nothing_is_judged(tmp_path: Path, name: str) -> None:
    """That no GPU was recorded is said; no stand-in takes its place."""
    folder = run(tmp_path)

    assert found(folder, name) == []
    assert unjudged(folder, name) == ["no GPU was recorded"]


def test_too_few_samples(tmp_path: Path) -> None:
    """An idle GPU of which there are 29 samples after the warm-up is not judged."""
    reasons = unjudged(run(tmp_path, job=job(32), gpu=gpu([0.0] * 32)), "gpu_idle")

    assert reasons == [
        "28 samples of GPU utilization in 27 s after the warm-up: at least 30 in 60 s are needed",
    ]


@pytest.mark.parametrize(("peak", "expected"), [(23.5, 1), (22.5, 0)])
def test_vram_headroom(tmp_path: Path, peak: float, expected: int) -> None:
    """A peak of 98 % of the GPU's memory is told of, one of 94 % is not; of enough samples a single one proves it."""
    rows = gpu([0.9] * TICKS, vram=[8.0 * GIB] * (TICKS - 1) + [peak * GIB])

    assert len(found(run(tmp_path, gpu=rows), "vram_headroom")) == expected


def test_vram_of_a_moment(tmp_path: Path) -> None:
    """Full VRAM in a recording of a few samples is not told of."""
    folder = run(tmp_path, job=job(5), gpu=gpu([0.9] * 5, vram=[23.9 * GIB] * 5))

    assert found(folder, "vram_headroom") == []
    assert unjudged(folder, "vram_headroom") == ["5 samples of VRAM of GPU 0 in 4 s: at least 30 in 60 s are needed"]


FULL, LOW = 23.6 * GIB, 2.0 * GIB
TEETH = [LOW] * 50 + ([FULL] * 5 + [LOW] * 10) * 3 + [LOW] * 105


@pytest.mark.parametrize(
    ("vram", "state", "drops"),
    [
        (TEETH, "finished", [2.0]),
        ([LOW] * 100 + [FULL] * 90 + [0.0] * 10, "failed", [1.0]),
        ([LOW] * 100 + [FULL] * 90 + [0.0] * 10, "finished", []),
        ([LOW] * 50 + ([0.9 * FULL] * 5 + [LOW] * 10) * 3 + [LOW] * 105, "failed", []),
        ([LOW] * 100 + [FULL - 2 * GIB * step for step in range(10)] + [LOW] * 90, "failed", []),
    ],
    ids=["tried again", "died", "ended", "never full", "given back slowly"],
)
def test_failed_allocations(tmp_path: Path, vram: list[float], state: str, drops: list[float]) -> None:
    """Full VRAM that falls at once is a failed allocation if the job died of it or filled it again, and only then."""
    told = found(run(tmp_path, known={"state": state}, gpu=gpu([0.9] * TICKS, vram=vram)), "vram_failed")

    assert [one.evidence["drops"] for one in told] == drops
