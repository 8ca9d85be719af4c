"""The three programs, as their users start them, at sizes that take no time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.conftest import PERFMON, tables

from .conftest import PIPELINE

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = ("save_activations.py", "train_sae.py", "run_inference.py")

SAVE = "save_activations.py --steps 20 --tokens 600 --held-out-tokens 300 --shard-size 256 --layers L1 L2 --text text"
TRAIN = "train_sae.py --epochs 3 --batch-size 64 --expansion 1"
DETECTORS = "run_inference.py --detectors --batches 4 --batch-size 64 --text text"
BASELINE = "run_inference.py --baseline --batches 4 --batch-size 64 --text text"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to run in, with a little text."""
    (tmp_path / "text").mkdir()
    for number in range(20):
        (tmp_path / "text" / f"{number}.py").write_text(f"def f{number}(x):\n    return x + {number}\n" * 20)
    return tmp_path


def start(folder: Path, line: str, *prefix: str, disable: str = "1") -> subprocess.CompletedProcess[str]:
    """Run one of the programs; what it says is kept."""
    program, *words = line.split()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")} | {"PERFMON_DISABLE": disable}
    command = [*prefix, sys.executable, str(PIPELINE / program), *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_pipeline_runs_unrecorded(folder: Path) -> None:
    """One program takes up what the other left; with PERFMON_DISABLE nothing is recorded."""
    results = [start(folder, line) for line in (SAVE, TRAIN, BASELINE, DETECTORS)]

    assert [(result.returncode, result.stderr) for result in results] == [(0, "")] * 4
    assert sorted(path.name for path in folder.iterdir()) == ["outputs", "text"]
    outputs = folder / "outputs" / "tiny-0.4M"
    assert np.load(outputs / "activations/L1/held-out-00001.npy").shape == (300 - 256, 128)
    assert len(list((outputs / "autoencoders/L2").glob("epoch-*.npz"))) == 3
    assert sorted(path.name for path in (outputs / "inference-baseline").iterdir()) == ["scores"]
    assert sorted(path.name for path in (outputs / "inference-detectors").iterdir()) == ["L2", "scores"]


def test_the_same_seed_gives_the_same_numbers(folder: Path) -> None:
    """Two runs say the same, and another seed says something else."""
    start(folder, SAVE)

    first, second, other = (start(folder, f"{TRAIN} --layers L1 --seed {seed}").stdout for seed in (1, 1, 2))

    assert first.startswith("L1  epoch  0  loss ")
    assert first == second
    assert first != other


def test_the_pipeline_records_itself(folder: Path) -> None:
    """By themselves the programs make a run each; behind `perfmon run` they attach to its run."""
    results = [start(folder, line, disable="") for line in (SAVE, TRAIN, BASELINE)]
    results.append(start(folder, DETECTORS, PERFMON, "run", "--quiet", "--", disable=""))

    assert [(result.returncode, result.stderr) for result in results] == [(0, "")] * 4
    recorded = tables(folder / "runs")
    assert recorded.execute(
        "select series, name, count(*) from metric where stage = 'training' group by all"
    ).fetchall()
    assert len(list((folder / "runs").iterdir())) == 4
    assert dict(recorded.execute("select name, count(*) from metric where series = 'L2' group by name").fetchall()) == {
        "loss": 3,
        "r2": 3,
        "dead_features_percent": 3,
        "l1": 3,
    }
    assert recorded.execute(
        "select stage, model, variant, series, count(*), sum(items) from batch where stage = 'inference' group by all "
        "order by variant"
    ).fetchall() == [
        ("inference", "tiny-0.4M", "baseline", None, 4, 256),
        ("inference", "tiny-0.4M", "detectors", "L2", 4, 256),
    ]


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_has_examples(tmp_path: Path, program: str) -> None:
    """--help exits with 0 and shows how the program is started."""
    result = start(tmp_path, f"{program} --help")

    assert result.returncode == 0
    assert f"examples:\n  python {program}" in result.stdout


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        (
            "train_sae.py --activations nowhere",
            1,
            "no checkpoints in nowhere/language_model: run save_activations.py first",
        ),
        ("run_inference.py --detectors", 1, "run save_activations.py first"),
        ("save_activations.py --text nowhere", 1, "nowhere has 0 Python sources"),
        ("save_activations.py --layers L9", 1, "tiny-0.4M has the layers L1 to L4, and no L9"),
        ("save_activations.py --layers 2", 2, "'2' is not a layer"),
        ("save_activations.py --steps 0", 2, "'0' is not a whole number from 1 on"),
        ("save_activations.py --rate nan", 2, "'nan' is not a number above 0"),
        ("run_inference.py", 2, "one of the arguments --detectors --baseline is required"),
    ],
)
def test_bad_input_gets_one_clear_line(tmp_path: Path, line: str, status: int, message: str) -> None:
    """What cannot be done is told in the last line, without a traceback."""
    result = start(tmp_path, line)

    assert result.returncode == status
    assert message in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_activations_of_another_model_are_refused(folder: Path) -> None:
    """Results are never recorded under a model that they are not of, and older results stay as they are."""
    start(folder, SAVE)
    start(folder, TRAIN)

    outputs = "outputs/tiny-0.4M"
    result = start(
        folder, f"{TRAIN} --model tiny-1.0M --activations {outputs}/activations --out {outputs}/autoencoders"
    )

    assert result.returncode == 1
    assert "holds activations of tiny-0.4M, not of tiny-1.0M" in result.stderr
    assert len(list((folder / outputs).glob("autoencoders/L2/*.npz"))) == 3
