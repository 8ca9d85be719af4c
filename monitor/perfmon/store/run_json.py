"""run.json: the facts of a run, in the order in which a person reads them, written and read."""

from __future__ import annotations

import os

from perfmon.lean import json_codec
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.redaction.redactor import redactor_for
from perfmon.store import layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEASURED, SYNTHETIC, REPLAYED, IMPORTED = "measured", "synthetic", "replayed", "imported"
REPLAY = "PERFMON_NVML_REPLAY"  # names a trace with the columns of table gpu, played back in place of a GPU
_FACTS_CHARACTERS = 16 << 20  # more than any configuration needs; a larger run.json is not ours
_OWN_KEYS = ("run", "perfmon_version")  # which together with `format` tell our run.json from other programs'
RUNNING, FINISHED, FAILED, KILLED, LOST = "running", "finished", "failed", "killed", "lost"


class ForeignRunJson(ValueError):
    """A file has the name of perfmon's run.json, but not its content."""


def initial_facts(
    run: str,
    labels: Labels,
    environment: Mapping[str, str],
    *,
    command: Sequence[str],
    cwd: str,
    interval: float,
    folders: Sequence[str],
    begin: Mapping[str, object],
    origin: str = MEASURED,
) -> dict[str, object]:
    """Return the facts at a run's start, without secrets; those known only at its end are None.

    `begin` holds `begin_time` (ISO 8601, UTC), `begin_monotonic` (seconds) and `boot_id`, which give every
    process of the run the same zero of `t`.
    """
    redactor = redactor_for(environment)
    return {
        "format": layout.FORMAT,
        "run": run,
        "name": redactor.label(labels.name),
        "stage": redactor.label(labels.stage),
        "model": redactor.label(labels.model),
        "variant": redactor.label(labels.variant),
        "series": redactor.label(labels.series),
        "dataset": redactor.label(labels.dataset),
        "tags": redactor.mapping(labels.tags),
        "config": redactor.mapping(labels.config),
        "command": redactor.words(command),
        "cwd": redactor.text(cwd),
        "environment": redactor.environment(environment),
        "git_commit": None,
        "host": redactor.text(host_name()),
        "rank": launcher_rank(environment),
        "parent": None,
        "origin": origin,
        "perfmon_version": layout.__version__,
        "interval_seconds": interval,
        **begin,
        "end_time": None,
        "duration_seconds": None,
        "state": RUNNING,
        "exit_status": None,
        "exit_reason": None,
        "ending": {},
        "hardware": {},
        "folders": list(folders),
        "folders_before": {},
        "folders_top": [],
        "peak": {},
        "totals": {},
        "sampler": {},
    }


def write_facts(
    folder: str, facts: Mapping[str, object], *, durable: bool = True, identity: tuple[int, int] | None = None
) -> None:
    """Replace run.json in one step; a reader sees the old facts or the new ones.

    `durable` waits until they are on the disk. `identity` is the folder's, as `layout.identify` returned it.

    Raises:
        OSError: the folder cannot be written to, or something else has taken its place.
    """
    place = layout.open_folder(folder, identity)
    temporary = f"{layout.FACTS}.{os.getpid()}-{os.urandom(4).hex()}{layout.TEMPORARY_SUFFIX}"
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=place)
        # A name that is not UTF-8 holds surrogates; as \udcXX escapes they are JSON for everybody, and come back.
        with open(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(json_codec.indented(facts) + "\n")
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, layout.FACTS, src_dir_fd=place, dst_dir_fd=place)
    except BaseException:
        layout.remove(temporary, place)
        raise
    finally:
        os.close(place)


def read_facts(folder: str) -> dict[str, object]:
    """The facts of a run, as run.json holds them.

    Raises:
        OSError: there is no run.json, or it cannot be read.
        ValueError: it is not a JSON object, larger than any that perfmon writes, or not perfmon's.
    """
    path = os.path.join(folder, layout.FACTS)
    with open(layout.open_plain(path), encoding="utf-8", errors="surrogateescape") as file:
        text = file.read(_FACTS_CHARACTERS + 1)
    if len(text) > _FACTS_CHARACTERS:
        raise ValueError(f"{path} is larger than any run.json")
    return parse_facts(text, path)


def parse_facts(text: str, path: str) -> dict[str, object]:
    """The facts in the text of a run.json; other programs have files of that name.

    Raises:
        ValueError: it is not a JSON object, or not perfmon's.
    """
    try:
        facts = json_codec.parse(text)
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply") from None
    if not isinstance(facts, dict):
        raise ValueError(f"{path} does not hold a JSON object")
    if type(facts.get("format")) is not int or not all(type(facts.get(name)) is str for name in _OWN_KEYS):
        raise ForeignRunJson(f"{path} is not perfmon's")
    return facts


class Labels:
    """The labels that a user gives a run; all are optional.

    `stage`, `model`, `variant` and `series` stand in every row; the others stand in run.json.
    """

    def __init__(
        self,
        *,
        stage: object = None,
        model: object = None,
        variant: object = None,
        series: object = None,
        name: object = None,
        dataset: object = None,
        tags: object = None,
        config: object = None,
    ) -> None:
        self.stage = _text(stage)
        self.model = _text(model)
        self.variant = _text(variant)
        self.series = _text(series)
        self.name = _text(name)
        self.dataset = _text(dataset)
        self.tags: object = {} if tags is None else tags
        self.config: object = {} if config is None else config


def _text(label: object) -> str | None:
    if label is None or type(label) is str:
        return label
    from perfmon.redaction.label_text import label_text  # noqa: PLC0415 - most labels are texts

    return label_text(label)


def host_name() -> str:
    """Name of this machine."""
    return os.uname().nodename


def launcher_rank(environment: Mapping[str, str]) -> int | None:
    """The rank that the launcher gave this process, or None where none did.

    torchrun before MPI before SLURM: `mpirun` inside a batch script leaves SLURM_PROCID at 0 for several ranks, so
    the outermost launcher is asked last. RANK counts only beside WORLD_SIZE, for it is a common word.
    """
    candidates = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
    if "WORLD_SIZE" in environment:
        candidates.insert(0, "RANK")
    for name in candidates:
        value = environment.get(name, "")
        if value.isdecimal():
            return int(value)
    return None
