"""A file of settings, read as TOML: a perfmon.toml, or the table [tool.perfmon] of a pyproject.toml."""

from __future__ import annotations

import os
import re
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.cli import config_files
from perfmon.cli.value_text import format_value

if TYPE_CHECKING:
    from collections.abc import Mapping

# What tomllib takes for a key rises with the square of its parts: 50,000 of them cost minutes.
_PARTS_MOST = 100
# Texts and comments, in which dots are no keys. Each begins and ends so that a search never goes back.
_TEXTS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)|\'\'\'(?:[^\']|\'(?!\'\'))*+(?:\'\'\'|\Z)'
    r'|"(?:[^"\\\n]|\\.)*+"?|\'[^\'\n]*+\'?|#[^\n]*+',
    re.DOTALL,
)
_WORDS = re.compile(r"[\w.\-]+")


class TomlFile(NamedTuple):
    """The settings of a file: its tables, and what messages call it."""

    name: str
    tables: Mapping[str, Any]


def read(path: str) -> TomlFile:
    """Read the settings of a file.

    Raises:
        ValueError: it cannot be read, is not TOML, or has something else where tables belong.
    """
    folder, name = os.path.split(path)
    shown = name if folder == os.getcwd() else path
    try:
        with open(path, "rb") as file:
            text = file.read().decode()
        _check_keys(text)
        tables = tomllib.loads(text)
    except OSError as error:
        raise ValueError(f"{shown} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise ValueError(f"{shown} is nested too deeply") from None
    except ValueError as error:  # neither UTF-8 nor TOML, or a number of thousands of digits
        raise ValueError(f"{shown} is not TOML: {error}") from None
    if name != config_files.PROJECT:
        return TomlFile(shown, tables)
    for part in ("tool", "perfmon"):
        tables = tables.get(part, {})
        if not isinstance(tables, dict):
            key = "tool" if part == "tool" else "tool.perfmon"
            raise ValueError(f"{shown}: {key} must be a table, not {format_value(tables)}")
    return TomlFile(f"{shown}: tool.perfmon", tables)


def _check_keys(text: str) -> None:
    plain = _TEXTS.sub("_", text.replace("\r\n", "\n")).replace(" ", "").replace("\t", "")
    longest = max((word.count(".") for word in _WORDS.findall(plain)), default=0)
    if longest > _PARTS_MOST:
        raise ValueError(f"a key has {longest + 1} parts, more than {_PARTS_MOST}")
