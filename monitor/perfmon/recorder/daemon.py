"""The recorder of in-code runs: a process of its own that watches the pipeline from outside its tree."""

from __future__ import annotations

import os
import select
import sys

from perfmon.lean import json_codec
from perfmon.lean.stdlib import TYPE_CHECKING, signal, socket, suppress
from perfmon.store import clock
from perfmon.supervisor.signals import FORWARDED

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAVE_SECONDS = 10.0  # how long the end of a block may wait; what is not sealed by then, readers recover


class Daemon:
    """The pipeline's end of the line to its recorder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._ours, theirs = socket.socketpair()
        try:
            pid = _spawn(folder, theirs)
        except BaseException:
            self._ours.close()
            raise
        finally:
            theirs.close()
        with suppress(ChildProcessError):  # where SIGCHLD is ignored, the kernel has waited for it
            os.waitpid(pid, 0)  # the first of two forks ends at once; the second is nobody's child

    def finish(self, state: str, reason: str) -> None:
        """Tell the recorder that the block was left, and wait until it has sealed the run, 10 s at most."""
        self._ours.settimeout(_LEAVE_SECONDS)
        try:
            self._ours.sendall(json_codec.packed({"state": state, "reason": reason}))
            sealed = self._ours.recv(1) == b"."
        except OSError:  # it died, or takes longer
            sealed = False
        if not sealed:
            sys.stderr.write(f"perfmon: {self._folder} is not sealed yet; it can be read as it is\n")
        self._ours.close()


def _spawn(folder: str, theirs: socket.socket) -> int:
    """Start the recorder with exec: a fork alone would copy the pipeline's threads' locks and its GPU context."""
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    start = (
        "import os, sys; os.fork() and os._exit(0); "
        f"sys.path.append({here!r}); from perfmon.recorder.daemon import main; main()"
    )
    words = [folder, str(os.getpid()), str(clock.start_ticks(os.getpid())), str(theirs.fileno())]
    os.set_inheritable(theirs.fileno(), True)
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1)]
    return os.posix_spawn(sys.executable, [sys.executable, "-P", "-c", start, *words], os.environ, file_actions=null)


class Watch:
    """Says when the pipeline has ended, or has left its block."""

    def __init__(self, pid: int, start_ticks: int, control: socket.socket) -> None:
        self._control: socket.socket | None = control
        self.told: dict[str, str] = {}
        try:
            # not PDEATHSIG, which fires when the thread that started us ends, nor the socket's end, which the
            # pipeline's forked workers hold open
            self._end: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._end = None
        if clock.start_ticks(pid) != start_ticks:  # it has ended, and somebody else has its number
            self._end = None

    def ended(self, timeout: float, others: Sequence[int]) -> bool:
        """Wait until the pipeline has ended or left its block, another descriptor can be read, or the time is over."""
        if self._end is None:
            return True
        ours = [self._end] if self._control is None else [self._end, self._control.fileno()]
        ready, _, _ = select.select([*ours, *others], [], [], timeout)
        if self._control and self._control.fileno() in ready:
            message = self._control.recv(65536)
            if message:
                self.told = json_codec.parse(message)
                return True
            self._control = None
        return self._end in ready


def main() -> None:
    """Record the pipeline named on the command line until it ends or says so."""
    folder, pid, start_ticks, fd = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    _leave_pipeline(fd)
    from perfmon.linux.process_tree import Tree  # noqa: PLC0415 - our caller's descriptors are closed first
    from perfmon.recorder.recorder import Recorder  # noqa: PLC0415
    from perfmon.store import run_json  # noqa: PLC0415
    from perfmon.store.run_folder import RunFolder  # noqa: PLC0415
    from perfmon.supervisor import exit_cause  # noqa: PLC0415

    control = socket.socket(fileno=fd)
    watch = Watch(pid, start_ticks, control)
    run = RunFolder(folder, run_json.read_facts(folder))
    run.facts["recorder"] = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    run.save()
    recorder = Recorder(run, Tree(pid, include_top=True))
    recorder.record(watch.ended)
    problem = recorder.finish(exit_cause.of_block(watch.told, recorder.oom_kills()))
    if warning := recorder.warning(None):
        sys.stderr.write(f"perfmon: {warning}\n")
    if not problem:
        control.sendall(b".")


def _leave_pipeline(fd: int) -> None:
    """Be nobody's: no file, terminal, signal or session of the pipeline holds us, and we hold none of them."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # we end when the pipeline does, not when its group is told to
    os.closerange(3, fd)
    os.closerange(fd + 1, os.sysconf("SC_OPEN_MAX"))
    os.set_inheritable(fd, False)
