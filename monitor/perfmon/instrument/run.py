"""Recording from inside pipeline code: `with perfmon.record(...) as run:`."""

from __future__ import annotations

import itertools
import json
import os
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar

from perfmon.cli import durations
from perfmon.instrument import values
from perfmon.instrument.batch_log import BatchLog
from perfmon.instrument.batches import timed_batches
from perfmon.instrument.block_end import block_end
from perfmon.instrument.metric_rows import metric_rows
from perfmon.instrument.notices import complain
from perfmon.instrument.own_command import own_command
from perfmon.instrument.writer import PipelineWriter
from perfmon.lean.interrupts import is_interrupt
from perfmon.lean.stdlib import TYPE_CHECKING, TypeVar
from perfmon.recorder.daemon import Daemon
from perfmon.redaction.label_text import label_text, type_name
from perfmon.redaction.redactor import redactor_for
from perfmon.store.journal import stamp_rows
from perfmon.store.run_folder import VARIABLE, being_recorded, create
from perfmon.store.run_json import Labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Self, SupportsFloat, SupportsIndex

    from perfmon.store.journal import Row
    from perfmon.store.run_folder import RunFolder

    Path = str | os.PathLike[str]
    Number = float | SupportsFloat | SupportsIndex

Batches = TypeVar("Batches")

_phase: ContextVar[str | None] = ContextVar("perfmon phase", default=None)
_entered: list[Run] = []
_outside: list[Run] = []  # what log() and the like write to where no block was entered
_batch_numbers: defaultdict[tuple[str, str | None], Iterator[int]] = defaultdict(itertools.count)


class Run:
    """A stage of a pipeline while it is being recorded. `record` makes one; it is a context manager.

    Entered, it starts a recorder in a process of its own. Inside a run that is recorded already it attaches to that
    run instead, and its labels hold until it is left. It never raises into the pipeline: a failure is reported once on
    standard error, and the pipeline goes on unrecorded. With `PERFMON_DISABLE=1` it does nothing at all.

    Attributes:
        folder: path of the run folder; None before the run is entered, and where nothing is recorded.
    """

    def __init__(
        self, about: Labels, *, runs: Path, interval: float | str, folders: Sequence[Path], gpu: str = "auto"
    ) -> None:
        self._about = about
        self._runs = runs
        self._interval = interval
        self._folders = folders
        self._gpu = gpu
        self._redactor = redactor_for(os.environ)
        self._pid = os.getpid()
        self._writer: PipelineWriter | None = None
        self._daemon: Daemon | None = None
        self._span: Row = {}
        self.folder: str | None = None

    def __enter__(self) -> Self:
        self._begin(may_start=True)
        _entered.append(self)
        return self

    def start(self) -> Self:
        """Enter the run without a block, as in a notebook, where a stage is many cells; and return it."""
        return self.__enter__()

    def stop(self) -> None:
        """Leave the run that `start` entered. If it is never called, the recording ends with the process."""
        self.__exit__(None, None, None)

    def _begin(self, *, may_start: bool) -> None:
        if os.environ.get("PERFMON_DISABLE") == "1":
            return
        try:
            outer = being_recorded(os.environ)
            if outer:
                self._attach(outer)
            elif may_start:
                self._start()
        except Exception as error:  # whatever it is, the pipeline matters more
            if is_interrupt(error):
                raise
            complain(self._redactor.text(f"nothing is recorded: {label_text(error)}"))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self in _entered:
            _entered.remove(self)
        if self._writer is None:
            return
        if self._span:
            self._end_phase(self._span)
        self._writer.leave()
        self._writer = None
        if self._daemon and os.getpid() == self._pid:  # a forked child leaves the block too, but ends nothing
            os.environ.pop(VARIABLE, None)
            self._daemon.finish(*block_end(error, self._redactor))

    def _attach(self, outer: RunFolder) -> None:
        about = self._about
        label = self._redactor.label
        labels: Row = {name: label(getattr(about, name)) for name in ("stage", "model", "variant", "series")}
        self.folder = outer.folder
        self._writer = PipelineWriter(outer, labels)
        if any(value is not None for value in labels.values()):
            told: Row = {
                "dataset": label(about.dataset),
                "config": json.dumps(self._redactor.mapping(about.config), default=label_text),
                "tags": json.dumps(self._redactor.mapping(about.tags), default=label_text),
            }
            self._span = self._begin_phase("stage", str(labels["stage"] or outer.facts["stage"])) | told
            self._writer.write([("phase", self._span)])

    def _start(self) -> None:
        run = create(
            os.fspath(self._runs),
            self._about,
            os.environ,
            command=own_command(),
            interval=_seconds(self._interval),
            folders=values.paths(self._folders) or [os.path.abspath(".")],
            gpus=values.names(self._gpu),
        )
        try:
            writer = PipelineWriter(run, {})
            self._daemon = Daemon(run.folder)
        except BaseException:  # whatever it is: nobody records it
            run.discard()
            raise
        self.folder = run.folder
        self._writer = writer
        os.environ[VARIABLE] = run.folder

    def log(
        self,
        metrics: Mapping[str, Number] | None = None,
        /,
        step: Number | None = None,
        *,
        epoch: Number | None = None,
        series: object = None,
        **more: Number,
    ) -> None:
        """Record model metrics, such as `run.log(epoch=0, loss=0.21, r2=0.99)` or `run.log({"val/loss": 0.3}, step=7)`.

        Of several values of one metric in one epoch (or step, without epochs) the last counts.

        Args:
            metrics: values by name; its keys `epoch`, `step` and `series` mean the same as the arguments.
            step: training step.
            epoch: training epoch, counted as you like; fractions are kept.
            series: the curve that the metrics belong to; the run's own if left out.
            **more: values by name, scalars of numpy and PyTorch included. What is no number is told once and left out.
        """
        if self._writer is None:
            return
        rows = metric_rows(self._redactor, metrics, more, epoch, step, series)
        self._writer.write_lines(stamp_rows(self._writer.clock.stamp(), rows))

    def timed(
        self, batches: Batches, *, series: object = None, items: int | Callable[[Any], int] | None = None
    ) -> Batches:
        """Record for each batch how long the loop's body took, and how long the loop waited for it, in seconds.

        Where no further batch is asked for, as after `break`, the time that the last one took is null: not known.

        Args:
            batches: what the loop iterates over: a `DataLoader`, any iterable or iterator.
            series: the curve that the batches belong to; the run's own if left out.
            items: what is in a batch: a number, or a function such as `len`.

        Returns:
            What any framework takes for `batches` itself: a loader of the same class, an iterator, a sequence.
        """
        if os.environ.get("PERFMON_DISABLE") == "1":
            return batches
        log = None
        if self._writer is not None:
            label = self._redactor.label(series)
            numbers = _batch_numbers[self.folder or "", label]
            log = BatchLog(self._writer, series=label, items=items, numbers=numbers)
        try:
            timed: Batches = timed_batches(batches, log, (_timed_again, series, items))
        except BaseException as error:  # it is the pipeline's object, and may raise anything
            if is_interrupt(error):
                raise
            complain(f"batches of a {type_name(batches)} are not timed: {type_name(error)}", "not timed")
            return batches
        return timed

    @contextmanager
    def phase(self, name: object) -> Iterator[None]:
        """Name a part of the run, such as `with run.phase("checkpoint"):`; phases may be nested."""
        if self._writer is None:
            yield
            return
        label = self._redactor.label(name)
        begun = self._begin_phase("phase", label)
        self._writer.write([("phase", begun)])
        token = _phase.set(label)
        try:
            yield
        finally:
            _phase.reset(token)
            self._end_phase(begun)

    def _begin_phase(self, kind: str, name: str) -> Row:
        assert self._writer is not None
        row = self._writer.stamped({"kind": kind, "name": name, "parent": _phase.get(), "pid": os.getpid()})
        return {**row, "begin_t": row["t"]}

    def _end_phase(self, begun: Row) -> None:
        if self._writer:  # the block of a phase may be left after the run's
            self._writer.write([("phase", {**begun, "end_t": self._writer.t()})])


