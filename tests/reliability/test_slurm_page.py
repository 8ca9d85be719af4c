"""What the page on SLURM tells users to type, on a real cluster of one node."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import PAGES, blocks, only, reader, typed
from tests.reliability.cluster import Cluster

PAGE = blocks("how-to/slurm.md")
WORK = (
    "import time\nheld = bytearray(b'x') * 50_000_000\nend = time.monotonic() + 1\nwhile time.monotonic() < end: pass\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the scripts of the page lie, beside the pipeline's program."""
    (tmp_path / "train_sae.py").write_text(WORK)
    (tmp_path / "checkpoints").mkdir()
    scripts = [one.text for one in PAGE if one.language == "bash"]
    for name, script in zip(("train.sbatch", "layers.sbatch"), scripts, strict=True):
        (tmp_path / name).write_text(script)
    return tmp_path


def submitted(slurm: Cluster, folder: Path, command: str) -> None:
    """Type the page's command, with the reader's programs for the job, and wait for the job's end."""
    environment = reader(folder) | slurm.environment | {"PATH": reader(folder)["PATH"]}
    done = typed(command, folder, environment)
    assert done.returncode == 0, done.stderr
    slurm.wait(done.stdout.split()[-1])


def facts(folder: Path) -> list[dict[str, Any]]:
    """What all runs say of themselves."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("runs/*/run.json"))]


def test_one_job(slurm: Cluster, folder: Path) -> None:
    """The batch script's run knows the job and what it was granted, and the login node reads it."""
    submitted(slurm, folder, only(PAGE, "sh", "train.sbatch"))
    (known,) = facts(folder)
    environment = reader(folder)

    assert (known["state"], known["stage"]) == ("finished", "training")
    assert known["hardware"]["allocation"]["cpus"] == 4
    assert known["environment"]["SLURM_JOB_ID"]
    for command in ("perfmon watch", "perfmon findings"):
        done = typed(only(PAGE, "sh", command), folder, environment)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout


def test_an_array(slurm: Cluster, folder: Path) -> None:
    """Each task has a run of its own, told apart by its label."""
    submitted(slurm, folder, only(PAGE, "sh", "layers.sbatch"))

    assert sorted(one["series"] for one in facts(folder)) == ["L10", "L15", "L20"]


def test_several_tasks(slurm: Cluster, folder: Path) -> None:
    """Each process of srun makes a run with its rank."""
    (line,) = re.findall(r"`srun` with several tasks, each process of `([^`]*)`", PAGES["how-to/slurm.md"].read_text())
    (folder / "train.py").write_text(WORK)
    (folder / "ranks.sbatch").write_text(f"#!/bin/bash\n#SBATCH --ntasks=2\n{line}\n")
    submitted(slurm, folder, "sbatch ranks.sbatch")

    assert sorted(one["rank"] for one in facts(folder)) == [0, 1]


def test_one_place_for_all_runs(folder: Path) -> None:
    """The user's file says where runs go."""
    done = typed(only(PAGE, "sh", "~/.config"), folder, reader(folder))

    assert done.returncode == 0, done.stderr
    assert f'runs = "{folder}/perfmon-runs"' in done.stdout
