"""All rules together: what every finding says, what the documentation says, and no false ones."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perfmon_analyze import load
from perfmon_analyze.findings import examine
from perfmon_analyze.findings.rules import RULES
from perfmon_analyze.findings.text import evidence
from perfmon_analyze.findings.thresholds import ENOUGH, THRESHOLDS
from perfmon_analyze.synthetic.write import write_study
from tests.conftest import Perfmon

from .recorded import TICKS, found, gpu, run

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs

PAGE = (Path(__file__).parents[3] / "docs" / "findings.md").read_text()


@pytest.fixture(scope="module", params=[1.0, 0.02], ids=["whole", "scaled"])
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The eight synthetic runs, whole or a fiftieth as long."""
    folder = tmp_path_factory.mktemp("study")
    list(write_study(str(folder), scale=request.param))
    return load(folder)


def test_the_synthetic_study_shows_what_was_put_in(study: Runs) -> None:
    """Of the eight synthetic runs the two with detectors creep, as they are made to, and nothing else is found."""
    told = [(one.name, one.recording.split("-")[1:3], one.origin) for one in examine(study).findings]

    assert told == [("memory_creep", ["inference", model], "synthetic") for model in ("bielik12", "bielik45")]


def test_problems_come_first(tmp_path: Path) -> None:
    """What cannot wait stands above advice."""
    known = {"state": "killed", "ending": {"cause": "out_of_memory"}}
    examined = examine(load(run(tmp_path, known=known, gpu=gpu([0.0] * TICKS))))

    assert [one.severity for one in examined.findings] == ["problem", "advice"]


def test_a_finding_says_all_that_it_rests_on(tmp_path: Path) -> None:
    """Threshold and caveat are sentences, and JSON holds every field."""
    (one,) = found(run(tmp_path, gpu=gpu([0.0] * TICKS)), "gpu_idle")

    assert one.threshold == "a GPU is idle below a utilization of 5 %, idle for at least 30 % of the time"
    assert one.caveat.endswith(".")
    assert json.loads(json.dumps(one.as_json())) == one.as_json()


def test_evidence_in_words(tmp_path: Path) -> None:
    """Numbers are told with the unit that suits them, and when they were seen."""
    (one,) = found(run(tmp_path, gpu=gpu([0.0] * TICKS)), "gpu_idle")
    more = {"bytes_per_second": 2.0**21, "room_bytes": 2.0**31, "seconds_to_limit": 7200.0, "batches": 1234.0}

    assert evidence(one) == "gpu GPU 0, idle 100 %, longest 2.98 min, samples 180; from 20 s to 3.32 min"
    assert evidence(replace(one, evidence=more, begin=5.0, end=5.0)) == (
        "2 MB/s, room 2 GB, to limit 2 h, batches 1,234; at 5 s"
    )


def documented(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of the page."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if "| `" in line]


def test_documented_rules() -> None:
    """The page lists the rules in their order, with title, thresholds and when each does not apply."""
    rules = [
        [f"`{rule.name}`", rule.title, "*" * bool(set(ENOUGH) & set(rule.thresholds)) + rule.threshold, rule.caveat]
        for rule in RULES
    ]

    assert rules == documented("Rules")


def test_thresholds_are_used() -> None:
    """Every threshold belongs to a rule, and every name a rule gives is one."""
    assert {name for rule in RULES for name in rule.thresholds} == set(THRESHOLDS)


def test_command(perfmon: Perfmon, tmp_path: Path) -> None:
    """The verb tells what was found, run by run, and what was not judged if asked to."""
    run(tmp_path / "runs", gpu=gpu([0.0] * TICKS))
    short, long, plain = (
        perfmon("findings", "runs"),
        perfmon("findings", "runs", "--all"),
        perfmon("findings", "runs", "--json"),
    )

    assert short.stdout.startswith("r1\n  -  GPU idle: gpu_idle\n       GPU 0 is idle 100 % of the time")
    assert re.search(r"\d+ judgements lacked data; --all says which\.\n$", short.stdout)
    assert "\nnot judged in r1\n  " in long.stdout
    assert [one["name"] for one in json.loads(plain.stdout)["findings"]] == ["gpu_idle"]
    assert (short.returncode, long.returncode, plain.returncode) == (0, 0, 0)


def test_runs_by_name(perfmon: Perfmon, tmp_path: Path) -> None:
    """A run is named as everywhere; without a name all are looked through."""
    for name in ("r1", "r2"):
        run(tmp_path / "runs", name, gpu=gpu([0.0] * TICKS))
    heads = [
        [line for line in perfmon("findings", *words).stdout.splitlines() if line.startswith("r")]
        for words in ((), ("latest",), ("r1",), ("nobody",))
    ]

    assert heads == [["r1", "r2"], ["r2"], ["r1"], []]


def test_command_without_runs(perfmon: Perfmon) -> None:
    """No runs is one line and status 1."""
    done = perfmon("findings", "nowhere")

    assert done.returncode == 1
    assert done.stderr == "perfmon findings: there is no folder 'nowhere'; give a run folder, or a folder of runs\n"


def test_the_pages_commands(perfmon: Perfmon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page shows in a terminal and in Python works."""
    run(tmp_path / "runs", gpu=gpu([0.0] * TICKS))
    (command,) = re.findall(r"```sh\nperfmon (.*)\n```", PAGE)
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    exec(script, {"print": lambda *words: told.extend(map(str, words))})

    assert perfmon(*command.split()).returncode == 0
    assert told[:2] == ["advice", "r1"]
