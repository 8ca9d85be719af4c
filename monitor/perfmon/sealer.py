"""The process that seals: started, looked after, waited for. The recorder itself never loads a Parquet writer."""

from __future__ import annotations

import os
import sys

# pyarrow imports numpy and, when it builds an array, pandas, if it can: a third of a second for nothing.
_LIGHT = "sys.modules['pandas'] = sys.modules['numpy'] = None"


class Sealer:
    """Seals what is ready of one run, in a process that ends when it is done."""

    def __init__(self, folder: str) -> None:
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        start = f"import sys; sys.path.append({here!r}); {_LIGHT}; from perfmon.seal import main; sys.exit(main())"
        self.pid = os.posix_spawn(sys.executable, [sys.executable, "-P", "-c", start, folder], os.environ)
        self._status: int | None = None

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
