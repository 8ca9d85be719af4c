"""What a recording is held against: its control group, its disks, and what it may use."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

import perfmon_analyze
from perfmon.commands import main
from perfmon_analyze.exports import summary
from perfmon_analyze.exports.summary_markdown import as_markdown
from perfmon_analyze.series import accounting
from perfmon_analyze.series.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from perfmon.store.journal import Row
    from tests.analyze.conftest import MakeRun

GIB, MB = 2**30, 1_000_000


def job(**columns: list[float | None]) -> list[Row]:
    """A row each ten seconds."""
    rows: list[Row] = []
    for place, values in enumerate(zip(*columns.values(), strict=True)):
        whole = [None if value is None else int(value) for value in values]
        rows.append({"t": 10.0 * place, **dict(zip(columns, whole, strict=True))})
    return rows


@pytest.fixture
def made(make_run: MakeRun) -> None:
    """A run in a group of its own with a rest that no process explains, on a disk that is full in a while."""
    rows = job(
        group_memory_bytes=[50 * MB, 90 * MB, 90 * MB],
        group_beside_bytes=[10 * MB, 10 * MB, None],
        pss_bytes=[35 * MB, 45 * MB, None],
        pss_file_bytes=[5 * MB, 5 * MB, None],
        group_cpu_seconds=[100, 107, 120],
        group_beside_cpu_seconds=[1, 2, 3],
        cpu_user_seconds=[0, 4, 10],
        cpu_system_seconds=[0, 1, 2],
        cpus_allowed=[4, 4, 4],
        memory_limit_bytes=[8 * GIB] * 3,
        written_bytes=[0, 2 * GIB, 6 * GIB],
    )
    folder: list[Row] = [
        {"t": 50.0 * place, "path": "/out", "growth_bytes": int(GIB * place), "free_bytes": int(GIB * (10 - place))}
        for place in range(3)
    ]
    host: list[Row] = [{"t": 0.0, "cpus": 64, "memory_total_bytes": 256 * GIB}]
    files: list[dict[str, Any]] = [
        {"path": "/out/old", "size_bytes": 9, "modified": "2025-12-31T00:00:00Z"},
        {"path": "/out/a.pt", "size_bytes": 2 * GIB, "modified": "2026-01-01T00:00:40Z"},
    ]
    make_run(
        tables={"job": rows, "folder": folder, "host": host},
        known={
            "folders_top": [{"folder": "/out", "largest": files, "newest": files}],
            "totals": {"written_bytes": 6 * GIB},
        },
    )


def stage(folder: Path, **options: Any) -> dict[str, Any]:
    """The first stage of the summary as its file has it."""
    told = summary.as_json(summary.summarize(perfmon_analyze.load(folder), Options(**options)))
    return dict(json.loads(told)["stages"][0])


@pytest.mark.usefixtures("made")
def test_summary(runs_folder: Path) -> None:
    """Unattributed memory where PSS was read, CPU time since the start, both denominators, and the disk's future."""
    told = stage(runs_folder)

    assert told["unattributed_memory"] == {
        "mean": 25 * MB,
        "peak": 40 * MB,
        "unit": "B",
        "samples": 2,
        "note": None,
    }
    assert told["unattributed_cpu"] == {"mean": 6.0, "peak": 6.0, "unit": "s", "samples": 1, "note": None}
    assert told["may_use"] == [
        {
            "cpus": 4,
            "cpus_quota": None,
            "cpus_of_machine": 64,
            "memory_limit_bytes": 8 * GIB,
            "memory_of_machine_bytes": 256 * GIB,
        }
    ]
    assert (told["written"]["mean"], told["write_amplification"]["mean"]) == (6 * GIB, 3.0)
    assert told["disk"] == {"path": "/out", "free_bytes": 8 * GIB, "seconds_to_full": pytest.approx(400.0)}
    assert [file["path"] for file in told["files"]["largest"]] == ["/out/a.pt"]


