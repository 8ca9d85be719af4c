"""Comparisons for a page that must not wait for them: a process beside works them out, once for the same runs."""

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
    """The comparison of the runs that have ended; `done` counts how often a new one became known."""

    def __init__(self, options: Options) -> None:
        self.done = 0
        self._options = options
        self._asked: tuple[str, ...] = ()
        self._found = _WAIT
        self._process: SpawnProcess | None = None

    def compared(self, runs: Runs) -> Compared:
        """What is known; if other runs have ended than those compared, work begins unless some goes on."""
        paths = dict.fromkeys(recording.folder.path for recording in runs.recordings)
        ended = tuple(path for path in paths if catalog.state(catalog.read(path)) != RUNNING)
        if ended != self._asked and ended and (self._process is None or not self._process.is_alive()):
            self._asked = ended
            self._begin()
        elif not ended:
            return Compared((), ("no run has ended yet",))
        return self._found

    def _begin(self) -> None:
        context = get_context("spawn")  # a copy of a process with threads may hang
        ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(theirs, self._asked, self._options), daemon=True
        )  # ends with us
        self._process.start()
        theirs.close()
        Thread(target=self._receive, args=(ours,), daemon=True).start()

    def _receive(self, ours: Connection) -> None:
        with ours:
            try:
                self._found = ours.recv()
            except EOFError:
                self._found = Compared((), ("the process that compared was killed, perhaps for want of memory",))
        self.done += 1


def _work(theirs: Connection, paths: tuple[str, ...], options: Options) -> None:
    theirs.send(compare(load(*paths), options))
