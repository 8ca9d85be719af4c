"""VRAM and utilization: of which GPUs, and what stands in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import perfmon_analyze
from perfmon_analyze.series import gpu, trace
from tests.analyze.run_factory import gpu_rows, job_rows
from tests.analyze.series.measuring import measured, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


def test_gpus_the_job_used_are_summed(make_run: MakeRun, runs_folder: Path) -> None:
    """VRAM is a sum and utilization a mean over the GPUs that ever held memory of the job."""
    used = gpu_rows([10, 20], [0.5, 0.7], uuid="a") + gpu_rows([0, 4], [0.1, 0.9], uuid="b", index=1)
    make_run(tables={"gpu": used + gpu_rows([0, 0], [1.0, 1.0], uuid="c", index=2)})

    assert values(runs_folder, gpu.vram_bytes) == [10, 24]
    assert pytest.approx(values(runs_folder, gpu.gpu_percent)) == [30.0, 80.0]


@pytest.mark.parametrize("scope", ["job", "host"])
def test_instances_count_in_place_of_their_gpu(make_run: MakeRun, runs_folder: Path, scope: str) -> None:
    """A GPU that is cut holds its instances' memory; of the two, VRAM and utilization take the instances'."""
    cut = gpu_rows([30, 30], [0.9, 0.9], uuid="a")
    parts = gpu_rows([10, 10], [0.2, 0.4], uuid="a/1") + gpu_rows([20, 20], [0.4, 0.6], uuid="a/2")
    whole = gpu_rows([5, 5], [0.6, 0.8], uuid="b", index=1)
    make_run(tables={"gpu": cut + [row | {"parent_uuid": "a"} for row in parts] + whole})

    assert values(runs_folder, gpu.vram_bytes, scope=scope) == [35, 35]
    assert pytest.approx(values(runs_folder, gpu.gpu_percent, scope=scope)) == [40.0, 60.0]
    titles = [trace.gpu for trace in measured(runs_folder, gpu.vram_bytes, per_gpu=True)]
    assert titles == ["GPU 0 a/1", "GPU 0 a/2", "GPU 1"]


def test_where_the_job_is_seen_on_the_whole_gpu_only(make_run: MakeRun, runs_folder: Path) -> None:
    """If only the GPU that is cut holds the job's memory, all instances count, in figures and elsewhere."""
    cut = gpu_rows([30, 30], [0.9, 0.9], uuid="a")
    parts = [
        row | {"parent_uuid": "a", "vram_job_bytes": None}
        for row in gpu_rows([10, 10], [0.2, 0.4], uuid="a/1") + gpu_rows([20, 20], [0.4, 0.6], uuid="a/2")
    ]
    make_run(tables={"gpu": cut + parts})
    runs = perfmon_analyze.load(runs_folder)

    assert [one.uuid for one in gpu.gpus_used(runs, runs.recordings[0])] == ["a/1", "a/2"]
    assert pytest.approx(values(runs_folder, gpu.gpu_percent)) == [30.0, 50.0]


def test_a_silent_gpu_makes_the_sum_unknown(make_run: MakeRun, runs_folder: Path) -> None:
    """A sum over fewer GPUs than there are would be too small."""
    make_run(tables={"gpu": gpu_rows([10, 20], [0.5, 0.7], uuid="a") + gpu_rows([5], [0.1], uuid="b", index=1)})

    assert [bool(np.isfinite(value)) for value in values(runs_folder, gpu.vram_bytes)] == [True, False]


def test_a_trace_for_each_gpu(make_run: MakeRun, runs_folder: Path) -> None:
    """`per_gpu` keeps them apart, by NVML's index."""
    make_run(tables={"gpu": gpu_rows([5], [0.1], uuid="a", index=1) + gpu_rows([10], [0.5], uuid="b", index=0)})

    found = measured(runs_folder, gpu.vram_bytes, per_gpu=True)

    assert [(trace.gpu, list(trace.values)) for trace in found] == [("GPU 0", [10.0]), ("GPU 1", [5.0])]


def test_vram_falls_back_to_the_devices_and_says_so(make_run: MakeRun, runs_folder: Path) -> None:
    """Where the driver does not tell the job's own."""
    make_run(tables={"gpu": [row | {"vram_job_bytes": None} for row in gpu_rows([10], [0.5])]})

    (found,) = measured(runs_folder, gpu.vram_bytes)

    assert list(found.values) == [10.0]
    assert "the device's" in str(found.note)


def test_a_stand_in_only_where_no_gpu_was_recorded(make_run: MakeRun, runs_folder: Path) -> None:
    """It says that it is one, and can be switched off."""
    make_run("a", tables={"job": job_rows([1] * 30)})
    make_run("b", tables={"job": job_rows([1]), "gpu": gpu_rows([5], [0.5])})

    (stand_in,) = measured(runs_folder, gpu.vram_bytes)
    (own,) = measured(runs_folder, gpu.vram_bytes, place=1)

    assert (stand_in.provenance, own.provenance) == (trace.STAND_IN, "")
    assert stand_in.t[-1] == pytest.approx(29.0)
    assert measured(runs_folder, gpu.vram_bytes, synthetic=False) == []
