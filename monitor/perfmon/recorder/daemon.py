"""The recorder of in-code runs: a process of its own that watches the pipeline from outside its tree."""

from __future__ import annotations

import os
import sys

from perfmon.lean import json_codec
from perfmon.lean.interrupts import is_interrupt
from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, socket, suppress
from perfmon.linux import child_process
from perfmon.store import clock
from perfmon.supervisor.signals import FORWARDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.linux.wait import ProcessEnd

_LEAVE_SECONDS = 10.0  # how long the end of a block may wait; what is not sealed by then, readers recover


class Daemon:
    """The pipeline's connection to its recorder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._ours, theirs = socket.socketpair()
        words = [folder, str(os.getpid()), str(clock.start_ticks(os.getpid()))]
        child_process.spawn("perfmon.recorder.daemon", words, self._ours, theirs)

    def finish(self, state: str, reason: str) -> None:
        """Tell the recorder that the block was left, and wait until it has sealed the run, 10 s at most."""
        self._ours.settimeout(_LEAVE_SECONDS)
        try:
            self._ours.sendall(json_codec.packed({"state": state, "reason": reason}))
            sealed = self._ours.recv(1) == b"."
        except OSError as error:  # it died, or takes longer
            if is_interrupt(error):
                raise
            sealed = False
        if not sealed:
            tell(f"perfmon: {self._folder} is not sealed yet; it can be read as it is")
        self._ours.close()


class Watch:
    """Says when the pipeline has ended, or has left its block: `reported` is then its state and reason."""

    def __init__(self, end: ProcessEnd, control: socket.socket) -> None:
        self._control: socket.socket | None = control
        self.reported: dict[str, str] = {}
        # not PDEATHSIG, which fires when the thread that started us ends, nor the socket's end, which the pipeline's
        # forked workers hold open
        self._end = end

    def ended(self, timeout: float, others: Sequence[int]) -> bool:
        """Wait until the pipeline has ended or left its block, another descriptor can be read, or the time is over."""
        control = [self._control.fileno()] if self._control else []
        ready = self._end.wait(timeout, [*control, *others])
        if self._control and self._control.fileno() in ready:
            message = self._control.recv(65536)
            if message:
                self.reported = json_codec.parse(message)
                return True
            self._control = None
        return self._end.has_ended


def main() -> None:
    """Record the pipeline named on the command line until it ends or says so."""
    folder, pid, start_ticks, fd = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    child_process.name_ourselves()
    child_process.leave_parent(fd, FORWARDED)  # we end when the pipeline does, not when its group is told to
    from perfmon.linux.process_tree import Tree  # noqa: PLC0415 - our caller's descriptors are closed first
    from perfmon.linux.wait import ProcessEnd  # noqa: PLC0415
    from perfmon.recorder.recorder import Recorder  # noqa: PLC0415
    from perfmon.store import run_json  # noqa: PLC0415
    from perfmon.store.run_folder import RunFolder  # noqa: PLC0415
    from perfmon.supervisor import exit_cause  # noqa: PLC0415

    control = socket.socket(fileno=fd)
    watch = Watch(ProcessEnd(pid, start_ticks), control)
    run = RunFolder(folder, run_json.read_facts(folder))
    run.facts["recorder"] = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    run.save()
    recorder = Recorder(run, Tree(pid, include_top=True))
    recorder.record(watch.ended)
    problem = recorder.finish(exit_cause.explain_block_end(watch.reported, recorder.oom_kills()))
    if warning := recorder.warning(None):
        tell(f"perfmon: {warning}")
    if not problem:
        with suppress(OSError):  # the pipeline has ended
            control.sendall(b".")
