"""The looks between two ticks, with a tree of files and a clock of ours."""

from __future__ import annotations

from perfmon.linux import procfs
from perfmon.recorder.tail import Tail
from perfmon.store.run_clock import Stamp


def test_looks_follow_what_happens() -> None:
    """Memory that moves is looked at most often; of no process there is nothing to tell."""
    pages = iter([b"9 100 0", b"9 100 0", b"9 200 0", *[b"9 200 0"] * 8, b"9 300 0", b"0 0 0"])
    tail = Tail(lambda _: next(pages), lambda: 0.0)
    pauses = [tail.sample(Stamp(number, float(number)), [7]) for number in range(13)]

    assert pauses == [0.25, 0.5, 0.25, *[0.5] * 6, 1.0, 1.0, 0.25, 0.25]
    assert tail.rows() == [
        ("tail", {"time": number, "t": float(number), "rss_bytes": many * procfs.PAGE_BYTES, "processes": 1})
        for number, many in enumerate((100, 100, *[200] * 9, 300))
    ]


def test_large_trees_are_looked_at_less_often() -> None:
    """Looking takes a two thousandth of a CPU at most."""
    cpu_seconds = iter([0.0, 0.001])
    tail = Tail(lambda _: b"9 100 0", lambda: next(cpu_seconds))

    assert tail.sample(Stamp(0, 0.0), [7]) == 2.0
