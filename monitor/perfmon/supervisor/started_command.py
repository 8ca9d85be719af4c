"""The command once it runs: what must not fail for it, whatever else does.

Its status is kept from the moment it is known, and so are signals until they are passed on. `wait` needs no descriptor,
no file of /proc and no module that is not loaded already.
"""

from __future__ import annotations

import os
import time

from perfmon.lean.stdlib import TYPE_CHECKING, signal, suppress

if TYPE_CHECKING:
    import resource
    from collections.abc import Callable, Collection

    from perfmon.supervisor.sentinel import Sentinel

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)  # after which --kill-after begins to count
STATUS_UNKNOWN = 125
_KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
_ROUND_SECONDS = 0.05
_TRIES = 20


class StartedCommand:
    """The command, and the sentinel beside it.

    `code` is its exit status, or minus the signal that it died of, once it has been waited for. `unhandled` holds
    signals that were taken from the kernel and are yet to be passed on: number and sender. `kill_at` is when it is to
    be killed, on the monotonic clock.
    """

    def __init__(
        self, pid: int, sentinel: Sentinel, *, kill_after: float | None = None, tell: Callable[[str], None]
    ) -> None:
        self.pid = pid
        self.sentinel = sentinel
        self.code: int | None = None
        self.unhandled: dict[int, int] = {}
        self.kill_at: float | None = None
        self._kill_after = kill_after
        self._tell = tell
        self._refused = False

    def reap(self) -> resource.struct_rusage:
        """Wait for its end; what it used is returned.

        Raises:
            OSError: it was waited for already.
        """
        _, status, usage = os.wait4(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return usage

    def note(self, number: int) -> None:
        """Take note of a signal that has come: one that asks for an end begins the time until the kill."""
        if number in ENDING and self._kill_after is not None and self.kill_at is None:
            self.kill_at = time.monotonic() + self._kill_after

    def send(self, number: int) -> None:
        """Send it a signal; where that is not permitted, as it became another user's, one line tells."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass
        except PermissionError:
            if not self._refused:
                self._refused = True
                self._tell(f"signal {number} cannot be passed on: the command belongs to another user; it goes on")

    def has_received(self, number: int, sender: int) -> bool:
        """Whether a signal that has just reached us was sent to the command, too."""
        # a terminal's keys signal the foreground group, but its end the leader of the session only, which may be us
        sent_to_group = self.sentinel.also_received(number) or (sender == 0 and number in _KEYS)
        try:
            # an interactive shell makes a group of its own, which a signal to ours does not reach
            return sent_to_group and os.getpgid(self.pid) == os.getpgrp()
        except ProcessLookupError:
            return True

    def wait(self, ours: Collection[int]) -> int:
        """Wait for its end, and pass signals on meanwhile: nothing but that, and nothing is raised.

        `ours` are the signals that we block. Its exit status is returned, or minus the signal that it died of.
        """
        tries = _TRIES
        while self.code is None:
            try:
                self._look(ours)
            except ChildProcessError:  # somebody else has waited for it
                tries -= 1
                if not tries:
                    self.code = STATUS_UNKNOWN
            except Exception:  # whatever it is, it may be over at the next look
                with suppress(Exception):
                    time.sleep(_ROUND_SECONDS)
        return self.code

    def _look(self, ours: Collection[int]) -> None:
        """Look whether it has ended, and for a moment whether a signal comes."""
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        if ended:
            self.code = os.waitstatus_to_exitcode(status)
            return
        for number, sender in [*self.unhandled.items()]:
            self._pass_on(number, sender)
            del self.unhandled[number]
        if self.kill_at is not None and time.monotonic() >= self.kill_at:
            self.kill_at = None
            self.send(signal.SIGKILL)
        came = signal.sigtimedwait(ours, _ROUND_SECONDS)
        if came and came.si_signo != signal.SIGCHLD:
            self.unhandled[came.si_signo] = came.si_pid

    def _pass_on(self, number: int, sender: int) -> None:
        self.note(number)
        reached = False
        with suppress(Exception):  # better a signal twice than never
            reached = self.has_received(number, sender)
        if not reached:
            self.send(number)
