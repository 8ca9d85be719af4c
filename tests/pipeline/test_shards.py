"""Activations on disk: written, found, read and cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sae import shards

if TYPE_CHECKING:
    from pathlib import Path


def test_shards_come_back_once_each(tmp_path: Path) -> None:
    """A shuffled pass has each row once, in batches no larger than asked, and the other split's not."""
    for number in range(3):
        shards.write(tmp_path, "L2", shards.TRAIN, number, np.arange(5 * number, 5 * number + 5))
    shards.write(tmp_path, "L2", shards.HELD_OUT, 0, np.array([99]))
    found = shards.paths(tmp_path, "L2", shards.TRAIN)

    batches = list(shards.shuffled(found, 2, np.random.default_rng(0)))

    assert sorted(np.concatenate(batches).tolist()) == list(range(15))
    assert np.concatenate(batches).tolist() != list(range(15))
    assert [len(batch) for batch in batches] == [2, 2, 1] * 3
    assert shards.count_batches(found, 2) == len(batches)


def test_layers_stand_in_the_models_order(tmp_path: Path) -> None:
    """L10 comes after L2; empty folders and other names are no layers."""
    for series in ("L10", "L2", shards.LABELS):
        shards.write(tmp_path, series, shards.TRAIN, 0, np.zeros(1))
    (tmp_path / "L3").mkdir()

    assert shards.layers(tmp_path, "x.py") == ["L2", "L10"]


def test_clearing_leaves_the_files_of_others(tmp_path: Path) -> None:
    """Only files that these programs write are removed."""
    shards.write(tmp_path, "L2", shards.TRAIN, 0, np.zeros(1))
    (tmp_path / "L2" / "precious.npy").touch()

    shards.clear(tmp_path)

    assert [path.name for path in tmp_path.glob("*/*")] == ["precious.npy"]


def test_missing_shards_are_told(tmp_path: Path) -> None:
    """Who looks for what is not there learns which program makes it."""
    with pytest.raises(FileNotFoundError, match=r"run save_activations\.py first"):
        shards.paths(tmp_path, "L2", shards.TRAIN)
    with pytest.raises(FileNotFoundError, match=r"run x\.py first"):
        shards.layers(tmp_path, "x.py")
