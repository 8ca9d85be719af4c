"""Times the batches of a loop."""

from __future__ import annotations

import sys
from time import perf_counter

from perfmon.instrument import proxies
from perfmon.instrument.batch_log import HELD_BATCHES, BatchLog, Loop
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.redaction.label_text import label_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Asked = tuple[Callable[..., object], object, object]  # what times it in another process; series; what counts items

# Iterators that have nothing to hand on but their items, which their containers keep anyhow.
_SIMPLE = frozenset(map(type, (iter([]), iter(()), iter(range(0)), iter(range(1 << 70)))))


def timed_batches(batches: Any, log: BatchLog | None, asked: Asked) -> Any:
    """What stands in for `batches` and times each of them; without a log, the same kind of object that times nothing.

    A batch is timed from its arrival until the next one is asked for. Where none is, because of `break`, an exception
    or a consumer that knows how many there are, its seconds are not known.
    """
    kind = type(batches)
    is_iterator = hasattr(kind, "__next__")
    if not is_iterator and getattr(kind, "__iter__", None) is None and not hasattr(kind, "__getitem__"):
        return batches  # the loop over it says so
    if not is_iterator and proxies.keeps_state_in_dict(kind):
        try:
            return proxies.standing_in(proxies.subclass(kind, _methods(kind, log, asked)), batches)
        except TypeError:  # its state lies elsewhere after all
            pass
    return _proxy(batches, log, asked)


def _methods(kind: Any, log: BatchLog | None, asked: Asked) -> dict[str, Any]:
    """What a subclass of a loader's class does by itself."""

    def iterate(self: Any) -> Any:
        own = getattr(kind, "__iter__", None)
        return _iterator(own(self) if own else iter(proxies.original(self, kind)), log, asked)

    def reduce(self: Any, _: object) -> Any:
        return _reduced(proxies.original(self, kind), asked)

    def copied(self: Any) -> Any:
        return timed_batches(_copy(proxies.original(self, kind)), log, asked)

    return {"__iter__": iterate, "__reduce_ex__": reduce, "__copy__": copied}


def _copy(batches: Any) -> Any:
    from copy import copy  # noqa: PLC0415 - few are copied

    return copy(batches)


def _reduced(batches: object, asked: Asked) -> tuple[object, ...]:
    """How it is pickled: without a function that cannot be, for the loader by itself can."""
    again, series, items = asked
    if callable(items):
        module = sys.modules.get(str(getattr(items, "__module__", "")))
        if getattr(module, str(getattr(items, "__qualname__", "")), None) is not items:
            items = None
    return again, (batches, label_text(series), items)


def _iterator(source: Any, log: BatchLog | None, asked: Asked) -> Any:
    """An iterator like this one that times what it hands out."""
    if log is None or not hasattr(type(source), "__next__"):
        return source
    return _loop(source, log) if type(source) in _SIMPLE else _proxy(source, log, asked)


def _loop(source: Iterator[Any], log: BatchLog) -> Iterator[Any]:
    """`_next` as a generator, which is quicker."""
    loop = Loop(log, _none_left)
    log.begin(loop)
    held, counts, items, next_number = log.held, log.counts, log.constant, log.next_number
    try:
        asked = perf_counter()
        for batch in source:
            loop.begin = begin = perf_counter()
            loop.wait = wait = begin - asked
            if counts:
                loop.batch = batch
            yield batch
            end = asked = perf_counter()
            loop.begin = None
            if counts:
                items = log.count(batch)
                asked = perf_counter()
            held.append((end, next_number(), end - begin, wait, items))
            if end >= log.flush_at or len(held) >= HELD_BATCHES:
                log.flush()
                asked = perf_counter()
        log.flush()
    finally:
        log.leave(loop)


class TimedProxy(proxies.Proxy):
    """An iterable or iterator, seen through, that times what it hands out."""

    __slots__ = ("_perfmon_asked", "_perfmon_loop")

    if TYPE_CHECKING:
        _perfmon_asked: Asked
        _perfmon_loop: Loop

    def __reduce_ex__(self, _: object) -> Any:
        return _reduced(getattr(self, proxies.WRAPPED), self._perfmon_asked)

    def __copy__(self) -> Any:
        return _proxy(_copy(getattr(self, proxies.WRAPPED)), self._perfmon_loop.log, self._perfmon_asked)


class TimedIterator(TimedProxy):
    """One that hands out batches itself, and is done when it is dropped."""

    __slots__ = ()

    def __del__(self) -> None:
        loop = self._perfmon_loop
        if loop.log is not None:
            loop.log.leave(loop)


_set_asked, _set_loop = (TimedProxy.__dict__[name].__set__ for name in TimedProxy.__slots__)


def _proxy(wrapped: Any, log: BatchLog | None, asked: Asked) -> Any:
    kind = type(wrapped)
    base = TimedIterator if hasattr(kind, "__next__") else TimedProxy
    proxy: Any = object.__new__(proxies.proxy_class(base, kind, _METHODS))
    proxies.wrap(proxy, wrapped)
    _set_asked(proxy, asked)
    loop = Loop(log, _bound(kind.__next__, wrapped) if hasattr(kind, "__next__") else _none_left)
    _set_loop(proxy, loop)
    if log is not None and hasattr(kind, "__next__"):
        log.begin(loop)
    return proxy


def _none_left() -> object:
    """The next batch of what has none by itself."""
    raise StopIteration


def _bound(method: Any, wrapped: Any) -> Callable[[], object]:
    """What `next` calls: the method of the type, whatever the object has of that name."""
    bind = getattr(type(method), "__get__", None)
    bound: Callable[[], object] = bind(method, wrapped, type(wrapped)) if bind else method
    return bound


def _iterate(self: TimedProxy) -> Any:
    wrapped = getattr(self, proxies.WRAPPED)
    source = iter(wrapped)
    loop = self._perfmon_loop
    if source is not wrapped:
        return _iterator(source, loop.log, self._perfmon_asked)
    if loop.log is not None:  # another loop goes on where one ended, at a time that is not known
        loop.log.resume(loop)
    return self


def _next(self: TimedProxy) -> Any:
    loop = self._perfmon_loop
    log = loop.log
    if log is None:
        return loop.next()
    asked = perf_counter()
    begin = loop.begin
    if begin is not None:
        loop.begin = None
        items = log.constant
        if log.counts:
            items, loop.batch = log.count(loop.batch), None
        held = log.held
        held.append((asked, log.next_number(), asked - begin, loop.wait, items))
        if asked >= log.flush_at or len(held) >= HELD_BATCHES:
            log.flush()
            asked = perf_counter()
        elif log.counts:
            asked = perf_counter()
    try:
        batch = loop.next()
    except StopIteration:
        log.flush()
        raise
    begin = perf_counter()
    loop.wait = begin - asked
    if log.counts:
        loop.batch = batch
    loop.begin = begin
    return batch


_METHODS = {"__iter__": _iterate, "__next__": _next}
