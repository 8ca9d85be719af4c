"""What the page on runs tells users to type."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import PERFMON, Perfmon
from tests.docs.pages import blocks

COMMANDS = [line for block in blocks("runs.md") if block.language == "sh" for line in block.text.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_does_what_it_says(perfmon: Perfmon, tmp_path: Path, line: str) -> None:
    """Each line of the page works on two recorded runs, and leaves as many of them as it should."""
    for _ in range(2):
        perfmon("run", "--stage", "training", "--quiet", "--", "sleep", "0.2")
    path = str(Path(PERFMON).parent)
    done = subprocess.run(
        line,
        shell=True,
        cwd=tmp_path,
        env={"PATH": f"{path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    written = [found for found in tmp_path.glob("**/*.*") if "runs" not in found.parts]

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout or any(found.stat().st_size for found in written)
    assert len(list((tmp_path / "runs").iterdir())) == (1 if "rm --yes" in line else 2)
