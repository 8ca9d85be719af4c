"""Records jobs in control groups of version 2 that are made for them, and writes down the groups' files beside.

    scripts/virtual-machine --out /tmp/v2 .venv/bin/python scripts/record-groups /tmp/v2 [SITUATION ...]

For each situation there is NAME.json then: the kernel, what is known of the job, and the text of every file that
perfmon reads, all from one moment; and a folder NAME with perfmon's run. The folder `groups` beside this file holds
some of the first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path("/sys/fs/cgroup")
PERFMON = str(Path(sys.executable).with_name("perfmon"))
FILES = (
    *("cgroup.type", "cgroup.procs", "cpu.max", "cpu.stat", "memory.max", "memory.stat", "memory.events"),
    *("memory.peak", "memory.current", "cpu.pressure", "memory.pressure", "io.pressure"),
)
MB = 1_000_000
# The program of a job: it works, tells what it has done, and waits until somebody has looked at it.
PROGRAM = """
import json, os, sys, time
def held(size):
    memory = bytearray(size)
    memory[::4096] = b'x' * len(memory[::4096])
    return memory
def burn(seconds, processes=1):
    children = [os.fork() for _ in range(processes - 1)]
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    if 0 in children:
        os._exit(0)
    for _ in children:
        os.wait()
{work}
folder = os.environ['SITUATION']
told = os.times()
with open(f'{{folder}}/told.part', 'w') as file:
    json.dump({{'pid': os.getpid(), 'cpu_seconds': sum(told[:4])}}, file)
os.rename(f'{{folder}}/told.part', f'{{folder}}/told')
while not os.path.exists(f'{{folder}}/seen'):
    time.sleep(0.05)
