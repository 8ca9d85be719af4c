"""What the made-up readings say, and how they hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from perfmon.store import schema
from tests.analyze.synthetic.studies import frame

if TYPE_CHECKING:
    from tests.analyze.synthetic.studies import Study

STAGES = [("activation_saving", None), ("training", None), ("inference", "detectors"), ("inference", "baseline")]
# A counter that no generator imitates is null throughout.
COUNTED = [
    (table, column.name)
    for table in ("host", "job", "gpu")
    for column in schema.TABLES[table]
    if column.kind == schema.COUNTER
]


def cpu_percent(job: pd.DataFrame) -> float:
    """Mean CPU use of a job, in percent of its CPUs."""
    seconds = job["cpu_user_seconds"].iloc[-1] + job["cpu_system_seconds"].iloc[-1]
    return float(100 * seconds / job["t"].iloc[-1] / job["cpus_allowed"].iloc[0])


@pytest.mark.parametrize(("table", "column"), COUNTED)
def test_counters_never_fall(close_study: Study, table: str, column: str) -> None:
    """Every counter of every run only rises, and all but the steal time do rise, where it is imitated at all."""
    for folder in close_study.folders:
        values = frame(folder, table)[column]
        steps = values.diff().iloc[1:]

        assert (steps >= 0).all() or values.isna().all()
        assert steps.sum() > 0 or values.isna().all() or column == "cpu_steal_seconds"


def test_energy_is_the_integral_of_power(close_study: Study) -> None:
    """Over a whole run the energy counter and the power readings agree to 1 %."""
    for folder in close_study.folders:
        gpu = frame(folder, "gpu")
        used = gpu["energy_joules"].iloc[-1] - gpu["energy_joules"].iloc[0]

        assert used == pytest.approx(np.trapezoid(gpu["power_watts"], gpu["t"]), rel=0.01)


def test_files_only_grow_and_are_what_was_written(close_study: Study) -> None:
    """A run's folder never shrinks, and ends with the bytes that the job wrote."""
    for folder in close_study.folders:
        files, job = frame(folder, "folder"), frame(folder, "job")

        assert (files["growth_bytes"].diff().iloc[1:] >= 0).all()
        assert files["growth_bytes"].iloc[-1] == job["written_bytes"].iloc[-1] > 0


def test_the_host_holds_the_job(close_study: Study) -> None:
    """The host uses more CPU and memory than the job, and no more CPU time passes than there is."""
    for folder in close_study.folders:
        host, job = frame(folder, "host"), frame(folder, "job")
        states = [f"cpu_{state}_seconds" for state in ("user", "system", "iowait", "idle", "steal")]
        spent = {state: host[state].iloc[-1] - host[state].iloc[0] for state in states}
        both = spent["cpu_user_seconds"] + spent["cpu_system_seconds"]
        alive = job["rss_bytes"].notna()

        assert both > job["cpu_user_seconds"].iloc[-1] + job["cpu_system_seconds"].iloc[-1]
        assert sum(spent.values()) == pytest.approx(16 * host["t"].iloc[-1], rel=1e-3)
        assert (host["memory_used_bytes"] > job["rss_bytes"])[alive].all()
        assert (host["memory_used_bytes"] + host["memory_available_bytes"] == host["memory_total_bytes"]).all()


def test_a_job_is_gone_at_its_end(study: Study) -> None:
    """The last reading finds no process, no device memory, and no resident size to tell."""
    for folder in study.folders:
        job, gpu = frame(folder, "job").iloc[-1], frame(folder, "gpu").iloc[-1]

        assert (job["processes"], gpu["vram_used_bytes"], gpu["vram_job_bytes"]) == (0, 0, 0)
        assert np.isnan(job["rss_bytes"])


@pytest.mark.parametrize(("stage", "variant"), STAGES)
def test_the_larger_model_takes_more(study: Study, stage: str, variant: str | None) -> None:
    """4.5B takes more device memory, RAM, disk, GPU and CPU than 1.5B in every stage."""
    small, large = (
        {
            **study.table("gpu", stage, model, variant)[["vram_used_bytes", "busy_ratio"]].median(),
            "rss": study.table("job", stage, model, variant)["rss_bytes"].median(),
            "disk": study.table("folder", stage, model, variant)["growth_bytes"].iloc[-1],
            "cpu": cpu_percent(study.table("job", stage, model, variant)),
        }
        for model in ("bielik12", "bielik45")
    )

    assert {name: large[name] > small[name] for name in small} == dict.fromkeys(small, True)


@pytest.mark.parametrize("model", ["bielik12", "bielik45"])
def test_detectors_cost_cpu_and_disk_and_starve_the_gpu(study: Study, model: str) -> None:
    """Detectors use over twice the CPU and over ten times the disk, and the GPU is busy a tenth less or lower."""
    with_, without = ("inference", model, "detectors"), ("inference", model, "baseline")
    busy = [study.table("gpu", *run)["busy_ratio"].median() for run in (with_, without)]
    disk = [study.table("folder", *run)["growth_bytes"].iloc[-1] for run in (with_, without)]

    assert cpu_percent(study.table("job", *with_)) > 2 * cpu_percent(study.table("job", *without))
    assert disk[0] > 10 * disk[1]
    assert busy[0] < busy[1] - 0.1


@pytest.mark.parametrize(("model", "layers"), [("bielik12", ["L15", "L20"]), ("bielik45", ["L28", "L38"])])
def test_metrics_of_both_layers(study: Study, model: str, layers: list[str]) -> None:
    """Each layer has 25 epochs of four metrics, one layer after the other; the loss falls and R² rises."""
    rows = study.table("metric", "training", model)
    curves = rows.pivot_table(index=["series", "epoch"], columns="name", values="value", observed=True)

    assert list(dict.fromkeys(rows["series"])) == layers
    assert rows.groupby(["series", "name"], observed=True).size().to_list() == [25] * 8
    assert rows["t"].is_monotonic_increasing
    for layer in layers:
        curve = curves.loc[layer]
        assert curve["loss"].iloc[-1] < 0.2 * curve["loss"].iloc[0]
        assert curve["r2"].iloc[0] < curve["r2"].iloc[-1] < 1
        assert curve["dead_features_percent"].between(0, 20).all()
        assert curve["l1"].iloc[-1] < curve["l1"].iloc[0]


@pytest.mark.parametrize("model", ["bielik12", "bielik45"])
def test_batches_fill_the_run_and_have_a_tail(study: Study, model: str) -> None:
    """Batches are numbered from 0, follow one another, and some take far longer than the median."""
    batches = study.table("batch", "inference", model, "detectors")
    seconds = batches["seconds"]
    between = batches["t"].diff().iloc[1:] - (seconds + batches["wait_seconds"]).iloc[1:]

    assert batches["batch"].to_list() == list(range(len(batches)))
    assert between.abs().max() < 1e-3
    assert 36_000 - batches["t"].iloc[-1] < 10
    assert seconds.quantile(0.95) > 1.2 * seconds.median()
    assert seconds.max() > 2 * seconds.median()


def test_phases_say_what_went_on(study: Study) -> None:
    """A training run loads once and evaluates and saves at the end of each of its 50 epochs."""
    phases = study.table("phase", "training", "bielik12")

    assert phases["name"].value_counts().to_dict() == {"evaluation": 50, "checkpoint": 50, "load": 1}
    assert (phases["end_t"] > phases["begin_t"]).all()
