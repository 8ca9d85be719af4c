"""The run's journals and facts, brought to the disk every few seconds."""

from __future__ import annotations

import os

from perfmon.collector import Reading
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store import layout

if TYPE_CHECKING:
    from perfmon.collector import Target, Tick


class Sync:
    """No rows: what the run's processes appended survives a power cut.

    A helper does it and not the writers, for fsync waits for the disk and a sampler or a training loop must not.
    """

    source = "sync"
    can_hang = True
    pace = 9.5  # at whole seconds that is every tenth
    last_seconds = 2.0

    def __init__(self, target: Target) -> None:
        self._folder = target.run_folder

    @classmethod
    def probe(cls) -> None:
        """Always there."""

    def open(self) -> dict[str, object]:
        """There is nothing to open, and nothing for run.json."""
        return {}

    def collect(self, tick: Tick) -> Reading:
        """Wait until run.json and every journal of the run are on the disk."""
        if not tick.last:  # at the end sealing does it
            journals = os.path.join(self._folder, layout.JOURNAL)
            for path in [os.path.join(self._folder, layout.FACTS), *(entry.path for entry in os.scandir(journals))]:
                try:
                    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                except FileNotFoundError:  # sealed since it was listed
                    continue
                try:
                    os.fdatasync(fd)
                finally:
                    os.close(fd)
        return Reading()
