"""Compares runs in a child process, once for each set of runs, so that a page need not wait."""

from __future__ import annotations

from multiprocessing import get_context
from threading import Thread
from typing import TYPE_CHECKING

from perfmon.store.run_json import RUNNING
from perfmon_analyze.browse import catalog
from perfmon_analyze.loading.runs import load
from perfmon_analyze.report import Compared, compare

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

_WAIT = Compared((), ("it is being worked out, and will be here in a minute or so",))


class Comparer:
    """Compares the runs that have ended; `done` counts the comparisons that are complete."""

    def __init__(self, options: Options) -> None:
        self.done = 0
        self._options = options
        self._compared_paths: tuple[str, ...] = ()
        self._result = _WAIT
        self._process: SpawnProcess | None = None

    def compared(self, runs: Runs) -> Compared:
        """Return the last result; start a new comparison if other runs have ended since, unless one is running."""
        paths = dict.fromkeys(recording.folder.path for recording in runs.recordings)
        ended = tuple(path for path in paths if catalog.state(catalog.read(path)) != RUNNING)
        if ended != self._compared_paths and ended and (self._process is None or not self._process.is_alive()):
            self._compared_paths = ended
            self._begin()
        elif not ended:
            return Compared((), ("no run has ended yet",))
        return self._result

    def _begin(self) -> None:
        context = get_context("spawn")  # a copy of a process with threads may hang
        ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_compare_and_send, args=(theirs, self._compared_paths, self._options), daemon=True
        )  # ends with us
        self._process.start()
        theirs.close()
        Thread(target=self._receive, args=(ours,), daemon=True).start()

    def _receive(self, ours: Connection) -> None:
        with ours:
            try:
                self._result = ours.recv()
            except EOFError:
                self._result = Compared((), ("the process that compared was killed, perhaps for want of memory",))
        self.done += 1


def _compare_and_send(theirs: Connection, paths: tuple[str, ...], options: Options) -> None:
    theirs.send(compare(load(*paths), options))
