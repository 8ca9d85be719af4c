"""What perfmon itself made does not count as growth, and nothing else is left out for its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from perfmon.disk.scan import Scan
from perfmon.disk.top_files import TopFiles
from perfmon.store import recover, schema
from perfmon_analyze.exports import image_files, summary
from perfmon_analyze.exports.summary_markdown import as_markdown
from tests.reliability.conftest import made, ticks


def counted(folder: Path) -> set[str]:
    """The files that a scan counts, relative to the folder; fewer than ten."""
    scan, top = Scan(str(folder), plots=(str(folder / "plots"),)), TopFiles()
    assert scan.finish(10, top)
    names = {str(Path(str(one["path"])).relative_to(folder)) for one in top.facts()["largest"]}
    assert len(names) == scan.totals.files
    return names


@pytest.mark.parametrize("sealed", [True, False])
def test_a_run_does_not_count(tmp_path: Path, sealed: bool) -> None:
    """Wherever it lies, sealed or not; a folder that only looks like one does."""
    for place in ("runs", "study/old"):
        run = made(tmp_path / place, *ticks(0.0, 1.0))
        if sealed:
            recover.recover(str(run))
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "part-0001.parquet").write_text("mine")
    (tmp_path / "run.json").write_text("{}")

    assert counted(tmp_path) == {"job/part-0001.parquet", "run.json"}


def test_what_users_put_into_a_run_counts(tmp_path: Path) -> None:
    """A pipeline may write its checkpoints there."""
    run = made(tmp_path / "runs", *ticks(0.0))
    (run / "model.pt").write_bytes(b"x" * 1000)
    (run / "more").mkdir()
    (run / "more" / "run.json").write_text("{}")

    assert counted(tmp_path) == {str((run / name).relative_to(tmp_path)) for name in ("model.pt", "more/run.json")}


def test_runs_of_others_count(tmp_path: Path) -> None:
    """YOLO, TensorBoard and many more have a folder `runs` of their own."""
    for name in ("runs/detect/train/weights.pt", "runs/events.out.tfevents.1", *(f"runs/{t}/x" for t in schema.TABLES)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    scan = Scan(str(tmp_path))
    scan.advance(10)

    assert scan.totals.files == 2 + len(schema.TABLES)


def test_pictures_of_others_count(tmp_path: Path) -> None:
    """In a folder `plots`, too; those of `perfmon plot` and its summaries do not."""
    plots = tmp_path / "plots"
    plots.mkdir()
    figure = Figure()
    figure.add_subplot().plot([1, 2])
    image_files.write(figure, "ours", str(plots), formats=image_files.FORMATS)
    for kind in image_files.FORMATS:
        figure.savefig(plots / f"theirs.{kind}")
    found: dict[str, object] = {name: [] for name in ("stages", "training", "inference", "hardware")}
    found |= {"perfmon_version": "1", "scope": "job", "phase": None}
    (plots / "summary.json").write_text(summary.as_json(found))
    (plots / "summary.md").write_text(as_markdown(found, {}))
    (tmp_path / "summary.md").write_text("# Summary")

    assert counted(tmp_path) == {"summary.md", *(f"plots/theirs.{kind}" for kind in image_files.FORMATS)}
