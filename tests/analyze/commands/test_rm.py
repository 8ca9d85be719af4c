"""`perfmon rm` removes what is meant, and nothing else."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from perfmon.store import journal, layout, run_json
from tests.conftest import PERFMON, Perfmon
from tests.reliability.conftest import made, ticks
from tests.reliability.processes import facts


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    """An ended run, unsealed; the folder runs holds no other."""
    folder = made(tmp_path / "runs", *ticks(0.0, 1.0))
    run_json.write_facts(str(folder), facts(folder) | {"state": "finished", "duration_seconds": 1.0})
    return folder


def left(folder: Path) -> list[str]:
    """Everything that is below a folder, hidden names included."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def asked(folder: Path, answer: bytes) -> tuple[int, str]:
    """`perfmon rm -1` in a terminal in which somebody types an answer: exit status, and what is shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PERFMON, "rm", "-1"], cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        os.close(theirs)
        os.write(ours, answer)
        assert process.stdout is not None
        shown = process.stdout.read().decode()
    os.close(ours)
    return process.returncode, shown


def test_it_asks(ended: Path, tmp_path: Path) -> None:
    """It says what would go; whatever is not yes is no."""
    status, shown = asked(tmp_path, b"\n")
    assert (status, ended.exists()) == (1, True)
    assert f"runs/{ended.name}  finished, " in shown
    assert "Remove 1 run for good? [y/N]" in shown
    status, shown = asked(tmp_path, b"y\n")

    assert (status, left(tmp_path)) == (0, ["runs"])


def test_nobody_to_ask(perfmon: Perfmon, ended: Path) -> None:
    """In a script it wants --yes."""
    done = perfmon("rm", "-1")
    assert (done.returncode, ended.exists()) == (2, True)
    assert done.stderr == "perfmon rm: there is nobody to ask; say --yes, or --dry-run\n"
    done = perfmon("rm", "-1", "--yes")

    assert (done.returncode, ended.exists()) == (0, False)
    assert done.stdout == f"removed: runs/{ended.name}\n"


def test_dry_run(perfmon: Perfmon, ended: Path, tmp_path: Path) -> None:
    """It says what would go, and removes nothing."""
    before = left(tmp_path)
    done = perfmon("rm", "--dry-run", "--yes", "latest")

    assert done.returncode == 0
    assert done.stdout.startswith(f"would be removed: runs/{ended.name}  finished, ")
    assert left(tmp_path) == before


def test_condition(perfmon: Perfmon, ended: Path, tmp_path: Path) -> None:
    """Those that it holds for; --json says which."""
    other = made(tmp_path / "runs", *ticks(0.0))
    run_json.write_facts(str(other), facts(other) | {"state": "failed"})
    done = perfmon("rm", "-e", "state = failed", "--yes", "--json")

    assert [(one["run"], one["removed"]) for one in json.loads(done.stdout)] == [(other.name, True)]
    assert (ended.exists(), other.exists()) == (True, False)


def test_a_run_that_is_being_recorded(perfmon: Perfmon, tmp_path: Path) -> None:
    """It stays, even with --force, and nothing happens to it."""
    with subprocess.Popen([PERFMON, "run", "--quiet", "--", "cat"], cwd=tmp_path, stdin=subprocess.PIPE) as job:
        while not list(tmp_path.glob("runs/*/journal/*")):
            assert job.poll() is None
        done = perfmon("rm", "--yes", "--force", "-1")
        assert job.stdin is not None
        job.stdin.close()
        status = job.wait(timeout=30)

    assert (done.returncode, status) == (1, 0)
    assert "stays: it is still being recorded; end it first" in done.stderr
    assert perfmon("verify", "runs").returncode == 0


def test_a_lost_run(perfmon: Perfmon, tmp_path: Path) -> None:
    """One whose recorder died on this machine goes; one of another machine goes with --force only."""
    lost, elsewhere = (made(tmp_path / "runs", *ticks(0.0)) for _ in range(2))
    run_json.write_facts(str(elsewhere), facts(elsewhere) | {"host": "node7", "boot_id": "other"})
    done = perfmon("rm", "--yes", "runs")
    assert (done.returncode, lost.exists(), elsewhere.exists()) == (1, False, True)
    assert "whether node7 still records it can't be seen from here; if not, --force" in done.stderr
    perfmon("rm", "--yes", "--force", "runs")

    assert not elsewhere.exists()


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize(
    "where", ["notes.txt", "job/model.pt", "job/part-0001.parquet", "journal/more", "own", "run.txt"]
)
def test_what_others_put_there(perfmon: Perfmon, ended: Path, where: str, force: tuple[str, ...]) -> None:
    """A user's file in a run folder stays where it is, and is named; the run goes."""
    path = ended / where
    path.parent.mkdir(exist_ok=True)
    path.write_text("precious")
    told = perfmon("rm", "--dry-run", *force, "-1")
    assert f"; not perfmon's, and stays: {where}\n" in told.stdout
    done = perfmon("rm", "--yes", *force, "-1")

    assert done.returncode == 1
    assert done.stderr == f"perfmon rm: runs/{ended.name}: not perfmon's, and stays: {where}\n"
    assert [one.relative_to(ended) for one in ended.rglob("*") if one.is_file()] == [Path(where)]
    assert path.read_text() == "precious"


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("where", ["out", "job/out", "journal/out", "run.json", "host"])
def test_links_are_not_followed(
    perfmon: Perfmon, ended: Path, tmp_path: Path, where: str, force: tuple[str, ...]
) -> None:
    """A link is not perfmon's: it stays, and whatever it leads to is as it was."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "h-1-00000000-0001.parquet").write_bytes(b"PAR1")
    link = ended / where
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(outside)
    done = perfmon("rm", "--yes", *force, "-1")

    assert (done.returncode, link.is_symlink()) == (1, True)
    assert left(outside) == ["h-1-00000000-0001.parquet"]


def test_a_link_to_a_run(perfmon: Perfmon, ended: Path, tmp_path: Path) -> None:
    """It stays, and so does the run."""
    (tmp_path / "link").symlink_to(ended)
    done = perfmon("rm", "--yes", "--force", "./link")

    assert (done.returncode, ended.exists(), (tmp_path / "link").is_symlink()) == (1, True, True)


@pytest.mark.parametrize("facts_text", [None, "{}", '{"run": "mine"}', "no JSON"])
@pytest.mark.parametrize("name", ["job/main.py", "event/part-0001.parquet", "journal/notes.jsonl"])
def test_what_is_no_run_folder(perfmon: Perfmon, tmp_path: Path, facts_text: str | None, name: str) -> None:
    """Data in a folder named as a table is, or with a run.json of its own, is no run: even --force leaves it."""
    project = tmp_path / "runs" / "project"
    (project / name).parent.mkdir(parents=True)
    (project / name).write_text("a year of data")
    if facts_text is not None:
        (project / "run.json").write_text(facts_text)
    before = left(tmp_path)
    done = [perfmon("rm", "--yes", *force, "runs/project") for force in ((), ("--force",))]

    assert [one.returncode for one in done] == [1, 1]
    assert "no runs in 'runs/project'" in done[0].stderr
    assert left(tmp_path) == before


def test_what_lies_beside_runs(perfmon: Perfmon, ended: Path, tmp_path: Path) -> None:
    """Somebody's own data beside runs stay when all runs go."""
    data = tmp_path / "runs" / "clickstream" / "event" / "part-0001.parquet"
    data.parent.mkdir(parents=True)
    data.write_text("a year of data")

    assert perfmon("rm", "--yes", "runs").returncode == 0
    assert (ended.exists(), data.read_text()) == (False, "a year of data")


