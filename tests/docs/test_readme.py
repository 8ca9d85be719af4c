"""What the README tells a new user to type, typed in an empty folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PERFMON
from tests.docs.pages import PAGES, only, parsed, reader

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = parsed(README)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the README's reader would, with perfmon installed."""
    return subprocess.run(
        words, cwd=folder, env=reader(folder), capture_output=True, text=True, check=True, timeout=120
    )


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's pipeline code has been run under the README's command, then plotted."""
    folder = tmp_path_factory.mktemp("new user")
    pipeline = only(BLOCKS, "python", "perfmon.record")
    (folder / "train_sae.py").write_text(
        "batches = [[1, 2], [3]]\ntrain = len\n" + pipeline.replace("save()", "open('checkpoint', 'w').close()")
    )
    for command in (only(BLOCKS, "sh", "perfmon run"), only(BLOCKS, "sh", "perfmon plot")):
        run(folder, *shlex.split(command))
    return folder


def test_one_run_with_the_labels_typed(tried: Path) -> None:
    """Command and code together make one run, for the code attaches to the command's."""
    (folder,) = (tried / "runs").iterdir()

    assert "-training-bielik12-" in folder.name


def test_pictures_and_summary(tried: Path) -> None:
    """The pictures and both summaries are where the README says."""
    made = {path.name for path in (tried / "plots").iterdir()}

    assert {"training_loss.png", "memory_usage_training.png", "summary.json", "summary.md"} <= made


def test_library_lines(tried: Path) -> None:
    """The two lines for a notebook draw a matplotlib figure."""
    done = run(tried, sys.executable, "-c", only(BLOCKS, "python", "perfmon_analyze") + "print(type(figure).mro())")

    assert "matplotlib.figure.Figure" in done.stdout


def test_synth_line(tried: Path) -> None:
    """The command for who has no recordings makes eight runs."""
    (command,) = re.findall(r"`(perfmon synth [^`]*)`", README)
    run(tried, *shlex.split(command), "--scale", "0.001")

    assert len(list((tried / "study" / "runs").iterdir())) == 8


def test_commands_of_the_recording_page(tmp_path: Path) -> None:
    """The commands that the page on recording shows are ones that perfmon takes."""
    page = (ROOT / "docs" / "recording.md").read_text()
    (tmp_path / "train_sae.py").write_text("open('made', 'w').close()")
    (tmp_path / "checkpoints").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as job:
        command, attach = re.findall(r"```sh\n(.*)\n```", page)
        run(tmp_path, *shlex.split(command))
        with subprocess.Popen(
            [PERFMON, *shlex.split(attach.replace("4711", str(job.pid)))[1:]], cwd=tmp_path, stderr=subprocess.PIPE
        ) as attached:
            assert attached.stderr is not None
            attached.stderr.readline()
            job.communicate(b"\n")
            status = attached.wait(timeout=30)

    assert status == 0
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_every_link_leads_somewhere() -> None:
    """What README and docs link to is there."""
    for page in [ROOT / "README.md", *PAGES.values()]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_scripts_named_are_there() -> None:
    """The two commands on a fresh machine exist and can be executed."""
    for name in re.findall(r"^(scripts/\w+)", only(BLOCKS, "sh", "scripts/demo"), re.MULTILINE):
        assert os.access(ROOT / name, os.X_OK)
