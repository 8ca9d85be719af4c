"""Converts any object to values of JSON: its fields by name, so that every name is checked for secrets."""

from __future__ import annotations

import sys
from collections import deque

from perfmon.lean.interrupts import is_interrupt
from perfmon.redaction.label_text import type_name

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from typing import Any

_DEPTH = 40
_PARTS = 100_000  # of one configuration; what lies behind is left out, and `...` stands in its place
_LEFT_OUT = "..."


def plain(value: object) -> object:
    """The value as dictionaries, lists, texts, numbers and null; whatever its methods raise, this does not."""
    return _Plain().of(value, ())


class _Plain:
    """One value that is looked through; a budget of parts, for objects may hold each other often."""

    def __init__(self) -> None:
        self._left = _PARTS

    def of(self, value: object, above: tuple[int, ...]) -> object:
        self._left -= 1
        if value is None or type(value) in (bool, int, float, str):
            return value
        if self._left < 0 or len(above) > _DEPTH or id(value) in above:
            return _LEFT_OUT
        try:
            return self._of_object(value, (*above, id(value)))
        except BaseException as error:
            if is_interrupt(error):
                raise
            return text_of(value)

    def _of_object(self, value: object, above: tuple[int, ...]) -> object:
        fields = _fields(value)
        if fields is not None:
            return {_key(name): self.of(part, above) for name, part in fields.items()}
        if isinstance(value, (list, tuple, deque)):
            return [self.of(part, above) for part in value]
        if isinstance(value, (set, frozenset)):
            return [self.of(part, above) for part in sorted(value, key=text_of)]
        if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
            return self.of(value.item(), above)  # type: ignore[attr-defined]  # numpy's scalars have it
        return _scalar(value)


def _scalar(value: object) -> object:
    """A number or text as it is, though of a class of its own; anything else as text."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    return text_of(value)


def _fields(value: object) -> dict[Any, object] | None:
    """The fields of an object that is known by them: a mapping, a dataclass, a namespace and the like."""
    kind: Any = type(value)
    known: Any = value
    if isinstance(value, (str, type, BaseException)):
        return None
    if isinstance(value, dict):
        return dict(value)
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
        return {name: known[name] for name in known.keys()}  # noqa: SIM118 - any mapping
    if isinstance(value, type(sys.implementation)) or hasattr(kind, "_get_kwargs"):  # of argparse
        return dict(vars(value))
    names = _names_of_fields(kind)
    return None if names is None else {name: getattr(value, name) for name in names}


def _names_of_fields(kind: Any) -> list[str] | None:
    """Names of the fields of a dataclass, a named tuple, or a class of attrs or pydantic; None for any other."""
    for place in ("__dataclass_fields__", "model_fields", "__fields__"):  # two versions of pydantic
        if isinstance(fields := getattr(kind, place, None), dict):
            return [*fields]
    if issubclass(kind, tuple):
        return [*named] if (named := getattr(kind, "_fields", None)) else None
    attributes = getattr(kind, "__attrs_attrs__", None)
    return [one.name for one in attributes] if attributes else None


def _key(name: object) -> object:
    """A name as JSON has it; numbers and null are written as text there, too."""
    return name if name is None or type(name) in (bool, int, float, str) else text_of(name)


def text_of(value: object) -> str:
    """The object as text; its type's name where it has none."""
    try:
        return str.__str__(value if isinstance(value, str) else str(value))
    except BaseException as error:
        if is_interrupt(error):
            raise
        return f"<{type_name(value)}>"
