"""Parts of the standard library without what else they load: mostly as its C code has them.

`typing`, `enum`, `re` and what else `signal`, `socket` and `contextlib` load take longer to load than a recorder takes
for everything else that it does in a short run; the command waits for some of it, and each process has its own copy.
Type checkers see the real ones, and tests hold these to be like them.
"""

from __future__ import annotations

__all__ = [
    "TYPE_CHECKING",
    "Generic",
    "NamedTuple",
    "OrderedDict",
    "Protocol",
    "TypeVar",
    "datetime",
    "deque",
    "heapq",
    "signal",
    "socket",
    "suppress",
]

TYPE_CHECKING = False  # what typing says too
if TYPE_CHECKING:
    import heapq
    import signal
    import socket
    from collections import OrderedDict, deque
    from contextlib import suppress
    from datetime import datetime
    from typing import Generic, NamedTuple, Protocol, TypeVar
else:
    import _signal as signal
    from _collections import OrderedDict, deque

    def __getattr__(name: str) -> object:
        """What is loaded when it is first asked for, for most do without."""
        if name not in ("datetime", "heapq", "socket"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = __import__(f"_{name}")
        return module.datetime if name == "datetime" else module

    Protocol = object

    def TypeVar(name: str) -> str:  # noqa: N802 - it stands for the class
        """Nothing: only type checkers ask."""
        return name

    class Generic:
        """A class that type checkers know more of."""

        def __class_getitem__(cls, _: object) -> type:
            """The class itself."""
            return cls

    class suppress:  # noqa: N801 - it stands for contextlib's
        """A block that ends where one of these exceptions is raised in it."""

        def __init__(self, *kinds: type[BaseException]) -> None:
            self._kinds = kinds

        def __enter__(self) -> None: ...

        def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
            return kind is not None and issubclass(kind, self._kinds)

    class _Named(type):
        """Makes a class of annotations a tuple with names."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, object]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, space)
            fields = tuple(space.pop("__annotations__"))
            defaults = [space.pop(field) for field in fields if field in space]
            from collections import namedtuple  # noqa: PLC0415 - as long as the rest of a command's start takes to load

            made = namedtuple(name, fields, defaults=defaults, module=space.pop("__module__"))
            for key, value in space.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Named):
        """What `typing.NamedTuple` is."""
