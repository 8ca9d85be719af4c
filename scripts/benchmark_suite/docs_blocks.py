"""The documents: each part has a block of its own in one of them, which is measured; all else is written by hand."""

from __future__ import annotations

import os
import platform
import re
import time

from benchmark_suite import peers

PAGES = peers.ROOT / "docs"


def write(part: str, text: str) -> None:
    """Put a part's text into its block, and the day below it.

    Raises:
        ValueError: no document has such a block.
    """
    begin, end = f"<!-- measured: {part} -->\n", "<!-- measured: end -->\n"
    for page in sorted(PAGES.glob("*.md")):
        before, mark, rest = page.read_text().partition(begin)
        if mark:
            today = time.strftime("%Y-%m-%d", time.gmtime())
            measured = f"{begin}{text.rstrip()}\n\nMeasured on {today}.\n{end}"
            page.write_text(f"{before}{measured}{rest.partition(end)[2]}")
            return
    raise ValueError(f"no page of {PAGES} has a line {begin.strip()!r}")


def about() -> str:
    """On what machine and with what versions it was measured."""
    return f"{machine()}{peers.versions()}.\n"


def machine() -> str:
    """CPUs, memory, kernel and Python, on two lines."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} CPUs ({_cpu()}), {memory:.0f} GiB of memory,\n"
        f"Linux {platform.release()}, Python {platform.python_version()}.\n"
    )


def _cpu() -> str:
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    return found[1] if found else platform.machine()