def record(
    *,
    stage: str | None = None,
    model: str | None = None,
    variant: str | None = None,
    series: str | None = None,
    config: Mapping[str, object] | None = None,
    tags: Mapping[str, str] | None = None,
    name: str | None = None,
    dataset: str | None = None,
    runs: str | os.PathLike[str] = "runs",
    interval: float | str = 1.0,
    folders: Sequence[str | os.PathLike[str]] = (),
    gpu: str = "auto",
) -> Run:
    """Record what the block of a `with` statement does, with every process that it starts.

    Inside a run that is recorded already (by `perfmon run`, or another `record`), the last four arguments are ignored:
    they are those of that run. Nothing is raised if recording fails; see `Run`.

    Args:
        stage: step of the pipeline; the script's name if left out.
        model: model that the stage works on.
        variant: flavour of the run, such as `detectors` or `baseline`.
        series: what one curve stands for: a layer or a job, such as `L15`.
        config: settings of the run, anything that JSON can hold.
        tags: other labels to find the run by, text by name.
        name: a name for the run.
        dataset: data set that the stage works on.
        runs: the folder in which the run folder is made.
        interval: time between samples: a number of seconds, or text such as `250ms`.
        folders: folders whose growth is recorded; the working directory if left out.
        gpu: GPUs to record: `all`, `none`, or a list such as `0,1` of indices and UUIDs; those that
            `CUDA_VISIBLE_DEVICES` leaves to this process if left out.

    Returns:
        The run; recording begins when it is entered.
    """
    about = Labels(
        stage=stage, model=model, variant=variant, series=series, name=name, dataset=dataset, tags=tags, config=config
    )
    return Run(about, runs=runs, interval=interval, folders=folders, gpu=gpu)


def current() -> Run:
    """The innermost run of this process; one that records nothing if there is none.

    In a process that `perfmon run` started, that run, even if no block was entered.
    """
    if _entered:
        return _entered[-1]
    if not _outside:
        _outside.append(Run(Labels(), runs="", interval=1.0, folders=()))
        _outside[0]._begin(may_start=False)  # noqa: SLF001 - it is this module's own
    return _outside[0]


def _timed_again(batches: Batches, series: object, items: Any) -> Batches:
    """In a process that was given a timed loader: time it there, if that is recorded."""
    return current().timed(batches, series=series, items=items)


def _seconds(interval: float | str) -> float:
    return (
        durations.parse_interval(interval) if isinstance(interval, str) else durations.check_interval(float(interval))
    )
