"""The job is the command and what is below it: nothing that was there before, and nothing of perfmon's own."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PERFMON, WITHOUT_STARTER, OnlyRun, Perfmon, tables
from tests.reliability.processes import lives, wait_for

SIDECAR = """python3 -S -E -c "import time; x = bytearray(100 << 20); open('up', 'w'); time.sleep(60)" &
echo $! > sidecar
while [ ! -e up ]; do sleep 0.05; done
exec {perfmon} run --quiet --interval 100ms --kill-after 300ms -- \\
    sh -c 'trap "" TERM; touch trapped; while :; do sleep 0.1; done'
"""


def test_a_sidecar_is_nobody_of_the_job(tmp_path: Path, only_run: OnlyRun) -> None:
    """What was started before, by who became perfmon, is neither counted, nor named, nor killed with the job."""
    with subprocess.Popen(["bash", "-c", SIDECAR.format(perfmon=shlex.join(WITHOUT_STARTER))], cwd=tmp_path) as process:
        wait_for(lambda: (tmp_path / "trapped").exists() and list(tmp_path.glob("runs/*/journal/*")))
        sidecar = int((tmp_path / "sidecar").read_text())
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=30)
    lived = lives(sidecar)
    os.kill(sidecar, signal.SIGKILL)
    rows = tables(only_run()).execute("select max(rss_bytes) < 30e6, max(processes) <= 2 from job").fetchall()
    survivors = tables(only_run()).execute("select count(*) from event where kind = 'survivor'").fetchall()

    assert (status, lived) == (128 + signal.SIGKILL, True)
    assert rows == [(True, True)]
    assert survivors == [(0,)]


def test_a_perfmon_inside_counts_nowhere(perfmon: Perfmon, tmp_path: Path) -> None:
    """`perfmon run` in a script that is itself recorded: the outer run sees the inner's command, and nothing else."""
    outer = ("run", "--quiet", "--interval", "50ms", "--runs", "outer", "--")
    perfmon(*outer, PERFMON, "run", "--quiet", "--interval", "50ms", "--runs", "inner", "--", "sleep", "1.2")
    rows = "select max(processes), max(rss_bytes) from job where t > 0.5"
    (seen,) = tables(tmp_path / "outer").execute(rows).fetchall()
    (right,) = tables(tmp_path / "inner").execute(rows).fetchall()

    assert seen[0] == right[0] == 1
    assert seen[1] == pytest.approx(right[1], rel=0.5)


@pytest.mark.parametrize("ignored", [(), ("CHLD",), ("INT", "CHLD"), ("HUP", "QUIT")])
def test_signals_are_ignored_as_before(tmp_path: Path, ignored: tuple[str, ...]) -> None:
    """The command begins with what perfmon was given: what was ignored is ignored, and nothing else."""
    numbers = [getattr(signal, f"SIG{name}") for name in ignored]
    change = "import os, signal, sys\nfor number in map(int, sys.argv[1:]): signal.signal(number, signal.SIG_IGN)\n"
    start = [*WITHOUT_STARTER, "run", "--quiet", "--", "grep", "SigIgn", "/proc/self/status"]
    change += f"os.execv(sys.executable, {start})"
    words = [sys.executable, "-c", change, *map(str, map(int, numbers))]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert int(done.stdout.split()[1], 16) == sum(1 << (number - 1) for number in numbers)
    assert done.stderr == ""


def test_no_proc_is_no_start(tmp_path: Path) -> None:
    """Without /proc, or with that of another pid namespace, nothing is started, and one line says why."""
    none = f"mount -t tmpfs none /proc; exec {shlex.quote(PERFMON)} run -- touch started"
    scripts = [["unshare", "-m", "sh", "-c", none], ["unshare", "-pf", PERFMON, "run", "--", "touch", "started"]]
    runs = [subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False) for words in scripts]
    if any("unshare" in run.stderr for run in runs):
        pytest.skip("this machine lets this user make no namespaces")

    assert [run.returncode for run in runs] == [125, 125]
    assert [run.stderr.splitlines() for run in runs] == [
        ["perfmon run: /proc is not mounted; what is recorded comes from there"],
        ["perfmon run: /proc is another pid namespace's; mount this one's; what is recorded comes from there"],
    ]
    assert os.listdir(tmp_path) == []
