"""What pipeline code passes, as what is recorded: numbers, whole numbers and labels.

The objects are the pipeline's. Whatever their methods raise, nothing here does, but for what a signal handler raised.
They are never asked by `isinstance`, for `__class__` may be a property.
"""

from __future__ import annotations

import os

from perfmon.instrument.notices import complain
from perfmon.lean.interrupts import is_interrupt
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.redaction.label_text import label_text, type_name

if TYPE_CHECKING:
    from typing import Any

WHOLE_END = 1 << 63  # columns of whole numbers have 64 bits


def number(name: str, value: object) -> float | None:
    """A number as a float; None, which is told once for each type, if it is none."""
    if type(value) is float:
        return value
    try:
        return _float(value)
    except BaseException as error:
        if is_interrupt(error):
            raise
        kind = type_name(value)
        complain(f"{name} is not a number but {kind}, and is not recorded", f"not a number {kind}")
        return None


def _float(value: Any) -> float:
    kind = type(value)
    if kind is int:
        return float(value)
    if hasattr(kind, "item") and hasattr(kind, "dtype"):  # an array or tensor: float() may warn, this does not
        value = value.item()
        kind = type(value)
    made = kind.__float__(value) if hasattr(kind, "__float__") else float(value)
    return made if type(made) is float else float.__float__(made)  # float() warns of a class made from float


def whole(name: str, value: object) -> int | None:
    """A whole number of 64 bits; None, which is told once for each type, if it is none."""
    made: float | None = value if type(value) is int else _index(value)
    if made is None:
        made = number(name, value)
    if made is None:
        return None
    if made == made and abs(made) < WHOLE_END and made == int(made):  # noqa: PLR0124 - NaN is unlike itself
        return int(made)
    complain(f"{name} is not a whole number of 64 bits, and is not recorded", f"not whole {name}")
    return None


def _index(value: Any) -> int | None:
    """The value of what is a whole number by its type; None of anything else."""
    kind = type(value)
    try:
        return int.__index__(kind.__index__(value)) if hasattr(kind, "__index__") else None
    except BaseException as error:
        if is_interrupt(error):
            raise
        return None


def count(items: Any, batch: object) -> str:
    """How many items are in a batch, as JSON; null where that is not known."""
    try:
        found = items(batch)
        return "null" if found is None else str(int(found))
    except BaseException as error:
        if is_interrupt(error):
            raise
        kind = type_name(batch)
        complain(f"the items of a batch of type {kind} cannot be counted: {type_name(error)}", "items")
        return "null"


def fields(metrics: Any) -> dict[str, object]:
    """What a mapping of metrics holds; empty, which is told once, if it is no mapping."""
    try:
        pairs = metrics.items() if type(metrics) is dict else dict(metrics).items()
        return {name if type(name) is str else str(label_text(name)): value for name, value in pairs}
    except BaseException as error:
        if is_interrupt(error):
            raise
        complain(f"log() was given no mapping of metrics but {type_name(metrics)}, which is not recorded", "no mapping")
        return {}


def axes(metrics: dict[str, object], epoch: Any, step: Any, series: object) -> tuple[Any, Any, object]:
    """Epoch, step and series, taken out of a mapping of metrics where they were not given beside it."""
    found = [metrics.pop(name, None) for name in ("epoch", "step", "series")]
    given = (epoch, step, series)
    epoch, step, series = (inner if outer is None else outer for inner, outer in zip(found, given, strict=True))
    return epoch, step, series


def paths(folders: object) -> list[str]:
    """Folders as paths; one that is given by itself is one.

    Raises:
        TypeError: they are no paths.
    """
    alone = issubclass(type(folders), (str, bytes)) or hasattr(type(folders), "__fspath__")
    listed: Any = [folders] if alone else folders
    return [os.path.abspath(os.fsdecode(folder)) for folder in listed]


def names(gpus: object) -> str:
    """Which GPUs to record, as text: a number or a list of them says so, too."""
    if issubclass(type(gpus), (list, tuple)):
        return ",".join(str(label_text(gpu)) for gpu in gpus)  # type: ignore[attr-defined]  # a sequence
    return str(label_text(gpus))
