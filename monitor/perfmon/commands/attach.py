"""`perfmon attach`: record a process that runs already."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from perfmon.cli import durations, output
from perfmon.linux.process_tree import Tree
from perfmon.linux.wait import ProcessEnd
from perfmon.recorder.recorder import Recorder
from perfmon.store import clock, run_json
from perfmon.store.ending import Ending
from perfmon.store.own_files import contents
from perfmon.store.remove import remove_files
from perfmon.store.run_folder import create
from perfmon.store.run_json import Labels
from perfmon.supervisor import signals
from perfmon.supervisor.exit_cause import ReceivedSignal, explain_exit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

USAGE_STATUS = 2
NO_PROCESS_STATUS = 1

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `perfmon attach`."""
    parser.description = (
        "Record a running process and its descendants, until it ends or you press Ctrl-C. The process is not "
        "disturbed. What it used before is in its counters, but not in the run's totals. Descendants that leave its "
        "process tree by forking twice are not recorded; under `perfmon run` they are."
    )
    parser.epilog = """examples:
  perfmon attach 4711
  perfmon attach 4711 --stage inference --model bielik12 --disk outputs --interval 250ms"""
    option = parser.add_argument
    option("pid", type=int, metavar="PID", help="the process")
    option("--stage", help="step of the pipeline (default: the script's name)")
    option("--model", help="model that the stage works on")
    option("--variant", help="variant of the run")
    option("--series", help="label of one curve")
    option("--interval", type=durations.interval, default=1.0, help="sampling interval: 250ms, 2s (default: 1s)")
    option("--runs", default="runs", metavar="DIR", help="where run folders are made (default: runs)")
    option("--disk", action="append", metavar="PATH", help="folder to watch; repeatable (default: the process's)")


class Attached:
    """A process that is not our child, watched until it ends or we are told to stop."""

    def __init__(self, pid: int) -> None:
        self._end = ProcessEnd(pid)
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        self._signals = signals.descriptor(_STOPPING)
        self.stopped_by: ReceivedSignal | None = None

    def ended(self, timeout: float, others: Sequence[int]) -> bool:
        """Wait as `Recorder.record` wants it."""
        ready = self._end.wait(timeout, [self._signals, *others])
        for number, sender in signals.read(self._signals) if self._signals in ready else ():
            self.stopped_by = ReceivedSignal(number, sender, time.time())
        return self._end.has_ended or self.stopped_by is not None


def run(options: argparse.Namespace) -> int:
    """Record the process until it ends; the exit status is returned."""
    try:
        command, cwd = _command(options.pid), os.readlink(f"/proc/{options.pid}/cwd")
        attached = Attached(options.pid)
    except OSError as error:
        output.error(f"perfmon attach: process {options.pid} cannot be watched: {error.strerror}")
        return NO_PROCESS_STATUS
    labels = Labels(stage=options.stage, model=options.model, variant=options.variant, series=options.series)
    folders = [os.path.abspath(path) for path in options.disk or [cwd]]
    try:
        run_folder = create(
            options.runs, labels, os.environ, command=command, interval=options.interval, folders=folders
        )
    except OSError as error:
        output.error(f"perfmon attach: cannot make a run folder in {options.runs!r}: {error.strerror}")
        return NO_PROCESS_STATUS
    try:
        recorder = Recorder(run_folder, Tree(options.pid, include_top=True))
    except BaseException as error:
        remove_files(run_folder.folder, contents(run_folder.folder).files)
        run_folder.discard()
        if not isinstance(error, OSError):
            raise
        output.error(f"perfmon attach: nothing can be recorded: {error.strerror}")
        return NO_PROCESS_STATUS
    output.error(f"perfmon: recording process {options.pid} to {os.path.join(options.runs, run_folder.name)}")
    recorder.record(attached.ended)
    problem = recorder.finish(_ending(attached, recorder))
    if warning := recorder.warning(problem):
        output.error(f"perfmon: {warning}")
    output.error(f"perfmon: {run_folder.ending()}; perfmon plot {output.quoted(options.runs)} draws it")
    return 0


def _command(pid: int) -> list[str]:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        words = [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    if not words or clock.start_ticks(pid) is None:
        raise ProcessLookupError(3, "it has no command line")
    return words


def _ending(attached: Attached, recorder: Recorder) -> Ending:
    if attached.stopped_by:
        return Ending(run_json.FINISHED, None, "the recording was stopped", "recording_stopped", ())
    killed = explain_exit(-signal.SIGKILL, (), recorder.oom_kills())
    cause = killed.cause if killed.evidence else "not_known"
    return Ending(run_json.FINISHED, None, "the process ended", cause, killed.evidence)
