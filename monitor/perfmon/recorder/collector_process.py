"""A source that can hang, in a process of its own.

A thread stuck in the kernel would hold the exit up and can't be ended; a process can be left behind. The helper is
forked from the sampler, so that it shares its memory, and ends when the sampler does.

They talk over a socket, as little as they can, for at many a tick that is more work than reading the source. A question
is a line: whether it is the last, the tick's stamp, the job's processes. An answer is a line with three times and two
lengths, what is seldom there as JSON of the one length, and lines of the journal of the other.
"""

from __future__ import annotations

import os
import time

from perfmon.collector import Absent, Answer, Reading, Tick
from perfmon.lean import json_codec
from perfmon.lean.stdlib import TYPE_CHECKING, signal, socket, suppress
from perfmon.linux import child_process
from perfmon.store.journal import stamped
from perfmon.store.reasons import ERROR, Unknown
from perfmon.store.run_clock import Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from perfmon.collector import Collector, Target


_CHUNK_BYTES = 1 << 16


class Helper:
    """One source in a child process; neither `ask` nor `answer` ever waits for it.

    Opening the source is its first answer, owed from the start.
    """

    def __init__(self, kind: type[Collector], target: Target) -> None:
        self._source = kind.source
        self._buffer = b""
        self._has_died = False
        self._unknown: Sequence[Unknown] = ()  # told when it changes
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        self.pid = child_process.fork(
            lambda: _child_main(kind, target, theirs), [self._ours], [theirs], dies_with_parent=True, silent=True
        )
        target.tree.excluded.add(self.pid)

    def fileno(self) -> int:
        """The descriptor to wait on for an answer."""
        return self._ours.fileno()

    def ask(self, stamp: Stamp, tick: Tick) -> None:
        """Ask for a reading; the answer comes when it comes."""
        with suppress(OSError):  # it has died, or takes nothing in: `answer` finds that out and says so
            self._ours.sendall(f"{tick.last:d} {stamp.time} {stamp.t} {' '.join(map(str, tick.pids))}\n".encode())

    def answer(self) -> Answer | None:
        """The answer that is owed, if it has come.

        Raises:
            EOFError: the helper has died.
        """
        self._receive()
        header, newline, rest = self._buffer.partition(b"\n")
        duration, resting, sleeping, seldom_bytes, line_bytes = header.split() if newline else (b"0",) * 5
        begin = int(seldom_bytes)
        end = begin + int(line_bytes)
        if not newline or len(rest) < end:
            if self._has_died:
                raise EOFError(f"the process that reads {self._source} has died")
            return None
        self._buffer = rest[end:]
        seldom: dict[str, Any] = json_codec.parse(rest[:begin]) if begin else {}
        if "unknown" in seldom:
            self._unknown = [Unknown(*one) for one in seldom["unknown"]]
        return Answer(
            Reading(unknown=self._unknown, rest_seconds=float(resting), sleep_seconds=float(sleeping)),
            float(duration),
            Unknown(None, None, ERROR, seldom["error"]) if "error" in seldom else None,
            seldom.get("facts", {}),
            Absent(*seldom["absent"]) if "absent" in seldom else None,
            rest[begin:end],
        )

    def _receive(self) -> None:
        """Take in what has come: a chunk that is not full is all of it, and asking for more would be an exception."""
        while True:
            try:
                chunk = self._ours.recv(_CHUNK_BYTES)
            except BlockingIOError:
                return
            except ConnectionError:
                chunk = b""
            self._buffer += chunk
            self._has_died = not chunk
            if len(chunk) < _CHUNK_BYTES:
                return

    def end(self) -> None:
        """End it without waiting: one that is stuck in the kernel ends when the kernel lets go of it."""
        self._ours.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _child_main(kind: type[Collector], target: Target, theirs: socket.socket) -> None:
    """The helper's life: open the source, then answer until the sampler is gone."""
    collector = kind(target)
    theirs.sendall(_opened(collector))
    unknown: Sequence[Unknown] = ()
    with open(theirs.fileno(), "rb", closefd=False) as questions:  # `makefile` reads in Python
        for question in questions:
            answer, unknown = _answered(collector, question, unknown)
            theirs.sendall(answer)


def _opened(collector: Collector) -> bytes:
    seldom: dict[str, object] = {}
    begin = time.perf_counter()
    try:
        seldom["facts"] = collector.open()
    except Absent as absent:
        seldom["absent"] = (absent.reason, absent.detail)
    except Exception as error:  # a source that raises must not end the helper
        seldom["error"] = _words(error)
    return _message(time.perf_counter() - begin, Reading(), seldom, b"")


def _answered(collector: Collector, question: bytes, told: Sequence[Unknown]) -> tuple[bytes, Sequence[Unknown]]:
    """The answer to a question, where so much was told as unknown with the last; and what is unknown now."""
    last, wall, t, *pids = question.split()
    seldom: dict[str, object] = {}
    reading = Reading()
    begin = time.perf_counter()
    try:
        reading = collector.collect(Tick(tuple(map(int, pids)), last == b"1"))
    except Absent as absent:
        seldom["absent"] = (absent.reason, absent.detail)
    except Exception as error:
        seldom["error"] = _words(error)
    duration = time.perf_counter() - begin
    if reading.facts:
        seldom["facts"] = reading.facts
    if tuple(reading.unknown) != told:
        told = tuple(reading.unknown)
        seldom["unknown"] = told
    lines = b"".join(stamped(Stamp(int(wall), float(t)), reading.rows))
    return _message(duration, reading, seldom, lines), told


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _message(duration: float, reading: Reading, seldom: dict[str, object], lines: bytes) -> bytes:
    text = json_codec.packed(seldom) if seldom else b""
    times = f"{duration:.6f} {reading.rest_seconds:.6f} {reading.sleep_seconds:.6f}"
    return f"{times} {len(text)} {len(lines)}\n".encode() + text + lines
