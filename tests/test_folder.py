"""What a watched folder's files take on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfmon.collectors.folder import scan


def blocks(path: Path) -> int:
    """Allocated bytes of a file, by stat(2)."""
    return path.lstat().st_blocks * 512


def test_allocated_bytes_as_du_counts(tmp_path: Path) -> None:
    """Sparse files count what is allocated, hard links once, symbolic links not what they point to."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    full, sparse = tmp_path / "full", tmp_path / "deep" / "sparse"
    full.write_bytes(b"x" * 100_000)
    sparse.write_bytes(b"")
    os.truncate(sparse, 50_000_000)
    os.link(full, tmp_path / "deep" / "er" / "again")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.sync()
    size = scan(str(tmp_path), own_paths=(), old_before=0.0)

    assert size.size_bytes == blocks(full) + blocks(sparse) + blocks(tmp_path / "loop")
    assert 100_000 <= size.size_bytes < 1_000_000
    assert size.files == 3
    assert size.old_bytes == 0


def test_own_folders_are_left_out(tmp_path: Path) -> None:
    """The recordings themselves do not count as the job's growth."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "r").write_bytes(b"x" * 10_000)
    (tmp_path / "kept").write_bytes(b"x" * 10_000)

    assert scan(str(tmp_path), own_paths=(str(tmp_path / "runs"),), old_before=0.0).files == 1


def test_what_is_older_than_the_start_is_the_baseline(tmp_path: Path) -> None:
    """A file that was there before the moment counts as old."""
    (tmp_path / "old").write_bytes(b"x" * 10_000)
    moment = (tmp_path / "old").stat().st_ctime + 0.001
    size = scan(str(tmp_path), own_paths=(), old_before=moment)

    assert size.old_bytes == size.size_bytes


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Names are bytes to the kernel, and so they are here."""
    os.mkdir(os.fsencode(tmp_path) + b"/\xff\xfe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe/\xfd")).write_bytes(b"x")

    assert scan(str(tmp_path), own_paths=(), old_before=0.0).files == 1


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is an error, not an empty folder."""
    with pytest.raises(FileNotFoundError):
        scan(str(tmp_path / "nowhere"), own_paths=(), old_before=0.0)
