"""The process that seals: started, looked after, waited for. The recorder itself never loads a Parquet writer."""

from __future__ import annotations

import gc
import os
import sys

from perfmon.lean.stdlib import TYPE_CHECKING, suppress

if TYPE_CHECKING:
    from typing import NoReturn


class Sealer:
    """Seals what is ready of one run, in a process that ends when it is done.

    It is forked from the recorder, which has one thread and has loaded what sealing needs, except for the Parquet
    writer: an interpreter of its own would take twice the time of all the rest. It loads that at once, and seals when
    it is told to.
    """

    def __init__(self, folder: str, identity: tuple[int, int] | None = None) -> None:
        told, self._go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(folder, identity, told)
        os.close(told)
        self._status: int | None = None

    def go(self) -> None:
        """Have it seal what is in the run folder now."""
        with suppress(BrokenPipeError):  # it was killed, and its status says so
            os.write(self._go, b".")
        os.close(self._go)

    @property
    def is_done(self) -> bool:
        """Whether it has ended; asking does not wait."""
        return self._wait(os.WNOHANG)

    def problem(self) -> str | None:
        """Wait for it, and say what went wrong; a reader recovers what was not sealed, so nothing is lost by it."""
        self._wait(0)
        return f"the sealing process ended with status {self._status}" if self._status else None

    def _wait(self, options: int) -> bool:
        if self._status is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # somebody who waits for all our children was faster
                pid, status = self.pid, 0
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None


def _live(folder: str, identity: tuple[int, int] | None, told: int) -> NoReturn:
    """The sealer's life; it holds none of the recorder's files, whose ends or locks somebody may wait for."""
    status = 1
    try:
        os.closerange(3, told)
        os.closerange(told + 1, os.sysconf("SC_OPEN_MAX"))
        gc.disable()  # what a journal becomes has no cycles, and is looked through for some again and again
        from perfmon.store import seal  # noqa: PLC0415 - what it loads stays out of the recorder

        if os.read(told, 1):  # else the recorder has died: its run is not at its end
            status = seal.seal_and_report(folder, identity)
    except Exception as error:
        sys.stderr.write(f"perfmon: {folder} is not sealed: {type(error).__name__}: {error}\n")
    finally:
        os._exit(status)
