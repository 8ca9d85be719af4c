"""Something takes the place of a run folder while it is recorded: nothing is written to it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from perfmon.store import journal, layout, run_folder, run_json, seal
from perfmon.store.run_json import Labels
from tests.conftest import PERFMON

TAKEN = r"Not a directory|another folder"


@pytest.fixture
def run(tmp_path: Path) -> run_folder.RunFolder:
    """A run that is being recorded."""
    return run_folder.create(str(tmp_path / "runs"), Labels(stage="s"), {}, command=["true"], interval=1.0, folders=[])


def replace(run: Path, kind: str) -> Path:
    """Move the run folder away, and put a link to somebody's folder, or that folder, in its place; it is returned."""
    theirs = run.parent.parent / "theirs"
    (theirs / "journal").mkdir(parents=True)
    (theirs / "run.json").write_text("theirs")
    run.rename(run.with_name("moved"))
    if kind == "link":
        run.symlink_to(theirs)
        return theirs
    theirs.rename(run)
    return run


def holds_theirs(theirs: Path) -> bool:
    """Whether their folder is as it was."""
    names = sorted(str(path.relative_to(theirs)) for path in theirs.rglob("*"))
    return names == ["journal", "run.json"] and (theirs / "run.json").read_text() == "theirs"


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_nothing_is_written_to_what_took_its_place(run: run_folder.RunFolder, kind: str) -> None:
    """Neither run.json, nor a journal, nor segments; and a run that never began removes nothing of theirs."""
    theirs = replace(Path(run.folder), kind)
    with pytest.raises(OSError, match=TAKEN):
        run.save()
    with pytest.raises(OSError, match=TAKEN):
        journal.Journal(run.journal_path("w", 1), {}, run.identity)
    run.discard()

    assert holds_theirs(theirs)


def test_a_link_in_place_of_the_journals(run: run_folder.RunFolder, tmp_path: Path) -> None:
    """No journal is made where it leads."""
    os.rmdir(Path(run.folder) / "journal")
    (tmp_path / "theirs").mkdir()
    (Path(run.folder) / "journal").symlink_to(tmp_path / "theirs")
    with pytest.raises(NotADirectoryError):
        journal.Journal(run.journal_path("w", 1), {}, run.identity)

    assert list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_the_sealer_seals_its_own_run(
    run: run_folder.RunFolder, kind: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What took the run's place is not sealed, though it holds a journal."""
    monkeypatch.chdir("/")  # the sealer changes it
    theirs = replace(Path(run.folder), kind)
    run_json.write_facts(str(theirs), {"run": "theirs", "state": "finished"})
    journal.Journal(layout.journal_path(str(theirs), "w-1-00000000-0001"), {}).close()

    assert seal.seal_and_report(run.folder, run.identity) == 1
    assert "is not sealed" in capfd.readouterr().err
    assert [path.name for path in (theirs / "journal").iterdir()] == ["w-1-00000000-0001.jsonl"]


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_recorder_leaves_alone_what_took_its_place(tmp_path: Path, kind: str) -> None:
    """`perfmon run` to its end: the command's status stays, and their folder is as it was."""
    words = [PERFMON, "run", "--interval", "20ms", "--", "sh", "-c", "touch begun; read line; exit 7"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not (tmp_path / "begun").exists():
            assert time.monotonic() < deadline
        (folder,) = (tmp_path / "runs").iterdir()
        theirs = replace(folder, kind)
        try:
            said = process.communicate("\n", timeout=60)[1]
        finally:
            process.send_signal(signal.SIGKILL)

    assert process.returncode == 7
    assert "run.json" in said or "another folder" in said or "Not a directory" in said
    assert holds_theirs(theirs)
