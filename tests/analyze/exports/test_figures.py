"""Pictures are written whole, and the same each time."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

import perfmon_analyze
from perfmon_analyze.exports import draw_all, image_files
from perfmon_analyze.series.options import Options
from tests.analyze.run_factory import gpu_rows, job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_same_data_give_the_same_bytes(
    make_run: MakeRun, runs_folder: Path, tmp_path: Path, kind: str, magic: bytes
) -> None:
    """No date and no chance in any of the formats, and no temporary file left behind."""
    make_run(tables={"job": job_rows([1, 2, 3]), "gpu": gpu_rows([1, 2], [0.5, 0.5])})
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        figure = perfmon_analyze.draw("memory_usage_training", perfmon_analyze.load(runs_folder))
        image_files.write(figure, "plot", str(tmp_path / name), formats=[kind])

    one, two = ((tmp_path / name / f"plot.{kind}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert one.startswith(magic)
    assert not [word for word in (b"CreationDate", b"dc:date", b"Matplotlib v") if word in one]
    assert [f"plot.{kind}"] == [path.name for path in (tmp_path / "one").iterdir()]


def test_a_picture_that_cannot_be_written_leaves_nothing(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """What was there of that name stays."""
    make_run(tables={"job": job_rows([1, 2, 3])})
    (tmp_path / "plot.png").mkdir()
    figure = perfmon_analyze.draw("memory_usage_training", perfmon_analyze.load(runs_folder), synthetic=False)

    with pytest.raises(OSError, match="plot"):
        image_files.write(figure, "plot", str(tmp_path), formats=["png"])

    assert sorted(path.name for path in tmp_path.iterdir()) == ["plot.png", "runs"]


def test_few_plots_leave_collecting_as_it_was(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """Garbage is not looked for while one is drawn; afterwards it is again, also if nobody takes the last."""
    make_run(tables={"job": job_rows([1, 2, 3])})
    runs = perfmon_analyze.load(runs_folder)
    plots = draw_all.chosen(runs, ["memory_usage_training", "hardware_utilization_distribution_training_cpu"])
    drawing = draw_all.draw_plots(runs, plots, Options(synthetic=False), draw_all.ImageTarget(folder=str(tmp_path)))
    first = next(iter(drawing))
    drawing.close()  # type: ignore[attr-defined]  # it is a generator

    assert (first.name, gc.isenabled()) == ("memory_usage_training", True)
