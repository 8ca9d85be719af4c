"""Measures of a recording: which samples, in which scope, of which GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import perfmon_analyze
from perfmon_analyze.series import cpu, disk, gpu, memory, trace
from perfmon_analyze.series.options import Options
from tests.analyze.run_factory import folder_rows, gpu_rows, job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.trace import Measure, Trace
    from tests.analyze.conftest import MakeRun

HOST = [
    {"t": float(t), "cpu_user_seconds": 3.0 * t, "cpu_system_seconds": 0.0, "cpu_idle_seconds": 1.0 * t}
    | {"cpu_iowait_seconds": 0.0, "memory_used_bytes": 100 + t}
    for t in range(3)
]


def measured(folder: Path, measure: Measure, *, place: int = 0, **options: Any) -> list[Trace]:
    """One measure of one recording of a folder of runs."""
    runs = perfmon_analyze.load(folder)
    return measure(runs, runs.recordings[place], Options(**options))


def values(folder: Path, measure: Measure, **options: Any) -> list[float]:
    """The values of the only trace."""
    (found,) = measured(folder, measure, **options)
    return list(found.values)


def ram_column(runs: Runs) -> str:
    """The measure of RAM of all these runs."""
    return memory.ram_column(runs, runs.recordings, "job")


def test_cpu_of_the_job_and_of_the_host(make_run: MakeRun, runs_folder: Path) -> None:
    """The scope says whose CPU it is."""
    make_run(tables={"job": job_rows([1, 1, 1], cpu_seconds=1.0, cpus=2), "host": HOST})

    assert values(runs_folder, cpu.cpu_percent)[1:] == [50.0, 50.0]
    assert values(runs_folder, cpu.cpu_percent, scope="host")[1:] == [75.0, 75.0]


def test_ram_of_the_job_and_of_the_host(make_run: MakeRun, runs_folder: Path) -> None:
    """The scope says whose RAM it is."""
    make_run(tables={"job": job_rows([1, 2, 3]), "host": HOST})

    assert values(runs_folder, memory.ram_bytes("rss_bytes")) == [1, 2, 3]
    assert values(runs_folder, memory.ram_bytes("memory_used_bytes"), scope="host") == [100, 101, 102]


def write_pss(folder: Path) -> None:
    """Add PSS readings to a run, null in between."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"t": [0.5, 1.5, 2.5], "pss_bytes": pa.array([7, None, 9], pa.int64())})
    pq.write_table(table, folder / "job" / "pss.parquet")


def test_pss_only_if_all_runs_have_it(make_run: MakeRun, runs_folder: Path) -> None:
    """One run without PSS makes it RSS for all."""
    write_pss(make_run("a", tables={"job": job_rows([1])}))
    alone = ram_column(perfmon_analyze.load(runs_folder))
    make_run("b", tables={"job": job_rows([1])})

    assert (alone, ram_column(perfmon_analyze.load(runs_folder))) == ("pss_bytes", "rss_bytes")


def test_null_between_two_readings_of_pss_is_no_gap(make_run: MakeRun, runs_folder: Path) -> None:
    """PSS is read at a pace of its own."""
    write_pss(make_run("a", tables={"job": job_rows([1, 1, 1])}))

    assert values(runs_folder, memory.ram_bytes("pss_bytes")) == [7, 9]


def test_pss_holds_while_rss_stays_the_same(make_run: MakeRun, runs_folder: Path) -> None:
    """It is read when memory moves: a level that lasts counts as long as it lasts, and ends where RSS moves."""
    level = {"rss_bytes": [20, 20, 20, 30, 30], "pss_bytes": [10, None, None, None, 25]}
    rows = [
        {"t": float(t), "rss_bytes": rss, "pss_bytes": pss}
        for t, (rss, pss) in enumerate(zip(*level.values(), strict=True))
    ]
    make_run(tables={"job": rows})

    assert values(runs_folder, memory.ram_bytes("pss_bytes")) == [10, 10, 10, 25]


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


def test_disk_is_the_sum_of_folders_that_do_not_lie_in_each_other(make_run: MakeRun, runs_folder: Path) -> None:
    """A watched folder inside another one is counted there already."""
    rows = folder_rows([1, 2], path="/out") + folder_rows([1, 1], path="/out/a") + folder_rows([5, 6], path="/outer")
    make_run(tables={"folder": rows})

    assert values(runs_folder, disk.disk_growth_bytes) == [6, 8]


def test_disk_of_an_attached_stage_counts_from_its_beginning(make_run: MakeRun, runs_folder: Path) -> None:
    """What the run had written before is not the stage's."""
    span = {"kind": "stage", "name": "s", "stage": "inference", "begin_t": 1.0, "end_t": 3.0}
    make_run(tables={"folder": folder_rows([1, 5, 6, 9]), "phase": [span]})

    (found,) = measured(runs_folder, disk.disk_growth_bytes, place=1)

    assert (list(found.t), list(found.values)) == ([0, 1, 2], [0, 1, 4])


def test_rows_of_several_files_are_put_in_order(make_run: MakeRun, runs_folder: Path) -> None:
    """Time goes on whichever file a row stands in."""
    make_run(tables={"job": job_rows([3, 4], begin=2.0) + job_rows([1, 2])})

    assert values(runs_folder, memory.ram_bytes("rss_bytes")) == [1, 2, 3, 4]


def test_nothing_known_is_no_trace(make_run: MakeRun, runs_folder: Path) -> None:
    """A column that is null throughout is not drawn as anything."""
    make_run(tables={"job": job_rows([None, None])})

    assert measured(runs_folder, memory.ram_bytes("rss_bytes")) == []


def test_a_scan_that_rests_is_no_gap(make_run: MakeRun, runs_folder: Path) -> None:
    """Folder scans that come seldom are joined, and only where the job's ticks are missing too the curve breaks."""
    job = job_rows([1] * 8) + job_rows([1] * 4, begin=20.0)
    scans = [row | {"t": t} for row, t in zip(folder_rows([1, 2, 3, 4]), (0.0, 1.0, 7.0, 22.0), strict=True)]
    make_run(tables={"job": job, "folder": scans})

    (found,) = measured(runs_folder, disk.disk_growth_bytes)

    assert found.gaps_marked
    assert list(found.t) == [0.0, 1.0, 7.0, 13.5, 22.0]
    assert np.isnan(found.values[3])
    assert not np.isnan(found.values[[0, 1, 2, 4]]).any()