"""
# In the shell a job is started by, "$group" is the folder of a group: ENTER puts the shell and what it starts into it.
ENTER = 'echo $$ > "$group/cgroup.procs"; '
EAT = "memory = held(200_000_000)"
CONTAINER = (
    "exec unshare --cgroup --mount --propagation private sh -c 'umount /sys/fs/cgroup && "
    'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"\' sh "$@"'
)


class Situation(NamedTuple):
    """A job in groups of its own.

    `groups` are made in this order, each with what is written to its files; the last is `$group` of `before`, shell
    that starts perfmon (`"$@"`), and of `job`, shell that perfmon starts, with the program as `"$@"`.
    """

    groups: dict[str, dict[str, str]]
    work: str
    truth: dict[str, object]
    before: str = ENTER + 'exec "$@"'
    job: str = 'exec "$@"'
    status: int = 0


_BELOW = {"cgroup.subtree_control": "+memory +cpu +io"}
SITUATIONS = {
    # The group around it is the tighter one in both ways, and holds its two processes back.
    "nested": Situation(
        {
            "outer": {"memory.max": str(300 << 20), "cpu.max": "80000 100000", **_BELOW},
            "outer/inner": {"memory.max": str(400 << 20), "cpu.max": "150000 100000"},
        },
        "memory = held(50_000_000)\nburn(0.5, 2)",
        {"memory_limit_bytes": 300 << 20, "cpus_quota": 0.8, "held_bytes": 50 * MB, "burnt_seconds": 1.0},
    ),
    # Memory of two kinds: its own, and that of a file in memory, which no process has mapped.
    "own": Situation(
        {"job": {"memory.max": str(500 << 20)}},
        "memory = held(50_000_000)\nburn(0.5)",
        {"memory_limit_bytes": 500 << 20, "cpus_quota": None, "held_bytes": 50 * MB, "lost_bytes": 30 * MB},
        before=ENTER + 'fallocate --length 30000000 /dev/shm/lost; "$@"; status=$?; rm /dev/shm/lost; exit $status',
    ),
    # A worker of the job takes more than the group around its own allows.
    "worker_killed": Situation(
        {"outer": {"memory.max": str(100 << 20), **_BELOW}, "outer/inner": {}},
        EAT,
        {"killed_in": "outer/inner", "cause": "out_of_memory"},
        before='exec "$@"',
        job=ENTER + 'sleep 1.2; sh -c \'"$@"; true\' sh "$@"; exit 5',
        status=5,
    ),
    # No memory controller in its own group: the kernel accounts it in the one around it, and kills it there.
    "no_controller": Situation(
        {"outer": {"memory.max": str(100 << 20), "cgroup.subtree_control": "+cpu"}, "outer/inner": {}},
        EAT,
        {"killed_in": "outer", "cause": "out_of_memory", "memory_limit_bytes": 100 << 20},
        before='exec "$@"',
        job=ENTER + 'sleep 1.2; exec "$@"',
        status=137,
    ),
    # What a container sees: its own group at the top of the only hierarchy.
    "container": Situation(
        {"outer": {"memory.max": str(600 << 20), **_BELOW}, "outer/inner": {"memory.max": str(500 << 20)}},
        "memory = held(50_000_000)\nburn(0.3)",
        {"memory_limit_bytes": 500 << 20, "cpus_quota": None, "held_bytes": 50 * MB},
        before=ENTER + CONTAINER,
    ),
    # The root group holds the whole machine.
    "root": Situation({}, "pass", {"memory_limit_bytes": None, "cpus_quota": None}, before='exec "$@"'),
}


def main() -> int:
    """Play the situations one after the other."""
    out, *names = sys.argv[1:]
    for name in names or SITUATIONS:
        play(name, SITUATIONS[name], Path(out))
    return 0


def play(name: str, situation: Situation, out: Path) -> None:
    """Make the groups, record the job, and write down what its groups say: when it waits, or else at its end."""
    begin = time.monotonic()
    for each, files in situation.groups.items():
        (ROOT / each).mkdir()
        for file, text in files.items():
            (ROOT / each / file).write_text(text)
    with tempfile.TemporaryDirectory() as folder:
        group = ROOT / list(situation.groups)[-1] if situation.groups else ROOT
        environment = os.environ | {"SITUATION": folder, "group": str(group)}
        program = [sys.executable, "-EsS", "-c", PROGRAM.format(work=situation.work)]
        words = [PERFMON, "run", "--interval", "250ms", "--runs", f"{folder}/runs", "--"]
        words += ["sh", "-c", situation.job, "sh", *program]
        starter = ["sh", "-c", situation.before, "sh", *words]
        with subprocess.Popen(starter, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as job:
            told = _told(job, Path(folder))
            seen = _look(situation, told.get("pid"))
            _wait_for_ticks(job, Path(folder))
            (Path(folder) / "seen").touch()
            said = job.communicate(timeout=120)[1]
        assert job.returncode == situation.status, (name, job.returncode, said)
        known = {"kernel": os.uname().release, "truth": situation.truth, "program": told}
        (out / f"{name}.json").write_text(json.dumps(known | seen, indent=1) + "\n")
        shutil.copytree(f"{folder}/runs", out / name)
    for each in reversed(situation.groups):
        (ROOT / each).rmdir()
    print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)


def _told(job: subprocess.Popen[str], folder: Path) -> dict[str, float]:
    """What the program tells when it waits; nothing where it has come to its end before."""
    while job.poll() is None:
        if (folder / "told").exists():
            told: dict[str, float] = json.loads((folder / "told").read_text())
            _wait_for_ticks(job, folder)
            return told
        time.sleep(0.05)
    return {}


def _wait_for_ticks(job: subprocess.Popen[str], folder: Path) -> None:
    """Wait until the recorder has seen what there is now: for two more of its ticks."""
    due = _ticks(folder) + 2
    while job.poll() is None and _ticks(folder) < due:
        time.sleep(0.05)


def _ticks(folder: Path) -> int:
    return sum(path.read_bytes().count(b'"rss_bytes"') for path in folder.glob("runs/*/journal/*"))


def _look(situation: Situation, pid: float | None) -> dict[str, object]:
    """The files of the groups and what leads to them, from inside of the job where it still lives."""
    of = f"/proc/{int(pid)}" if pid else "/proc/self"
    files = {}
    begin = time.time()
    for group in ("", *situation.groups):
        for name in FILES:
            path = ROOT / group / name
            if path.exists():
                files[os.path.join(group, name)] = path.read_text()
    span = [begin, time.time()]
    # As the process itself sees it, for a container has names of its own; `top` is what is at the top of its mount.
    enter = ["nsenter", "--target", str(int(pid)), "--cgroup"] if pid else []
    words = [*enter, "cat", f"{of}/cgroup"]
    cgroup = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    words = [*enter, "grep", " - cgroup", f"{of}/mountinfo"]
    mounts = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    (top,) = (line.split()[3] for line in Path(of, "mountinfo").read_text().splitlines() if " - cgroup" in line)
    return {"mountinfo": mounts, "cgroup": cgroup, "top": top, "span": span, "files": files}


if __name__ == "__main__":
    sys.exit(main())
