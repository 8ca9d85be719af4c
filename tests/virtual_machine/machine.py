"""Boots the machine with QEMU, passes on what it says, and returns how its command ended."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.virtual_machine.archive import initial
from tests.virtual_machine.kernel import Kernel, NoMachine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.virtual_machine.disk import Disk

HERE = Path(__file__).parent
TIME_IS_UP = 124
_CONSOLE = "console"  # the file that its kernel's messages go to
_SAID = 2000  # how much of the kernel's messages is shown where it failed


class Machine(NamedTuple):
    """What it is made of: MiB of memory, CPUs, folders that are written through, and a disk."""

    memory: int
    cpus: int
    shared: tuple[Path, ...]
    disk: Disk | None


def run(command: Sequence[str], machine: Machine, kernel: Kernel, seconds: float | None) -> int:
    """Run a command in it, and return its exit status, or 124 when the time is up.

    Raises:
        NoMachine: it cannot be started, or its kernel did not get as far as the command.
    """
    with tempfile.TemporaryDirectory(prefix="virtual-machine-") as name:
        folder = Path(name)
        _prepare(folder, command, machine, kernel)
        ends = [os.pipe(), os.pipe()]
        writing = tuple(end for _, end in ends)
        with subprocess.Popen(
            _words(folder, machine, kernel, writing), pass_fds=writing, stdin=subprocess.DEVNULL
        ) as qemu:
            try:
                for end in writing:
                    os.close(end)
                in_time = _pass_on([end for end, _ in ends], seconds)
            finally:
                qemu.kill()
        if not in_time:
            return TIME_IS_UP
        try:
            return int((folder / "control" / "status").read_text())
        except (OSError, ValueError):
            raise NoMachine(_why_not(folder / _CONSOLE)) from None


def _prepare(folder: Path, command: Sequence[str], machine: Machine, kernel: Kernel) -> None:
    """Write what it boots from, and what it is to do once it is up."""
    busybox = shutil.which("busybox")
    if busybox is None:
        raise NoMachine("there is no busybox: apt-get install busybox-static")
    init = (HERE / "init.sh").read_bytes()
    (folder / "archive").write_bytes(initial(init, Path(busybox).read_bytes(), kernel.modules))
    control = folder / "control"
    control.mkdir()
    shutil.copy(HERE / "inside.sh", control)
    names = "".join(f"{path}\n" for path in machine.shared)
    (control / "shared").write_text(names)
    if machine.disk:
        machine.disk.made(folder / "disk")
        (control / "disk").write_text(f"{machine.disk.folder}\n{machine.disk.options}\n")
    words = ["env", "-i", *(f"{name}={value}" for name, value in os.environ.items()), *command]
    (control / "command").write_text(f"cd {shlex.quote(os.getcwd())} && exec {shlex.join(words)}\n")


def _words(folder: Path, machine: Machine, kernel: Kernel, output: tuple[int, ...]) -> list[str]:
    """QEMU's command line."""
    program = shutil.which("qemu-system-x86_64")
    if program is None:
        raise NoMachine("there is no qemu-system-x86_64: apt-get install qemu-system-x86")
    fast = is_fast()
    if not fast:
        print("scripts/virtual-machine: KVM does not work here; this will be slow", file=sys.stderr)
    words = [program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    words += ["-accel", "kvm" if fast else "tcg", "-cpu", "host,arch-capabilities=off" if fast else "max"]
    words += ["-m", str(machine.memory), "-smp", str(machine.cpus)]
    words += ["-kernel", str(kernel.image), "-initrd", str(folder / "archive")]
    words += ["-append", "console=ttyS0 quiet panic=-1 psi=1 cgroup_no_v1=all"]
    words += ["-serial", f"file:{folder / _CONSOLE}", "-device", "virtio-serial-pci"]
    for number, end in enumerate(output, 1):
        words += [
            "-add-fd",
            f"fd={end},set={number}",
            "-chardev",
            f"file,id=out{number},path=/dev/fdset/{number},append=on",
        ]
        words += ["-device", f"virtserialport,chardev=out{number},nr={number}"]
    words += _folder("root", Path("/"), ",readonly=on") + _folder("control", folder / "control")
    for number, path in enumerate(machine.shared, 1):
        words += _folder(f"shared{number}", path)
    if machine.disk:
        words += ["-drive", f"if=virtio,format=raw,file={machine.disk.made(folder / 'disk')}"]
    return words


def is_fast() -> bool:
    """Whether KVM runs any kernel. KVM with neither of the processors' modules (PVM) runs only those made for it."""
    processors = ("/sys/module/kvm_amd", "/sys/module/kvm_intel")
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and any(map(os.path.exists, processors))


def _folder(tag: str, path: Path, more: str = "") -> list[str]:
    share = f"local,id={tag},path={path},security_model=none,multidevs=remap{more}"
    return ["-fsdev", share, "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]


def _why_not(console: Path) -> str:
    try:
        said = console.read_text(errors="replace")[-_SAID:]
    except OSError:
        return "QEMU did not start"
    return f"the machine did not get to the command's end; its kernel said:\n{said}"


def _pass_on(ends: Sequence[int], seconds: float | None) -> bool:
    """Copy both streams to ours until the machine is off; False when the time is up before that."""
    deadline = None if seconds is None else time.monotonic() + seconds
    with selectors.DefaultSelector() as waiting:
        for end, ours in zip(ends, (1, 2), strict=True):
            waiting.register(end, selectors.EVENT_READ, ours)
        while waiting.get_map():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            for key, _ in waiting.select(left):
                if data := os.read(key.fd, 1 << 16):
                    _write(key.data, data)
                else:
                    waiting.unregister(key.fd)
                    os.close(key.fd)
    return True


def _write(end: int, data: bytes) -> None:
    while data:
        data = data[os.write(end, data) :]