@pytest.mark.usefixtures("made")
def test_markdown(runs_folder: Path) -> None:
    """The same for a person."""
    text = as_markdown(summary.summarize(perfmon_analyze.load(runs_folder), Options()), _styles(runs_folder))
    (line,) = [line for line in text.splitlines() if "4 of 64 CPUs, 8 GB of 256 GB RAM" in line]

    assert line.endswith("| 6 | 3 | 0.1111 | 0.02328 / 0.03725 (2) | 6 |")


@pytest.mark.usefixtures("made")
def test_show(runs_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One screen says it, too."""
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["show", "r1", "--runs", str(runs_folder)]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert "may use    4 of 64 CPUs, 8 GB of 256 GB RAM" in lines
    assert any(line.startswith("disk       8 GB free at /out, full in 6.67 min at the pace") for line in lines)
    assert "largest    /out/a.pt (2 GB)" in lines
    assert any(line.startswith("untraced   38.1 MB of RAM at most, 6 s of CPU") for line in lines)


def test_no_group_of_its_own(make_run: MakeRun, runs_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Null, and the recorder's own words for it; of a run that has none, that it does not tell."""
    why = "the job is in the root control group, which holds the whole machine"
    events: list[Row] = [
        {"t": 0.0, "kind": "null", "source": "job", "column_name": name, "reason": "unsupported", "detail": why}
        for name in ("group_memory_bytes", "group_cpu_seconds")
    ]
    make_run("a", tables={"job": job(pss_bytes=[1, 2]), "event": events})
    make_run("b", stage="inference", tables={"job": job(pss_bytes=[1, 2])})
    runs = perfmon_analyze.load(runs_folder)
    told = stage(runs_folder)

    assert told["unattributed_memory"] == {"mean": None, "peak": None, "unit": "B", "samples": 0, "note": why}
    assert told["unattributed_cpu"]["note"] == why
    assert "does not tell" in accounting.why_unknown(runs.recordings[1], "group_memory_bytes")
    assert main(["show", "a", "--runs", str(runs_folder)]) == 0
    assert "untraced   not known: the job is in the root control group" in capsys.readouterr().out


def test_nothing_unexplained_is_no_line(
    make_run: MakeRun, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the tree has all that is known of its group, and somewhat more, there is nothing to tell."""
    rows = job(group_memory_bytes=[50 * MB], group_beside_bytes=[10 * MB], pss_bytes=[45 * MB], pss_file_bytes=[4 * MB])
    make_run("a", tables={"job": rows})

    assert stage(runs_folder)["unattributed_memory"]["peak"] == -1 * MB
    assert main(["show", "a", "--runs", str(runs_folder)]) == 0
    assert "untraced" not in capsys.readouterr().out


@pytest.mark.usefixtures("made")
def test_a_phase_has_no_totals(runs_folder: Path) -> None:
    """What is counted from the run's start says nothing of a phase."""
    told = stage(runs_folder, phase="epoch")

    assert (told["write_amplification"]["samples"], told["disk"], told["files"]["largest"]) == (0, None, [])


def test_too_short_for_a_pace(make_run: MakeRun, runs_folder: Path) -> None:
    """A few seconds do not tell when a disk is full, and folders that did not grow have no amplification."""
    rows: list[Row] = [{"t": t, "path": "/out", "growth_bytes": 0, "free_bytes": GIB - int(t)} for t in (0.0, 30.0)]
    make_run(tables={"folder": rows})
    runs = perfmon_analyze.load(runs_folder)
    disk = accounting.fullest_disk(runs, runs.recordings[0])

    assert disk is not None
    assert (disk.free_bytes, math.isnan(disk.seconds_to_full)) == (GIB - 30, True)
    assert math.isnan(accounting.write_amplification(runs, runs.recordings[0], Options()))


def _styles(folder: Path) -> Any:
    from perfmon_analyze.plots import style

    return style.model_styles(perfmon_analyze.load(folder), Options())
