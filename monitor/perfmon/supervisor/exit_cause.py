"""How a job ended: its state, the likely cause, and the evidence for that cause."""

from __future__ import annotations

import time

from perfmon import slurm
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, signal
from perfmon.store import run_json
from perfmon.store.ending import Ending
from perfmon.supervisor import signals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.slurm import JobStatus

FINISHED, FAILED, SIGNALLED = "finished", "failed", "signal"
ENDED_INSIDE = "ended_inside_block"
OUT_OF_MEMORY, STOPPED, PREEMPTED_OR_CANCELLED = "out_of_memory", "asked_to_stop", "preempted_or_cancelled"
TIME_LIMIT = slurm.TIME_LIMIT
ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU)

_NOTICE_SECONDS = 120.0  # before its limit a job may have itself signalled


class ReceivedSignal(NamedTuple):
    """A signal that perfmon received: its number, the sender's pid (0: the kernel), and when, in seconds since 1970."""

    number: int
    sender: int
    time: float


def explain_exit(
    code: int,
    received: Sequence[ReceivedSignal],
    oom_kills: Mapping[str, int],
    job: JobStatus | None = None,
    *,
    machine_kills: int = 0,
) -> Ending:
    """How a command ended, with the best explanation and the evidence for it.

    Args:
        code: the command's exit status, or minus the signal that it died of.
        received: signals that perfmon received before the end.
        oom_kills: out-of-memory kills by control group of the job, as the kernel counted them.
        job: the status of the SLURM job; None outside of SLURM, or where nothing asked the command to end.
        machine_kills: out-of-memory kills on the whole machine meanwhile; they may be other jobs'.
    """
    name = signals.name(-code) if code < 0 else ""
    state = run_json.KILLED if code < 0 else run_json.FAILED if code else run_json.FINISHED
    reason = f"killed by {name}" if code < 0 else f"exit status {code}"
    evidence = [f"{count} killed for want of memory in control group {group}" for group, count in oom_kills.items()]
    evidence += [_described(one) for one in received]
    if machine_kills and not oom_kills and code:  # of a group that we may not see, or of the machine's own memory
        evidence += [f"{machine_kills} killed for want of memory on this machine meanwhile, the job's or others'"]
    cause, more = _cause(code, received, oom_kills, job)
    return Ending(state, 128 - code if code < 0 else code, reason, cause, (*evidence, *more))


def explain_block_end(reported: Mapping[str, str], oom_kills: Mapping[str, int]) -> Ending:
    """How a pipeline's block ended.

    `reported` is what the pipeline said when it left the block; it is empty if the pipeline died inside of it.
    """
    if reported:
        return Ending(reported["state"], None, reported["reason"], reported["state"], ())
    killed = explain_exit(-signal.SIGKILL, (), oom_kills)
    cause = killed.cause if oom_kills else ENDED_INSIDE
    return Ending(run_json.KILLED, None, "the process ended inside the block", cause, killed.evidence)


def pending_cause(received: Sequence[ReceivedSignal], job: JobStatus | None) -> dict[str, object]:
    """The likely cause of an end that has yet to come, and its evidence, as run.json holds them under `ending`.

    For a recorder that may be killed together with the job.
    """
    cause, more = _cause(-signal.SIGTERM, received, {}, job)
    return {"cause": cause, "evidence": [*map(_described, received), *more]}


def _cause(
    code: int, received: Sequence[ReceivedSignal], oom_kills: Mapping[str, int], job: JobStatus | None
) -> tuple[str, list[str]]:
    if code == 0:
        return FINISHED, []
    if oom_kills and (code > 0 or -code == signal.SIGKILL):
        return OUT_OF_MEMORY, []
    asking = [one for one in received if one.number in ASKING]
    if asking and job:
        return _batch_cause(asking[0], job)
    if asking:
        return STOPPED, []
    return (SIGNALLED if code < 0 else FAILED), []


def _batch_cause(asking: ReceivedSignal, job: JobStatus) -> tuple[str, list[str]]:
    early = None if job.time_limit is None else job.time_limit - asking.time
    if early is None:
        when = "SLURM tells no time limit of the job"
    else:
        when = f"the signal came {abs(early):.0f} s {'before' if early > 0 else 'after'} SLURM's time limit of the job"
    if job.end_reason in (slurm.TIME_LIMIT, slurm.PREEMPTED, slurm.CANCELLED):
        return job.end_reason, [when, f"SLURM ends the job: {job.end_reason.replace('_', ' ')}"]
    if early is not None and early < _NOTICE_SECONDS:
        return TIME_LIMIT, [when]
    return (STOPPED if job.end_reason else PREEMPTED_OR_CANCELLED), [when]


def _described(one: ReceivedSignal) -> str:
    when = time.strftime("%H:%M:%S", time.gmtime(one.time))
    who = f"process {one.sender}" if one.sender else "the kernel"
    return f"{signals.name(one.number)} from {who} at {when} UTC"
