"""What the rows of watched folders say."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from perfmon.collector import Target, Tick
from perfmon.collectors.folder import Folder
from perfmon.collectors.job import Job
from perfmon.linux.mounts import are_writes_counted, mountinfo, no_disks
from perfmon.linux.process_tree import Tree, children
from perfmon.recorder.sampler import Sampler
from perfmon.store import run_clock
from perfmon.store.run_folder import create
from perfmon.store.run_json import Labels
from perfmon.store.seal import seal
from perfmon.store.segments import Segments
from tests.conftest import OnlyRun, Perfmon, tables


def watch(*folders: Path, begin_time: float = 0.0) -> Folder:
    """A collector that watches these folders."""
    return Folder(Target(Tree(os.getpid(), include_top=True), tuple(map(str, folders)), (), begin_time, ""))


def test_growth_is_what_the_run_brought(tmp_path: Path) -> None:
    """A file older than the start is the baseline; what comes later is growth, and what is removed is not any more."""
    (tmp_path / "old").write_bytes(b"x" * 10_000)
    folder = watch(tmp_path, begin_time=(tmp_path / "old").stat().st_ctime + 0.1)
    changes: list[Callable[[], object]] = [lambda: None, (tmp_path / "new").touch, (tmp_path / "old").unlink]
    growths = []
    for change in changes:
        change()
        ((_, row),) = folder.collect(Tick()).rows
        growths.append((row["files"], row["growth_bytes"]))
    old = 12_288  # 10 000 bytes in blocks of 4 KiB

    assert growths == [(1, 0), (2, 0), (1, -old)]


def test_growth_counts_from_the_same_bytes_after_a_death(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper that dies is followed by one that counts from where it did: what was removed meanwhile is not lost."""
    monkeypatch.setattr("perfmon.recorder.isolated_collector._BACK_OFF_SECONDS", (0.0,))
    watched = tmp_path / "watched"
    watched.mkdir()
    old = watched / "old"
    old.write_bytes(b"x" * 10_000)
    run = create(str(tmp_path / "runs"), Labels(), {}, command=["x"], interval=1.0, folders=[])
    begin = old.stat().st_ctime + 0.1
    target = Target(Tree(os.getpid(), include_top=True), (str(watched),), (), begin, run.folder)
    rows = Segments(run, {})
    sampler = Sampler((Folder,), target, rows, run_clock.of_run(run.facts))
    sampler.sample(0.0)
    while "folders_before" not in sampler.facts:
        select.select(sampler.filenos(), [], [], 10)
        sampler.drain()
    before = children(os.getpid())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    old.unlink()
    (watched / "new").write_bytes(b"x" * 20_000)
    while not set(children(os.getpid())) - set(before):  # nobody takes the next question, so that a new one is started
        sampler.sample(0.0)
    sampler.sample(0.0, last=True)
    sampler.finish()
    rows.close()
    seal(run.folder)
    growths = tables(tmp_path / "runs").execute("select growth_bytes from folder order by t").fetchall()

    assert (growths[0], growths[-1]) == ((0,), (20_480 - 12_288,))


def test_every_folder_has_its_turn(tmp_path: Path) -> None:
    """Rows of several folders stand side by side, with the space that their file system has."""
    for name in "ab":
        (tmp_path / name).mkdir()
    rows = [row for _, row in watch(tmp_path / "a", tmp_path / "b").collect(Tick()).rows]
    space = os.statvfs(tmp_path)

    assert [row["path"] for row in rows] == [str(tmp_path / name) for name in "ab"]
    assert [row["free_inodes"] for row in rows] == [space.f_favail or None] * 2
    assert rows[0]["free_bytes"] == pytest.approx(space.f_bavail * space.f_frsize, rel=0.01)


def test_a_missing_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    """A folder that is not there makes no row but says why, and its neighbour has its row."""
    reading = watch(tmp_path / "nowhere", tmp_path).collect(Tick())

    assert [row["path"] for _, row in reading.rows] == [str(tmp_path)]
    assert [(one.entity, one.reason) for one in reading.unknown] == [(str(tmp_path / "nowhere"), "not_found")]


def test_looking_takes_no_more_than_its_share(tmp_path: Path) -> None:
    """A tree that takes long is looked at in slices: of 100 s one second and the credit at the start."""
    for number in range(5000):
        (tmp_path / str(number)).touch()
    now = 0.0

    def monotonic() -> float:
        nonlocal now
        now += 0.0005
        return now

    folder = Folder(Target(Tree(os.getpid(), include_top=True), (str(tmp_path),), (), 0.0, ""), monotonic)
    spent = 0.0
    while now < 100:
        begin = now
        folder.collect(Tick())
        spent += now - begin
        now += 1.0

    assert 0.9 < spent < 1.0 + 0.1 + 0.1


