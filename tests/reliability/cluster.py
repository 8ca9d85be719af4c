"""A SLURM cluster of one node, on loopback, with an authentication service of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.reliability.processes import wait_for

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "scontrol")
KILL_WAIT_SECONDS = 2  # between TERM and KILL; 30 on a cluster that nobody configured

_CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdParameters=config_overrides
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdSpoolDir={folder}/spool
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
KillWait={kill_wait}
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
SchedulerParameters=sched_interval=1,sched_min_interval=10000
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=100000 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 GraceTime=0 MaxTime=INFINITE State=UP
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
"""


class Cluster:
    """A cluster that is up."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def ask(self, *words: str, cwd: Path | None = None) -> str:
        """What one of SLURM's programs prints."""
        done = subprocess.run(
            words, cwd=cwd, env=self.environment, capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()

    def submit(self, folder: Path, script: str, *options: str) -> str:
        """Submit a shell script that runs in a folder, and return the job's number."""
        (folder / "script").write_text(f"#!/bin/sh\n{script}\n")
        return self.ask("sbatch", "--parsable", "--output", "output", *options, "script", cwd=folder)

    def wait(self, job: str) -> None:
        """Wait until a job has ended, with all its tasks and processes."""
        words = ("squeue", "--noheader", "--format", "%T", "--jobs", job, "--states", "all")
        wait_for(lambda: set(self.ask(*words).split()) <= _ENDED, seconds=60)


# A job that lives is in one of many more states: for the moment in which it is signalled, say, it is not "running".
_ENDED = {"CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT"}


def why_not() -> str | None:
    """Why there can be no cluster here, if so."""
    missing = [program for program in PROGRAMS if not shutil.which(program, path=_path())]
    if missing:
        return f"SLURM is not installed: there is no {missing[0]}"
    return "a SLURM cluster needs root" if os.geteuid() else None


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start one in a folder; it is gone afterwards, with its jobs."""
    host = socket.gethostname().partition(".")[0]
    for name in ("spool", "state"):
        (folder / name).mkdir()
    (folder / "key").write_bytes(os.urandom(64))
    (folder / "key").chmod(0o400)
    configuration = folder / "slurm.conf"
    configuration.write_text(
        _CONFIGURATION.format(host=host, folder=folder, ports=_free_ports(), kill_wait=KILL_WAIT_SECONDS)
    )
    hidden = ("PERFMON_", "SLURM_", "SBATCH_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    environment |= {"SLURM_CONF": str(configuration), "PATH": _path()}
    files = {
        "socket": "munge",
        "key-file": "key",
        "pid-file": "munge.pid",
        "log-file": "munge.log",
        "seed-file": "seed",
    }
    words = ["munged", "--force", *(f"--{option}={folder / name}" for option, name in files.items())]
    started = Cluster(environment)
    try:
        subprocess.run(words, env=environment, check=True, capture_output=True, timeout=30)
        subprocess.run(["slurmctld", "-i"], env=environment, check=True, capture_output=True, timeout=30)
        subprocess.run(["slurmd", "-N", host], env=environment, check=True, capture_output=True, timeout=30)
        wait_for(lambda: _answer(started) == "idle", seconds=60)
        yield started
        started.ask("scancel", "--signal", "KILL", "--full", "--user", "root")
    finally:
        for name in ("slurmd", "slurmctld", "munge"):
            _end(folder / f"{name}.pid")


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin"


def _answer(started: Cluster) -> str:
    try:
        return started.ask("sinfo", "--noheader", "--format", "%T", "--partition", "low")
    except subprocess.CalledProcessError:
        return ""


def _end(pid_file: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{pid}").exists())


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], other.getsockname()[1]]
