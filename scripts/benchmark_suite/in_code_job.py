"""Times the calls of a pipeline that records itself, and prints them in seconds per call, as JSON."""

from __future__ import annotations

import json
import os
import time

_begin = time.perf_counter()
import perfmon  # noqa: E402 - how long this takes is the question

IMPORT_SECONDS = time.perf_counter() - _begin
LOGGED, BATCHES = 5_000, 50_000


def main() -> None:
    """Log and time in a block that is recorded."""
    with perfmon.record(stage="benchmark", gpu="none") as run:
        begin = time.perf_counter()
        for step in range(LOGGED):
            run.log(step=step, loss=0.5)
        logged = (time.perf_counter() - begin) / LOGGED
        timed = _loop(run.timed(range(BATCHES))) - _loop(range(BATCHES))
    told = {"import_seconds": IMPORT_SECONDS, "log_seconds": logged, "timed_seconds": timed}
    print(json.dumps(told | {"plain_log_seconds": _by_json()}))


def _by_json() -> float:
    """Seconds per line that is written at once, of the same metric."""
    with open("metrics.jsonl", "wb", buffering=0) as file:
        begin = time.perf_counter()
        for step in range(LOGGED):
            text = json.dumps({"time": time.time(), "step": step, "name": "loss", "value": 0.5})
            os.write(file.fileno(), f"{text}\n".encode())
        return (time.perf_counter() - begin) / LOGGED


def _loop(batches: object) -> float:
    """Seconds per turn of a loop that does nothing."""
    begin = time.perf_counter()
    for _ in batches:  # type: ignore[attr-defined]  # a range, or what `timed` makes of it
        pass
    return (time.perf_counter() - begin) / BATCHES


if __name__ == "__main__":
    main()
