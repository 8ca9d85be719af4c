"""Records what a stage of a pipeline does to CPU, RAM, GPU, VRAM and disk.

For example::

    with perfmon.record(stage="training", model="bielik12") as run:
        for batch in run.timed(batches, items=len):
            ...
        run.log(epoch=0, loss=0.21)

The functions `log`, `timed` and `phase` act on the innermost run of this process, and do nothing outside of any.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what typing says too, without the milliseconds that it takes to import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from typing import Any, TypeVar

    from perfmon.instrument.run import Number, Run, record
    from perfmon.store.layout import __version__

    Batches = TypeVar("Batches")

__all__ = ["Run", "__version__", "log", "phase", "record", "timed"]


def log(
    metrics: Mapping[str, Number] | None = None,
    /,
    step: Number | None = None,
    *,
    epoch: Number | None = None,
    series: object = None,
    **more: Number,
) -> None:
    """Record model metrics of the innermost run, as `Run.log` does; outside of any run, do nothing.

    Args:
        metrics: values by name; its keys `epoch`, `step` and `series` mean the same as the arguments.
        step: training step.
        epoch: training epoch, counted as you like; fractions are kept.
        series: the curve that the metrics belong to; the run's own if left out.
        **more: values by name, such as `loss=0.21`. What is no number is reported once and not recorded.
    """
    _current().log(metrics, step, epoch=epoch, series=series, **more)


def timed(
    batches: Batches,
    *,
    series: object = None,
    items: int | Callable[[Any], int] | None = None,
) -> Batches:
    """Time the batches of a loop in the innermost run, as `Run.timed` does; outside of any run, only iterate.

    Args:
        batches: what the loop iterates over: a `DataLoader`, any iterable or iterator.
        series: the curve that the batches belong to; the run's own if left out.
        items: how many items are in a batch: a number, or a function of the batch such as `len`.

    Returns:
        What any framework takes for `batches` itself: a loader of the same class, an iterator, a sequence.
    """
    return _current().timed(batches, series=series, items=items)


def phase(name: object) -> AbstractContextManager[None]:
    """Name a part of the innermost run, as `Run.phase` does; outside of any run, do nothing.

    Args:
        name: name of the phase, such as `checkpoint`.

    Returns:
        A context manager; the phase lasts as long as its block.
    """
    return _current().phase(name)


def _current() -> Run:
    from perfmon.instrument.run import current  # noqa: PLC0415 - importing perfmon costs next to nothing

    return current()


def __getattr__(name: str) -> object:
    if name in ("Run", "record"):
        from perfmon.instrument import run  # noqa: PLC0415 - importing perfmon costs next to nothing

        value: object = getattr(run, name)
        globals()[name] = value
        return value
    if name == "__version__":
        from perfmon.store import layout  # noqa: PLC0415

        return layout.__version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
