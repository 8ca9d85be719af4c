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
    """`Run.log` on the innermost run."""
    _current().log(metrics, step, epoch=epoch, series=series, **more)


def timed(
    batches: Batches,
    *,
    series: object = None,
    items: int | Callable[[Any], int] | None = None,
) -> Batches:
    """`Run.timed` on the innermost run."""
    return _current().timed(batches, series=series, items=items)


def phase(name: object) -> AbstractContextManager[None]:
    """`Run.phase` on the innermost run."""
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
