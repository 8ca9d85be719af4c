"""Files that a user named: replaced whole, written through links, and devices and pipes stay what they are."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from perfmon.store.output_file import is_plain, write_text, writing

_WRITE = """import sys
from perfmon.store.output_file import write_text
print("before")
write_text("written\\n", sys.argv[1])
print("after")
"""
_NODES = """mount -t tmpfs none dev; mknod -m 666 dev/null c 1 3; mknod -m 666 dev/full c 1 7
for one in null full; do "$@" dev/$one || true; stat -c "%F" dev/$one; done
"""
PRIVATE = ["unshare", "-m", "--propagation", "private", "bash", "-ec", _NODES, "bash"]


def names(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {path.name for path in folder.iterdir()}


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_what_the_umask_leaves(tmp_path: Path) -> None:
    """As every program makes files."""
    before = os.umask(0o027)
    try:
        write_text("ä", str(tmp_path / "new"))
    finally:
        os.umask(before)

    assert (tmp_path / "new").read_bytes() == "ä".encode()
    assert mode(tmp_path / "new") == 0o640
    assert names(tmp_path) == {"new"}


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    """Who has the old file open reads the old one to its end; the new one is as open to others as that was."""
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o604)
    with path.open() as reader:
        write_text("new", str(path))

        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert mode(path) == 0o604
    assert names(tmp_path) == {"file"}


def test_what_fails_leaves_the_file(tmp_path: Path) -> None:
    """The old file stays as it was, and nothing is left beside it; neither where there was none, or a link to none."""
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("nothing")
    for name in ("file", "link", "new"):
        with pytest.raises(ZeroDivisionError), writing(str(tmp_path / name)) as file:
            file.write(bytes(1 // 0))

    assert (tmp_path / "file").read_text() == "old"
    assert names(tmp_path) == {"file", "link"}


@pytest.mark.parametrize("target", ["there", "missing"])
def test_of_a_link_the_target_is_written(tmp_path: Path, target: str) -> None:
    """The links stay, over two of them and from folder to folder; the target is replaced in its own place."""
    far = tmp_path / "far"
    far.mkdir()
    (far / "there").write_text("old")
    inode = (far / "there").stat().st_ino
    (far / "second").symlink_to(target)
    (tmp_path / "first").symlink_to("far/second")
    write_text("new", str(tmp_path / "first"))

    assert (far / target).read_text() == "new"
    assert (far / "there").stat().st_ino != inode or target == "missing"
    assert os.readlink(tmp_path / "first") == "far/second"
    assert os.readlink(far / "second") == target
    assert names(tmp_path) == {"far", "first"}
    assert names(far) == {"there", "second", target}


def test_a_long_name(tmp_path: Path) -> None:
    """A name as long as the file system allows leaves room for a temporary one."""
    write_text("x", str(tmp_path / ("n" * 255)))

    assert names(tmp_path) == {"n" * 255}


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """A FIFO's reader gets all of it, and the FIFO stays."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(path.read_text()))
    reader.start()
    write_text("x" * 200_000, str(path))
    reader.join(30)

    assert got == ["x" * 200_000]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_socket_is_written_to(tmp_path: Path) -> None:
    """Whoever listens at a socket's path gets it."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        write_text("written", path)
        with listening.accept()[0] as connection:
            got = connection.makefile().read()

    assert got == "written"
    assert stat.S_ISSOCK(os.stat(path).st_mode)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(IsADirectoryError):
        write_text("x", str(tmp_path))

    assert names(tmp_path) == set()


@pytest.mark.parametrize("way", ["/proc/self/fd/1", "/proc/thread-self/fd/1", "/dev/fd/1", "stdout", "chain"])
@pytest.mark.parametrize("to", ["file", "pipe", "socket"])
def test_an_open_file_goes_on_where_it_is(tmp_path: Path, way: str, to: str) -> None:
    """By the name of a descriptor, what comes before and after stays, whatever the descriptor leads to."""
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    (tmp_path / "chain").symlink_to("stdout")
    command = [sys.executable, "-c", _WRITE, way]
    if to == "file":
        with (tmp_path / "out").open("w") as out:
            subprocess.run(command, cwd=tmp_path, stdout=out, check=True)
        got = (tmp_path / "out").read_text()
    elif to == "pipe":
        got = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True, text=True).stdout
    else:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            subprocess.run(command, cwd=tmp_path, stdout=theirs.fileno(), check=True)
            theirs.shutdown(socket.SHUT_WR)
            got = ours.makefile().read()

    assert got == "before\nwritten\nafter\n"
    assert os.readlink(tmp_path / "stdout") == "/proc/self/fd/1"
    assert names(tmp_path) <= {"stdout", "chain", "out"}


def test_an_open_file_of_another_process(tmp_path: Path) -> None:
    """It is written in place: the file that the process has open is the one that was meant."""
    path = tmp_path / "held"
    path.write_text("something long")
    with path.open("rb") as held:
        command = [sys.executable, "-c", _WRITE, f"/proc/{os.getpid()}/fd/{held.fileno()}"]
        subprocess.run(command, capture_output=True, check=True)

        assert held.read() == b"written\n"
    assert names(tmp_path) == {"held"}


def test_devices_stay_devices(tmp_path: Path) -> None:
    """Nodes like /dev/null and /dev/full, in a mount of the test's own: written to, and still what they were."""
    (tmp_path / "dev").mkdir()
    private = [*PRIVATE, sys.executable, "-c", _WRITE]
    if not shutil.which("unshare") or subprocess.run([*PRIVATE, "true"], cwd=tmp_path, capture_output=True).returncode:  # noqa: PLW1510 - asked for its status
        pytest.skip("mounts and device nodes cannot be made here")
    done = subprocess.run(private, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [
        *("before", "after", "character special file"),
        *("before", "character special file"),
    ]
    assert "No space left on device" in done.stderr


def test_what_is_plain(tmp_path: Path) -> None:
    """Whether a report can go to standard output beside it."""
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    os.mkfifo(tmp_path / "fifo")

    assert [is_plain(str(tmp_path / name)) for name in ("file", "link", "stdout", "fifo")] == [True, True, False, False]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_links_that_others_planted(tmp_path: Path) -> None:
    """In a folder such as /tmp, somebody else's link leads nowhere, as the kernel has it for every program."""
    if Path("/proc/sys/fs/protected_symlinks").read_text().strip() != "1":
        pytest.skip("this kernel follows such links")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    for target in ("mine", "missing"):
        (tmp_path / "mine").write_text("mine")
        (shared / target).symlink_to(tmp_path / target)
        os.chown(shared / target, 1234, 1234, follow_symlinks=False)
        with pytest.raises(PermissionError):
            write_text("theirs", str(shared / target))

    assert (tmp_path / "mine").read_text() == "mine"
    assert names(tmp_path) == {"mine", "shared"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_files_of_others_stay_theirs(tmp_path: Path) -> None:
    """What root replaces keeps its owner; who may not write a file may not replace it either."""
    path = tmp_path / "file"
    path.write_text("old")
    os.chown(path, 1234, 1235)
    write_text("new", str(path))
    path.chmod(0o444)
    tmp_path.chmod(0o777)
    code = "import os, sys; os.setgid(4321); os.setuid(4321); exec(sys.argv.pop(1))"
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    code = f"from perfmon.store import output_file; {code}"
    done = subprocess.run([sys.executable, "-c", code, _WRITE, path], capture_output=True, text=True, check=False)

    assert "PermissionError" in done.stderr
    assert path.read_text() == "new"
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)
    assert names(tmp_path) == {"file"}
