"""JSON by the standard library's C code, without `json`, which takes as long to load as a tick takes ten times."""

from __future__ import annotations

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_WHITE = " \t\n\r"


def _refuse(value: object) -> object:
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _encoder(default: Callable[[Any], object]) -> Callable[[object, int], Iterable[str]]:
    try:
        from _json import encode_basestring, make_encoder  # noqa: PLC0415 - not every Python has it, or has it so

        encode = make_encoder(None, default, encode_basestring, None, ":", ",", False, False, True)
        encode({}, 0)
    except (ImportError, TypeError):
        from json import JSONEncoder  # noqa: PLC0415

        slow = JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False, default=default).encode
        return lambda value, _: slow(value)
    return encode


class _Decoding:
    """How JSON is read: as `json.loads` does."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def _scanner() -> Callable[[str, int], tuple[Any, int]]:
    try:
        from _json import make_scanner  # noqa: PLC0415 - as above

        return make_scanner(_Decoding)  # type: ignore[arg-type]  # any object with these attributes
    except (ImportError, TypeError, AttributeError):
        from json import JSONDecoder  # noqa: PLC0415

        return JSONDecoder().raw_decode


_encode, _encode_any = _encoder(_refuse), _encoder(str)
_scan = _scanner()


def compact(value: object) -> str:
    """A value as JSON without spaces; letters beyond ASCII stay what they are.

    Raises:
        TypeError: JSON has nothing that stands for it.
    """
    return "".join(_encode(value, 0))


def packed(value: object) -> bytes:
    """The same as bytes; names that are not UTF-8 come back as they were.

    Raises:
        TypeError: JSON has nothing that stands for it.
    """
    return compact(value).encode("utf-8", "surrogatepass")


def indented(value: object, line: str = "\n") -> str:
    """A value as JSON that people read, one space deeper at each level; what JSON has not becomes text."""
    inner = f"{line} "
    if isinstance(value, dict) and value:
        parts = [f"{_key(name)}: {indented(part, inner)}" for name, part in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
    if isinstance(value, (list, tuple)) and value:
        return f"[{inner}{f',{inner}'.join(indented(part, inner) for part in value)}{line}]"
    return "".join(_encode_any(value, 0))


def _key(name: object) -> str:
    """A key as it stands in JSON: text, even where it was a number."""
    return "".join(_encode_any({name: None}, 0))[1 : -len(":null}")]


def parse(text: str | bytes) -> Any:
    """What a JSON text says, as `json.loads` reads it.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogatepass")
    try:
        value, end = _scan(text, 0)
    except (StopIteration, SystemError, ValueError):  # the C code has words only where `json` is loaded
        end = -1
    if end < 0 or text[end:].strip(_WHITE):
        import json  # noqa: PLC0415 - it knows the words

        return json.loads(text)
    return value
