"""A source that can hang, in a process of its own.

A thread stuck in the kernel would hold the exit up and can't be ended; a process can be left behind. The helper process
is forked from the sampler, so that it shares its memory, and ends when the sampler does.

They talk over a socket, and briefly, as at many a tick that is more work than reading the source. A request is a line:
whether it is the last, the tick's stamp, the job's processes. An answer is a line with three times and two lengths in
bytes, then optional parts as JSON of the one length, and lines of the journal of the other.
"""

from __future__ import annotations

import os
import time

from perfmon.collector import Absent, Answer, Reading, Tick
from perfmon.lean import json_codec
from perfmon.lean.stdlib import TYPE_CHECKING, signal, socket, suppress
from perfmon.linux import child_process
from perfmon.store.journal import stamp_rows
from perfmon.store.reasons import ERROR, Unknown
from perfmon.store.run_clock import Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from perfmon.collector import Collector, Target


_CHUNK_BYTES = 1 << 16


class CollectorProcess:
    """One source in a child process; neither `ask` nor `answer` ever waits for it.

    Its first answer is to being opened, and comes without a request.
    """

    def __init__(self, kind: type[Collector], target: Target) -> None:
        self._source = kind.source
        self._buffer = b""
        self._has_died = False
        self._unknown: Sequence[Unknown] = ()  # sent when it changes
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
        """Ask for a reading."""
        with suppress(OSError):  # it has died, or takes nothing in: `answer` finds that out and says so
            self._ours.sendall(f"{tick.last:d} {stamp.time} {stamp.t} {' '.join(map(str, tick.pids))}\n".encode())

    def answer(self) -> Answer | None:
        """The next answer; None if it is not there yet.

        Raises:
            EOFError: the process has died.
        """
        self._receive()
        header, newline, rest = self._buffer.partition(b"\n")
        duration, resting, sleeping, optional_bytes, line_bytes = header.split() if newline else (b"0",) * 5
        begin = int(optional_bytes)
        end = begin + int(line_bytes)
        if not newline or len(rest) < end:
            if self._has_died:
                raise EOFError(f"the process that reads {self._source} has died")
            return None
        self._buffer = rest[end:]
        optional: dict[str, Any] = json_codec.parse(rest[:begin]) if begin else {}
        if "unknown" in optional:
            self._unknown = [Unknown(*one) for one in optional["unknown"]]
        return Answer(
            Reading(unknown=self._unknown, rest_seconds=float(resting), sleep_seconds=float(sleeping)),
            float(duration),
            Unknown(None, None, ERROR, optional["error"]) if "error" in optional else None,
            optional.get("facts", {}),
            Absent(*optional["absent"]) if "absent" in optional else None,
            rest[begin:end],
        )

    def _receive(self) -> None:
        """Take in what is there: a chunk that is not full is all of it, and reading on would raise an exception."""
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
    """Open the source, then answer requests until the sampler is gone."""
    collector = kind(target)
    theirs.sendall(_opened(collector))
    unknown: Sequence[Unknown] = ()
    with open(theirs.fileno(), "rb", closefd=False) as requests:  # `makefile` reads in Python
        for request in requests:
            answer, unknown = _answered(collector, request, unknown)
            theirs.sendall(answer)


def _opened(collector: Collector) -> bytes:
    optional: dict[str, object] = {}
    begin = time.perf_counter()
    try:
        optional["facts"] = collector.open()
    except Absent as absent:
        optional["absent"] = (absent.reason, absent.detail)
    except Exception as error:  # a source that raises must not end the helper
        optional["error"] = _error_text(error)
    return _message(time.perf_counter() - begin, Reading(), optional, b"")


def _answered(collector: Collector, request: bytes, sent: Sequence[Unknown]) -> tuple[bytes, Sequence[Unknown]]:
    """The answer to a request, and what is unknown now; `sent` is what the last answer said was unknown."""
    last, wall, t, *pids = request.split()
    optional: dict[str, object] = {}
    reading = Reading()
    begin = time.perf_counter()
    try:
        reading = collector.collect(Tick(tuple(map(int, pids)), last == b"1"))
    except Absent as absent:
        optional["absent"] = (absent.reason, absent.detail)
    except Exception as error:
        optional["error"] = _error_text(error)
    duration = time.perf_counter() - begin
    if reading.facts:
        optional["facts"] = reading.facts
    if tuple(reading.unknown) != sent:
        sent = tuple(reading.unknown)
        optional["unknown"] = sent
    lines = b"".join(stamp_rows(Stamp(int(wall), float(t)), reading.rows))
    return _message(duration, reading, optional, lines), sent


def _error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _message(duration: float, reading: Reading, optional: dict[str, object], lines: bytes) -> bytes:
    text = json_codec.packed(optional) if optional else b""
    times = f"{duration:.6f} {reading.rest_seconds:.6f} {reading.sleep_seconds:.6f}"
    return f"{times} {len(text)} {len(lines)}\n".encode() + text + lines