def test_what_is_not_through_at_the_end_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a sum is never shown as the sum: where time is short the last row has nulls, and the reason."""
    monkeypatch.setattr("perfmon.collectors.folder._LAST_SECONDS", 1e-6)
    reading = watch(tmp_path).collect(Tick(last=True))
    ((_, row),) = reading.rows
    sizes = ("size_bytes", "apparent_bytes", "files", "growth_bytes", "age_seconds")

    assert [row[name] for name in sizes] == [None] * 5
    assert [(one.column, one.reason) for one in reading.unknown] == [(name, "timeout") for name in sizes]
    assert row["free_bytes"] is not None
    assert reading.facts == {"folders_before": {}, "folders_top": []}


def test_top_files_at_the_end(perfmon: Perfmon, tmp_path: Path, only_run: OnlyRun) -> None:
    """run.json names the largest and the newest files, each once, whatever its names."""
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    os.link(tmp_path / "large", tmp_path / "same")
    perfmon("run", "--", "sh", "-c", "echo > later; touch -d 2001-01-01 older")
    (top,) = json.loads((only_run() / "run.json").read_text())["folders_top"]
    names = [[Path(file["path"]).name for file in top[key]] for key in ("largest", "newest")]

    assert top["folder"] == str(tmp_path)
    assert names[0][0] in ("large", "same")
    assert names[1][0] == "later"
    assert [len(each) for each in names] == [3, 3]
    assert top["newest"][-1]["modified"] == "2001-01-01T00:00:00.000000Z"


def test_mounts_without_a_disk() -> None:
    """Files of the kernel's own file systems take no disk, and the lengths that they tell are made up."""
    mountinfo = (
        "22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
        "28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n"
        "30 28 0:5 / /proc rw - proc proc rw\n"
    )

    assert list(no_disks(mountinfo)) == ["/sys", "/proc"]


def test_watching_goes_on_when_the_folder_comes_back(tmp_path: Path) -> None:
    """A folder that was removed and made again counts what is in it now."""
    there = tmp_path / "there"
    there.mkdir()
    (there / "a").touch()
    folder = watch(there)
    changes: list[Callable[[], object]] = [lambda: None, lambda: shutil.rmtree(there), there.mkdir]
    counts = []
    for change in changes:
        change()
        counts.append([row["files"] for _, row in folder.collect(Tick()).rows])

    assert counts == [[1], [], [0]]


def test_folders_in_which_nothing_changes_rest(tmp_path: Path) -> None:
    """They need not be asked for a quarter of the time since something changed, once a second if the job writes."""
    now = 0.0
    folder = Folder(Target(Tree(os.getpid(), include_top=True), (str(tmp_path),), (), 0.0, ""), lambda: now)

    def rest_at(seconds: float) -> tuple[float, float]:
        nonlocal now
        now = seconds
        reading = folder.collect(Tick())
        return reading.rest_seconds, reading.sleep_seconds

    quiet = [rest_at(seconds) for seconds in (0.0, 1.0, 2.0, 60.0)]
    (tmp_path / "new").write_bytes(b"x")

    is_counted = are_writes_counted([str(tmp_path)], mountinfo())
    assert quiet == [(0.0, 0.0), (0.25, 0.25), (0.5, 0.5), (0.95, 4.95 if is_counted else 0.95)]
    assert [rest_at(seconds) for seconds in (61.0, 62.0)] == [(0.0, 0.0), (0.25, 0.25)]
    tmp_path.rename(tmp_path.with_name("gone"))
    assert rest_at(63.0) == (0.0, 0.0)


def test_what_the_job_writes_shows_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that sleeps for seconds is asked at the very tick in which the job is seen to have written."""
    if not are_writes_counted([str(tmp_path)], mountinfo()):
        pytest.skip("the kernel does not count what is written here")
    monkeypatch.setattr("perfmon.collectors.folder._REST_SHARE", 1e6)
    monkeypatch.setattr("perfmon.collectors.folder._REST_SECONDS", 0.0)
    monkeypatch.setattr("perfmon.recorder.isolated_collector._ROUND", 0)
    watched = tmp_path / "watched"
    watched.mkdir()
    run = create(str(tmp_path / "runs"), Labels(), {}, command=["x"], interval=1.0, folders=[])
    rows = Segments(run, {})
    words = ["sh", "-c", "read go; head -c 20000 /dev/zero > new; echo; read go"]
    with subprocess.Popen(words, cwd=watched, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
        assert job.stdin is not None
        assert job.stdout is not None
        target = Target(Tree(job.pid, include_top=True), (str(watched),), (), 0.0, run.folder)
        sampler = Sampler((Job, Folder), target, rows, run_clock.of_run(run.facts))
        begin = time.monotonic()
        for number in range(6):
            if number == 5:
                job.stdin.write(b"go\n")
                job.stdin.flush()
                job.stdout.readline()
            sampler.sample(0.0)
            while sampler.filenos():
                select.select(sampler.filenos(), [], [], 10)
                sampler.drain()
        took = time.monotonic() - begin
    sampler.finish()
    rows.close()
    seal(run.folder)
    growths = tables(tmp_path / "runs").execute("select growth_bytes from folder order by t").fetchall()

    assert took < 4.95
    assert growths == [(0,), (0,), (20_480,)]


def test_where_writes_are_counted() -> None:
    """On disks; not in memory, nor where a program serves the files, nor where such a mount is below."""
    text = (
        "22 1 8:1 / / rw - ext4 /dev/root rw\n23 22 0:4 / /proc rw - proc proc rw\n"
        "24 22 0:5 / /dev/shm rw - tmpfs none rw\n25 22 0:6 / /data rw - fuse.sshfs host: rw\n"
        "26 22 0:7 / /data/disk rw - xfs /dev/b rw\n"
    )
    folders = ("/", "/work", "/proc", "/dev/shm/a", "/data", "/data/disk")

    assert [folder for folder in folders if are_writes_counted([folder], text)] == ["/work", "/data/disk"]
    assert not are_writes_counted(["/work", "/data"], text)
    assert not are_writes_counted(["/work"], "")
