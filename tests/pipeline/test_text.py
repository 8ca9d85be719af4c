"""The text: what is read, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sae import text

if TYPE_CHECKING:
    from pathlib import Path


def test_each_tenth_file_is_held_out(tmp_path: Path) -> None:
    """Files count in the order of their paths; what others installed is not read."""
    for number in range(20):
        (tmp_path / f"{number:02d}.py").write_text(chr(ord("a") + number) * 40)
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "00.py").write_text("!" * 40)

    read = text.read_text(str(tmp_path))

    assert read.held_out.tobytes() == b"j" * 40 + b"t" * 40
    assert read.train.tobytes() == b"".join(bytes([c]) * 40 for c in b"abcdefghiklmnopqrs")


@pytest.mark.parametrize(("files", "message"), [(3, "has 3 Python sources"), (10, "too short to learn from")])
def test_too_little_text_is_told(tmp_path: Path, files: int, message: str) -> None:
    """A folder without enough text gets a sentence."""
    for number in range(files):
        (tmp_path / f"{number}.py").write_text("1")

    with pytest.raises(ValueError, match=message):
        text.read_text(str(tmp_path))


def test_windows_end_right_before_their_position() -> None:
    """The byte at the position is what is to be guessed, so it is not in the window."""
    letters = np.frombuffer(b"abcdefgh", np.uint8)

    found = text.windows(letters, np.array([3, 8]), 3)

    assert [bytes(row.astype(np.uint8)) for row in found] == [b"abc", b"fgh"]


def test_positions_go_round() -> None:
    """Batches follow each other, and after the last byte the first that has bytes enough before it comes again."""
    letters = np.zeros(text.LOOK_BACK + 5, np.uint8)

    found = [text.consecutive_positions(letters, 3, number) - text.LOOK_BACK for number in range(3)]

    assert [batch.tolist() for batch in found] == [[0, 1, 2], [3, 4, 0], [1, 2, 3]]


def test_indentation_is_spaces_after_a_newline() -> None:
    """A position is in the indentation if nothing but spaces stands before it on its line."""
    code = b"#" * text.LOOK_BACK + b"a b\n  c d"
    positions = np.arange(text.LOOK_BACK, len(code))

    found = text.in_indentation(np.frombuffer(code, np.uint8), positions)

    assert [chr(code[position]) for position in positions[found]] == [" ", " ", "c"]
