"""Configurations of any objects are recorded by their fields, without secrets, and nothing is raised."""

from __future__ import annotations

import argparse
import enum
import json
import types
from collections import ChainMap, OrderedDict, UserDict, namedtuple
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from perfmon.lean import json_codec
from perfmon.redaction.redactor import Redactor

HIDE = "S3cr3t-value"


@dataclass
class Hub:
    """A dataclass with a secret."""

    password: str = HIDE
    url: str = f"https://ann:{HIDE}@host"
    size: int = 3


@dataclass(slots=True)
class Slotted:
    """One without a `__dict__`."""

    api_key: str = HIDE
    hub: Hub = field(default_factory=Hub)


@attrs.define
class Attrs:
    """A class of attrs."""

    token: str = HIDE


class Said:
    """An object that is known by its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class Broken:
    """An object that raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError(HIDE)

    __repr__ = __str__


class BrokenMapping(UserDict[str, str]):
    """A mapping that cannot be read."""

    def __getitem__(self, key: str) -> str:
        raise KeyError(key)


class Color(enum.Enum):
    """An enumeration."""

    RED = "red"


class Level(enum.IntEnum):
    """One whose members are numbers."""

    HIGH = 3


Pair = namedtuple("Pair", ["name", "password"])


@pytest.mark.parametrize(
    "value",
    [
        argparse.Namespace(api_key=HIDE),
        types.SimpleNamespace(password=HIDE),
        Hub(),
        Slotted(),
        Attrs(),
        types.MappingProxyType({"token": HIDE}),
        OrderedDict(token=HIDE),
        UserDict(token=HIDE),
        ChainMap({"token": HIDE}),
        Pair("bob", HIDE),
        f"https://u:{HIDE}@h".encode(),
        bytearray(f"password={HIDE}", "ascii"),
        {f"--password={HIDE}"},
        frozenset([f"https://u:{HIDE}@h"]),
        ValueError(f"password={HIDE}"),
        Said(f"Config(token='{HIDE}', lr=1)"),
        Path(f"/x/password={HIDE}"),
        ["--token", HIDE],
        ("Authorization", HIDE),
        {"name": "HF_TOKEN", "value": HIDE},
        {"secret": {"any": {"thing": [HIDE, {"x": HIDE}]}}},
        {"secret": Said(HIDE)},
        {"password": HIDE.encode()},
        {"password": {HIDE}},
        {f"https://u:{HIDE}@h": 1},
        [[[[{"deep": [argparse.Namespace(x=Hub())]}]]]],
        np.array([f"password={HIDE}"]),
        Broken(),
        {"token": Broken()},
        BrokenMapping(a="b"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_object_brings_a_secret(value: object) -> None:
    """In whatever a secret lies, it is not in what is recorded, which is plain JSON."""
    known = Redactor().mapping({"value": value})
    text = json.dumps(known)

    assert HIDE not in text
    assert json.loads(json_codec.indented(known)) == known


def test_values_keep_their_meaning() -> None:
    """What is no secret stays, as JSON has it."""
    values = {
        "lr": np.float32(0.5),
        "steps": np.int64(3),
        "flag": np.bool_(True),
        "color": Color.RED,
        "level": Level.HIGH,
        "path": Path("/data/x"),
        "bytes": b"abc",
        "set": {2},
        "none": None,
        "tuple": (1, 2.5, "x"),
        "args": argparse.Namespace(lr=1, names=["a", "b"], max_tokens=512),
        "hub": Hub(password="", url="https://host"),
        "words": ["train", "--tokens", "4096"],
    }

    assert Redactor().mapping(values) == {
        "lr": 0.5,
        "steps": 3,
        "flag": True,
        "color": "Color.RED",
        "level": 3,
        "path": "/data/x",
        "bytes": "abc",
        "set": [2],
        "none": None,
        "tuple": [1, 2.5, "x"],
        "args": {"lr": 1, "names": ["a", "b"], "max_tokens": 512},
        "hub": {"password": "", "url": "https://host", "size": 3},
        "words": ["train", "--tokens", "4096"],
    }


def test_cycles_and_floods_end() -> None:
    """Objects that hold themselves, or each other many times over, are recorded once."""
    cycle: dict[str, Any] = {"token": HIDE}
    cycle["self"] = cycle
    many: list[object] = ["x"]
    for _ in range(60):
        many = [many, many]
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]

    known = Redactor().mapping({"cycle": cycle, "many": many, "deep": deep})

    assert known["cycle"] == {"token": "***", "self": "..."}
    assert len(json.dumps(known)) < 5_000_000


def test_a_configuration_that_is_an_object() -> None:
    """What a pipeline has as its options is taken as it is."""
    assert Redactor().mapping(argparse.Namespace(lr=1, token=HIDE)) == {"lr": 1, "token": "***"}


def test_a_configuration_without_names() -> None:
    """What has no names is recorded under an empty one."""
    assert Redactor().mapping(7) == {"": 7}
    assert Redactor().mapping(f"password={HIDE}") == {"": "password=***"}
