"""How a job ended, as run.json has it: a file of its own, for no command waits for it to be loaded."""

from __future__ import annotations

from perfmon.lean.stdlib import NamedTuple


class Ending(NamedTuple):
    """The end of a job as in run.json."""

    state: str
    status: int | None
    reason: str
    cause: str
    evidence: tuple[str, ...]
