"""Runs a command under another kernel: in a virtual machine that sees this machine's files.

Control groups are of version 2 there, with all controllers, and the kernel tells pressure (PSI). What is written stays
in the machine's memory and is gone afterwards, except in folders named with --out. The command runs as root in the
current folder, with this environment; its exit status is ours. 124: the time was up; 125: there was no machine. Where
KVM does not work the machine is emulated, some ten times slower than this one.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from tests.virtual_machine import kernel
from tests.virtual_machine.disk import Disk
from tests.virtual_machine.kernel import NoMachine
from tests.virtual_machine.machine import Machine, is_fast, run

EXAMPLES = """examples:
  scripts/virtual-machine cat /proc/version /sys/fs/cgroup/cgroup.controllers
  scripts/virtual-machine --out /tmp/kept --time 60 .venv/bin/perfmon run --runs /tmp/kept -- sleep 1
  scripts/virtual-machine --disk /mnt --quota sh -c 'df /mnt'
  scripts/virtual-machine --kernel unpacked-package uname -r

needs: apt-get install qemu-system-x86 busybox-static linux-image-amd64
"""


def main() -> int:
    """Boot, run, and say how it went."""
    parser = argparse.ArgumentParser(
        prog="scripts/virtual-machine",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--memory", type=int, default=2048, metavar="MIB", help="its memory (default: %(default)s)")
    cpus = os.cpu_count() if is_fast() else 1  # emulated, two that change the kernel's code at once may bring it down
    parser.add_argument("--cpus", type=int, default=cpus, metavar="N", help="its CPUs (default: %(default)s)")
    parser.add_argument("--time", type=float, metavar="SECONDS", help="end it after so long (default: never)")
    parser.add_argument("--out", action="append", default=[], metavar="FOLDER", help="what is written here is kept")
    parser.add_argument("--disk", metavar="FOLDER", help="an empty ext4 disk of 2 GiB is mounted here")
    parser.add_argument("--image", metavar="FILE", help="the disk is this file, made if there is none, and is kept")
    parser.add_argument("--quota", action="store_true", help="the disk has quotas of users and projects, none set")
    parser.add_argument("--kernel", metavar="FOLDER", default="/", help="whose boot/ and lib/modules/ (default: /)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    options = parser.parse_args()
    if not options.command:
        parser.error("no command was given")
    if (options.quota or options.image) and not options.disk:
        parser.error("--quota and --image need --disk: where is it to be mounted?")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    disk = Disk(Path(options.disk).absolute(), Path(options.image or ""), options.quota) if options.disk else None
    shared = tuple(Path(folder).absolute() for folder in options.out)
    machine = Machine(options.memory, options.cpus, shared, disk)
    try:
        return run(options.command, machine, kernel.find(Path(options.kernel)), options.time)
    except NoMachine as error:
        print(f"scripts/virtual-machine: {error}", file=sys.stderr)
        return 125
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
