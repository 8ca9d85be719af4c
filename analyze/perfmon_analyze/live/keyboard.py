"""Keys that are typed at a terminal, one by one and without waiting for a line's end."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import NoReturn, Self, TextIO


SUSPEND = "\x1a"  # Ctrl-Z, which must not stop the process before the terminal is in order


class Keys:
    """While it is entered, the terminal gives single keys, and a change of its size ends the wait for one.

    A signal to end leaves the block like any exception, so that the terminal is put in order.
    """

    def __init__(self, source: TextIO) -> None:
        self._source = source.fileno() if source.isatty() else None

    def __enter__(self) -> Self:
        self._wake, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup_before = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, handler) for number, handler in _HANDLERS.items()}
        if self._source is not None:
            self._before = termios.tcgetattr(self._source)
            tty.setcbreak(self._source)
            settings = termios.tcgetattr(self._source)
            settings[6][termios.VSUSP] = b"\0"  # control characters; zero is none
            termios.tcsetattr(self._source, termios.TCSADRAIN, settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._source is not None:
            termios.tcsetattr(self._source, termios.TCSADRAIN, self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._wake)
        os.close(self._woken)

    def wait(self, seconds: float) -> str:
        """The key that was typed within so many seconds; empty if none was, or if the terminal's size changed."""
        sources = [fd for fd in (self._source, self._wake) if fd is not None]
        ready, _, _ = select.select(sources, [], [], seconds)
        if self._wake in ready:
            os.read(self._wake, 1024)
        if self._source not in ready:
            return ""
        typed = os.read(self._source, 1024)
        if not typed:  # the terminal is gone
            self._source = None
        return typed[:1].decode(errors="replace")


def _wake_up(number: int, _: FrameType | None) -> None:
    """Let the signal through to the pipe."""


def _leave(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


_HANDLERS = {signal.SIGWINCH: _wake_up, signal.SIGTERM: _leave, signal.SIGHUP: _leave}
