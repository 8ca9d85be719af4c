"""A source that can hang, in a process of its own.

A thread stuck in the kernel would hold the exit up and can't be ended; a process can be left behind. The helper is
forked from the sampler, so that it shares its memory, and talks JSON lines over a socket. It ends when the sampler
does.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import time
from typing import TYPE_CHECKING, NoReturn

from perfmon.collector import ERROR, Absent, Answer, Reading, Tick, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon.collector import Collector, Target


_CHUNK_BYTES = 1 << 16


class Helper:
    """One source in a child process; neither `ask` nor `answer` ever waits for it.

    Opening the source is its first answer, owed from the start.
    """

    def __init__(self, kind: type[Collector], target: Target) -> None:
        self._source = kind.source
        self._buffer = b""
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        self.pid = os.fork()
        if self.pid == 0:
            _serve(kind, target, theirs)
        theirs.close()
        target.tree.excluded.add(self.pid)

    def fileno(self) -> int:
        """The descriptor to wait on for an answer."""
        return self._ours.fileno()

    def ask(self, tick: Tick) -> None:
        """Ask for a reading; the answer comes when it comes."""
        with contextlib.suppress(OSError):  # it has died, or takes nothing in: `answer` finds that out and says so
            self._ours.sendall(json.dumps(tick).encode() + b"\n")

    def answer(self) -> Answer | None:
        """The answer that is owed, if it has come.

        Raises:
            EOFError: the helper has died.
        """
        self._receive()
        text, newline, rest = self._buffer.partition(b"\n")
        if not newline:
            return None
        self._buffer = rest
        message = json.loads(text)
        return Answer(
            reading=Reading(
                [(table, row) for table, row in message["rows"]],
                [Unknown(*u) for u in message["unknown"]],
                rest_seconds=message["rest_seconds"],
            ),
            duration_seconds=message["duration"],
            failure=Unknown(None, None, ERROR, message["error"]) if message["error"] else None,
            facts=message["facts"],
            absent=Absent(*message["absent"]) if message["absent"] else None,
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
            if not chunk:
                if b"\n" in self._buffer:
                    return
                raise EOFError(f"the process that reads {self._source} has died")
            self._buffer += chunk
            if len(chunk) < _CHUNK_BYTES:
                return

    def end(self) -> None:
        """End it without waiting: one that is stuck in the kernel ends when the kernel lets go of it."""
        self._ours.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _serve(kind: type[Collector], target: Target, theirs: socket.socket) -> NoReturn:
    """The helper's life: open the source, then answer until the sampler is gone."""
    try:
        die_with_parent()
        let_go_of_files(theirs.fileno())
        collector = kind(target)
        theirs.sendall(_message(_open, collector, b""))
        for question in theirs.makefile("rb"):
            theirs.sendall(_message(_collect, collector, question))
    finally:
        os._exit(0)


def die_with_parent() -> None:
    """Be killed when the process that forked us ends, even while stopped or stuck: PR_SET_PDEATHSIG, prctl(2).

    The kernel means the thread that forked, and the recorder has but one. If it has ended already, the socket says so.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def let_go_of_files(keep: int) -> None:
    """Hold nothing that somebody waits for: not the job's output, not the lock of a journal."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))


def _open(collector: Collector, question: bytes) -> dict[str, object]:
    del question
    return {"facts": collector.open()}


def _collect(collector: Collector, question: bytes) -> dict[str, object]:
    pids, last = json.loads(question)
    return collector.collect(Tick(tuple(pids), last))._asdict()


def _message(read: Callable[[Collector, bytes], dict[str, object]], collector: Collector, question: bytes) -> bytes:
    """One answer as a line: whatever the source raises becomes part of it."""
    message: dict[str, object] = {"error": None, "absent": None, **Reading()._asdict()}
    begin = time.perf_counter()
    try:
        message.update(read(collector, question))
    except Absent as absent:
        message["absent"] = (absent.reason, absent.detail)
    except Exception as error:  # a source that raises must not end the helper
        message["error"] = f"{type(error).__name__}: {error}"
    message["duration"] = round(time.perf_counter() - begin, 6)
    return json.dumps(message).encode() + b"\n"
