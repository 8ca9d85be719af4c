"""Rows of what pipeline code logs."""

from __future__ import annotations

from perfmon.instrument import values
from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from perfmon.redaction.redactor import Redactor
    from perfmon.store.journal import Row


def metric_rows(  # noqa: PLR0917 - names for them would cost each call
    redactor: Redactor, metrics: object, more: dict[str, Any], epoch: Any, step: Any, series: object
) -> list[tuple[str, Row]]:
    """A row for each metric that is a number: those of a mapping, or None, and those beside it."""
    if metrics is not None:
        more = {**values.fields(metrics), **more}
        epoch, step, series = values.axes(more, epoch, step, series)
    about: Row = {}
    if epoch is not None:
        about["epoch"] = values.number("epoch", epoch)
    if step is not None:
        plain = type(step) is int and -values.WHOLE_END < step < values.WHOLE_END
        about["step"] = step if plain else values.whole("step", step)
    if series is not None:
        about["series"] = redactor.label(series)
    rows: list[tuple[str, Row]] = []
    for name, value in more.items():
        label = redactor.label(name)
        number = value if type(value) is float else values.number(label, value)
        if number is not None:
            rows.append(("metric", {**about, "name": label, "value": number}))
    return rows
