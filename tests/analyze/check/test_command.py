"""The gate as continuous integration runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from perfmon_analyze.check import LIMITS
from tests.analyze.check.test_verdicts import run

if TYPE_CHECKING:
    from tests.conftest import Perfmon

PAGE = (Path(__file__).parents[3] / "docs" / "compare.md").read_text()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--max-rss", "6GiB"], 0),
        (["--max-rss", "5GiB", "--max-recorder", "1%"], 1),
        (["--max-rss", "6GiB", "--no-finding", "swap"], 3),
        (["--max-rss", "5GiB", "--no-finding", "swap"], 1),
        (["--no-finding", "gpu_idle"], 0),
    ],
)
def test_status(perfmon: Perfmon, tmp_path: Path, words: list[str], status: int) -> None:
    """0 where all is kept, 1 where one is broken, 3 where the worst is that one could not be judged."""
    assert perfmon("check", str(run(tmp_path / "runs")), *words).returncode == status


def test_the_latest_run(perfmon: Perfmon, tmp_path: Path) -> None:
    """Runs are named as everywhere, the baseline's, too."""
    run(tmp_path / "runs")
    done = perfmon("check", "latest", "--max-rss", "+1%", "--baseline", "-1")

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "r1")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([], 2, "give at least one limit; see perfmon check --help"),
        (["--max-rss", "much"], 2, "'much' is not a limit; write 40GiB or 512M, or +10% of a baseline's"),
        (["--max-overhead", "5%"], 2, "--max-overhead 5% needs --baseline"),
        (["--no-finding", "leaks"], 2, "there is no finding 'leaks'; it must be one of out_of_memory, "),
        (["--max-rss", "1G", "--baseline", "nowhere"], 3, "there is no run 'nowhere' in 'runs'"),
    ],
)
def test_mistakes(perfmon: Perfmon, tmp_path: Path, words: list[str], status: int, message: str) -> None:
    """Each is one line; a baseline that isn't there is no mistake in the command, but nothing can be judged."""
    done = perfmon("check", str(run(tmp_path / "runs")), *words)

    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert done.stderr.startswith(f"perfmon check: {message}")


def test_text_json_and_junit(perfmon: Perfmon, tmp_path: Path) -> None:
    """All three tell of the same judgements."""
    run(tmp_path / "runs")
    words = ("check", "runs", "--max-rss", "5GiB", "--max-vram", "8GiB", "--no-finding", "swap")
    text, plain = perfmon(*words, "--junit", "check.xml"), perfmon(*words, "--json")
    verdicts = [one["verdict"] for one in json.loads(plain.stdout)["r1"]]
    (suite,) = ET.parse(tmp_path / "check.xml").getroot()

    assert [line.split()[0] for line in text.stdout.splitlines()] == ["r1", "FAILED", "ok", "NOT"]
    assert verdicts == ["failed", "passed", "unjudged"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [[child.tag for child in case] for case in suite] == [["failure"], [], ["error"]]


def test_the_pages_commands(perfmon: Perfmon, tmp_path: Path) -> None:
    """The commands that the page shows are ones that perfmon takes."""
    run(tmp_path / "runs")
    (tmp_path / "main").symlink_to(tmp_path)
    (tmp_path / "runs" / "RUN").symlink_to("r1")
    commands = re.findall(r"^perfmon (check .*)$", PAGE, re.MULTILINE)
    statuses = [perfmon(*command.split()).returncode for command in commands]

    assert statuses == [0, 0, 0]


def test_every_limit_is_documented(perfmon: Perfmon) -> None:
    """In the help and on the page."""
    shown = perfmon("check", "--help").stdout

    assert [f"--{one.option}" for one in LIMITS if f"--{one.option} " not in shown] == []
    assert [one.option for one in LIMITS if f"`--{one.option}`" not in PAGE] == []
