"""Labels as text: what people call a stage, a model or a series may be a number, an enum or a path."""

from __future__ import annotations

from perfmon.lean.interrupts import is_interrupt

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from typing import Any


def label_text(label: object) -> str | None:
    """The label as text; None stays None.

    An enum is called by its value where that is text, else by its name. Whatever the object's methods raise, this
    raises nothing but what a signal handler raised; what has no text is called by its type.
    """
    if label is None or type(label) is str:
        return label
    try:
        return _text(label)
    except BaseException as error:
        if is_interrupt(error):
            raise
        return f"<{type_name(label)}>"


def _text(label: Any) -> str:
    kind = type(label)
    if issubclass(kind, str):
        return str.__str__(label)
    if issubclass(kind, (bytes, bytearray)):
        return bytes(label).decode("utf-8", "surrogateescape")
    if hasattr(kind, "__members__") and hasattr(kind, "_member_names_"):
        value = label.value
        return str.__str__(value if issubclass(type(value), str) else label.name)
    if hasattr(kind, "item") and hasattr(kind, "shape") and label.shape == ():  # numpy's and torch's scalars
        label = label.item()
    return str.__str__(str(label))


def type_name(value: object) -> str:
    """The name of an object's type, whatever its metaclass makes of names."""
    return str(type.__dict__["__name__"].__get__(type(value)))
