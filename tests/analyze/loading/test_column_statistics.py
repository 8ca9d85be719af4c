"""What is known of a column that was not read is what reading it would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import perfmon_analyze
from perfmon_analyze.loading.arrow import numbers
from tests.analyze.run_factory import gpu_rows, job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon_analyze.loading.run_folder import RunReader
    from tests.analyze.conftest import MakeRun

COLUMNS = ("rss_bytes", "cpus_allowed", "pss_bytes", "swap_bytes", "cpus_quota")


def opened(folder: Path) -> RunReader:
    """The run folder."""
    return perfmon_analyze.load(folder).recordings[0].folder


def rows(**columns: list[float | None]) -> list[dict[str, Any]]:
    """Rows of a job that have these columns."""
    made = job_rows([1, 2, 3])
    return [row | {name: own[place] for name, own in columns.items()} for place, row in enumerate(made)]


def test_what_is_told(make_run: MakeRun) -> None:
    """A number that all rows have, and a column that none has; one that some lack or that moves is neither."""
    job = rows(swap_bytes=[5, None, 5], cpus_quota=[0.5, 0.5, 0.5])
    run = opened(make_run(tables={"job": job, "gpu": gpu_rows([1, 2], [0.5, 0.5])}))

    only = {name: run.constant_value("job", name) for name in COLUMNS}
    assert only == {"cpus_allowed": 2, "cpus_quota": 0.5, "rss_bytes": None, "pss_bytes": None, "swap_bytes": None}
    assert [name for name in COLUMNS if run.is_all_null("job", name)] == ["pss_bytes"]
    assert run.constant_value("job", "swap_bytes", if_known=True) == 5
    assert run.constant_value("job", "pss_bytes", if_known=True) is None
    assert run.constant_value("gpu", "uuid") == "GPU-a"
    assert run.is_all_null("folder", "path")


def test_values_that_differ_from_file_to_file(make_run: MakeRun) -> None:
    """Each file has one only, but not the same."""
    folder = make_run(tables={"job": job_rows([1], cpus=2)})
    other = make_run("r2", tables={"job": job_rows([1], cpus=4, begin=1.0) + rows(pss_bytes=[1, 1, 1])})
    (segment,) = (other / "job").iterdir()
    segment.rename(folder / "job" / f"z{segment.name}")
    run = opened(folder)

    assert run.constant_value("job", "cpus_allowed") is None
    assert run.constant_value("job", "pss_bytes") is None
    assert not run.is_all_null("job", "pss_bytes")


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_that_are_not_sealed_tell_nothing(make_run: MakeRun, name: str) -> None:
    """They are read."""
    run = opened(make_run(tables={"job": job_rows([1, 2])}, sealed=False))

    assert run.constant_value("job", name) is None
    assert not run.is_all_null("job", name)


def test_numbers_that_are_not_known_take_no_memory(make_run: MakeRun, runs_folder: Path) -> None:
    """They are NaN, as many as rows; whole numbers of which some are known are those."""
    make_run(tables={"job": rows(swap_bytes=[5, None, 2**53])})
    runs = perfmon_analyze.load(runs_folder)
    read = runs.read(runs.recordings[0], "job", ("swap_bytes", "pss_bytes"))

    unknown, some = numbers(read, "pss_bytes"), numbers(read, "swap_bytes")
    assert (len(unknown), unknown.strides) == (3, (0,))
    assert unknown != pytest.approx(unknown)
    assert some == pytest.approx([5.0, float("nan"), 2.0**53], nan_ok=True, rel=0)
