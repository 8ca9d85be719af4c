"""A disk of the machine's own: ext4, in a file that takes space only where it is written to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.virtual_machine.kernel import NoMachine

_BYTES = 2 << 30


class Disk(NamedTuple):
    """Where it is mounted, the file it is in (the empty path: one of its own), and whether it has quotas."""

    folder: Path
    image: Path
    quota: bool

    def made(self, spare: Path) -> Path:
        """The file that holds it, or else `spare`; made where there is none.

        Raises:
            NoMachine: no file system can be made.
        """
        image = spare if self.image == Path() else self.image.absolute()
        if image.exists():
            return image
        program = shutil.which("mkfs.ext4", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if program is None:
            raise NoMachine("a disk needs mkfs.ext4: apt-get install e2fsprogs")
        with image.open("wb") as file:
            file.truncate(_BYTES)
        quota = ["-O", "quota,project", "-E", "quotatype=usrquota:prjquota"] if self.quota else []
        subprocess.run([program, "-q", "-F", *quota, image], check=True)
        return image

    @property
    def options(self) -> str:
        """How it is to be mounted."""
        return "usrquota,prjquota" if self.quota else "defaults"
