"""The rows of a run as they are written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfmon.store import journal, layout, run_json, seal
from perfmon.store.journal import Journal
from perfmon_analyze.live.journal_reader import JournalReader

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = {"job": ("t", "rss_bytes"), "metric": ("t", "name", "value")}


class Recorder:
    """Writes rows of a run as a recorder does, each with a number of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / layout.JOURNAL).mkdir(parents=True)
        run_json.write_facts(str(folder), {"format": 1, "run": folder.name, "perfmon_version": "1", "state": "running"})
        self.files = self.written = 0
        self._begin()

    def _begin(self) -> None:
        self.files += 1
        self.path = layout.journal_path(str(self.folder), f"h-1-0000000{self.files % 2}-{self.files:04d}")
        self.journal = Journal(self.path, {"run": self.folder.name})

    def append(self, rows: int) -> None:
        """Append rows of table job."""
        numbers = range(self.written, self.written + rows)
        self.journal.append([("job", {"t": float(number), "rss_bytes": number}) for number in numbers])
        self.written += rows

    def seal(self) -> None:
        """Close the journal, seal it, and begin the next one."""
        closed = self.journal
        self._begin()
        closed.close()
        seal.seal(str(self.folder))


def taken(follow: JournalReader) -> list[int]:
    """The numbers of the rows of table job that are new."""
    return [row["rss_bytes"] for table, rows in follow.read_new() for row in rows if table == "job"]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """A run without rows yet."""
    made = Recorder(tmp_path / "run")
    yield made
    made.journal.close()


def test_only_what_is_new(recorder: Recorder) -> None:
    """Each row once, whether it lies in a journal or has been sealed meanwhile."""
    follow = JournalReader(str(recorder.folder), COLUMNS)
    recorder.append(2)
    assert taken(follow) == [0, 1]
    assert taken(follow) == []

    recorder.append(1)
    recorder.seal()
    recorder.append(1)
    assert taken(follow) == [3, 2]
    assert taken(follow) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["append", "look", "seal", "look at the same time"]), max_size=12))
def test_any_order_of_events(steps: list[str]) -> None:
    """No row is lost or told twice, however sealing and looking take turns."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "run")
        follow, told = JournalReader(str(recorder.folder), COLUMNS), list[int]()
        for step in steps:
            if step == "append":
                recorder.append(2)
            elif step == "seal":
                recorder.seal()
            elif step == "look":
                told += taken(follow)
            else:  # it is sealed after the journals have been looked at, and before the segments are
                for table, rows in follow.read_new():
                    recorder.seal()
                    told += [row["rss_bytes"] for row in rows if table == "job"]
        recorder.journal.close()
        told += taken(follow)

        assert sorted(told) == list(range(recorder.written))


def test_a_line_that_is_not_whole_yet(recorder: Recorder) -> None:
    """It is taken when its end has come."""
    follow = JournalReader(str(recorder.folder), COLUMNS)
    line = journal.encode_row("metric", {"t": 1.0, "name": "loss", "value": float("nan")})
    for part in (line[:20], line[20:-1]):
        with open(recorder.path, "ab") as file:
            file.write(part)
        assert list(follow.read_new()) == []
    with open(recorder.path, "ab") as file:
        file.write(line[-1:])

    assert [table for table, _ in follow.read_new()] == ["metric"]


def test_damage(recorder: Recorder, tmp_path: Path) -> None:
    """What is torn, no plain file or no Parquet costs itself alone."""
    with open(recorder.path, "ab") as file:
        file.write(b"torn\n" + b"x" * (5 << 20) + b"\n")
    recorder.append(1)
    (tmp_path / "elsewhere").write_bytes(journal.encode_row("job", {"t": 0.0, "rss_bytes": 99}))
    (recorder.folder / "journal" / "link-0001.jsonl").symlink_to(tmp_path / "elsewhere")
    (recorder.folder / "job").mkdir()
    (recorder.folder / "job" / "broken-0001.parquet").write_text("no")
    (recorder.folder / "metric").symlink_to(tmp_path)
    follow = JournalReader(str(recorder.folder), COLUMNS)

    assert taken(follow) + taken(follow) == [0]


def test_a_run_that_is_removed(recorder: Recorder) -> None:
    """There is nothing new in it."""
    follow = JournalReader(str(recorder.folder / "gone"), COLUMNS)

    assert list(follow.read_new()) == []


def test_labels(recorder: Recorder) -> None:
    """What the first line of a journal says of all its rows is said of those, too, that come later."""
    recorder.journal.append([("job", {"t": 0.0})])
    follow = JournalReader(str(recorder.folder), {"job": ("run", "t")})
    told = [list(follow.read_new())]
    recorder.journal.append([("job", {"t": 1.0})])
    told.append(list(follow.read_new()))

    assert told == [[("job", [{"run": "run", "t": float(t)}])] for t in (0, 1)]
