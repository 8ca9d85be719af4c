"""The recorder of `perfmon run`, in a process of its own.

Whatever holds the recorder up - a run folder on a mount that no longer answers, a process whose files in /proc do not,
a fault of ours - holds up neither the command, nor its signals, nor its exit status.
"""

from __future__ import annotations

import gc
import os
import time

from perfmon import slurm
from perfmon.lean import json_codec
from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, signal, socket, suppress
from perfmon.linux import child_process
from perfmon.linux.wait import ProcessEnd, readable
from perfmon.store import clock
from perfmon.supervisor.exit_cause import ASKING, ReceivedSignal, explain_exit, pending_cause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from perfmon.linux.process_tree import Tree
    from perfmon.store.run_folder import RunFolder

_LAST_READINGS_SECONDS = 5.0
_FINISH_SECONDS = 30.0  # a last scan of its folders, and sealing
_STUCK_SECONDS = 3.0  # for one that did not even take the last readings
_DEATH_SECONDS = 0.5  # after which one that was killed is stuck in the kernel
_MESSAGE_BYTES = 1 << 16
_READ, _ENDING = "read", "ending"  # what it reports: the last figures are taken; how the run ended
_SIGNALS, _OUTCOME = "signals", "outcome"  # what it receives: those that ask the command to end; how it ended


class Outcome(NamedTuple):
    """How the command ended: its exit status, or minus the signal that it died of.

    `received` are the signals that came meanwhile, `survivors` the processes that live on, and `maxrss_bytes` is the
    largest high-water mark of a process that was waited for.
    """

    code: int
    received: Sequence[ReceivedSignal]
    survivors: Sequence[int]
    maxrss_bytes: int


