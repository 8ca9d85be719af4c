"""Whatever text a run folder holds, no verb lets it drive a terminal, an XML reader or a spreadsheet."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest

from perfmon.store import run_json, schema
from tests.conftest import PERFMON
from tests.reliability import foreign
from tests.reliability.foreign import DRAWERS, READERS, TICKS, WRITERS, call
from tests.reliability.processes import facts

# A title for the window, a colour, C1 controls, DEL, text that runs backwards, nothing to see, a line of its own.
HOSTILE = "x\x1b]0;pwned\x07\x1b[5;35;45mX\x9b31m\x85\x7f\u202e\u2066\u200b\u2028\r\nNOT SOUND"
LONE = "\udc9b"  # a byte of a file name that is not UTF-8
_OURS = re.compile(r"\x1b\[(0|1|2|3[1-6]|1;3[1-6])m")  # colours that perfmon itself gives to what it shows
_BAR = re.compile(r"\r\w+: +\d+%\|[^\r]*|\r *(\r|$)")  # of progress that takes longer than a second
_KEPT = {"state": "finished", "origin": "measured"}  # without these less is shown: tried on their own


def acts(text: str) -> set[str]:
    """Characters of what was printed that do something to a terminal, or that UTF-8 cannot hold."""
    plain = _BAR.sub("", _OURS.sub("", text)).replace("\n", "").replace("\t", "")
    return {c for c in plain if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def spoiled(value: Any, name: str = "") -> Any:
    """The same JSON, with hostile text at the end of all text and all keys that users choose."""
    if isinstance(value, dict):
        free = name in ("tags", "config", "environment", "absent")
        return {key + HOSTILE if free else key: spoiled(own, key) for key, own in value.items()}
    if isinstance(value, list):
        return [spoiled(own, name) for own in value]
    return value + HOSTILE + LONE if isinstance(value, str) and not name.endswith(("_time", "modified")) else value


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `runs` whose run is hostile in its name, its facts, its rows, its files and what is broken of it."""
    root = tmp_path_factory.mktemp("hostile")
    folder = foreign.whole(root / "runs")
    run_json.write_facts(str(folder), spoiled(facts(folder)) | _KEPT)
    for table in schema.TABLES:
        for column in schema.columns(table):
            if column.type == "string" and (table, column.name) not in (("phase", "kind"), ("gpu", "parent_uuid")):
                foreign.spoil(folder, table, column.name, pa.array([f"{column.name}{HOSTILE}"] * TICKS))
        foreign.rename(folder / table, HOSTILE.replace("\n", ""))
    (folder / "job" / f"{HOSTILE}.parquet").write_bytes(b"PAR1")  # its path is in a complaint
    (folder / f"{HOSTILE}.txt").write_text("not ours")
    os.mkdir(folder / "journal")
    folder.rename(folder.with_name(f"20270115T080000Z-{HOSTILE}-0001"))
    return root


