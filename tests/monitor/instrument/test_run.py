"""Recording from inside pipeline code, with real pipelines in processes of their own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PERFMON, tables


def pipeline(folder: Path, code: str, *prefix: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pipeline code in a folder, by itself or behind a prefix such as `perfmon run --`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")} | variables
    words = [*prefix, sys.executable, "-c", "import perfmon\n" + code]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def query(folder: Path, text: str) -> list[tuple[object, ...]]:
    """What DuckDB reads from the tables of the only run in `runs`."""
    return tables(folder / "runs").execute(text).fetchall()


def facts(folder: Path) -> dict[str, object]:
    """The facts of the only run in `runs`."""
    (path,) = (folder / "runs").glob("*/run.json")
    loaded: dict[str, object] = json.loads(path.read_text())
    return loaded


LOGGING = """
with perfmon.record(stage="training", model="bielik12", config={"lr": 0.001}, dataset="polemo2", interval=0.1) as run:
    for epoch in range(2):
        for batch in run.timed([[1, 2], [3]], series="L15", items=len):
            sum(range(100_000))
        run.log(epoch=epoch, series="L15", loss=1 / (epoch + 1), r2=float("nan"))
    with run.phase("outer"), perfmon.phase("inner"):
        perfmon.log(step=7, other=3)
