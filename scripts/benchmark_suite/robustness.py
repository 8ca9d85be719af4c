"""What tools tell of jobs that are hard to see, and what becomes of job and record when somebody is killed."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmark_suite import processes
from benchmark_suite.docs_blocks import about
from benchmark_suite.tables import plain_table
from benchmark_suite.tools import TOOLS, Tool
from benchmark_suite.watched_job import environment
from perfmon_analyze import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmark_suite.effort import Effort

TITLE = "What tools see, and how they end"
MB = 1_000_000
_PATIENCE_SECONDS = 20.0
_WATCHED_SECONDS = 5.5
_COMPARED = tuple(tool for tool in TOOLS if tool.name != "forty lines")
_EAT = (
    "import os, time\n"
    "def eat(size):\n    held = bytearray(size)\n    held[::4096] = b'x' * len(held[::4096])\n    return held\n"
)
# What the job does; at its peak it holds what is said, and the interpreter's 10 MB or so.
MEMORY = {
    "200 MB shared by 8 forked workers": """
held = eat(200 * 10**6)
for _ in range(8):
    if os.fork() == 0: time.sleep(5); os._exit(0)
for _ in range(8): os.wait()
""",
    "200 MB in a child with a session of its own": """
if os.fork() == 0:
    os.setsid(); held = eat(200 * 10**6); time.sleep(5); os._exit(0)
os.wait()
""",
    "200 MB in a daemon that forked twice": """
if os.fork() == 0:
    if os.fork(): os._exit(0)
    os.setsid(); held = eat(200 * 10**6); time.sleep(5); os._exit(0)
os.wait(); time.sleep(5)
""",
}
SPIKE = """
time.sleep({seconds})
held = eat(300 * 10**6); time.sleep(0.2); del held
time.sleep(1)
"""
_SPIKES_SECONDS = (2.1, 2.3, 2.5, 2.7, 2.9)  # after its start: between two samples, or not, by luck


def measure(folder: Path, _effort: Effort) -> str:
    """Each tool at a sample a second, one after the other."""
    progress = tqdm(total=(len(MEMORY) + 5) * len(_COMPARED), desc="manners", disable=None)

    def row(what: str, look: Callable[[Tool, Path], str]) -> list[str]:
        cells = [what]
        for tool in _COMPARED:
            cells.append(look(tool, folder / what / tool.name))
            progress.update()
        return cells

    def ending(number: signal.Signals) -> list[str]:
        return row(f"{number.name} to the tool alone: the job", lambda tool, place: after(tool, place, number))

    def exits(what: str, script: str) -> list[str]:
        return row(what, lambda tool, place: str(status(tool, place, script)))

    rows = [row(f"peak of {what}, MB", _peak_of(code)) for what, code in MEMORY.items()]
    rows.append(row("peak of 300 MB held for 0.2 s, of five times the least and the most, MB", _spikes))
    rows.append(exits("exit status for 7", "exit 7"))
    rows.append(exits("for death by `kill -9` (137 in a shell)", "kill -9 $$"))
    rows += [ending(signal.SIGTERM), ending(signal.SIGKILL)]
    progress.close()
    return plain_table(["", *(tool.name for tool in _COMPARED)], rows) + f"\n{about()}"


def status(tool: Tool, folder: Path, script: str) -> int:
    """The tool's exit status as a shell has it, around a job of these lines."""
    _make(folder, f"#!/bin/sh\n{script}\n")
    done = subprocess.run(tool.words("1"), cwd=folder, env=environment(), capture_output=True, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _peak_of(code: str) -> Callable[[Tool, Path], str]:
    def look(tool: Tool, folder: Path) -> str:
        return f"{peak_around(tool, folder, code) / MB:,.0f}"

    return look


def _spikes(tool: Tool, folder: Path) -> str:
    found = [peak_around(tool, folder / str(at), SPIKE.format(seconds=at)) / MB for at in _SPIKES_SECONDS]
    return f"{min(found):,.0f} to {max(found):,.0f}"


def peak_around(tool: Tool, folder: Path, code: str) -> float:
    """The peak in bytes that a tool tells of a job of this Python code."""
    _make(folder, f"#!/bin/sh\nexec '{sys.executable}' job.py\n")
    (folder / "job.py").write_text(_EAT + code)
    subprocess.run(tool.words("1"), cwd=folder, env=environment(), capture_output=True, check=True)
    return peak_bytes(tool, folder)


def peak_bytes(tool: Tool, folder: Path) -> float:
    """The greatest memory of the job's tree that the tool tells, in bytes."""
    if tool.name == "perfmon":
        (path,) = folder.glob("runs/*/run.json")
        return float(json.loads(path.read_text())["peak"]["tree_at_least_bytes"])
    if tool.name == "psrecord":  # its MB are 2^20 bytes
        lines = (folder / "samples.log").read_text().splitlines()
        return max(float(line.split()[2]) for line in lines if not line.startswith("#")) * 2**20
    if tool.name == "mprof":  # so are its
        lines = (folder / "samples.dat").read_text().splitlines()
        return max(float(line.split()[1]) for line in lines if line.startswith("MEM")) * 2**20
    if tool.name == "con-duct":
        records = [json.loads(line) for line in (folder / "duct-usage.jsonl").open()]
        return float(max(record["totals"]["rss"] for record in records))
    with (folder / "process.csv").open(newline="") as file:
        return max(float(row["memory_mib"]) for row in csv.DictReader(file)) * 2**20


def after(tool: Tool, folder: Path, number: signal.Signals) -> str:
    """What becomes of the job, and how many samples can be read, when the tool alone gets a signal."""
    _make(folder, "#!/bin/sh\necho $$ > made; mv made job.pid\nexec sleep 60\n")
    null = subprocess.DEVNULL
    with subprocess.Popen(tool.words("1"), cwd=folder, env=environment(), stdout=null, stderr=null) as process:
        _until((folder / "job.pid").exists)
        time.sleep(_WATCHED_SECONDS)
        every = processes.below(process.pid)
        process.send_signal(number)
        process.wait(timeout=_PATIENCE_SECONDS)
    job = int((folder / "job.pid").read_text())
    lives = not _until(lambda: not _lives(job), seconds=3.0)
    left = [pid for pid in every if pid != job and _lives(pid)]
    for pid in [job] * lives + left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    helpers = ", the tool's helpers go on" if left else ""
    return f"{'goes on' if lives else 'ends'}{helpers}; {readable(tool, folder)} samples left"


def readable(tool: Tool, folder: Path) -> int:
    """How many samples are there for whoever looks, with the tool's own reader for perfmon: sealed or not."""
    if tool.name == "perfmon":
        return len(load(folder / "runs").table("job", ["t"]))
    try:
        return len(tool.times(folder))
    except (OSError, ValueError, IndexError):
        return 0


def _make(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    job = folder / "job"
    job.write_text(text)
    job.chmod(0o755)


def _lives(pid: int) -> bool:
    try:
        return processes.state(pid) not in ("Z", "X")
    except OSError:
        return False


def _until(is_so: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
