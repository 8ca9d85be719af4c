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
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from typing import TypeVar

    from perfmon.instrument.run import Run, record
    from perfmon.store.layout import __version__

    Batch = TypeVar("Batch")

__all__ = ["Run", "__version__", "log", "phase", "record", "timed"]


def log(*, epoch: float | None = None, step: int | None = None, series: str | None = None, **metrics: float) -> None:
    """Record model metrics of the innermost run, as `Run.log` does; outside of any run, do nothing.

    Args:
        epoch: training epoch, counted as you like; fractions are kept.
        step: training step.
        series: the curve that the metrics belong to; the run's own if left out.
        **metrics: values by name, such as `loss=0.21`. One that is not a number is reported once and not recorded.
    """
    _current().log(epoch=epoch, step=step, series=series, **metrics)


def timed(
    batches: Iterable[Batch],
    *,
    series: str | None = None,
    items: int | Callable[[Batch], int] | None = None,
) -> Iterable[Batch]:
    """Time the batches of a loop in the innermost run, as `Run.timed` does; outside of any run, only iterate.

    Args:
        batches: what the loop iterates over.
        series: the curve that the batches belong to; the run's own if left out.
        items: how many items are in a batch: a number, or a function of the batch such as `len`.

    Returns:
        An iterable of the same batches.
    """
    return _current().timed(batches, series=series, items=items)


def phase(name: str) -> AbstractContextManager[None]:
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
