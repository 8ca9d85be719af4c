"""Long runs: journals of bounded length, sealed while the run goes on, and a sampler that does not grow."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfmon.store import segments
from perfmon.store.journal import encode_row
from perfmon.store.run_folder import RunFolder, create
from perfmon.store.run_json import Labels
from perfmon.store.segments import Segments
from tests.conftest import tables
from tests.patching import PATCH


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run folder that has just begun."""
    return create(str(tmp_path / "runs"), Labels(stage="s"), {}, command=["x"], interval=1.0, folders=[])


def test_a_journal_ends_after_its_time(run: RunFolder) -> None:
    """An hour after the first row a new journal is begun, and the old one can be sealed."""
    clock = itertools.count(step=segments.SEGMENT_SECONDS / 2)
    book = Segments(run, {}, monotonic=lambda: float(next(clock)))
    for number in range(5):
        book.write(encode_row("job", {"t": float(number)}))
    book.close()

    assert len(os.listdir(Path(run.folder, "journal"))) == 3
    assert book.closed == 2


def test_a_journal_ends_at_its_size(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast sampler begins a new journal once the old one is as large as a sealer should hold."""
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1000)
    book = Segments(run, {})
    for number in range(50):
        book.write(encode_row("job", {"t": float(number), "rss_bytes": 12345678}))
    book.close()
    sizes = [path.stat().st_size for path in Path(run.folder, "journal").iterdir()]

    assert len(sizes) > 2
    assert max(sizes) < 1100


def test_sealed_while_it_runs(tmp_path: Path) -> None:
    """Segments of a run that goes on are sealed by the way, none is lost or doubled, and no journal is left."""
    script = (
        PATCH + "import sys\npatch('perfmon.store.segments.SEGMENT_BYTES', 20_000)\n"
        "from perfmon.commands import main\n"
        "sys.exit(main(['run', '--quiet', '--interval', '10ms', '--', 'sh', '-c', "
        "'while ! ls runs/*/job/*-0002.parquet 2> /dev/null; do sleep 0.05; done']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    (folder,) = (tmp_path / "runs").iterdir()
    known = json.loads((folder / "run.json").read_text())
    ticks, distinct = tables(folder).execute("select count(*), count(distinct t) from job").fetchall()[0]

    assert (done.returncode, done.stderr) == (0, "")
    assert "-0001.parquet" in done.stdout or "-0002.parquet" in done.stdout
    assert ticks == distinct == known["sampler"]["ticks"]
    assert not (folder / "journal").exists()


WEEK = """
import os, sys
from perfmon.store import run_clock
from perfmon.collector import Target
from perfmon.collectors import COLLECTORS
from perfmon.store.run_json import Labels
from perfmon.store.run_folder import create
from perfmon.recorder.sampler import Sampler
from perfmon.recorder.sealer_process import Sealer
from perfmon.store.segments import Segments
from perfmon.linux.process_tree import Tree

def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

now = [0.0]
clock = run_clock.Clock(0.0, monotonic=lambda: now[0], wall=lambda: int(now[0] * 1e9))
run = create(sys.argv[1], Labels(stage="week"), {}, command=["x"], interval=60.0, folders=[])
book = Segments(run, run.constants(), monotonic=lambda: now[0])
target = Target(Tree(os.getpid(), include_top=True), (), (), 0.0, run.folder)
sampler = Sampler([kind for kind in COLLECTORS if not kind.can_hang], target, book, clock)
for minute in range(7 * 24 * 60):
    now[0] = 60.0 * minute
    sampler.sample(0.0)
    if minute == 24 * 60:
        first_day = rss()
print(rss() - first_day, book.closed)
book.close()
sealer = Sealer(run.folder)
sealer.go()
print(sealer.problem())
"""


def test_memory_is_flat_over_a_simulated_week(tmp_path: Path) -> None:
    """From the first simulated day to the seventh the sampler grows by less than 1 MiB, and 168 hours are sealed."""
    done = subprocess.run(
        [sys.executable, "-c", WEEK, str(tmp_path / "runs")], capture_output=True, text=True, timeout=120, check=True
    )
    growth, closed, problem = done.stdout.split()
    (folder,) = (tmp_path / "runs").iterdir()
    rows = tables(folder).execute("select count(*), count(distinct t) from job").fetchall()

    assert int(growth) < 1 << 20
    assert (int(closed), problem) == (167, "None")
    assert rows == [(7 * 24 * 60, 7 * 24 * 60)]
