"""The journal: what is written is read back, and damage costs itself only."""

from __future__ import annotations

import errno
import io
import json
import math
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon.store import journal

LABELS: journal.Row = {"run": "r", "stage": "training", "rank": None}
values = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
rows = st.lists(st.tuples(st.sampled_from(["job", "gpu"]), st.dictionaries(st.text(min_size=1), values)), max_size=8)


def write(path: Path, content: list[tuple[str, journal.Row]]) -> None:
    """A journal with these rows."""
    writer = journal.Journal(str(path), LABELS)
    writer.append(content)
    writer.close()


@given(rows)
def test_round_trip(content: list[tuple[str, journal.Row]]) -> None:
    """Whatever is appended is read back, in order, under its table."""
    lines = [journal.encode_row(journal.HEADER, LABELS), *(journal.encode_row(table, row) for table, row in content)]
    recovered = journal.parse(lines)

    assert recovered.labels == LABELS
    assert recovered.damaged == 0
    for table in ("job", "gpu"):
        assert recovered.rows.get(table, []) == [row for name, row in content if name == table]


def test_nan_stays_nan(tmp_path: Path) -> None:
    """A loss that is NaN is not the same as one that is not known."""
    write(tmp_path / "j", [("metric", {"value": math.nan}), ("metric", {"value": None})])
    first, second = journal.read(str(tmp_path / "j")).rows["metric"]

    assert math.isnan(float(str(first["value"])))
    assert second["value"] is None


def test_each_line_is_json(tmp_path: Path) -> None:
    """Anybody's JSON reader can read a journal."""
    write(tmp_path / "j", [("job", {"rss_bytes": 1})])
    lines = [json.loads(line) for line in (tmp_path / "j").read_text().splitlines()]

    assert [line[1:] for line in lines] == [["journal", LABELS], ["job", {"rss_bytes": 1}]]


def test_every_cut_costs_one_row_at_most(tmp_path: Path) -> None:
    """Cut anywhere, a journal gives back every row before the cut."""
    path = tmp_path / "j"
    write(path, [("job", {"t": float(i), "rss_bytes": i}) for i in range(5)])
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        recovered = journal.parse(io.BytesIO(whole[:length]))
        kept = len(recovered.rows.get("job", []))

        assert kept == max(0, whole[:length].count(b"\n") - 1)
        assert recovered.damaged == (0 if whole[:length].endswith(b"\n") or not length else 1)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    """A byte that changed on the disk costs its line, or two where it was the line's end, and no other."""
    path = tmp_path / "j"
    write(path, [("job", {"rss_bytes": i}) for i in range(3)])
    whole = path.read_bytes()
    for position in range(len(whole)):
        broken = bytearray(whole)
        broken[position] ^= 0x01
        recovered = journal.parse(io.BytesIO(bytes(broken)))
        kept = [row["rss_bytes"] for row in recovered.rows.get("job", [])]

        assert recovered.damaged >= 1
        assert len(kept) >= 1
        assert set(kept) <= {0, 1, 2}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second journal of the same name is refused: nothing is ever overwritten."""
    write(tmp_path / "j", [])
    with pytest.raises(FileExistsError):
        journal.Journal(str(tmp_path / "j"), LABELS)


def test_a_write_that_is_cut_short_tells_why(tmp_path: Path) -> None:
    """Lines of which only a part finds room are taken back, and the error is the kernel's own: here that of a limit."""
    writer = journal.Journal(str(tmp_path / "j"), {})
    whole = writer.size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole + 100, hard))
    try:
        with pytest.raises(OSError, match="too large") as raised:
            writer.append([("job", {"t": float(number)}) for number in range(20)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    length = (tmp_path / "j").stat().st_size
    writer.append([("job", {"t": 1.0})])

    assert raised.value.errno == errno.EFBIG
    assert length == whole
    assert journal.read(str(tmp_path / "j")).rows["job"] == [{"t": 1.0}]


def test_lock_is_held_until_closed(tmp_path: Path) -> None:
    """Readers can tell whether somebody may still write, and opening a journal to find out disturbs nobody."""
    path = str(tmp_path / "j")
    writer = journal.Journal(path, LABELS)

    assert journal.is_locked(path)
    writer.close()
    assert not journal.is_locked(path)
