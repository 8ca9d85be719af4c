"""`perfmon ls`, as its users call it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from perfmon.commands import main
from tests.analyze.browse.conftest import Begin
from tests.analyze.conftest import MakeRun
from tests.conftest import PERFMON

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runs(begin: Begin, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four runs; the working directory is the one around their folder."""
    for gib in (8, 2, None, 11):
        begin(peak={"rss_bytes": gib and gib << 30}, variant=f"v{gib}")
    monkeypatch.chdir(runs_folder.parent)
    return runs_folder


def variants(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """What the column of variants says."""
    assert main(["ls", "--columns", "variant", *words]) == 0
    return capsys.readouterr().out.split()[1:]


def test_the_newest_last(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the folder runs, with the index by which each is known."""
    assert main(["ls"]) == 0
    title, *lines = capsys.readouterr().out.splitlines()

    assert [word.strip() for word in title.split("\t")][:3] == ["#", "RUN", "STAGE"]
    assert [line.split("\t")[0] for line in lines] == ["-4", "-3", "-2", "-1"]
    assert lines[-1].split("\t")[1] == "20261122T184303Z-training-b12-0003"


def test_a_run_is_listed_under_the_only_stage_in_it(
    make_run: MakeRun, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody gave it a stage the pipeline's own labels count, in the list and in conditions."""
    span = {"t": 1.0, "kind": "stage", "name": "inference", "pid": 7, "begin_t": 0.5, "end_t": 1.0}
    known = {"stage_given": False, "stage": "main"}
    make_run("one", tables={"phase": [span | {"stage": "inference", "model": "m2"}]}, known=known)
    make_run("two", tables={"phase": [span | {"begin_t": None}]}, known=known)  # damaged: the run's own labels stand
    make_run("plain", tables={}, known=known)
    assert main(["ls", str(runs_folder), "--json", "-e", "stage in ('inference', 'main')"]) == 0

    told = {run["run"]: (run["stage"], run["model"]) for run in json.loads(capsys.readouterr().out)}
    assert told == {"one": ("inference", "m2"), "two": ("main", "bielik12"), "plain": ("main", "bielik12")}


def test_filter(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs keep their index among all."""
    assert main(["ls", "-e", "peak_rss > 7 GiB", "--json"]) == 0

    assert [(run["index"], run["peak_rss_bytes"]) for run in json.loads(capsys.readouterr().out)] == [
        (-4, 8 << 30),
        (-1, 11 << 30),
    ]


def test_sort(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not known comes first, the greatest last."""
    assert variants(capsys, "--sort", "peak_rss") == ["vNone", "v2", "v8", "v11"]
    assert variants(capsys, "--sort", "peak_rss", "--reverse", "-n", "2") == ["v11", "v8"]
    assert variants(capsys, "--sort", "config.none") == ["v8", "v2", "vNone", "v11"]


def test_a_run_that_cannot_be_read(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is left out, and one line says why."""
    damaged = runs / "20261122T184301Z-training-b12-0001" / "run.json"
    damaged.write_bytes(damaged.read_bytes()[:100])

    assert main(["ls", "--columns", "state"]) == 0
    captured = capsys.readouterr()
    assert captured.out.split() == ["STATE", "finished", "finished", "finished"]
    assert captured.err.startswith("perfmon ls: runs/20261122T184301Z-training-b12-0001 looks like a run, but has no")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["-e", "stage = x"], 1, "none of 4 runs fits 'stage = x'"),
        (["-e", "stage"], 2, "nothing follows the field 'stage'"),
        (["--sort", "size"], 2, "there is no field 'size'"),
        (["--columns", "run,size"], 2, "there is no field 'size'"),
        (["-n", "0"], 2, "must be a whole number, 1 or more; not '0'"),
        (["nowhere"], 1, "there is no folder 'nowhere'"),
    ],
)
def test_nothing_to_list(
    runs: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, message: str
) -> None:
    """No data is 1, a mistake 2; one line says which."""
    assert main(["ls", *words]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("perfmon ls: ")
    assert message in line


def test_nobody_reads_to_the_end(begin: Begin, runs_folder: Path) -> None:
    """`perfmon ls | head` is no error."""
    for number in range(40):
        begin(config={"text": str(number) * 3000})
    pipeline = f"'{PERFMON}' ls --json '{runs_folder}' | head -n 2; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", pipeline], capture_output=True, text=True, check=True)

    assert (done.stderr, done.stdout.splitlines()[-1]) == ("", "0")


def test_a_thousand_runs(begin: Begin, runs_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They take little more time than reading their run.json does: no data library is loaded, no table is read."""
    for _ in range(1000):
        begin(folders_top=["x" * 3000])
    facts = [path / "run.json" for path in runs_folder.iterdir()]
    begun = time.process_time()
    for path in facts:
        json.loads(path.read_text())
    reading = time.process_time() - begun
    begun = time.process_time()
    assert main(["ls", str(runs_folder)]) == 0

    assert time.process_time() - begun < 6 * reading
    assert len(capsys.readouterr().out.splitlines()) == 1001


def test_light(runs: Path) -> None:
    """Listing loads no data library, and without a filter no database."""
    script = "import sys; from perfmon.commands import main; main(['ls']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert not {"numpy", "pandas", "pyarrow", "duckdb", "rich", "matplotlib", "sqlite3"} & set(done.stderr.split())
