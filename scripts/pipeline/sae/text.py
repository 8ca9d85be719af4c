"""Real text to learn from: Python sources, as bytes."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]

STANDARD_LIBRARY = sysconfig.get_path("stdlib")

# What other people installed, and what is tables or fragments rather than prose and programs.
_LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "encodings", "pydoc_data"}
_HELD_OUT_EVERY = 10

LOOK_BACK = 32  # bytes before every position that is drawn: no context is longer


class Text(NamedTuple):
    """The bytes of all files one after another, those to train on apart from those held out."""

    train: Bytes
    held_out: Bytes


def read_text(folder: str) -> Text:
    """All Python sources below a folder; each tenth file, in the order of their paths, is held out.

    Raises:
        OSError: a file cannot be read.
        ValueError: there are too few sources below the folder.
    """
    root = Path(folder)
    paths = sorted(path for path in root.rglob("*.py") if not _LEFT_OUT & set(path.relative_to(root).parts))
    files = [np.fromfile(path, np.uint8) for path in paths if path.is_file()]
    if len(files) < _HELD_OUT_EVERY:
        raise ValueError(f"{folder} has {len(files)} Python sources, and at least {_HELD_OUT_EVERY} are needed")
    kept = [file for number, file in enumerate(files, 1) if number % _HELD_OUT_EVERY]
    parts = Text(np.concatenate(kept), np.concatenate(files[_HELD_OUT_EVERY - 1 :: _HELD_OUT_EVERY]))
    if min(len(part) for part in parts) <= LOOK_BACK:
        raise ValueError(f"the Python sources below {folder} are too short to learn from")
    return parts


def draw_positions(text: Bytes, count: int, random: np.random.Generator) -> Positions:
    """Random positions that have `LOOK_BACK` bytes before them, (count,)."""
    return random.integers(LOOK_BACK, len(text), count)


def consecutive_positions(text: Bytes, count: int, number: int) -> Positions:
    """The positions of batch `number`, (count,), one after another; after the text's end it begins again."""
    return LOOK_BACK + (number * count + np.arange(count)) % (len(text) - LOOK_BACK)


def windows(text: Bytes, positions: Positions, context: int) -> npt.NDArray[np.int64]:
    """The `context` bytes before each position, (n, context)."""
    found: npt.NDArray[np.uint8] = text[positions[:, None] + np.arange(-context, 0)]
    return found.astype(np.int64)


def in_indentation(text: Bytes, positions: Positions) -> npt.NDArray[np.bool_]:
    """Whether only spaces stand before each position on its line, (n,)."""
    before = windows(text, positions, LOOK_BACK)
    index = np.arange(LOOK_BACK)
    last_newline = np.where(before == ord("\n"), index, -1).max(axis=1)
    last_other = np.where((before != ord("\n")) & (before != ord(" ")), index, -1).max(axis=1)
    inside: npt.NDArray[np.bool_] = last_newline > last_other
    return inside
