"""Records a job whose user has used up a quota, for test_virtual_machine.py: run in that machine.

It is run as `in_quota.py OUT DISK`; DISK is mounted with quotas of users.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

PERFMON = str(Path(sys.executable).with_name("perfmon"))
Q_SETQUOTA_OF_USERS = (0x800008 << 8) & 0xFFFFFFFF
MIB = 2**20
# Fills what the user may have, tells with which error that ended, and makes room again after a while.
FILL = """
import glob, os, time
while sum(map(os.path.getsize, glob.glob('runs/*/journal/*'))) < 10000:
    time.sleep(0.1)
try:
    with open('ballast', 'wb', buffering=0) as file:
        while file.write(b'x' * 65536):
            pass
except OSError as error:
    print(error.errno)
time.sleep(2)
os.remove('ballast')
time.sleep(2)
"""


def main() -> None:
    """The user who records and works may have 6 MiB. Root obeys a quota only without CAP_SYS_RESOURCE."""
    out, disk = map(Path, sys.argv[1:])
    _allow(disk, 6 * MIB)
    words = ["setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]
    words += [PERFMON, "run", "--interval", "100ms", "--", sys.executable, "-EsS", "-c", FILL]
    done = subprocess.run(words, cwd=disk, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    shutil.copytree(disk / "runs", out / "quota")
    (out / "quota.txt").write_text(done.stdout)


def _allow(disk: Path, size: int) -> None:
    """Set user 0's limit for blocks (struct if_dqblk of quotactl(2), in KiB), on the device mounted at `disk`."""
    limits = struct.pack("8QI4x", size >> 10, 0, 0, 0, 0, 0, 0, 0, 1)
    (device,) = (line.split()[0] for line in Path("/proc/mounts").read_text().splitlines() if f" {disk} " in line)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.quotactl(ctypes.c_uint(Q_SETQUOTA_OF_USERS), device.encode(), 0, limits):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), device)


if __name__ == "__main__":
    main()
