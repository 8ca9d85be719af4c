"""A run: its folder and its facts, from beginning to end."""

from __future__ import annotations

import os
import time

from perfmon.redaction.redactor import redactor_for
from perfmon.store import clock, layout, run_json

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.store.ending import Ending
    from perfmon.store.journal import Row
    from perfmon.store.run_json import Labels

VARIABLE = "PERFMON_RUN"  # names the folder of the run that is being recorded, for the processes in it

_CAUSES_SHOWN = ("out_of_memory", "time_limit", "preempted", "cancelled", "preempted_or_cancelled")
_CONSTANTS = ("run", "stage", "model", "variant", "series", "host", "rank")


class RunFolder:
    """A run folder that is being recorded, and the facts of its run.json.

    Nothing is written to another folder that takes its place later.

    Raises:
        OSError: there is no such folder.
    """

    def __init__(self, folder: str, known: dict[str, object], created: Sequence[str] = ()) -> None:
        self.folder = folder
        self.facts = known
        self._created = created  # folders around it that were made for it, the innermost first
        self.name = str(known["run"])
        self.identity = layout.identify(folder)

    def constants(self) -> Row:
        """The labels that are the same in every row of the run."""
        return {name: self.facts[name] for name in _CONSTANTS}  # type: ignore[misc]  # facts of these names are plain

    def writer_name(self) -> str:
        """A name for this process's files that no other process takes: `<host>-<pid>-<8 hex>`."""
        return f"{layout.slug(str(self.facts['host']))}-{os.getpid()}-{os.urandom(4).hex()}"

    def journal_path(self, writer: str, number: int) -> str:
        """Path of a writing process's journal."""
        return layout.journal_path(self.folder, layout.stem(writer, number))

    def save(self, *, durable: bool = False) -> None:
        """Write the facts to run.json.

        Raises:
            OSError: it could not be written; the file is as it was.
        """
        run_json.write_facts(self.folder, self.facts, durable=durable, identity=self.identity)

    def end(self, ending: Ending) -> None:
        """Record how the run ended, and save.

        Raises:
            OSError: run.json could not be written.
        """
        begin = float(str(self.facts["begin_monotonic"]))
        self.facts |= {
            "end_time": clock.utc(time.time_ns()),
            "duration_seconds": round(time.monotonic() - begin, 4),
            "state": ending.state,
            "exit_status": ending.status,
            "exit_reason": redactor_for(os.environ).text(ending.reason),
            "ending": {
                "cause": ending.cause,
                "evidence": [redactor_for(os.environ).text(one) for one in ending.evidence],
            },
        }
        self.save(durable=True)

    def ending(self) -> str:
        """Return how the run ended in words, with the cause if it adds something."""
        reason, ended = str(self.facts["exit_reason"] or "the recording stopped"), self.facts["ending"]
        if not isinstance(ended, dict) or ended.get("cause") not in _CAUSES_SHOWN:
            return reason
        telling = ended["evidence"][0 if ended["cause"] == "out_of_memory" else -1]
        return f"{reason} ({ended['cause'].replace('_', ' ')}: {telling})"

    def discard(self) -> None:
        """Remove the folder of a run that never began, and the folders around it that were made for it."""
        try:  # by name, for there may be no descriptor to be had
            if layout.identify(self.folder) != self.identity:  # what is there is not ours
                return
        except OSError:  # it is gone
            return
        layout.remove(os.path.join(self.folder, layout.FACTS))
        _remove_empty([os.path.join(self.folder, layout.JOURNAL), self.folder, *self._created])


def create(
    runs: str,
    labels: Labels,
    environment: Mapping[str, str],
    *,
    command: Sequence[str],
    interval: float,
    folders: Sequence[str],
    gpus: str = "auto",
) -> RunFolder:
    """Make a new run folder below `runs`, private to its user, with run.json in it.

    Without a stage given, the name of the command is used.

    Raises:
        OSError: the folder could not be made.
    """
    begin = clock.begin()
    stage_given = labels.stage is not None
    redactor = redactor_for(environment)
    if not labels.stage:
        from perfmon.store.default_stage import default_stage  # noqa: PLC0415 - only where none was given

        labels.stage = default_stage(command)
    labels.stage = redactor.label(labels.stage)
    stem = "-".join(
        [str(begin["begin_time"])[:19].replace("-", "").replace(":", "") + "Z"]
        + [layout.slug(label) for label in (labels.stage, redactor.label(labels.model)) if label]
    )
    known = run_json.initial_facts(
        "",
        labels,
        environment,
        command=command,
        cwd=_working_directory(),
        interval=interval,
        folders=folders,
        begin=begin,
        origin=run_json.REPLAYED if environment.get(run_json.REPLAY) else run_json.MEASURED,
    )
    outer = environment.get(VARIABLE)
    known["parent"] = os.path.basename(outer) if outer else None
    known["stage_given"] = stage_given
    known["gpus_wanted"] = gpus
    known["recorder"] = {"pid": os.getpid(), "start_ticks": clock.start_ticks(os.getpid())}
    return _make(os.path.abspath(runs), stem, known)


def _make(runs: str, stem: str, known: dict[str, object]) -> RunFolder:
    """Make the folder, with the facts in it; remove it again if that fails.

    Raises:
        OSError: it could not be made.
    """
    created = _missing(runs)
    run = None
    try:
        os.makedirs(runs, exist_ok=True)
        folder = _new_folder(runs, stem)
        created = [folder, *created]
        known["run"] = os.path.basename(folder)
        run = RunFolder(folder, known, created[1:])
        os.mkdir(os.path.join(folder, layout.JOURNAL), 0o700)
        run.save()
    except BaseException:  # whatever it is: half a run would be listed ever after
        if run:
            run.discard()
        else:
            _remove_empty(created)
        raise
    return run


def _remove_empty(folders: Sequence[str]) -> None:
    for path in folders:
        try:  # noqa: SIM105 - contextlib takes time to import, and the command waits for it
            os.rmdir(path)
        except OSError:  # it was not made, or somebody has put something into it
            pass


def _missing(folder: str) -> list[str]:
    """Return the folders of a path that do not exist, the innermost first."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return missing


def _working_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise OSError(error.errno, "the working directory is gone") from None


def _new_folder(runs: str, stem: str) -> str:
    """Make a new folder; runs that begin in the same second differ by four random digits."""
    while True:
        folder = os.path.join(runs, f"{stem}-{os.urandom(2).hex()}")
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            continue
        return folder


def being_recorded(environment: Mapping[str, str]) -> RunFolder | None:
    """Return the run that this process is already part of, if its recorder is alive."""
    folder = environment.get(VARIABLE)
    if not folder:
        return None
    try:
        known = run_json.read_facts(folder)
        recorded = known.get("state") == run_json.RUNNING and recorder_lives(known)
        return RunFolder(folder, known) if recorded else None
    except (OSError, ValueError):  # moved, removed or of another machine: nothing to attach to
        return None


def recorder_lives(known: Mapping[str, object]) -> bool:
    """Whether the recorder that run.json names is a living process here."""
    recorder = known.get("recorder")
    if not isinstance(recorder, dict) or known.get("boot_id") != clock.boot_id():
        return False
    pid, ticks = recorder.get("pid"), recorder.get("start_ticks")
    return isinstance(pid, int) and ticks is not None and clock.start_ticks(pid) == ticks
