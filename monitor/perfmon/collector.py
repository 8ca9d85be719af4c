"""The interface of a hardware source: it is opened, read at every tick, and closed."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.linux.process_tree import Tree
    from perfmon.store.journal import Row
    from perfmon.store.reasons import Unknown


class Absent(Exception):
    """This machine has no such source; recording goes on without it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Reading(NamedTuple):
    """The result of reading a source: rows as (table, row), values that could not be read, and facts for run.json.

    `rest_seconds` is the time for which an idle source that can hang need not be read again; `sleep_seconds` is the
    same while the job writes nothing either.
    """

    rows: Sequence[tuple[str, Row]] = ()
    unknown: Sequence[Unknown] = ()
    facts: Mapping[str, object] = {}
    rest_seconds: float = 0.0
    sleep_seconds: float = 0.0


class Answer(NamedTuple):
    """A source's answer to one tick: its reading, or the reason for having none, and the duration in seconds.

    `facts` come with the answer to being opened, or with a reading, and `absent` instead of them; `failure` concerns
    the whole source. The rows of one that was read in another process come as `lines` of the journal.
    """

    reading: Reading = Reading()
    duration_seconds: float = 0.0
    failure: Unknown | None = None
    facts: Mapping[str, object] = {}
    absent: Absent | None = None
    lines: bytes = b""


class Target(NamedTuple):
    """The target of a recording: the job's process tree, the watched folders, and the folders of plots.

    `gpus` is `auto` for the GPUs that the environment leaves to the job, `all`, `none`, or a list of them. `learned`
    are the facts of sources so far, for a source that is restarted.
    """

    tree: Tree
    folders: tuple[str, ...]
    plots: tuple[str, ...]
    begin_time: float
    run_folder: str
    gpus: str = "auto"
    learned: Mapping[str, object] = {}


class Tick(NamedTuple):
    """The arguments of one reading: the job's living processes, and whether it is the last reading."""

    pids: tuple[int, ...] = ()
    last: bool = False


class Collector(Protocol):
    """One hardware source.

    `can_hang` says that it may never answer, as a driver or a dead network mount does: it then runs in a helper
    process. `pace` is the least time in seconds between two questions, and `last_seconds` the least to wait for the
    answer to the last.
    """

    source: str
    can_hang: bool
    pace: float
    last_seconds: float

    def __init__(self, target: Target) -> None: ...

    @classmethod
    def probe(cls) -> None:
        """Look from outside, fast and without side effects, whether opening can succeed at all.

        Raises:
            Absent: it can't.
        """

    def open(self) -> dict[str, object]:
        """Get ready, and return what is worth knowing once.

        It goes into run.json: under `hardware`, unless run.json has a key of that name.

        Raises:
            Absent: this machine has no such source.
        """

    def collect(self, tick: Tick) -> Reading:
        """Read the source now."""
