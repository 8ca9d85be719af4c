"""Tells what the pipeline itself raises while we work from what our own work raises.

A signal handler runs wherever its thread happens to be: the exception of a time limit (`SIGALRM`) may come up in the
middle of our code, with any class, and belongs to the pipeline.
"""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING, signal

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType
    from typing import Any

_ENDING = (KeyboardInterrupt, SystemExit, GeneratorExit)


def is_interrupt(error: BaseException) -> bool:
    """Whether a signal handler raised it, or it asks the process to end: it must go on to the pipeline."""
    if issubclass(type(error), _ENDING):
        return True
    place: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)  # a class may have its own
    codes = _handlers()
    before: FrameType | None = None
    while place is not None:
        frame = place.tb_frame
        if frame.f_code in codes or (before is not None and _was_given(frame, before)):
            return True
        before, place = frame, place.tb_next
    return False


def _handlers() -> set[CodeType]:
    """The code of the signal handlers that are installed now."""
    found = set()
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if handler is None or type(handler) is int:
            continue
        function: Any = getattr(handler, "func", handler)  # of functools.partial
        code = getattr(function, "__code__", None) or getattr(function.__call__, "__code__", None)
        if code is not None:
            found.add(code)
    return found


def _was_given(frame: FrameType, interrupted: FrameType) -> bool:
    """Whether a function has the frame that called it among its arguments, as only signal handlers do."""
    code, known = frame.f_code, frame.f_locals
    arguments = [known.get(name) for name in code.co_varnames[: code.co_argcount + 1]]  # with the name of `*args`
    return any(
        one is interrupted or (type(one) is tuple and any(part is interrupted for part in one)) for one in arguments
    )
