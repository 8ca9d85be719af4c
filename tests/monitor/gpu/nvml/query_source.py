"""Opens the GPU source by itself and prints its answers as JSON lines: `query_source.py GPUS SECONDS...`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from perfmon.collector import Absent, Target, Tick
from perfmon.collectors.gpu import Gpu
from perfmon.linux.process_tree import Tree


def main() -> None:
    """Answer to being opened, and at each of the times of the driver; this process is the job."""
    with open("job.pid", "w", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    tree = Tree(os.getpid(), include_top=True)
    gpu = Gpu(Target(tree, (), (), time.time(), os.getcwd(), sys.argv[1]))
    before = time.monotonic()
    try:
        print(json.dumps(gpu.open()))
    except Absent as absent:
        print(json.dumps({"absent": absent.reason, "detail": absent.detail}))
        return
    begin = _begin(before)
    times = [float(word) for word in sys.argv[2:]]
    for number, at in enumerate(times):
        time.sleep(max(0.0, begin + at - time.monotonic()))
        print(json.dumps(gpu.collect(Tick((os.getpid(),), last=number + 1 == len(times)))._asdict()))


def _begin(before: float) -> float:
    """When the driver's time began, which the tests tell; `before` where it runs since longer, or there is none."""
    zeros = [float(zero.read_text()) for zero in Path().glob("*.zero")]
    return max([before, *zeros])


if __name__ == "__main__":
    main()
