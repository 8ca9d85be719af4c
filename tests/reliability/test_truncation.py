"""Every file of real runs, cut off at random places: the others are read as before, and verify tells."""

from __future__ import annotations

import random
import shutil
import signal
import warnings
from pathlib import Path

import pytest

import perfmon_analyze
from perfmon.store import recover, schema
from perfmon_analyze import Unreadable
from perfmon_analyze.verify.audit import audit
from tests.conftest import PERFMON
from tests.reliability.conftest import Start
from tests.reliability.processes import wait_for

CUTS = 3


def counted(folder: Path) -> dict[str, int]:
    """How many rows of each table its reader finds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreadable)
        runs = perfmon_analyze.load(folder)
        return {table: len(runs.table(table)) for table in schema.TABLES}


@pytest.fixture
def sealed(recorder: Start, tmp_path: Path) -> Path:
    """A run that ended well."""
    recorder("--interval", "20ms", "--", "sleep", "0.4").communicate()
    return next(tmp_path.glob("runs/*"))


@pytest.fixture
def unsealed(recorder: Start, tmp_path: Path) -> Path:
    """A run whose recorder was killed while an in-code stage of it logged."""
    code = "import perfmon, time\nfor step in range(100): perfmon.log(step=step, loss=1.0); time.sleep(0.005)"
    process = recorder("--interval", "20ms", "--", str(Path(PERFMON).with_name("python")), "-c", code)
    folder: Path = wait_for(lambda: next(tmp_path.glob("runs/*"), None))
    wait_for(lambda: len(list(folder.glob("journal/*"))) == 2 and sum(counted(folder).values()) > 60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return folder


@pytest.mark.parametrize("kind", ["sealed", "unsealed"])
def test_every_file_cut_anywhere(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A cut costs rows of the file that was cut only; the run is read, sealed, and told not to be sound."""
    whole: Path = request.getfixturevalue(kind)
    chance, rows, tried = random.Random(2), counted(whole), 0
    for path in sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file()):
        for _ in range(CUTS):
            copy = tmp_path / "cut" / str(tried) / whole.name
            shutil.copytree(whole, copy)
            size = (copy / path).stat().st_size
            with (copy / path).open("r+b") as file:
                file.truncate(chance.randrange(size))
            left, problems = counted(copy), audit(str(copy)).problems
            spared = [table for table in rows if table not in path.parts and path.parts[0] != "journal"]
            if path.name != "run.json":
                recover.recover(str(copy))

            assert [table for table in spared if left[table] != rows[table]] == [], path
            assert problems, path
            assert sum(counted(copy).values()) >= sum(left.values()), path
            tried += 1

    assert tried >= CUTS * (3 if kind == "unsealed" else 6)
