"""Pressure is that of the job's own control group."""

from __future__ import annotations

from pathlib import Path

from perfmon.linux import pressure
from perfmon.linux.cgroups import UNIFIED
from perfmon.linux.open_files import OpenFiles

_COLUMNS = {"cpu_pressure_seconds", "memory_pressure_seconds", "memory_pressure_full_seconds"}
_COLUMNS |= {"io_pressure_seconds", "io_pressure_full_seconds"}


def test_pressure_of_a_group(tmp_path: Path) -> None:
    """Microseconds become seconds, for some and for all tasks; what the kernel does not tell has a reason."""
    text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n"
    (tmp_path / "cgroup.type").write_text("domain\n")
    (tmp_path / "cpu.pressure").write_text(text)
    (tmp_path / "memory.pressure").write_text(f"{text}full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n")
    waiting = pressure.of_groups({UNIFIED: str(tmp_path)}, OpenFiles())
    waiting.read()
    before = waiting.row
    waiting.read()

    assert waiting.row is before
    assert set(waiting.row.values()) == {2.5, 9e-6}
    assert waiting.row["memory_pressure_full_seconds"] == 9e-6
    assert {one.column for one in waiting.unknown} == {"io_pressure_seconds", "io_pressure_full_seconds"}
    (tmp_path / "cpu.pressure").write_text(text.replace("25", "35"))
    waiting.read()
    assert waiting.row["cpu_pressure_seconds"] == 3.5
    (tmp_path / "io.pressure").write_text(text)
    (tmp_path / "memory.pressure").rename(tmp_path / "gone")
    later = pressure.of_groups({UNIFIED: str(tmp_path)}, OpenFiles())
    later.read()
    assert set(later.row) == {"cpu_pressure_seconds"}
    (tmp_path / "gone").rename(tmp_path / "memory.pressure")
    later.read()
    assert (len(later.row), later.row["io_pressure_seconds"]) == (4, 2.5)


def test_pressure_that_is_not_the_jobs(tmp_path: Path) -> None:
    """The root group's pressure is the machine's and not the job's, and version 1 tells none: no column is known."""
    (tmp_path / "cpu.pressure").write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n")
    whys: list[str] = []
    for folders in ({"memory": "/x"}, {UNIFIED: str(tmp_path)}):
        waiting = pressure.of_groups(folders, OpenFiles())
        waiting.read()
        assert not waiting.row
        assert {one.column for one in waiting.unknown} == _COLUMNS
        whys += {one.detail for one in waiting.unknown}

    assert [why.partition(",")[0] for why in whys] == [
        "no control groups of version 2 are mounted",
        "the job is in the root control group",
    ]