"""


def test_by_itself(tmp_path: Path) -> None:
    """The block makes a run of its own, with the sampler's rows and the pipeline's, sealed when it is left."""
    done = pipeline(tmp_path, LOGGING)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    known = facts(tmp_path)
    assert {name: known[name] for name in ("stage", "model", "state", "config", "dataset")} == {
        "stage": "training",
        "model": "bielik12",
        "state": "finished",
        "config": {"lr": 0.001},
        "dataset": "polemo2",
    }
    assert query(tmp_path, "select min(processes), max(processes), count(*) >= 2 from job") == [(1, 1, True)]
    assert str(query(tmp_path, "select series, epoch, step, name, value from metric")) == (
        "[('L15', 0.0, None, 'loss', 1.0), ('L15', 0.0, None, 'r2', nan), ('L15', 1.0, None, 'loss', 0.5),"
        " ('L15', 1.0, None, 'r2', nan), (None, None, 7, 'other', 3.0)]"
    )
    assert not list(tmp_path.glob("runs/*/journal"))


def test_started_and_stopped_without_a_block(tmp_path: Path) -> None:
    """It is the block's run all the same; what comes after it is not in it, and stopping twice does nothing."""
    done = pipeline(
        tmp_path,
        "run = perfmon.record(stage='training').start()\nperfmon.log(step=1, loss=2)\nrun.stop()\nrun.stop()\n"
        "perfmon.log(step=2, loss=1)",
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert facts(tmp_path)["state"] == "finished"
    assert query(tmp_path, "select step, value from metric") == [(1, 2.0)]


def test_batches_are_numbered_through(tmp_path: Path) -> None:
    """A second pass over a series goes on counting; each batch has its time, wait and size."""
    pipeline(tmp_path, LOGGING)

    assert query(tmp_path, "select batch, items from batch") == [(0, 2), (1, 1), (2, 2), (3, 1)]
    assert query(tmp_path, "select min(seconds) > 0.0005, max(seconds) < 1, max(wait_seconds) < 0.1 from batch") == [
        (True, True, True)
    ]


def test_phases_nest(tmp_path: Path) -> None:
    """A phase knows the one around it, and both know when they began and ended."""
    pipeline(tmp_path, LOGGING)
    rows = query(tmp_path, "select name, parent, kind from phase where end_t >= begin_t")

    assert sorted(map(str, rows)) == ["('inner', 'outer', 'phase')", "('outer', None, 'phase')"]


def test_under_perfmon_run_it_attaches(tmp_path: Path) -> None:
    """Inside a recorded run the block starts no second sampler; its labels go into a span of that run."""
    done = pipeline(tmp_path, LOGGING, PERFMON, "run", "--quiet", "--stage", "pipe", "--")

    assert (done.returncode, done.stderr) == (0, "")
    assert facts(tmp_path)["stage"] == "pipe"
    assert query(tmp_path, "select count(distinct t) = count(*) from job") == [(True,)]
    assert query(tmp_path, "select distinct stage, model from metric") == [("training", "bielik12")]
    span = query(tmp_path, "select stage, dataset, config from phase where kind = 'stage' and end_t > begin_t")
    assert span == [("training", "polemo2", '{"lr": 0.001}')]


def test_subprocess_of_a_block_attaches_too(tmp_path: Path) -> None:
    """A stage that a pipeline starts as a process of its own is part of the pipeline's run."""
    code = f"""
import subprocess, sys
with perfmon.record(stage="outer", interval=0.1):
    subprocess.run([sys.executable, "-c", {"import perfmon" + LOGGING!r}], check=True)
"""
    done = pipeline(tmp_path, code)

    assert (done.returncode, done.stderr) == (0, "")
    assert facts(tmp_path)["stage"] == "outer"
    assert query(tmp_path, "select distinct stage from metric") == [("training",)]


def test_disabled_does_nothing(tmp_path: Path) -> None:
    """With PERFMON_DISABLE=1 the pipeline runs and no file is made."""
    done = pipeline(tmp_path, LOGGING, PERFMON_DISABLE="1")

    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_outside_of_any_run(tmp_path: Path) -> None:
    """The module's own functions do nothing where nothing is recorded."""
    code = "perfmon.log(loss=1)\nprint(list(perfmon.timed([1, 2])))\nwith perfmon.phase('x'): pass"
    done = pipeline(tmp_path, code)

    assert (done.returncode, done.stdout, done.stderr) == (0, "[1, 2]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_log_without_a_block_under_perfmon_run(tmp_path: Path) -> None:
    """Under `perfmon run` a metric can be logged without any block."""
    pipeline(tmp_path, "perfmon.log(epoch=0, loss=1)", PERFMON, "run", "--quiet", "--")

    assert query(tmp_path, "select name, value from metric") == [("loss", 1.0)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("runs='/proc/nowhere'", "nothing is recorded: [Errno 2] No such file or directory: '/proc/nowhere'"),
        ("interval=-1", "nothing is recorded: a length of time must be from 1ms to 8760h, not -1"),
        ("interval='fast'", "nothing is recorded: 'fast' is not a length of time"),
        ("folders=[7]", "nothing is recorded: expected str, bytes or os.PathLike object, not int"),
    ],
)
def test_it_never_raises(tmp_path: Path, arguments: str, said: str) -> None:
    """What fails is told in one line, and the pipeline goes on to its end."""
    done = pipeline(
        tmp_path,
        f"with perfmon.record({arguments}) as run:\n"
        "    run.log(loss=1)\n    print(list(run.timed([1])))\n    with run.phase('x'): print('done')",
    )
    (line,) = done.stderr.splitlines()

    assert (done.returncode, done.stdout) == (0, "[1]\ndone\n")
    assert said in line


def test_strange_metrics_are_told_once(tmp_path: Path) -> None:
    """What is no number is named and left out; numpy's scalars are numbers."""
    code = """
import numpy
with perfmon.record(interval=0.1) as run:
    for _ in range(3):
        run.log(epoch=0, loss="low", r2=numpy.float32(0.5))
"""
    done = pipeline(tmp_path, code)

    assert done.stderr == "perfmon: loss is not a number but str, and is not recorded\n"
    assert query(tmp_path, "select distinct name, value from metric") == [("r2", 0.5)]


def test_the_pipelines_own_exception_passes_through(tmp_path: Path) -> None:
    """An exception ends the block as failed, with its text, and goes on its way."""
    done = pipeline(tmp_path, "with perfmon.record(interval=0.1):\n    raise ValueError('no such layer')")
    known = facts(tmp_path)

    assert done.returncode == 1
    assert "ValueError: no such layer" in done.stderr
    assert (known["state"], known["exit_reason"]) == ("failed", "ValueError: no such layer")


def test_both_sides_of_a_fork_write(tmp_path: Path) -> None:
    """After a fork parent and child log into journals of their own, and the child ends nothing."""
    code = """
import os
with perfmon.record(interval=0.1) as run:
    run.log(epoch=0, loss=1)
    if os.fork() == 0:
        run.log(epoch=1, loss=2)
        run.__exit__(None, None, None)
        os._exit(0)
    os.wait()
    run.log(epoch=2, loss=3)
"""
    done = pipeline(tmp_path, code)

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(query(tmp_path, "select epoch, value from metric")) == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)]
    assert len(list(tmp_path.glob("runs/*/metric/*.parquet"))) == 2


def test_recorder_ends_with_a_killed_pipeline(tmp_path: Path) -> None:
    """A pipeline killed inside its block leaves a sealed run that says so, and no process."""
    code = """
import os, json, sys
with perfmon.record(interval=0.1) as run:
    run.log(epoch=0, loss=1)
    print(run.folder, flush=True)
    sys.stdin.read()
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")}
    words = [sys.executable, "-c", "import perfmon\n" + code]
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        recorder = wait_for_recorder(folder, process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    wait_for_end(recorder)
    known = facts(tmp_path)

    assert (known["state"], known["exit_reason"]) == ("killed", "the process ended inside the block")
    assert query(tmp_path, "select value from metric") == [(1.0,)]


def wait_for_recorder(folder: Path, pipeline: int) -> int:
    """The pid of the recorder, once it has taken over from the pipeline that made the folder."""
    while True:
        known = json.loads((folder / "run.json").read_text())
        pid = int(known["recorder"]["pid"])
        if pid != pipeline:
            return pid


def wait_for_end(pid: int) -> None:
    """Wait for a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    assert select.select([descriptor], [], [], 30)[0]
    os.close(descriptor)
