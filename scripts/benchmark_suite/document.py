"""The document: each part has a block of its own in it, which is measured; all else is written by hand."""

from __future__ import annotations

import os
import platform
import re
import time

from benchmark_suite import peers

DOCUMENT = peers.ROOT / "docs" / "performance.md"


def write(part: str, text: str) -> None:
    """Put a part's text into its block, and the day below it.

    Raises:
        ValueError: the document has no such block.
    """
    begin, end = f"<!-- measured: {part} -->\n", "<!-- measured: end -->\n"
    before, mark, rest = DOCUMENT.read_text().partition(begin)
    if not mark:
        raise ValueError(f"{DOCUMENT} has no line {begin.strip()!r}")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    DOCUMENT.write_text(f"{before}{begin}{text.rstrip()}\n\nMeasured on {today}.\n{end}{rest.partition(end)[2]}")


def about() -> str:
    """On what machine and with what versions it was measured."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} CPUs ({_cpu()}), {memory:.0f} GiB "
        f"of memory,\nLinux {platform.release()}, Python {platform.python_version()}.\n{peers.versions()}.\n"
    )


def _cpu() -> str:
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    return found[1] if found else platform.machine()
