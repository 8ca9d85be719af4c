"""What these tests need: run folders made by hand, and processes that are sure to be gone afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfmon.store import journal
from perfmon.store.run_folder import RunFolder, create
from perfmon.store.run_json import Labels
from tests.patching import PATCH
from tests.reliability.cluster import Cluster, cluster, why_not
from tests.reliability.processes import MARK, marked

SLURM_REQUIRED = "PERFMON_TEST_SLURM"  # set where tests that need a cluster must not be skipped

# A recorder whose sources and pace are changed before it starts: `change` stands for the statements that do it.
CHANGED = PATCH + "import sys\n{change}\nfrom perfmon.commands import main\nsys.exit(main(['run', *sys.argv[1:]]))"


@pytest.fixture
def mark() -> Iterator[str]:
    """A mark for the processes of one test; whatever still bears it at the end is killed."""
    name = os.urandom(8).hex()
    yield name
    for pid in marked(name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def recorder(tmp_path: Path, mark: str) -> Start:
    """Starts `perfmon run --quiet WORDS` in the test's folder, after statements that change it."""

    def start(*words: str, change: str = "pass", cwd: Path = tmp_path, **variables: str) -> subprocess.Popen[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")}
        return subprocess.Popen(
            [sys.executable, "-c", CHANGED.format(change=change), "--quiet", *words],
            cwd=cwd,
            env=environment | {MARK: mark} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def made(runs: Path, *rows: tuple[str, journal.Row], model: str | None = None) -> Path:
    """An unsealed run of a recorder that is gone, with these rows in its journal."""
    run = create(str(runs), Labels(stage="s", model=model), {}, command=["x"], interval=1.0, folders=[])
    run.facts["recorder"] = {"pid": os.getpid(), "start_ticks": 0}
    run.save()
    add_journal(run, *rows)
    return Path(run.folder)


def add_journal(run: RunFolder, *rows: tuple[str, journal.Row], number: int = 1) -> Path:
    """Another journal of the run, with these rows, and let go of."""
    path = run.journal_path("h-1-00000000", number)
    writer = journal.Journal(path, run.constants())
    writer.append(rows)
    writer.close()
    return Path(path)


def ticks(*times: float) -> list[tuple[str, journal.Row]]:
    """Rows as the sampler writes them at these times, each on its slot."""
    rows: list[tuple[str, journal.Row]] = []
    for t in times:
        stamp: journal.Row = {"time": int((1_800_000_000 + t) * 1e9), "t": t}
        audit: journal.Row = {"source": "job", "duration_seconds": 0.001, "late_seconds": 0.0, "error": None}
        rows += [("job", {**stamp, "rss_bytes": 1000, "processes": 1}), ("sampler", {**stamp, **audit})]
    return rows


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster; without one the tests are skipped with the reason, unless they must not be."""
    reason = why_not()
    if reason and os.environ.get(SLURM_REQUIRED) == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with cluster(tmp_path_factory.mktemp("slurm")) as started:
        yield started
