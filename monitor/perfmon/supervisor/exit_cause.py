"""How a job ended, and what speaks for it."""

from __future__ import annotations

import time

from perfmon import slurm
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, signal
from perfmon.store import run_json
from perfmon.store.run_json import Ending
from perfmon.supervisor import signals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.slurm import Told

FINISHED, FAILED, SIGNALLED = "finished", "failed", "signal"
ENDED_INSIDE = "ended_inside_block"
OUT_OF_MEMORY, STOPPED, PREEMPTED_OR_CANCELLED = "out_of_memory", "asked_to_stop", "preempted_or_cancelled"
TIME_LIMIT = slurm.TIME_LIMIT
ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU)

_NOTICE_SECONDS = 120.0  # before its limit a job may have itself signalled


class Sent(NamedTuple):
    """A signal that perfmon got: its number, who sent it (0: the kernel), and when, in seconds since 1970."""

    number: int
    sender: int
    time: float


def judge(
    code: int,
    sent: Sequence[Sent],
    oom_kills: Mapping[str, int],
    told: Told | None = None,
    *,
    machine_kills: int = 0,
) -> Ending:
    """How a command ended: `code` is its exit status, or minus the signal that it died of.

    The state and reason are what happened; the cause is the best explanation of it, with its evidence: kills that the
    kernel counted in the job's control groups, signals that came before, and what SLURM has `told` of a job of its own.
    `machine_kills` are kills for want of memory anywhere on the machine: evidence, but they may be others'.
    """
    name = signals.name(-code) if code < 0 else ""
    state = run_json.KILLED if code < 0 else run_json.FAILED if code else run_json.FINISHED
    reason = f"killed by {name}" if code < 0 else f"exit status {code}"
    evidence = [f"{count} killed for want of memory in control group {group}" for group, count in oom_kills.items()]
    evidence += [_described(one) for one in sent]
    if machine_kills and not oom_kills and code:  # of a group that we may not see, or of the machine's own memory
        evidence += [f"{machine_kills} killed for want of memory on this machine meanwhile, the job's or others'"]
    cause, more = _cause(code, sent, oom_kills, told)
    return Ending(state, 128 - code if code < 0 else code, reason, cause, (*evidence, *more))


def of_block(told: Mapping[str, str], oom_kills: Mapping[str, int]) -> Ending:
    """How a pipeline's block ended: as the pipeline told, or, where it could not tell any more, by its death."""
    if told:
        return Ending(told["state"], None, told["reason"], told["state"], ())
    killed = judge(-signal.SIGKILL, (), oom_kills)
    cause = killed.cause if oom_kills else ENDED_INSIDE
    return Ending(run_json.KILLED, None, "the process ended inside the block", cause, killed.evidence)


def asked_to_end(sent: Sequence[Sent], told: Told | None) -> dict[str, object]:
    """What speaks for a job's end while it has yet to come: for a recorder that may be killed together with it."""
    cause, more = _cause(-signal.SIGTERM, sent, {}, told)
    return {"cause": cause, "evidence": [*map(_described, sent), *more]}


def _cause(code: int, sent: Sequence[Sent], oom_kills: Mapping[str, int], told: Told | None) -> tuple[str, list[str]]:
    if code == 0:
        return FINISHED, []
    if oom_kills and (code > 0 or -code == signal.SIGKILL):
        return OUT_OF_MEMORY, []
    asked = [one for one in sent if one.number in ASKING]
    if asked and told:
        return _batch_cause(asked[0], told)
    if asked:
        return STOPPED, []
    return (SIGNALLED if code < 0 else FAILED), []


def _batch_cause(asked: Sent, told: Told) -> tuple[str, list[str]]:
    early = None if told.limit is None else told.limit - asked.time
    if early is None:
        when = "SLURM tells no time limit of the job"
    else:
        when = f"the signal came {abs(early):.0f} s {'before' if early > 0 else 'after'} SLURM's time limit of the job"
    if told.ending in (slurm.TIME_LIMIT, slurm.PREEMPTED, slurm.CANCELLED):
        return told.ending, [when, f"SLURM ends the job: {told.ending.replace('_', ' ')}"]
    if early is not None and early < _NOTICE_SECONDS:
        return TIME_LIMIT, [when]
    return (STOPPED if told.ending else PREEMPTED_OR_CANCELLED), [when]


def _described(one: Sent) -> str:
    when = time.strftime("%H:%M:%S", time.gmtime(one.time))
    who = f"process {one.sender}" if one.sender else "the kernel"
    return f"{signals.name(one.number)} from {who} at {when} UTC"