@pytest.fixture
def work(runs: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(runs / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns("*.jsonl"))  # a pipe
    os.mkfifo(next((tmp_path / "runs").iterdir()) / "journal" / f"{HOSTILE}.jsonl")
    return tmp_path


@pytest.mark.parametrize("verb", [*READERS, *DRAWERS, *WRITERS])
def test_no_verb_prints_what_drives_a_terminal(work: Path, verb: str) -> None:
    """Whatever stands in a run folder, what every verb prints of it is plain text in lines of its own."""
    done = call(verb, work)

    assert foreign.ends_well(done), done
    assert acts(done.stdout) | acts(done.stderr) == set()
    assert [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("NOT SOUND")] == []


@pytest.mark.parametrize("name", ["state", "origin"])
@pytest.mark.parametrize("verb", [verb for verb in READERS if not verb.startswith("export")])
def test_nor_of_a_state_nobody_knows(work: Path, verb: str, name: str) -> None:
    """Nor do verbs that choose their words by the run's state, or by where its data are from."""
    (folder,) = (work / "runs").iterdir()
    run_json.write_facts(str(folder), facts(folder) | {name: HOSTILE})
    done = call(verb, work)

    assert foreign.ends_well(done), done
    assert acts(done.stdout) | acts(done.stderr) == set()


@pytest.mark.parametrize(
    "verb", ["ls runs", "show --runs runs latest", "watch --runs runs latest", "verify runs", "rm --runs runs latest"]
)
def test_nor_on_a_terminal(work: Path, verb: str) -> None:
    """On a real terminal, in colour, nothing comes but what perfmon itself says."""
    text = on_terminal(verb, work)

    assert "pwned" in text
    assert not re.search(r"\x1b\]|\x1b\[5;35;45m|[\x80-\x9f\u202e\u2066\u200b\x7f\ufffd]", text)


def on_terminal(verb: str, folder: Path) -> str:
    """What a verb writes to a terminal."""
    ours, theirs = os.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "300", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [PERFMON, *verb.split()], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.write(ours, b"n\n")
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # raised when nobody has the other side open any more
        while more := os.read(ours, 65536):
            told += more
    os.close(ours)
    process.wait()
    return told.decode()


@pytest.mark.parametrize("verb", [verb for verb in READERS if "json" in verb and "export" not in verb])
def test_json_says_the_same(work: Path, verb: str) -> None:
    """JSON escapes what a terminal would act upon, so that programs read what was recorded."""
    done = call(verb, work)

    assert "pwned" in done.stdout
    assert "\x1b]0;pwned" in str(json.loads(done.stdout)) or "\x1b]0;pwned".encode("unicode_escape").decode() in str(
        json.loads(done.stdout)
    )


def test_junit_is_xml(work: Path) -> None:
    """Names that XML cannot hold do not spoil the file of judgements."""
    call(next(verb for verb in READERS if verb.startswith("check")), work)
    suite, *_ = ET.parse(work / "junit.xml").getroot()

    assert "pwned" in suite.attrib["name"]


def test_summary_is_plain(work: Path) -> None:
    """The tables of summary.md are lines of plain text."""
    call("plot runs --dpi 30 -o plots", work)
    told = (work / "plots" / "summary.md").read_text()

    assert "pwned" in told
    assert acts(told) | acts((work / "plots" / "summary.json").read_text()) == set()


FORMULAS = ("=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "plain")


def cells(folder: Path, *words: str) -> Iterator[list[str]]:
    """The cells of an exported table, with its titles."""
    return csv.reader(call(" ".join(("export latest --table metric", *words)), folder).stdout.splitlines())


def test_csv_holds_no_formula(tmp_path: Path) -> None:
    """Text that a spreadsheet would compute is text there; numbers, negative ones too, are numbers."""
    folder = foreign.whole(tmp_path / "runs")
    foreign.spoil(folder, "metric", "name", pa.array((FORMULAS * 2)[:TICKS]))
    foreign.spoil(folder, "metric", "value", pa.array([-1.5] * TICKS))
    _, *rows = cells(tmp_path, "--columns name,value")

    assert [name for name, _ in rows[: len(FORMULAS)]] == [
        *("'=1+2", "'+1", "'-1", "'@SUM(A1)", "' =1", "' =1", '\'=HYPERLINK("http://x")', "plain")
    ]
    assert {value for _, value in rows} == {"-1.5"}


def test_csv_titles_are_no_formulas_either(tmp_path: Path) -> None:
    """A column that somebody added is named without doing anything."""
    folder = foreign.whole(tmp_path / "runs")
    foreign.spoil(folder, "metric", f"=1+2{HOSTILE}", pa.array([1] * TICKS))
    titles, *_ = cells(tmp_path)

    assert [title for title in titles if "1+2" in title] == ["'=1+2" + titles[-1][5:]]
    assert acts("".join(titles)) == set()


def test_other_formats_hold_what_was_recorded(tmp_path: Path) -> None:
    """What is defused in CSV is whole in JSON."""
    folder = foreign.whole(tmp_path / "runs")
    foreign.spoil(folder, "metric", "name", pa.array([f"={HOSTILE}"] * TICKS))
    text = call("export latest --table metric --format json", tmp_path).stdout

    assert acts(text) == set()
    assert {row["name"] for row in json.loads(text)} == {f"={HOSTILE}"}
