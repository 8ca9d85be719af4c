"""A Debian kernel and the modules that it needs to see this machine's files."""

from __future__ import annotations

import lzma
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

# What the machine is made of; a kernel that has one of them built in has no file of it.
WANTED = (
    *("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_console"),
    *("virtio_blk", "crc32c_generic", "ext4", "quota_v2"),
)
MISSING = "in {folder} there is no kernel with 9p: apt-get install linux-image-amd64, or --kernel FOLDER"


class NoMachine(Exception):
    """There can be no virtual machine here, and this is why."""


class Kernel(NamedTuple):
    """An image that can be booted, and the content of its modules in the order in which they load."""

    image: Path
    modules: tuple[bytes, ...]


def find(folder: Path) -> Kernel:
    """The newest kernel below a folder that knows 9p; those made for clouds do not.

    Raises:
        NoMachine: there is none.
    """
    for image in sorted((folder / "boot").glob("vmlinuz-*"), key=_version, reverse=True):
        for place in ("lib/modules", "usr/lib/modules"):
            modules = folder / place / image.name.removeprefix("vmlinuz-")
            files = {re.sub(r"\.ko.*", "", file.name).replace("-", "_"): file for file in modules.rglob("*.ko*")}
            if "9p" in files:
                return Kernel(image, tuple(_in_order(files)))
    raise NoMachine(MISSING.format(folder=folder))


def _version(image: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", image.name)]


def _in_order(files: dict[str, Path]) -> list[bytes]:
    """The wanted modules, each after those it depends on."""
    loaded: dict[str, bytes] = {}

    def load(name: str) -> None:
        if name in files and name not in loaded:
            content = _content(files[name])
            needed = re.search(rb"\0depends=([^\0]*)\0", content)
            for other in needed[1].decode().split(",") if needed else ():
                load(other.replace("-", "_"))
            loaded[name] = content

    for name in WANTED:
        load(name)
    return list(loaded.values())


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    return lzma.decompress(content) if file.suffix == ".xz" else content
