"""Holds limits against recordings: passed, failed, or not to be judged, which is never taken for passed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.store.run_json import FINISHED
from perfmon_analyze.check import values
from perfmon_analyze.check.values import SAMPLED, MeasuredValue, NotMeasured
from perfmon_analyze.compare import comparability
from perfmon_analyze.compare.quantities import ComparedRecording
from perfmon_analyze.compare.sides import Pair, Side
from perfmon_analyze.series.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.text.quantities import Amount

PASSED, FAILED, UNJUDGED = "passed", "failed", "unjudged"
_COVERAGE = 0.99  # of ticks, as `perfmon verify` asks of a sound run


class Limit(NamedTuple):
    """Something that can be limited: the option's name, a title, the base unit and where the number comes from.

    Without `read` it is the baseline that the number is about.
    """

    option: str
    title: str
    unit: str
    read: Callable[[ComparedRecording], MeasuredValue] | None

    @property
    def is_least(self) -> bool:
        """Whether it is the least that is wanted, not the most that is allowed."""
        return self.option.startswith("min-")


LIMITS = (
    Limit("max-rss", "peak memory of the job", "B", values.rss),
    Limit("max-vram", "peak VRAM on any one GPU", "B", values.vram),
    Limit("max-disk", "growth of the watched folders", "B", values.disk),
    Limit("max-duration", "duration", "s", values.duration),
    Limit("max-cpu-time", "CPU time", "s", values.cpu_time),
    Limit("max-energy", "energy of the GPUs", "J", values.energy),
    Limit("max-batch-p95", "95th percentile of the time per batch", "s", values.batch_p95),
    Limit("min-items-per-second", "items per second", "1/s", values.items_per_second),
    Limit("min-gpu", "mean GPU utilization", "1", values.gpu_utilization),
    Limit("max-recorder", "CPU taken by the recorder", "1", values.recorder),
    Limit("max-overhead", "time taken beyond the baseline's", "1", None),
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One limit held against one recording; numbers are in base units, None where they are not known."""

    option: str
    title: str
    unit: str
    verdict: str = UNJUDGED
    value: float | None = None
    limit: float | None = None
    source: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return {**vars(self), "reason": self.reason or None}


def judge(
    runs: Runs, recording: Recording, limits: Mapping[str, Amount], baseline: Runs | None = None
) -> list[Judgement]:
    """Hold these limits, by their options' names, against one recording."""
    of = ComparedRecording(runs, recording, Options(synthetic=False), "rss_bytes")
    return [_judge(limit, of, limits[limit.option], baseline) for limit in LIMITS if limit.option in limits]


def _judge(limit: Limit, of: ComparedRecording, amount: Amount, baseline: Runs | None) -> Judgement:
    known = Judgement(option=limit.option, title=limit.title, unit=limit.unit)
    try:
        reading = limit.read(of) if limit.read else values.overhead(of, _baseline(of, baseline))
        known = replace(known, value=reading.value, source=f"{reading.kind}: {reading.source}")
        most = _absolute(limit, of, amount, baseline)
    except NotMeasured as missing:
        return replace(known, reason=str(missing))
    doubt = _doubt(of, reading)
    verdict = _verdict(limit, reading.value, most, doubt)
    return replace(known, limit=most, verdict=verdict, reason=doubt if verdict == UNJUDGED else "")


def _absolute(limit: Limit, of: ComparedRecording, amount: Amount, baseline: Runs | None) -> float:
    """A limit in its base unit; a relative one is worked out from the mean over the baseline's recordings."""
    if not amount.relative or limit.read is None:
        return amount.value
    values = [limit.read(one).value for one in _baseline(of, baseline)]
    return sum(values) / len(values) * (1 + amount.value)


def _verdict(limit: Limit, value: float, most: float, doubt: str) -> str:
    """What is beyond its limit has failed, whatever else is in doubt; what is within it passes only without doubt."""
    if (value < most) if limit.is_least else (value > most):
        return FAILED
    return UNJUDGED if doubt else PASSED


def _doubt(of: ComparedRecording, reading: MeasuredValue) -> str:
    """Why a value within its limit proves nothing."""
    facts = of.recording.facts
    if facts.get("state") != FINISHED:
        return f"the run did not finish: its state is {facts.get('state') or 'not known'}"
    sampler = facts.get("sampler") or {}
    taken, missed = sampler.get("ticks") or 0, sampler.get("ticks_missed") or 0
    if reading.kind == SAMPLED and missed and taken < _COVERAGE * (taken + missed):
        return f"{missed} of {taken + missed} ticks are missing, in which it may have been higher"
    return ""


def _baseline(of: ComparedRecording, baseline: Runs | None) -> list[ComparedRecording]:
    """The baseline's recordings of the same stage and model.

    Raises:
        Unknown: there is none, or they are unlike.
    """
    own = of.recording
    alike = tuple(r for r in baseline.recordings if (r.stage, r.model) == (own.stage, own.model)) if baseline else ()
    if baseline is None or not alike:
        raise NotMeasured(f"there is no baseline of stage {own.stage} and model {own.model or 'not given'}")
    unlikeness = comparability.reasons(Pair("", Side("", baseline, alike), Side("", of.runs, (own,))))
    if unlikeness:
        raise NotMeasured(f"the baseline is unlike: {'; '.join(unlikeness)}")
    return [of._replace(runs=baseline, recording=one) for one in alike]
