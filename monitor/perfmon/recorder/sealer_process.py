"""The process that seals: started, looked after, waited for. The recorder itself never loads a Parquet writer."""

from __future__ import annotations

import gc

from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, suppress
from perfmon.linux import child_process

if TYPE_CHECKING:
    from io import FileIO


class Sealer:
    """Seals what is ready of one run, in a process that ends when it is done.

    It is forked from the recorder, which has one thread and has loaded what sealing needs, except for the Parquet
    writer: an interpreter of its own would take twice the time of all the rest. It loads that at once, and seals when
    it is told to.
    """

    def __init__(self, folder: str, identity: tuple[int, int] | None = None) -> None:
        order, self._go = child_process.pipe()
        self.pid = child_process.fork(lambda: _child_main(folder, identity, order), [self._go], [order])
        self._status: int | None = None

    def go(self) -> None:
        """Order it to seal what is in the run folder now."""
        with suppress(BrokenPipeError):  # it was killed, and its status says so
            self._go.write(b".")
        self._go.close()

    @property
    def is_done(self) -> bool:
        """Whether it has ended; asking does not wait."""
        return self._has_ended(wait=False)

    def problem(self) -> str | None:
        """Wait for it; why it failed, or None. Nothing is lost then, as readers recover what is not sealed."""
        self._has_ended(wait=True)
        return f"the sealing process ended with status {self._status}" if self._status else None

    def _has_ended(self, *, wait: bool) -> bool:
        if self._status is None:
            self._status = child_process.exit_status(self.pid, wait=wait)
        return self._status is not None


def _child_main(folder: str, identity: tuple[int, int] | None, order: FileIO) -> int:
    """Load the Parquet writer, wait for the order, seal, and return the exit status."""
    try:
        gc.disable()  # what a journal becomes has no cycles, and is looked through for some again and again
        from perfmon.store import seal  # noqa: PLC0415 - what it loads stays out of the recorder

        # without an order the recorder has died: its run is not at its end
        return seal.seal_and_report(folder, identity) if order.read(1) else 1
    except Exception as error:
        tell(f"perfmon: {folder} is not sealed: {type(error).__name__}: {error}")
        return 1
