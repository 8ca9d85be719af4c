"""Checkpoints: written whole, found by name, refused when they are something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sae import checkpoint

if TYPE_CHECKING:
    from pathlib import Path


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    """Arrays and facts are read as they were written, and no temporary file stays."""
    path = tmp_path / "new" / "epoch-00000.npz"

    checkpoint.save(path, {"weights": np.array([1, 2], np.float32)}, {"k": 3})
    arrays, facts = checkpoint.load(path)

    assert {name: values.tolist() for name, values in arrays.items()} == {"weights": [1, 2]}
    assert facts == {"k": 3}
    assert list(path.parent.iterdir()) == [path]


def test_the_latest_has_the_highest_number(tmp_path: Path) -> None:
    """Numbers have a fixed width, so names sort as they do."""
    for number in (2, 10, 9):
        checkpoint.save(tmp_path / f"step-{number:05d}.npz", {}, {})

    assert checkpoint.latest(tmp_path, "x.py").name == "step-00010.npz"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 torn"])
def test_a_file_of_another_kind_is_told(tmp_path: Path, content: bytes) -> None:
    """Whatever is wrong with a file, its name is in the message."""
    path = tmp_path / "step-00001.npz"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"step-00001\.npz is not a checkpoint"):
        checkpoint.load(path)
