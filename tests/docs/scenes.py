"""What the reader of a page has before the page begins: a folder, prepared as its text says or takes for granted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from perfmon.commands import main
from tests.conftest import PERFMON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A program of the reader's own, which logs and writes what a stage would.
_TRAIN = """
import perfmon
held = bytearray(30_000_000)
for epoch in range(3):
    for batch in perfmon.timed(range(4), items=lambda batch: 8):
        sum(range(200_000))
    perfmon.log(epoch=epoch, loss=1 / (epoch + 1))
open("checkpoint", "w").close()
"""


class Scene(NamedTuple):
    """`prepare` fills the folder; `python` is the file that blocks of Python belong in, or they are run as they are.

    It returns what the page's placeholders stand for, if there are some. `statuses` are right for lines that hold a
    text: a gate that fails does what it should.
    """

    prepare: Callable[[Path], Mapping[str, str] | None]
    python: str = ""
    statuses: Mapping[str, tuple[int, ...]] = {}


def nothing(folder: Path) -> None:
    """An empty folder."""


def scripts(folder: Path) -> None:
    """The pipeline's programs."""
    for name in ("train.py", "train_sae.py", "run_inference.py"):
        (folder / name).write_text(_TRAIN)


def study(folder: Path) -> None:
    """The eight synthetic runs, shortened."""
    assert main(["synth", str(folder / "runs"), "--scale", "0.005"]) == 0


def sides(folder: Path) -> dict[str, str]:
    """The same, with a baseline elsewhere, and the names of two runs of inference and of any."""
    study(folder)
    shutil.copytree(folder / "runs", folder / "main" / "runs")
    baseline, detectors = (
        next(path.name for path in sorted((folder / "runs").iterdir()) if holds(path, variant))
        for variant in ("baseline", "detectors")
    )
    return {"BASELINE-RUN": baseline, "DETECTORS-RUN": detectors, "/RUN": f"/{baseline}"}


def holds(run: Path, variant: str) -> bool:
    """Whether it is this variant's."""
    return f'"variant": "{variant}"' in (run / "run.json").read_text()


def main_branch(folder: Path) -> None:
    """The programs, and a run of the main branch."""
    scripts(folder)
    words = ["run", "--quiet", "--runs", "main/runs", "--stage", "inference", "--model", "bielik12"]
    subprocess.run([PERFMON, *words, "--", sys.executable, "run_inference.py"], cwd=folder, check=True)


_GATE = {"perfmon check": (0, 1, 3)}
SCENES = {
    "compare.md": Scene(sides, statuses=_GATE),
    "configuration.md": Scene(nothing),
    "findings.md": Scene(study),
    "gpu.md": Scene(scripts),
    "how-to/ci.md": Scene(main_branch, statuses=_GATE),
    "index.md": Scene(scripts),
    "plots.md": Scene(study),
    "privacy.md": Scene(nothing),
    "reading-plots.md": Scene(study),
    "report.md": Scene(study),
    "synthetic.md": Scene(nothing),
    "troubleshooting.md": Scene(study),
    "tutorial.md": Scene(nothing, python="train.py"),
}
