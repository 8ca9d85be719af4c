"""Whether the GPU waits, for what, and whether it is used at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.findings.finding import ADVICE, PROBLEM
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.loading.arrow import filter_rows, numbers, strings
from perfmon_analyze.text.humanize import format_duration, format_percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.findings.subject import Subject

_HALF_BUSY = 50.0


def input_bound(subject: Subject) -> Iterator[Detection]:
    """The GPU is not busy because the loop waits for batches, or because the CPUs have no more to give."""
    t, busy = subject.steady(*_of_gpu(subject), "GPU utilization")
    mean = float(busy.mean()) / 100
    if mean >= at("gpu_busy"):
        return
    waited = _wait_share(subject)
    used = None if waited is not None and waited >= at("wait_share") else _cpu_meanwhile(subject)
    evidence = {"gpu_busy_ratio": mean, "samples": float(len(t))}
    if waited is not None and waited >= at("wait_share"):
        sentence = (
            f"The GPU is {format_percent(mean)} busy, and the loop "
            f"waits for batches {format_percent(waited)} of its time."
        )
        evidence |= {"wait_ratio": waited}
    elif used is not None and used >= at("cpu_saturated"):
        sentence = (
            f"The GPU is {format_percent(mean)} busy, and while it is less than half busy, "
            f"{format_percent(used)} of the CPUs that the "
            "job may use are in use."
        )
        evidence |= {"cpu_used_ratio": used}
    else:
        return
    advice = (
        "Give the loader more workers or the job more CPUs, prepare the data once and for all, or move their "
        "preparation to the GPU."
    )
    yield Detection(ADVICE, sentence, advice, float(t[0]), float(t[-1]), evidence)


def _of_gpu(subject: Subject) -> tuple[Array, Array]:
    trace = subject.mean_gpu_trace()
    return trace.t, trace.values


def _wait_share(subject: Subject) -> float | None:
    """Share of the loops' time spent waiting for batches after the warm-up; None where too few were timed."""
    t, seconds, waits = subject.columns("batch", "seconds", "wait_seconds")
    keep = (t > subject.warm_up) & np.isfinite(seconds) & np.isfinite(waits)
    if keep.sum() < at("batches"):
        return None
    return float(waits[keep].sum() / (seconds[keep] + waits[keep]).sum())


def _cpu_meanwhile(subject: Subject) -> float | None:
    """Share of its CPUs that the job uses in ticks in which the GPU is less than half busy; None where they are few."""
    t, busy = _of_gpu(subject)
    at_t = subject.columns("job")[0]
    used, usable = subject.cpus_in_use()
    _, of_gpu, of_job = np.intersect1d(t, at_t, return_indices=True)
    ratio = (used / usable)[of_job]
    starved = (busy[of_gpu] < _HALF_BUSY) & (t[of_gpu] > subject.warm_up) & np.isfinite(ratio)
    return float(ratio[starved].mean()) if starved.sum() >= at("samples") else None


def gpu_idle(subject: Subject) -> Iterator[Detection]:
    """A GPU of the job does nothing for much of the time."""
    for trace in subject.gpu_traces():
        t, busy = subject.steady(trace.t, trace.values, "GPU utilization")
        idle = busy < 100 * at("gpu_idle")
        ratio = float(idle.mean())
        if ratio < at("idle_share"):
            continue
        begin, end = _longest(t, idle)
        yield Detection(
            ADVICE,
            f"{trace.gpu} is idle {format_percent(ratio)} of the time after the warm-up; the longest stretch takes "
            f"{format_duration(end - begin)}.",
            "See what the job does in these stretches (phases name them), and take what needs no GPU to another job.",
            begin,
            end,
            {"gpu": trace.gpu or "", "idle_ratio": ratio, "longest_seconds": end - begin, "samples": float(len(t))},
        )


def _longest(t: Array, idle: np.ndarray) -> tuple[float, float]:
    """The longest stretch of idle samples; each stands for the time since the sample before it."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], idle.astype(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2]
    before = np.concatenate(([t[0]], t))[starts]
    longest = int(np.argmax(t[ends - 1] - before))
    return float(before[longest]), float(t[ends[longest] - 1])


def gpu_unused(subject: Subject) -> Iterator[Detection]:
    """The job was given a GPU and never had memory in it."""
    if subject.facts.get("gpus_wanted", "auto") != "auto":
        return  # the user had others' GPUs recorded, too
    t, job, index = subject.columns("gpu", "vram_job_bytes", "index")
    if not len(t):
        raise NotJudged("no GPU was recorded")
    if not np.isfinite(job).any():
        raise NotJudged("the driver did not tell the job's own VRAM")
    t, _ = subject.steady(t, job, "the job's VRAM")
    codes, _ = subject.codes("gpu", "uuid")
    unused = [int(index[codes == one][0]) for one in np.unique(codes) if np.nanmax(job[codes == one], initial=0) == 0]
    count = len(np.unique(codes))
    if unused:
        names = ", ".join(f"GPU {one}" for one in sorted(unused))
        left = count - len(unused)
        yield Detection(
            ADVICE,
            f"{names} of {count} was never used by the job.",
            f"Ask for what it uses: `#SBATCH --gres=gpu:{left}`." if left else "Run it where there is no GPU.",
            0.0,
            float(t[-1]),
            {"gpus": float(count), "gpus_unused": float(len(unused))},
        )


def hot(subject: Subject) -> Iterator[Detection]:
    """Heat held a GPU's clocks down."""
    column = "throttle_thermal_seconds"
    known = [card for card in subject.gpus_used(column) if np.isfinite(card.columns[column]).any()]
    if not known:
        raise NotJudged("no GPU told how long heat held it down")
    for card in known:
        seconds, begin, end = subject.counted(card.t, card.columns[column], "time held down by heat")
        ratio = seconds / (end - begin)
        if ratio >= at("heat_share"):
            yield Detection(
                ADVICE,
                f"Heat held the clocks of {card.name} down for {format_percent(ratio)} of the time.",
                "Have its cooling looked at, or lower its power limit: it then keeps a steady clock.",
                begin,
                end,
                {"gpu": card.uuid, "held_seconds": seconds, "held_ratio": ratio},
            )


def gpu_error(subject: Subject) -> Iterator[Detection]:
    """The driver told of an error of the GPU (an Xid)."""
    rows = subject.rows("event", "kind", "reason", "entity", "begin_t", "detail")
    rows = filter_rows(rows, strings(rows, "kind") == "xid")
    found: dict[tuple[str, str], list[float]] = {}
    details = dict(zip(strings(rows, "reason"), strings(rows, "detail"), strict=True))
    begins = numbers(rows, "begin_t") - subject.recording.begin
    for reason, entity, begin in zip(strings(rows, "reason"), strings(rows, "entity"), begins, strict=True):
        found.setdefault((str(reason), str(entity)), []).append(float(begin))
    for (reason, entity), times in found.items():
        yield Detection(
            PROBLEM,
            f"The driver reported {details[reason]}, {plural(len(times), 'time')}, on {entity}.",
            "Look the number up in NVIDIA's list of Xid errors: some are the program's, others the card's.",
            min(times),
            max(times),
            {"xid": reason, "gpu": entity, "events": float(len(times))},
        )