class RecorderProcess:
    """The supervisor's end of the line to its recorder; `say` takes what the user may want to know."""

    def __init__(self, run: RunFolder, command: int, tree: Tree, say: Callable[[str], None]) -> None:
        self._folder = run.folder
        self._say = say
        self._reported: dict[str, str | None] = {}
        self._lives = True
        self._notified = 0
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = child_process.fork(
            lambda: _child_main(run, command, tree, theirs),
            [self._ours],
            [theirs],
            blocked=signal.valid_signals(),  # those to the group are the command's and the supervisor's business
            dies_with_parent=True,
            silent=True,
        )
        tree.excluded.add(self.pid)

    def filenos(self) -> list[int]:
        """The descriptor that can be read once it reports something; none once it has ended."""
        return [self._ours.fileno()] if self._lives else []

    def listen(self, seconds: float = 0.0) -> None:
        """Handle what it reports, if it reports anything within so many seconds."""
        if not self._lives or not readable(self.filenos(), seconds):
            return
        try:
            data = self._ours.recv(_MESSAGE_BYTES)
        except ConnectionError:
            data = b""
        if data:
            self._handle(json_codec.parse(data))
            return
        self._lives = False
        if _ENDING not in self._reported:
            _warn("recording stopped: the recorder died; the command goes on")

    def _handle(self, message: dict[str, str | None]) -> None:
        self._reported |= message
        if text := message.get("say"):
            self._say(text)
        if text := message.get("warn"):
            _warn(text)

    def notify_signals(self, received: Sequence[ReceivedSignal]) -> None:
        """Send it the signals that ask the command to end, as their sender may kill all processes soon."""
        asking = [one for one in received if one.number in ASKING]
        if self._lives and len(asking) > self._notified:
            self._notified = len(asking)
            with suppress(OSError):  # it takes nothing in any more, and we do not wait for it
                self._ours.send(json_codec.packed({_SIGNALS: asking}), socket.MSG_DONTWAIT)

    def wait_for_last_readings(self) -> None:
        """Leave the command unreaped until its last figures are taken, or it is plain that they will not be."""
        self._await(_READ, _LAST_READINGS_SECONDS)

    def finish(self, outcome: Outcome) -> str:
        """Have it write the rest, and seal; how the run ended is returned, in words."""
        try:
            self._ours.send(json_codec.packed({_OUTCOME: outcome}), socket.MSG_DONTWAIT)
            self._await(_ENDING, _FINISH_SECONDS if _READ in self._reported else _STUCK_SECONDS)
        except OSError:  # it has died, or is stuck, and will not learn how the command ended
            self.listen()
        if self._lives and _ENDING not in self._reported:
            _warn(f"{self._folder} takes nothing in, and is left as it is; does it lie on a mount that hangs?")
        self._end()
        return self._reported.get(_ENDING) or explain_exit(outcome.code, outcome.received, {}).reason

    def _await(self, key: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._lives and key not in self._reported and (left := deadline - time.monotonic()) > 0:
            self.listen(left)

    def _end(self) -> None:
        """Wait for it, or end it; one that is stuck in the kernel ends when the kernel lets go of it."""
        self._ours.close()
        is_done = _ENDING in self._reported
        if not is_done:
            end = ProcessEnd(self.pid)
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            end.wait(_DEATH_SECONDS)
        child_process.exit_status(self.pid, wait=is_done)


def _child_main(run: RunFolder, command: int, tree: Tree, theirs: socket.socket) -> None:
    """Record until the command ends; what fails is reported."""
    try:
        tree.excluded |= {tree.top, os.getpid()}
        _record(run, command, tree, theirs)
    except Exception as error:
        _send(theirs, ending=None, warn=f"recording stopped: {type(error).__name__}: {error}; the command goes on")


def _record(run: RunFolder, command: int, tree: Tree, theirs: socket.socket) -> None:
    from perfmon.recorder.recorder import Recorder  # noqa: PLC0415 - what it loads stays out of the supervisor

    gc.freeze()  # what is there stays; from here on rubbish is collected, and only what is new looked through for it
    gc.enable()
    end = ProcessEnd(command)

    def ended(timeout: float, others: Sequence[int]) -> bool:
        if theirs.fileno() in end.wait(timeout, [theirs.fileno(), *others]):
            _save_pending_cause(run, _receive(theirs))
        return end.has_ended

    run.facts["recorder"] = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    run.save()
    recorder = Recorder(run, tree)
    if "gpu" in recorder.absent:
        _send(theirs, say=f"no GPU rows: {recorder.absent['gpu']}")
    recorder.record(ended)
    _send(theirs, **{_READ: ""})
    while _OUTCOME not in (message := _receive(theirs)):
        _save_pending_cause(run, message)
    code, received, survivors, tree.maxrss_bytes = Outcome(*message[_OUTCOME])
    signals, kills = [ReceivedSignal(*one) for one in received], recorder.oom_kills()
    job = slurm.query_job(os.environ) if any(one.number in ASKING for one in signals) else None
    ending = explain_exit(code, signals, kills, job, machine_kills=recorder.machine_oom_kills())
    problem = recorder.finish(ending, survivors=survivors)
    _send(theirs, ending=run.ending(), warn=recorder.warning(problem))


def _receive(theirs: socket.socket) -> dict[str, Any]:
    """The next message of the supervisor.

    Raises:
        EOFError: it has ended.
    """
    data = theirs.recv(_MESSAGE_BYTES)
    if not data:
        raise EOFError("the process that started it has ended")
    message: dict[str, Any] = json_codec.parse(data)
    return message


def _save_pending_cause(run: RunFolder, message: dict[str, Any]) -> None:
    """Save in run.json, durably, what asks the command to end, while there is time."""
    run.facts["ending"] = pending_cause(
        [ReceivedSignal(*one) for one in message[_SIGNALS]], slurm.query_job(os.environ)
    )
    with suppress(OSError):
        run.save(durable=True)


def _warn(text: str) -> None:
    tell(f"perfmon: {text}")


def _send(theirs: socket.socket, **message: str | None) -> None:
    with suppress(OSError):  # nobody listens any more
        theirs.sendall(json_codec.packed(message))
