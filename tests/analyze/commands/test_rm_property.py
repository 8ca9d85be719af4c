"""After `perfmon rm`, all that perfmon did not make is there, byte for byte: in random trees around real runs."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from perfmon.commands import main
from perfmon.store import layout, recover, run_json, schema
from tests.reliability.conftest import made, ticks
from tests.reliability.processes import facts

Tree = dict[str, bytes | str]  # contents by path; text is where a link leads


def parquet() -> bytes:
    """A Parquet file of somebody else."""
    file = io.BytesIO()
    pq.write_table(pa.table({"rss_bytes": [1]}), file)
    return file.getvalue()


# Names that a recorder uses, and names close to them; contents that are like ours, and that are not.
FOLDERS = ["journal", *schema.TABLES, "own", ".hidden", "runs"]
NAMES = [
    "run.json",
    "run.json.7.tmp",
    "run.json.7-00000000.tmp",
    "h-1-00000000-0001.jsonl",
    "h-1-00000001-0001.parquet",
]
NAMES += ["h-1-00000001-0001.parquet.7.tmp", "part-0001.parquet", "diary.jsonl", "x.tmp", "run.jsonl", "notes", "job"]
CONTENTS = [b"precious", b"{}", b'{"format": 2, "run": "mine"}', b'["00000000"]\n', b"[1]\n", parquet(), b"PAR2", b"\0"]
paths = st.lists(st.sampled_from(FOLDERS), max_size=3).flatmap(
    lambda folders: st.sampled_from(NAMES).map(lambda name: "/".join([*folders, name]))
)
foreign = st.dictionaries(paths, st.sampled_from(CONTENTS) | st.binary(min_size=1).filter(bool), max_size=8)
links = st.dictionaries(paths, st.sampled_from(["/etc", "..", "../../outside", "run.json", "nowhere"]), max_size=2)


@contextmanager
def a_study() -> Iterator[Path]:
    """A folder of four runs: sealed, not sealed, without its run.json, and of another machine."""
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place) / "runs"
        sealed, _, bare, elsewhere = (made(runs, *ticks(0.0, 1.0)) for _ in range(4))
        recover.recover(str(sealed))
        (bare / layout.FACTS).unlink()
        run_json.write_facts(str(elsewhere), facts(elsewhere) | {"host": "node7", "boot_id": "other"})
        yield Path(place)


def add(place: Path, tree: Tree) -> Tree:
    """Put files and links below a folder, where nothing is in their way; what was put there is returned."""
    added: Tree = {}
    for name, content in tree.items():
        path = place / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(path):
                continue
            path.symlink_to(content) if isinstance(content, str) else path.write_bytes(content)
        except (FileExistsError, NotADirectoryError):  # a file stands where a folder should
            continue
        added[str(path)] = content
    return added


def held(path: str) -> bytes | str | None:
    """What is at a path now."""
    if os.path.islink(path):
        return os.readlink(path)
    return Path(path).read_bytes() if os.path.isfile(path) else None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(foreign, min_size=4, max_size=4), st.lists(links, min_size=4, max_size=4), foreign, st.sampled_from("ay")
)
def test_everything_of_others_stays(inside: list[Tree], linked: list[Tree], beside: Tree, how: str) -> None:
    """In the run folders, beside them and where links lead, with --force and without."""
    with a_study() as place:
        added = add(place / "outside", {"notes": b"kept", "job/h-1-00000000-0001.parquet": b"PAR1"})
        for folder, *trees in zip(sorted((place / "runs").iterdir()), inside, linked, strict=True):
            added |= {path: content for tree in trees for path, content in add(folder, tree).items()}
        added |= add(place / "runs" / "beside", beside)
        words = ["--yes", "--force"] if how == "a" else ["--yes"]
        main(["rm", *words, str(place / "runs")])

        assert {path: held(path) for path in added} == added


@settings(max_examples=20, deadline=None)
@given(st.booleans())
def test_nothing_of_a_run_stays(clean: bool) -> None:
    """What perfmon made goes, whatever else lies in the folder."""
    with a_study() as place:
        runs = sorted((place / "runs").iterdir())
        if not clean:
            add(runs[0], {"notes": b"kept"})
        status = main(["rm", "--yes", "--force", str(place / "runs")])

        assert status == (0 if clean else 1)
        assert [path.name for path in (place / "runs").rglob("*") if path.is_file()] == ([] if clean else ["notes"])
        shutil.rmtree(place / "runs")
