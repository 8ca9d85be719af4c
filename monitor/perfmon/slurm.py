"""Queries SLURM for a job's allocation, and for the reason why it ends a job."""

from __future__ import annotations

import os

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING, TIME_LIMIT, PREEMPTED, CANCELLED = "nothing", "time_limit", "preempted", "cancelled"
_PATIENCE_SECONDS = 1.0  # the recorder waits, and its job's last seconds are worth more than this answer
_NAMES = frozenset({"SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU"})
_MIB = 1 << 20  # SLURM counts memory in MiB, sbatch(1)
_LENGTH = r"(?:(\d+)-)?(\d+):(\d+):(\d+)"  # of a time limit, sbatch(1)


class JobStatus(NamedTuple):
    """A job as the SLURM controller shows it; None is not known.

    `time_limit` is when the job's time is over, in seconds since 1970; a job without a limit has None too.
    `end_reason` is why the controller ends the job: one of the names above.
    """

    time_limit: float | None = None
    end_reason: str | None = None


def query_job(environment: Mapping[str, str]) -> JobStatus | None:
    """The status of this job by `scontrol`, or by the environment where that does not answer; None outside of SLURM."""
    job = environment.get("SLURM_JOB_ID")
    if not job:
        return None
    end = environment.get("SLURM_JOB_END_TIME", "")  # newer versions tell it
    return parse(_output("scontrol", "-o", "show", "job", job)) or JobStatus(float(end) if end.isdecimal() else None)


def parse(text: str) -> JobStatus | None:
    """One job as `scontrol -o show job` prints it, its times in seconds since 1970; None if it is not that."""
    import re  # noqa: PLC0415 - few jobs are asked to end

    fields = dict(word.partition("=")[::2] for word in text.split())
    start, length = fields.get("StartTime", ""), re.fullmatch(_LENGTH, fields.get("TimeLimit", ""))
    if not start.isdecimal():
        return None
    time_limit = None
    if length:
        days, hours, minutes, seconds = (int(part or 0) for part in length.groups())
        time_limit = float(start) + ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return JobStatus(time_limit, _end_reason(fields))


def _end_reason(fields: Mapping[str, str]) -> str:
    if fields.get("Reason") == "TimeLimit":
        return TIME_LIMIT
    if fields.get("PreemptTime", "").isdecimal():
        return PREEMPTED
    return NOTHING if fields.get("JobState") == "RUNNING" else CANCELLED


def _output(*words: str) -> str:
    import subprocess  # noqa: PLC0415 - a megabyte, which the recorder of a job that nobody ends does without

    times = os.environ | {"SLURM_TIME_FORMAT": "%s"}
    try:
        return subprocess.run(
            words,
            env=times,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):  # no such program, or no answer
        return ""


def of_slurm(environment: Mapping[str, str]) -> dict[str, int]:
    """CPUs and bytes of memory on this node that SLURM allocated, empty outside of it.

    SLURM_CPUS_ON_NODE; SLURM_MEM_PER_NODE, or SLURM_MEM_PER_CPU for each of the CPUs (sbatch(1)).
    """
    number = {name: int(value) for name, value in environment.items() if name in _NAMES and value.isdecimal()}
    found: dict[str, int] = {}
    if "SLURM_CPUS_ON_NODE" in number:
        found["cpus"] = number["SLURM_CPUS_ON_NODE"]
    if number.get("SLURM_MEM_PER_NODE"):
        found["memory_bytes"] = number["SLURM_MEM_PER_NODE"] * _MIB
    elif number.get("SLURM_MEM_PER_CPU") and "cpus" in found:
        found["memory_bytes"] = number["SLURM_MEM_PER_CPU"] * found["cpus"] * _MIB
    return found
