"""Activations on disk: a folder for each layer, with a numbered .npy file for each shard of a split."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

TRAIN, HELD_OUT = "train", "held-out"
LABELS = "labels"  # the series that says of each row whether it is what the detectors are to find

_OURS = re.compile(r"(train|held-out|losses|detections)-\d{5}\.npy|(step|epoch)-\d{5}\.npz")


def clear(folder: Path) -> None:
    """Remove what an earlier run of these programs left in a folder, which is made if there is none.

    Raises:
        OSError: a file cannot be removed, or the folder not made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*/*.np[yz]"):
        if _OURS.fullmatch(path.name):
            path.unlink()


def write(folder: Path, series: str, split: str, number: int, rows: npt.NDArray[Any]) -> None:
    """Write one shard.

    Raises:
        OSError: the file cannot be written.
    """
    path = folder / series / f"{split}-{number:05d}.npy"
    path.parent.mkdir(exist_ok=True)
    np.save(path, rows)


def paths(folder: Path, series: str, split: str) -> list[Path]:
    """The shards of a series and split, in order.

    Raises:
        FileNotFoundError: there are none.
    """
    found = sorted((folder / series).glob(f"{split}-*.npy"))
    if not found:
        raise FileNotFoundError(f"no {split} shards of {series} in {folder}: run save_activations.py first")
    return found


def layers(folder: Path, made_by: str) -> list[str]:
    """The layers that have a folder inside a folder, in the model's order.

    Raises:
        FileNotFoundError: there are none; the message tells the program that makes them.
    """
    found = [path.name for path in folder.glob("L*") if path.name[1:].isdecimal() and any(path.iterdir())]
    if not found:
        raise FileNotFoundError(f"no layers in {folder}: run {made_by} first")
    return sorted(found, key=lambda name: int(name[1:]))


def count_batches(shards: Sequence[Path], size: int) -> int:
    """How many batches `shuffled` makes of some shards."""
    return sum(-(-len(np.load(path, mmap_mode="r")) // size) for path in shards)


def shuffled(shards: Sequence[Path], size: int, random: np.random.Generator) -> Iterator[npt.NDArray[Any]]:
    """All rows once, in batches of at most `size`: the shards in random order, and the rows inside each.

    Raises:
        OSError: a shard cannot be read.
        ValueError: a file is not a shard.
    """
    for index in random.permutation(len(shards)):
        rows = random.permutation(np.load(shards[index]))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]
