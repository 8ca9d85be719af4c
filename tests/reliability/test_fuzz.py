"""Garbage of every kind, drawn by hypothesis: every reader of a run copes with it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfmon.store import journal, recover, run_json, schema
from perfmon.store.run_json import Labels, initial_facts
from perfmon_analyze import NoRuns
from perfmon_analyze.verify.audit import audit
from tests.reliability.conftest import made, ticks
from tests.reliability.processes import facts, read_all

# Anything that JSON can hold, with the keys and values that readers look for among it.
_KEYS = st.sampled_from(
    sorted(
        initial_facts(
            "r", Labels(), {}, command=[], cwd="/", interval=1.0, folders=[], begin={"begin_monotonic": 0}
        ).keys()
        | {"recorder", "stage_given", "begin_time", "boot_id"}
    )
)
_WORDS = st.sampled_from(["running", "finished", "../x", "", "\ud800", "job"]) | st.text(max_size=5)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """A run as it should be, to be spoiled in copies."""
    with tempfile.TemporaryDirectory() as folder:
        run = made(Path(folder) / "runs", *ticks(0.0, 1.0, 2.0))
        yield run


@contextlib.contextmanager
def spoiled(whole: Path) -> Iterator[Path]:
    """A copy of the run for one try."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "runs" / whole.name
        shutil.copytree(whole, copy)
        yield copy


def all_survive(folder: Path) -> None:
    """Reading, verifying and sealing end in rows or in one of their documented errors."""
    with contextlib.suppress(NoRuns):  # so little is left that nobody can tell that it was a run
        read_all(folder)
    audit(str(folder))
    with contextlib.suppress(OSError, ValueError):
        recover.recover(str(folder), force=True)
    with contextlib.suppress(NoRuns):
        read_all(folder)


TRIES = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(st.binary() | st.lists(st.sampled_from([b'["', b'",', b"]\n", b"{", b"00000000", b"\xff", b"\n"])).map(b"".join))
@settings(max_examples=1000, derandomize=True)
def test_any_bytes_are_a_journal(data: bytes) -> None:
    """Reading a journal never fails, whatever is in it."""
    recovered = journal.parse(data.splitlines(keepends=True))

    assert recovered.damaged + sum(map(len, recovered.rows.values())) <= len(data.splitlines())


@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
@TRIES
def test_any_json_is_a_run_json(whole: Path, spoil: dict[str, Any]) -> None:
    """Whatever types the facts of a run have, every reader copes with them."""
    with spoiled(whole) as folder:
        run_json.write_facts(str(folder), facts(folder) | spoil)
        all_survive(folder)


@given(st.lists(st.tuples(st.sampled_from(["journal", *schema.TABLES]), st.data()), max_size=4))
@TRIES
def test_any_row_is_a_row(whole: Path, drawn: list[tuple[str, st.DataObject]]) -> None:
    """A row that its writer vouches for by checksum may hold anything: what does not fit its column is null."""
    with spoiled(whole) as folder, (folder / "journal" / "h-3-00000000-0001.jsonl").open("wb") as file:
        for table, data in drawn:
            names = [column.name for column in schema.COMMON + schema.TABLES.get(table, ())]
            row = data.draw(st.dictionaries(st.sampled_from(names), _VALUES, max_size=4))
            file.write(journal.encode_row(table, row))
        file.flush()
        all_survive(folder)


@given(st.randoms(use_true_random=False))
@TRIES
def test_any_cut_leaves_the_rest(whole: Path, chance: Any) -> None:
    """Files cut off anywhere, or with bytes changed, sealed or not, cost themselves only."""
    with spoiled(whole) as folder:
        if chance.random() < 0.5:
            recover.recover(str(folder))
        for path in [path for path in folder.rglob("*") if path.is_file() and chance.random() < 0.5]:
            data = bytearray(path.read_bytes())
            if chance.random() < 0.5:
                del data[chance.randrange(len(data)) :]
            else:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(data)
        all_survive(folder)
