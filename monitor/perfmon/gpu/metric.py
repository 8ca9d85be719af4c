"""One metric of one device: when it is read, and what it leaves unknown."""

from __future__ import annotations

import time

from perfmon.gpu.pacing import Backoff, Pace
from perfmon.lean.stdlib import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon.store.journal import Row, Value
    from perfmon.store.reasons import Unknown

    Values = Mapping[str, Value | Exception]


class Metric(Protocol):
    """Columns that are read together."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""

    def read(self, job: frozenset[int]) -> Values:
        """Read them now, for a job of these processes; in a value's place may stand why there is none.

        A column that is left out is null because there is nothing to tell yet.

        Raises:
            Exception: there is nothing to be had of all columns; of whatever kind the library raises.
        """


class Unanswered(Exception):
    """The driver gave no usable value; the metric is read again."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class ErrorReasons(Protocol):
    """The meaning of a vendor's error codes; a module can implement it."""

    def unknown(self, entity: str | None, column: str | None, error: Exception) -> Unknown:
        """A failure as the source reports it."""

    def is_final(self, error: Exception) -> bool:
        """Whether the failure is permanent: this device, or this driver, does not support the value."""


class ScheduledMetric:
    """A metric that is read when it is due: not too often for its cost, and later each time after failures.

    After `poll`, `tried` and `answered` say whether it was read and gave anything, `error` why all of it failed, and
    `unknown` which of its columns have no value, with the reasons.
    """

    def __init__(self, metric: Metric, entity: str, devices: int, reasons: ErrorReasons) -> None:
        self._reasons = reasons
        self._metric = metric
        self._entity = entity
        self._pace = Pace(devices)
        self._backoff = Backoff()
        self._never_again = False
        self.unknown: list[Unknown] = []
        self.tried = False
        self.answered = False
        self.error: Exception | None = None

    @property
    def name(self) -> str:
        """What the metric is called in the account of costs."""
        return type(self._metric).__name__.lower()

    @property
    def seconds(self) -> float:
        """Time spent on it so far."""
        return self._pace.seconds

    def poll(self, now: float, job: frozenset[int]) -> Row:
        """Read its columns for a job of these processes if it is due at `now`, in seconds of the monotonic clock."""
        self.tried = not self._never_again and self._pace.is_due(now) and self._backoff.is_due(now)
        self.error = None
        if not self.tried:
            return {}
        begin = time.perf_counter()
        values = self._read(job)
        self._pace.record(time.perf_counter() - begin, now)
        self._learn(now)
        failures = {column: value for column, value in values.items() if isinstance(value, Exception)}
        self.answered = not values or len(failures) < len(values)
        self.unknown = [self._reasons.unknown(self._entity, column, error) for column, error in failures.items()]
        return {column: None if column in failures else value for column, value in values.items()}  # type: ignore[misc]  # the exceptions are the failures

    def _read(self, job: frozenset[int]) -> Values:
        try:
            return self._metric.read(job)
        except Exception as error:  # NVMLLibraryMismatchError, of an older driver, is not an NVMLError
            self.error = error
            return dict.fromkeys(self._metric.columns, error)

    def _learn(self, now: float) -> None:
        if self.error is None:
            self._backoff.succeeded()
        else:
            self._backoff.failed(now)
            self._never_again = self._reasons.is_final(self.error)
