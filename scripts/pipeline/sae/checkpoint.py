"""Files of trained parameters."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt


class Checkpoint(NamedTuple):
    """Arrays by name, and the facts that say what they are."""

    arrays: dict[str, npt.NDArray[np.float32]]
    facts: dict[str, object]


def save(path: Path, arrays: Mapping[str, npt.NDArray[np.float32]], facts: Mapping[str, object]) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, facts=np.array(json.dumps(facts)), **dict(arrays))
    temporary.replace(path)


def latest(folder: Path, made_by: str) -> Path:
    """The last of a folder's checkpoints, by their names.

    Raises:
        FileNotFoundError: there is none; the message tells the program that makes them.
    """
    found = sorted(folder.glob("*.npz"))
    if not found:
        raise FileNotFoundError(f"no checkpoints in {folder}: run {made_by} first")
    return found[-1]


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a checkpoint.
    """
    try:
        with path.open("rb") as file, np.load(file) as saved:
            facts = json.loads(str(saved["facts"]))
            return Checkpoint({name: saved[name] for name in saved.files if name != "facts"}, facts)
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a checkpoint of this pipeline") from error
