"""What the command that draws leaves out of matplotlib, and what stays as it is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import perfmon_analyze
from perfmon_analyze.exports import image_files
from tests.analyze.run_factory import gpu_rows, job_rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.analyze.conftest import MakeRun


@pytest.fixture
def runs(make_run: MakeRun, runs_folder: Path) -> Path:
    """A folder of one run."""
    make_run(tables={"job": job_rows([1, 2, 3]), "gpu": gpu_rows([1, 2], [0.5, 0.5])})
    return runs_folder


def python(script: str, *words: str) -> str:
    """What a Python of its own prints that runs this."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_plot_loads_only_what_it_needs(runs: Path) -> None:
    """Neither pandas nor Arrow's functions, nothing that starts workers or shows progress, and no three axes."""
    script = "import sys; from perfmon.commands import main; main(sys.argv[1:]); print(*sys.modules)"
    loaded = python(script, "plot", str(runs), "-o", str(runs.parent / "out"), "--only", "memory_usage_training")

    heavy = {"pandas", "pyarrow.compute", "tqdm", "concurrent.futures", "multiprocessing", "mpl_toolkits.mplot3d"}
    assert not heavy & set(loaded.splitlines()[-1].split())


def test_the_picture_is_the_same(runs: Path, tmp_path: Path) -> None:
    """As one that is drawn by a program."""
    script = "import sys; from perfmon.commands import main; main(sys.argv[1:])"
    python(script, "plot", str(runs), "-o", str(tmp_path / "lean"), "--only", "memory_usage_training")
    figure = perfmon_analyze.draw("memory_usage_training", perfmon_analyze.load(runs))
    (whole,) = image_files.write(figure, "whole", str(tmp_path), formats=["png"])

    assert (tmp_path / "lean" / "memory_usage_training.png").read_bytes() == (tmp_path / "whole.png").read_bytes()
    assert whole == str(tmp_path / "whole.png")


def test_only_what_is_imported_meanwhile_is_lean() -> None:
    """What is made afterwards tells its settings, three axes can be imported, and properties can be set all along."""
    script = """
from perfmon_analyze.plots.lean_matplotlib import lean
with lean():
    from matplotlib.lines import Line2D
    from matplotlib.figure import Figure
assert Line2D.set.__doc__ is None
line = Line2D([0], [0])
line.set(color="red", linewidth=3)
assert line.get_color() == "red"
from matplotlib.artist import Artist, kwdoc
class Own(Artist):
    pass
assert "alpha" in Own.set.__doc__
assert "linewidth" in kwdoc(Line2D)
import mpl_toolkits.mplot3d, gc
assert gc.isenabled()
print("done")
"""

    assert python(script) == "done\n"
