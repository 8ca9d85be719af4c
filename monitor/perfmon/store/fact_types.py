"""The types of what run.json holds, for its readers: a run folder may be somebody else's."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from perfmon.lean.stdlib import datetime

_DEEPEST = 32  # levels of what users put in: who shows it goes down by calling itself
_LARGEST = float(1 << 63)
_FIRST_YEAR, _LAST_YEAR = 1970, 9999  # between them every time zone has a date, and every date seconds since 1970
_NAMED = 5  # keys of wrong types that are told

_Is = Callable[[object], bool]


class _Object(NamedTuple):
    """A JSON object: the shapes of keys that are known, that of all others, and keys without which it says nothing."""

    keys: Mapping[str, _Shape]
    rest: _Shape
    needed: frozenset[str] = frozenset()


class _List(NamedTuple):
    """A JSON array of one shape."""

    of: _Shape


_Shape = _Is | _Object | _List


def checked(known: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """The facts of a run with only what has the type that it should have, and the keys of what was left out.

    In place of a known key of a wrong type stands its empty value: an empty object or list, or null. Text that holds
    lone surrogates, as a file name that is not UTF-8 does, has a question mark for each, as it has in the tables.
    """
    wrong: list[str] = []
    facts: dict[str, object] = {}
    for name, value in known.items():
        shape = _FACTS.get(name, _is_plain)
        valid = value if _fits(value, shape) else _valid_part(value, shape, name, wrong)
        if name in _FACTS or valid is not None or value is None:
            facts[str(_clean(name))] = _empty(shape) if valid is None and value is not None else valid
    return facts, wrong


def wrong_types_message(path: str, wrong: list[str]) -> str:
    """Return the message on a run.json of which some keys are left out."""
    more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    return f"{path} has values of the wrong type, which are left out: {', '.join(wrong[:_NAMED])}{more}"


def _fits(value: object, shape: _Shape) -> bool:
    """Whether the whole value has its shape; this check is faster than a copy."""
    if value is None:
        return True
    if isinstance(shape, _Object):
        return (
            isinstance(value, dict)
            and all(value.get(key) is not None for key in shape.needed)
            and all(key.isascii() and _fits(item, shape.keys.get(key, shape.rest)) for key, item in value.items())
        )
    if isinstance(shape, _List):
        return isinstance(value, list) and all(item is not None and _fits(item, shape.of) for item in value)
    return shape(value) and _is_clean(value)


def _valid_part(value: object, shape: _Shape, name: str, wrong: list[str]) -> object:
    """Return the value without parts of wrong types; None if its own type is wrong."""
    if (
        isinstance(shape, _Object)
        and isinstance(value, dict)
        and all(value.get(key) is not None for key in shape.needed)
    ):
        parts = {
            key: _valid_part(item, shape.keys.get(key, shape.rest), f"{name}.{key}", wrong)
            for key, item in value.items()
        }
        valid = {_clean(key): part for key, part in parts.items() if part is not None or value[key] is None}
        return valid if shape.needed <= valid.keys() else None
    if isinstance(shape, _List) and isinstance(value, list):
        parts_ = [_valid_part(item, shape.of, f"{name}[{place}]", wrong) for place, item in enumerate(value)]
        return [part for part in parts_ if part is not None]
    if value is None or (callable(shape) and shape(value)):
        return _clean(value)
    wrong.append(name)
    return None


def _empty(shape: _Shape) -> object:
    return {} if isinstance(shape, _Object) else [] if isinstance(shape, _List) else None


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _is_clean(value: object) -> bool:
    if isinstance(value, dict):
        return all(key.isascii() and _is_clean(item) for key, item in value.items())
    return all(map(_is_clean, value)) if isinstance(value, list) else not isinstance(value, str) or value.isascii()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    """Whether it is a finite number that a column of int64 or float64 can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return -_LARGEST <= value < _LARGEST if isinstance(value, int) else math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_amount(value: object) -> bool:
    """Whether it is a number of bytes or seconds that someone can have measured."""
    return isinstance(value, (int, float)) and _is_number(value) and 0 <= value < _LARGEST


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and _FIRST_YEAR < datetime.fromisoformat(value).year < _LAST_YEAR
    except ValueError:
        return False


def _is_plain(value: object) -> bool:
    """Whether it is JSON of any kind that is not nested to exhaustion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return True
    return False


_TEXTS = _List(_is_text)
_AMOUNTS = _Object({}, _is_amount)
_FILE = {"path": _is_text, "size_bytes": _is_count, "modified": _is_time}
_FILES = _List(_Object(_FILE, _is_plain, frozenset(_FILE)))
_GPU = _Object({"name": _is_text, "uuid": _is_text, "vram_total_bytes": _is_amount, "recorded": _is_flag}, _is_plain)
_ALLOCATION = _Object({"memory_bytes": _is_amount, "cpus": _is_amount}, _is_plain)
_FACTS: dict[str, _Shape] = {
    **dict.fromkeys(("run", "name", "stage", "model", "variant", "series", "dataset", "cwd", "git_commit"), _is_text),
    **dict.fromkeys(("host", "parent", "origin", "perfmon_version", "boot_id", "state", "exit_reason"), _is_text),
    **dict.fromkeys(("begin_time", "end_time"), _is_time),
    **dict.fromkeys(("format", "rank", "exit_status"), _is_count),
    **dict.fromkeys(("interval_seconds", "begin_monotonic", "duration_seconds"), _is_amount),
    "stage_given": _is_flag,
    "gpus_wanted": _is_text,
    **dict.fromkeys(("command", "folders"), _TEXTS),
    **dict.fromkeys(("tags", "config"), _Object({}, _is_plain)),
    "environment": _Object({}, _is_text),
    "ending": _Object({"cause": _is_text, "evidence": _TEXTS}, _is_plain),
    "hardware": _Object(
        {
            **dict.fromkeys(("cpu_model", "system"), _is_text),
            **dict.fromkeys(("cpus", "cpu_cores", "memory_total_bytes"), _is_count),
            "absent": _Object({}, _is_text),
            "allocation": _ALLOCATION,
            "gpus": _List(_GPU),
        },
        _is_plain,
    ),
    "folders_before": _AMOUNTS,
    "folders_top": _List(_Object({"folder": _is_text, "largest": _FILES, "newest": _FILES}, _is_plain)),
    **dict.fromkeys(("peak", "totals"), _AMOUNTS),
    "sampler": _Object(
        dict.fromkeys(
            ("cpu_seconds", "peak_memory_bytes", "ticks", "ticks_missed", "late_seconds_max", "rows_lost"), _is_amount
        ),
        _is_plain,
    ),
    "recorder": _Object(dict.fromkeys(("pid", "start_ticks"), _is_count), _is_plain),
}
