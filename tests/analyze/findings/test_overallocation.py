"""What was asked of SLURM beside what was used of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.analyze.findings.recorded import GIB, found, job, run, unjudged

if TYPE_CHECKING:
    from pathlib import Path

# The environment and allocation as recorded inside a SLURM job: literal, for there is no SLURM here.
SLURM = {"SLURM_JOB_ID": "4711", "SLURM_JOB_START_TIME": "1767225600", "SLURM_JOB_END_TIME": "1767312000"}


def slurm(*, memory: float = 64, cpus: int = 16, peak: float = 6, **environment: str) -> dict[str, Any]:
    """Facts of a run of 199 s in a SLURM job of 24 hours; sizes are in GiB."""
    return {
        "environment": SLURM | environment,
        "hardware": {"allocation": {"memory_bytes": int(memory * GIB), "cpus": cpus}},
        "peak": {"rss_bytes": int(peak * GIB), "tree_at_least_bytes": int(peak * GIB) - 1},
        "end_time": "2026-01-01T00:03:19Z",
    }


def test_asked_for_64_used_6(tmp_path: Path) -> None:
    """The line to put into the batch script is told."""
    (one,) = found(run(tmp_path, known=slurm()), "memory_asked")

    assert one.sentence == "The job asked SLURM for 64 GB of memory and used 6 GB at most."
    assert one.advice == "`#SBATCH --mem=8G` would have done."


@pytest.mark.parametrize(("memory", "peak"), [(64, 30), (5, 1)], ids=["half of it used", "little to spare"])
def test_memory_well_asked_for(tmp_path: Path, memory: float, peak: float) -> None:
    """Less than twice what would do, or less than 4 GiB beyond it, is well asked for."""
    assert found(run(tmp_path, known=slurm(memory=memory, peak=peak)), "memory_asked") == []


def test_memory_per_cpu(tmp_path: Path) -> None:
    """The line replaces what was asked for by CPU."""
    (one,) = found(run(tmp_path, known=slurm(SLURM_MEM_PER_CPU="4096")), "memory_asked")

    assert one.advice == "`#SBATCH --mem=8G` in place of `--mem-per-cpu` would have done."


@pytest.mark.parametrize(("cpus", "expected"), [(16, ["`#SBATCH --cpus-per-task=2` would have done."]), (3, [])])
def test_cpus(tmp_path: Path, cpus: int, expected: list[str]) -> None:
    """A job that keeps one CPU busy needs two of sixteen; three are well asked for."""
    assert [one.advice for one in found(run(tmp_path, known=slurm(cpus=cpus)), "cpus_asked")] == expected


def test_time(tmp_path: Path) -> None:
    """Three minutes of a day take half an hour in the queue's terms."""
    (one,) = found(run(tmp_path, known=slurm()), "time_asked")

    assert one.sentence == "The job asked SLURM for 24 h and took 3.32 min."
    assert one.advice.startswith("`#SBATCH --time=00:30:00` would have done")


def test_time_well_asked_for(tmp_path: Path) -> None:
    """Less than twice what would do is well asked for."""
    known = slurm(SLURM_JOB_END_TIME=str(1767225600 + 3000))

    assert found(run(tmp_path, known=known), "time_asked") == []


def test_stages_of_one_job_count_together(tmp_path: Path) -> None:
    """The largest of the stages counts, and is told of once."""
    run(tmp_path, "a", known=slurm(peak=2))
    after = slurm(peak=40) | {"begin_time": "2026-01-01T00:10:00Z", "end_time": "2026-01-01T00:20:00Z"}

    assert found(run(tmp_path, "b", known=after), "memory_asked") == []


def test_stages_at_the_same_time_add_up(tmp_path: Path) -> None:
    """Two stages that ran together need the sum of what each had."""
    run(tmp_path / "one", "a", known=slurm(peak=22))
    run(tmp_path / "two", "a", known=slurm(peak=22))
    run(tmp_path / "two", "b", known=slurm(peak=6))

    assert len(found(tmp_path / "one", "memory_asked")) == 1
    assert found(tmp_path / "two", "memory_asked") == []


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"state": "killed"}, "a run of SLURM job 4711 did not finish: what it needs is not known"),
        (
            {"environment": SLURM | {"SLURM_NTASKS": "4"}},
            "SLURM job 4711 has several tasks, and each run is one of them",
        ),
        ({"peak": {}}, "the peak of memory is not known"),
    ],
)
def test_not_to_be_told(tmp_path: Path, known: dict[str, object], reason: str) -> None:
    """A job that died, has several tasks or no known peak tells nothing of what it needs."""
    assert unjudged(run(tmp_path, known=slurm() | known), "memory_asked") == [reason]


def test_a_trial_of_some_seconds(tmp_path: Path) -> None:
    """What ran for seconds tells nothing of what the job's work needs, and nothing is found."""
    folder = run(tmp_path, known=slurm(), job=job(40))

    for name in ("memory_asked", "cpus_asked", "time_asked"):
        assert found(folder, name) == []
        assert unjudged(folder, name) == ["no run of SLURM job 4711 has 30 samples in 60 s after the warm-up"]


def test_a_short_step_beside_the_work(tmp_path: Path) -> None:
    """It does not keep the rest from being judged: its peak of memory counts, its CPUs cannot be told."""
    run(tmp_path, "a", known=slurm(peak=2))
    after = slurm(peak=6) | {"begin_time": "2026-01-01T00:10:00Z", "end_time": "2026-01-01T00:10:10Z"}
    run(tmp_path, "b", known=after, job=job(10))

    assert [one.advice for one in found(tmp_path, "memory_asked")] == ["`#SBATCH --mem=8G` would have done."]
    assert [one.advice for one in found(tmp_path, "cpus_asked")] == ["`#SBATCH --cpus-per-task=2` would have done."]


def test_outside_of_slurm(tmp_path: Path) -> None:
    """Without SLURM nothing was asked for, and there is nothing to judge."""
    folder = run(tmp_path, job=job())

    assert found(folder, "memory_asked") == []
    assert unjudged(folder, "memory_asked") == []
