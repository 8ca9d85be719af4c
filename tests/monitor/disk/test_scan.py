"""How a folder tree is measured bit by bit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from perfmon.disk.scan import Scan
from perfmon.disk.top_files import TopFiles

HOUR = 3600.0


class Machine:
    """A scan whose clocks are the test's: each look at the monotonic one takes a millisecond.

    Its wall clock is an hour ahead of the files' at first, so that all of them have long been quiet.
    """

    def __init__(self, folder: Path, **options: float) -> None:
        self.now = 0.0
        self.ahead = HOUR
        self.scan = Scan(str(folder), monotonic=self._monotonic, wall=self._wall, **options)  # type: ignore[arg-type]  # only old_before is given

    def _monotonic(self) -> float:
        self.now += 0.001
        return self.now

    def _wall(self) -> float:
        return os.stat("/proc/self").st_ctime + self.ahead

    def passes(self, slices: float = 1e9) -> int:
        """Go on to the end of the pass in slices of so many seconds, and return how many it took."""
        count = 1
        while not self.scan.advance(slices):
            count += 1
        return count


def blocks(path: Path) -> int:
    """Allocated bytes of a file, by stat(2)."""
    return path.lstat().st_blocks * 512


def make_tree(folder: Path, folders: int, files: int) -> None:
    """So many folders with so many empty files in each."""
    for number in range(folders):
        (folder / str(number)).mkdir(parents=True)
        for name in range(files):
            (folder / str(number) / str(name)).touch()


def test_allocated_bytes_as_du_counts(tmp_path: Path) -> None:
    """Sparse files count what is allocated, hard links once, symbolic links not what they point to."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    full, sparse = tmp_path / "full", tmp_path / "deep" / "sparse"
    full.write_bytes(b"x" * 100_000)
    sparse.touch()
    os.truncate(sparse, 50_000_000)
    os.link(full, tmp_path / "deep" / "er" / "again")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.sync()
    scan = Scan(str(tmp_path))
    complete = scan.advance(10)

    assert complete
    assert scan.totals.size_bytes == blocks(full) + blocks(sparse) + blocks(tmp_path / "loop")
    assert scan.totals.apparent_bytes == 100_000 + 50_000_000 + len(str(tmp_path))
    assert scan.totals.files == 3
    assert scan.totals.old_bytes == 0


def test_what_is_left_out_does_not_count(tmp_path: Path) -> None:
    """The recordings themselves are not the job's growth."""
    make_tree(tmp_path, 2, 1)
    scan = Scan(str(tmp_path), left_out=(str(tmp_path / "1"),))
    scan.advance(10)

    assert scan.totals.files == 1


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Names are bytes to the kernel, and so they are here."""
    os.mkdir(os.fsencode(tmp_path) + b"/\xff\xfe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe/\xfd")).touch()
    scan = Scan(str(tmp_path))
    scan.advance(10)

    assert scan.totals.files == 1


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is an error, not an empty folder."""
    with pytest.raises(FileNotFoundError):
        Scan(str(tmp_path / "nowhere")).advance(10)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it."""
    shutil.rmtree(folder / "3")


def move_folder(folder: Path) -> None:
    """Give a folder another name, in another one."""
    (folder / "3").rename(folder / "4" / "moved")


def link_files(folder: Path) -> None:
    """Give files second names, and one of them a third and the same in its own folder."""
    for name in range(3):
        os.link(folder / "1" / str(name), folder / "2" / f"link-{name}")
    os.link(folder / "1" / "0", folder / "1" / "third")


def remove_one_name(folder: Path) -> None:
    """Remove the first of a file's two names."""
    os.link(folder / "1" / "0", folder / "2" / "link")
    (folder / "1" / "0").unlink()


def grow(folder: Path) -> None:
    """Let a file grow in place, which does not change its folder."""
    (folder / "2" / "2").write_bytes(b"x" * 100_000)


