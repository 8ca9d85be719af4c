"""Compares the sides of a pair, quantity by quantity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perfmon_analyze.compare import comparability
from perfmon_analyze.compare.bootstrap import TooFew, bootstrap_errors
from perfmon_analyze.compare.difference import Difference, Estimate, difference
from perfmon_analyze.compare.quantities import LESS, QUANTITIES, ComparedRecording
from perfmon_analyze.compare.sides import NotComparable
from perfmon_analyze.series import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from perfmon_analyze.compare.quantities import Quantity, SampleSeries
    from perfmon_analyze.compare.sides import Pair
    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.series.options import Options

_ONE_NUMBER = "one number a run, and one run a side"
_TAIL = 60.0  # independent samples, of which three lie beyond the 95th percentile
_P95 = "P95"


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One quantity and statistic of both sides."""

    title: str
    statistic: str
    unit: str
    better: str | None
    difference: Difference

    @property
    def name(self) -> str:
        """The title with the statistic."""
        return f"{self.title}, {self.statistic}" if self.statistic else self.title

    @property
    def verdict(self) -> str:
        """The meaning of the difference: `better`, `worse`, `more`, `less`, `not shown` or `no interval`."""
        if self.difference.low is None:
            return "no interval"
        if not self.difference.is_shown:
            return "not shown"
        more = self.difference.difference > 0
        if self.better is None:
            return "more" if more else "less"
        return "better" if more != (self.better == LESS) else "worse"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides, row by row; `notes` are caveats, `missing` maps quantities to the sides that lack them."""

    title: str
    a: str
    b: str
    runs_a: tuple[str, ...]
    runs_b: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]
    missing: Mapping[str, str]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all fields as values of JSON, in base units; percent for utilization."""
        return {
            "title": self.title,
            "a": {"label": self.a, "runs": list(self.runs_a)},
            "b": {"label": self.b, "runs": list(self.runs_b)},
            "rows": [
                {
                    "quantity": row.title,
                    "statistic": row.statistic or None,
                    "unit": row.unit,
                    "better": row.better,
                    **row.difference._asdict(),
                    "reason": row.difference.reason or None,
                    "verdict": row.verdict,
                }
                for row in self.rows
            ],
            "missing": dict(self.missing),
            "notes": list(self.notes),
        }


def compare(pair: Pair, options: Options, *, anyway: bool = False) -> Comparison:
    """Compare two sides; stand-ins are never counted.

    Raises:
        NotComparable: the sides are unlike, and `anyway` is not given.
    """
    reasons = comparability.reasons(pair)
    if reasons and not anyway:
        raise NotComparable(f"{pair.title or 'A and B'}: {'; '.join(reasons)} (--anyway compares nonetheless)")
    options = replace(options, synthetic=False, per_gpu=False)
    ram = _ram_column(pair, options)
    sides = [[ComparedRecording(side.runs, r, options, ram) for r in side.recordings] for side in (pair.a, pair.b)]
    rows: list[ComparisonRow] = []
    missing: dict[str, str] = {}
    for quantity in QUANTITIES:
        found = [[_values(quantity, of) for of in side] for side in sides]
        absent = [label for label, side in zip("AB", found, strict=True) if not all(side)]
        if absent:
            missing[quantity.title] = " and ".join(absent)
        else:
            rows.extend(_rows(quantity, found))
    return Comparison(
        title=pair.title,
        a=pair.a.label,
        b=pair.b.label,
        runs_a=tuple(r.name for r in pair.a.recordings),
        runs_b=tuple(r.name for r in pair.b.recordings),
        rows=tuple(rows),
        missing=missing,
        notes=(
            *(f"compared although unlike: {reason}" for reason in reasons),
            *comparability.notes(pair),
            *_interval_notes(pair, ram),
        ),
    )


def _ram_column(pair: Pair, options: Options) -> str:
    """Return the column of RAM that all recordings of both sides have."""
    columns = {memory.ram_column(side.runs, side.recordings, options.scope) for side in (pair.a, pair.b)}
    return columns.pop() if len(columns) == 1 else "rss_bytes"


def _values(quantity: Quantity, of: ComparedRecording) -> dict[str, Estimate]:
    """Return each statistic of one recording; empty if the quantity is not known."""
    if quantity.total is not None:
        total = quantity.total(of)
        return {} if total is None else {"": Estimate(total, reason=_ONE_NUMBER)}
    series = quantity.series(of) if quantity.series else None
    return {} if series is None else estimates(series, quantity.statistics)


def estimates(series: SampleSeries, statistics: Mapping[str, Callable[..., float]]) -> dict[str, Estimate]:
    """Return each statistic of one recording's samples with its standard error, or the reason for having none."""

    def together(*arrays: Array) -> Array:
        return np.array([statistic(*arrays) for statistic in statistics.values()])

    values = dict(zip(statistics, together(*series.arrays).tolist(), strict=True))
    try:
        noise = bootstrap_errors(series.arrays, together, series.block_series)
    except TooFew as error:
        return {name: Estimate(value, reason=str(error)) for name, value in values.items()}
    return {
        name: Estimate(
            value, reason=f"P95 needs {_TAIL:g} independent samples, these are worth {noise.independent:.0f}"
        )
        if name == _P95 and noise.independent < _TAIL
        else Estimate(value, float(error), noise.freedom)
        for (name, value), error in zip(values.items(), noise.errors, strict=True)
    }


def _rows(quantity: Quantity, sides: Sequence[Sequence[Mapping[str, Estimate]]]) -> Iterator[ComparisonRow]:
    for name in sides[0][0]:
        a, b = ([values[name] for values in side] for side in sides)
        yield ComparisonRow(
            title=quantity.title,
            statistic=name,
            unit=quantity.unit,
            better=quantity.better,
            difference=difference(a, b),
        )


def _interval_notes(pair: Pair, ram: str) -> Iterator[str]:
    """Yield notes on what the intervals cover."""
    counts = [len(side.recordings) for side in (pair.a, pair.b)]
    if counts == [1, 1]:
        yield (
            "one run a side: the intervals cover the noise within these two runs, not how far one run differs from the "
            "next; record each side three times or more to know that"
        )
    elif 1 in counts:
        yield "a side of one run is taken to scatter from run to run as the other side does"
    yield f"RAM is {_RAM[ram]}"
    yield (
        "medians, means and P95 leave out the warm-up: a tenth of each run, 5 minutes at most, at least three batches; "
        "durations, totals and peaks are of whole runs"
    )
    yield (
        "of 20 intervals of 95 % one leaves out the truth by chance; `would show` is the true difference that runs "
        "like these show in four of five cases"
    )


_RAM = {
    "pss_bytes": "PSS",
    "rss_bytes": "RSS, in which shared pages count once per process",
    "memory_used_bytes": "all memory in use on the host",
}
