"""Stand-ins that hand on everything of an object but its iteration.

There are two kinds. An object whose state is its `__dict__`, as that of PyTorch's loaders is, gets an object of a
subclass that shares this `__dict__`: whatever looks at it finds the object's own class among its classes, and what is
set on one is set on the other. Any other object, such as a list or a generator, gets a proxy whose `__class__` is the
object's, and which has those special methods that the object has.
"""

from __future__ import annotations

from abc import ABCMeta

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Methods = dict[str, Any]

WRAPPED = "_perfmon_wrapped"  # the slot of a stand-in that holds the object, so that both live as long

# Made for each proxy, or never called on one.
_OWN = frozenset(
    f"__{name}__"
    for name in (
        *("new", "init", "del", "init_subclass", "subclasshook", "class_getitem", "slots", "weakref", "dict", "class"),
        *("getattribute", "getattr", "setattr", "delattr", "iter", "next", "copy", "deepcopy", "reduce", "reduce_ex"),
        *("getstate", "setstate", "getnewargs", "getnewargs_ex", "doc", "module", "qualname", "name", "annotations"),
        *("annotate", "abstractmethods", "orig_bases", "parameters", "static_attributes", "firstlineno", "mro_entries"),
    )
)


class _Plain:
    """An object whose state is its `__dict__`."""


class _Quiet:
    """The first base of a subclass made here: the object's class does not notice that there is one more."""

    __slots__ = ()

    def __init_subclass__(cls, **_: object) -> None: ...


def keeps_state_in_dict(kind: type) -> bool:
    """Whether `subclass` can be made of this type."""
    return (
        type(kind) in (type, ABCMeta)
        and kind.__basicsize__ == _Plain.__basicsize__
        and kind.__dictoffset__ != 0
        and not any(one.__dict__.get("__slots__") for one in kind.__mro__)
    )


def subclass(kind: type, methods: Methods) -> type:
    """A subclass with these methods, whose objects are like those of the class itself."""
    known = {name: kind.__dict__[name] for name in ("__module__", "__doc__") if name in kind.__dict__}
    own: Methods = {"__slots__": (WRAPPED,), "__qualname__": kind.__qualname__}
    if hasattr(kind, "__del__"):
        own["__del__"] = _delete(kind)
    return type(kind)(kind.__name__, (_Quiet, kind), known | own | methods)


def _delete(kind: Any) -> Callable[[Any], None]:
    def delete(self: Any) -> None:
        """Not for a stand-in, for the object's own is called: only where a framework made it as it makes others."""
        try:
            object.__getattribute__(self, WRAPPED)
        except AttributeError:
            kind.__del__(self)

    return delete


def standing_in(made: type, wrapped: object) -> Any:
    """An object of a subclass that shares the state of this one.

    Raises:
        TypeError: the class is one whose state lies elsewhere.
    """
    new: Any = object.__new__(made)
    object.__setattr__(new, "__dict__", object.__getattribute__(wrapped, "__dict__"))
    object.__setattr__(new, WRAPPED, wrapped)
    return new


def original(self: Any, kind: type) -> Any:
    """The object that an object of a `subclass` of its class stands in for, made now if it was made by itself."""
    try:
        return object.__getattribute__(self, WRAPPED)
    except AttributeError:
        wrapped: Any = object.__new__(kind)
        object.__setattr__(wrapped, "__dict__", object.__getattribute__(self, "__dict__"))
        object.__setattr__(self, WRAPPED, wrapped)
        return wrapped


class Proxy:
    """An object of any type, seen through; `proxy_class` adds the special methods of its type."""

    __slots__ = ("__weakref__", WRAPPED)

    def __getattr__(self, name: str) -> object:
        return getattr(_wrapped(self), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(_wrapped(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_wrapped(self), name)


_wrapped: Callable[[Proxy], Any] = Proxy.__dict__[WRAPPED].__get__
wrap: Callable[[Proxy, object], None] = Proxy.__dict__[WRAPPED].__set__
_classes: dict[tuple[type, frozenset[str], frozenset[str]], type] = {}


def proxy_class(base: type[Proxy], kind: type, methods: Methods) -> type:
    """A class of proxies for objects of this type: with its special methods, and those of `methods` that it has."""
    defined = {name for one in kind.__mro__ for name in one.__dict__ if name[:2] == "__" == name[-2:]}
    special = {name: getattr(kind, name, None) for name in defined - _OWN}
    refused = frozenset(name for name, method in special.items() if method is None)  # as `__hash__` of a list
    names = frozenset(name for name, method in special.items() if callable(method)) | (defined & methods.keys())
    if "__getitem__" in defined:  # any sequence can be iterated over
        names |= {"__iter__"} & methods.keys()
    known = _classes.get((base, names, refused))
    if known is None:
        seen: Methods = {name: property(_reader(name)) for name in ("__class__", "__dict__", "__doc__", "__module__")}
        forwards = {name: methods.get(name) or _forward(name) for name in names}
        own = seen | dict.fromkeys(refused) | forwards | {"__slots__": ()}
        known = _classes[base, names, refused] = type(base.__name__, (base,), own)
    return known


def _reader(name: str) -> Callable[[Proxy], object]:
    return lambda self: getattr(_wrapped(self), name)


def _forward(name: str) -> Callable[..., object]:
    def method(self: Proxy, *arguments: object, **named: object) -> object:
        wrapped = _wrapped(self)
        result = getattr(type(wrapped), name)(wrapped, *map(_bare, arguments), **named)
        return self if result is wrapped else result

    method.__name__ = name
    return method


def _bare(value: object) -> object:
    """The object itself where a proxy was given: its type knows how to compare and add its own kind only."""
    return _wrapped(value) if issubclass(type(value), Proxy) else value  # type: ignore[arg-type]  # it is one
