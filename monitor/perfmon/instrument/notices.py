"""What is told on standard error while pipeline code runs: each kind once, and few in all."""

from __future__ import annotations

from perfmon.lean.standard_error import tell

_MOST = 20  # kinds; a pipeline that makes ever new ones has been told enough

_told: set[str] = set()


def complain(text: str, kind: str | None = None) -> None:
    """Tell on standard error, once for each kind: a warning could become an exception, and nothing here may raise."""
    kind = text if kind is None else kind
    if kind in _told or len(_told) > _MOST:
        return
    _told.add(kind)
    if len(_told) > _MOST:
        text = "more could not be recorded, and is not told one by one"
    tell(f"perfmon: {text}")
