"""`perfmon report` as it is typed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.analyze.conftest import MakeRun
from tests.analyze.run_factory import job_rows, metric_rows
from tests.conftest import PERFMON
from tests.patching import PATCH

# Runs the command where a package is not installed.
WITHOUT = f"""{PATCH}
import importlib.util, sys
missing = sys.argv.pop(1)
found = importlib.util.find_spec
patch("importlib.util.find_spec", lambda name, package=None: None if name == missing else found(name, package))
sys.modules[missing] = None
from perfmon.commands import main
sys.exit(main())
"""


# Runs the command where `arch` is not installed, which loads matplotlib itself, and says what was loaded.
WITHOUT_ARCH = """
import sys
sys.modules["arch"] = None
from perfmon.commands import main
status = main(sys.argv[1:])
print(*sorted(sys.modules))
sys.exit(status)
"""


def report(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the verb."""
    return subprocess.run([PERFMON, "report", *map(str, words)], capture_output=True, text=True, check=False)


def without(package: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run the verb where this package is not installed."""
    command = [sys.executable, "-c", WITHOUT, package, "report", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_says_what_it_wrote_and_what_it_left_out(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """The file with its size, and for each plot that is missing the reason; the page says the same."""
    make_run(tables={"job": job_rows([2**30] * 5), "metric": metric_rows({"loss": [1.0, 0.5]})})
    page = tmp_path / "page.html"
    done = report(runs_folder, "-o", page, "--no-synthetic")
    text = page.read_text()

    assert done.returncode == 0
    assert done.stdout.startswith(f"{page}: ")
    assert "left out, no run of stage inference: batch_processing_times" in done.stdout
    assert "no run of stage inference" in text
    assert "No VRAM samples:\nno GPU was recorded" in text


def test_no_runs(tmp_path: Path) -> None:
    """A folder without runs is status 1, and nothing is written."""
    done = report(tmp_path, "-o", tmp_path / "page.html")

    assert done.returncode == 1
    assert done.stderr.startswith("perfmon report: no runs in")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """It is status 2, with the reason."""
    make_run(tables={"job": job_rows([2**30] * 5)})
    done = report(runs_folder, "-o", tmp_path / "nowhere" / "page.html", "--no-pictures")

    assert done.returncode == 2
    assert "No such file or directory" in done.stderr


def test_the_charting_library_is_missing(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """Without plotly it says what to install, before anything that takes long."""
    make_run(tables={"job": job_rows([2**30] * 5)})
    done = without("plotly", runs_folder, "-o", tmp_path / "page.html")

    assert done.returncode == 2
    assert "pip install plotly" in done.stderr
    assert not (tmp_path / "page.html").exists()


def test_what_comparing_needs_is_missing(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """Without the extra `compare` the page has everything else, and says what to install."""
    for variant in ("detectors", "baseline"):
        rows = job_rows([2**30 + n * 7919 % 10_007 * 2**10 for n in range(600)])
        make_run(variant, stage="inference", variant=variant, tables={"job": rows})
    done = without("arch", runs_folder, "-o", tmp_path / "page.html", "--no-pictures")

    assert done.returncode == 0
    assert "comparing needs arch, which is not installed: pip install" in (tmp_path / "page.html").read_text()


def test_a_run_that_cannot_be_read_whole(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """What could not be read is said in the page and on standard error; the rest is shown."""
    folder = make_run(tables={"job": job_rows([2**30] * 5)})
    (folder / "gpu").mkdir()
    (folder / "gpu" / "x-0001.parquet").write_text("not Parquet")
    done = report(runs_folder, "-o", tmp_path / "page.html", "--no-pictures")

    assert done.returncode == 0
    assert "cannot be read as Parquet" in done.stderr
    assert "cannot be read as Parquet" in (tmp_path / "page.html").read_text()


def test_charts_are_made_without_matplotlib(study: Path, tmp_path: Path) -> None:
    """It is loaded only to draw the pictures; the study has charts of every kind."""
    page = tmp_path / "page.html"
    command = [sys.executable, "-c", WITHOUT_ARCH, "report", str(study), "-o", str(page), "--no-pictures"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}

    assert page.read_text().count("<figure") >= 20
    assert "numpy" in loaded
    assert "matplotlib" not in loaded


def test_many_lines_are_coloured_without_matplotlib(make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
    """More of them than the palette has colours."""
    make_run(tables={"metric": [row for n in range(40) for row in metric_rows({"loss": [1, 2]}, series=f"L{n}")]})
    command = [
        sys.executable,
        "-c",
        WITHOUT_ARCH,
        "report",
        str(runs_folder),
        "-o",
        str(tmp_path / "page.html"),
        "--no-pictures",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "L39" in (tmp_path / "page.html").read_text()
    assert "matplotlib" not in done.stdout.splitlines()[-1].split()