def test_a_damaged_run(perfmon: Perfmon, ended: Path) -> None:
    """One that lost its run.json is known by its journal, and whether it is still recorded by the host in it."""
    (ended / "run.json").write_text('{\n "format": 1,\n "ru')

    assert perfmon("rm", "--yes", f"runs/{ended.name}").returncode == 0
    assert not ended.exists()


def test_a_damaged_run_of_another_machine(perfmon: Perfmon, ended: Path) -> None:
    """Its journal names the machine, on which it may be recorded still."""
    (ended / "run.json").unlink()
    path = Path(layout.journal_path(str(ended), "node7-1-00000000-0001"))
    for other in (ended / "journal").iterdir():
        other.unlink()
    path.write_bytes(journal.encode_row("journal", {"host": "node7"}) + journal.encode_row("job", {"t": 0.0}))
    done = perfmon("rm", "--yes", f"runs/{ended.name}")

    assert (done.returncode, ended.exists()) == (1, True)
    assert "whether node7 still records it can't be seen from here; if not, --force" in done.stderr
    assert perfmon("rm", "--yes", "--force", f"runs/{ended.name}").returncode == 0


def test_a_name_that_climbs(perfmon: Perfmon, ended: Path, tmp_path: Path) -> None:
    """What run.json says of its name does not decide what is removed."""
    precious = tmp_path / "precious"
    shutil.copytree(ended, precious)
    run_json.write_facts(str(ended), facts(ended) | {"run": "../precious", "name": "../precious"})
    perfmon("rm", "--yes", "-1")

    assert (ended.exists(), precious.exists()) == (False, True)
