"""Compares the resources that a job requested from SLURM with those that it used."""

from __future__ import annotations

import itertools
import math
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from perfmon.store.run_json import FINISHED
from perfmon_analyze.derive.units import GIB
from perfmon_analyze.findings.finding import ADVICE
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import format_bytes, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from perfmon_analyze.findings.subject import Subject

_HALF_HOUR = 1800.0


def excess_memory(subject: Subject) -> Iterator[Detection]:
    """Detect that the job used much less memory than it requested."""
    job = _runs_of_job(subject)
    requested = _allocation(subject).get("memory_bytes")
    if not job or not requested:
        return
    peaks = [_peak(run) for run in job]
    peak = sum(peaks) if _overlap(job) else max(peaks)
    enough = max(math.ceil(peak * (1 + at("margin")) / GIB), 1)
    if requested >= at("oversize") * enough * GIB and requested - enough * GIB >= at("spare_bytes"):
        instead = " in place of `--mem-per-cpu`" if "SLURM_MEM_PER_CPU" in _environment(subject) else ""
        yield _detection(
            job,
            f"The job asked SLURM for {format_bytes(requested)} of memory and used {format_bytes(peak)} at most.",
            f"`#SBATCH --mem={enough}G`{instead} would have done.",
            {"asked_bytes": float(requested), "peak_bytes": peak},
        )


def excess_cpus(subject: Subject) -> Iterator[Detection]:
    """Detect that the job used far fewer CPUs than it requested."""
    job = _runs_of_job(subject)
    requested = _allocation(subject).get("cpus")
    if not job or not requested:
        return
    used = [_cores(run) for run in job if _is_long(run)]
    most = sum(used) if _overlap(job) else max(used)
    enough = max(math.ceil(most * (1 + at("margin"))), 1)
    if requested >= at("oversize") * enough and requested - enough >= at("spare_cpus"):
        yield _detection(
            job,
            f"The job asked SLURM for {requested} CPUs and used at most {most:.2g} in 95 % of the time.",
            f"`#SBATCH --cpus-per-task={enough}` would have done.",
            {"cpus_asked": float(requested), "cpus_used_p95": most},
        )


def excess_time(subject: Subject) -> Iterator[Detection]:
    """Detect that the job took much less time than it requested."""
    job, environment = _runs_of_job(subject), _environment(subject)
    begin, end = (environment.get(f"SLURM_JOB_{name}_TIME", "") for name in ("START", "END"))
    if not job or not (begin.isdecimal() and end.isdecimal()):
        return
    requested, used = float(int(end) - int(begin)), max(_ended(run) for run in job) - int(begin)
    enough = max(math.ceil(used * (1 + at("margin")) / _HALF_HOUR), 1) * _HALF_HOUR
    if requested >= at("oversize") * enough:
        yield _detection(
            job,
            f"The job asked SLURM for {format_duration(requested)} and took {format_duration(used)}.",
            f"`#SBATCH --time={int(enough // 3600):02}:{int(enough % 3600 // 60):02}:00` would have done, and may "
            "start sooner.",
            {"asked_seconds": requested, "used_seconds": used},
        )


def _detection(job: Sequence[Subject], sentence: str, advice: str, evidence: dict[str, float]) -> Detection:
    return Detection(ADVICE, sentence, advice, 0.0, job[0].end, evidence | {"runs": float(len(job))})


def _runs_of_job(subject: Subject) -> list[Subject]:
    """Return the runs of the same SLURM job for the job's first run; empty for the others, and outside of SLURM.

    Raises:
        NotJudged: the runs do not show what the job needs.
    """
    number = _environment(subject).get("SLURM_JOB_ID")
    runs = [
        other
        for other in subject.all
        if not other.recording.attached and _environment(other).get("SLURM_JOB_ID") == number
    ]
    if number is None or runs[0] is not subject:
        return []
    if _environment(subject).get("SLURM_NTASKS", "1") != "1":
        raise NotJudged(f"SLURM job {number} has several tasks, and each run is one of them")
    if any(run.facts.get("state") != FINISHED for run in runs):
        raise NotJudged(f"a run of SLURM job {number} did not finish: what it needs is not known")
    if not any(map(_is_long, runs)):
        raise NotJudged(
            f"no run of SLURM job {number} has {at('samples'):g} samples in {at('span'):g} s after the warm-up"
        )
    return runs


def _is_long(run: Subject) -> bool:
    """Whether the run is long enough to show what the work needs, not a trial of some seconds."""
    try:
        _cores(run)
    except NotJudged:
        return False
    return True


def _environment(subject: Subject) -> dict[str, str]:
    return {name: str(value) for name, value in (subject.facts.get("environment") or {}).items()}


def _allocation(subject: Subject) -> dict[str, Any]:
    return (subject.facts.get("hardware") or {}).get("allocation") or {}


def _peak(run: Subject) -> float:
    """Return an upper bound of the tree's memory in bytes; shared pages count once per process."""
    peak = run.facts.get("peak") or {}
    known = [float(peak[name]) for name in ("rss_bytes", "tree_at_least_bytes") if peak.get(name)]
    if not known:
        raise NotJudged("the peak of memory is not known")
    return max(known)


def _cores(run: Subject) -> float:
    _, cores = run.steady(run.columns("job")[0], run.cpus_in_use()[0], "CPU use")
    return float(np.percentile(cores, 95))


def _ended(run: Subject) -> float:
    try:
        return datetime.fromisoformat(str(run.facts.get("end_time"))).timestamp()
    except ValueError:
        raise NotJudged("the time of the end is not known") from None


def _overlap(job: Sequence[Subject]) -> bool:
    """Whether two of the runs overlapped in time."""
    spans = sorted((str(run.facts.get("begin_time")), str(run.facts.get("end_time"))) for run in job)
    return any(begin < end for (_, end), (begin, _) in itertools.pairwise(spans))