@pytest.mark.parametrize("change", [remove_folder, move_folder, link_files, remove_one_name, grow])
def test_later_passes_equal_a_first_one(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """Whatever happens to a tree, the next pass over all of it says what somebody says who sees it the first time."""
    make_tree(tmp_path, 6, 5)
    for path in tmp_path.glob("*/*"):
        path.write_bytes(b"x" * 5000)
    machine = Machine(tmp_path)
    machine.passes()
    change(tmp_path)
    machine.passes()
    fresh = Scan(str(tmp_path))
    fresh.advance(10)

    assert machine.scan.totals == fresh.totals
    assert machine.scan.age_seconds < 0.1


def test_a_link_that_loses_a_name_still_counts_once(tmp_path: Path) -> None:
    """A file with names in two folders counts once while it has any of them, and then no more."""
    make_tree(tmp_path, 2, 1)
    first, second = tmp_path / "0" / "0", tmp_path / "1" / "again"
    os.link(first, second)
    machine = Machine(tmp_path)
    changes: list[Callable[[], object]] = [lambda: None, first.unlink, second.unlink]
    counts = []
    for remove in changes:
        remove()
        machine.passes()
        counts.append(machine.scan.totals.files)

    assert counts == [2, 2, 1]


def test_a_pass_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    """Slices of a few milliseconds come to the same sums, also within one large folder."""
    make_tree(tmp_path, 3, 500)
    machine = Machine(tmp_path)
    slices = machine.passes(0.004)

    assert slices > 5
    assert machine.scan.totals.files == 1500


def test_changed_folders_come_first_and_quiet_ones_in_turn(tmp_path: Path) -> None:
    """With little time a pass sees each change of names, and comes to look at every quiet folder in turn."""
    make_tree(tmp_path, 30, 1)
    machine = Machine(tmp_path)
    machine.passes()
    (tmp_path / "7" / "new").touch()
    (tmp_path / "8" / "0").write_bytes(b"x" * 100_000)
    machine.passes(0.001)
    files, age, began = machine.scan.totals.files, machine.scan.age_seconds, machine.now
    while machine.scan.totals.apparent_bytes < 100_000:
        machine.passes(0.001)

    assert files == 31
    assert age > 0.03
    assert machine.now - began < 10
    assert machine.scan.age_seconds < 10


def test_folders_where_files_change_are_looked_into_each_time(tmp_path: Path) -> None:
    """Files that are being written show in the next pass, though their folders' names do not change."""
    make_tree(tmp_path, 300, 1)
    machine = Machine(tmp_path)
    machine.ahead = 0.0
    machine.passes()
    for path in tmp_path.glob("*/0"):
        path.write_bytes(b"x" * 1000)
    machine.passes(0.001)

    assert machine.scan.totals.apparent_bytes == 300 * 1000


def test_removed_folders_are_gone_at_once(tmp_path: Path) -> None:
    """Also a pass that has little time counts nothing that lay in a folder that is gone."""
    make_tree(tmp_path, 300, 1)
    machine = Machine(tmp_path)
    machine.passes()
    shutil.rmtree(next(reversed(machine.scan._listings)))  # the one whose turn comes last
    machine.passes(0.001)

    assert machine.scan.totals.files == 299


def test_the_last_pass_sees_everything_once_more(tmp_path: Path) -> None:
    """It is told apart from one whose time was over, which knows each folder, but some only from before."""
    make_tree(tmp_path, 30, 1)
    machine = Machine(tmp_path)
    machine.passes()
    before = machine.now
    short, whole = TopFiles(), TopFiles()
    known = machine.scan.finish(0.05, short)
    known_whole = machine.scan.finish(10.0, whole)

    assert (known, short.is_complete) == (True, False)
    assert (known_whole, whole.is_complete) == (True, True)
    assert machine.scan.age_seconds < machine.now - before
    assert len(whole.facts()["largest"]) == 10


def test_a_last_pass_that_never_saw_all_is_not_complete(tmp_path: Path) -> None:
    """Where even the first pass was not through the sums are a part, and it says so."""
    make_tree(tmp_path, 30, 1)

    assert not Machine(tmp_path).scan.finish(0.01, TopFiles())


def test_what_is_older_than_the_start_is_told_apart(tmp_path: Path) -> None:
    """A file that was there before the moment counts as old."""
    (tmp_path / "old").write_bytes(b"x" * 10_000)
    moment = (tmp_path / "old").stat().st_ctime + 0.001
    scan = Scan(str(tmp_path), old_before=moment)
    scan.advance(10)

    assert scan.totals.old_bytes == scan.totals.size_bytes == blocks(tmp_path / "old")
