"""`perfmon watch`: shows a run in the terminal while it is being recorded."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from perfmon.cli import durations, output, reporting

if TYPE_CHECKING:
    import argparse

    from rich.console import Console
    from rich.text import Text

    from perfmon_analyze.browse.catalog import RunEntry
    from perfmon_analyze.browse.fields import RunFields
    from perfmon_analyze.live.session import WatchSession
    from perfmon_analyze.live.view import Viewport

_BEGAN = time.monotonic() - time.process_time()

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_DESCRIPTION = """Show a run in the terminal while it is being recorded: CPU, RAM, each GPU and its VRAM, disk,
phases, logged metrics, and problems of the recording. Only the run's files are read: a run on another machine can be
watched through a shared file system, and the recorder is not disturbed. It ends when the run ends, and shows the
outcome."""
_EXAMPLES = """examples:
  perfmon watch                                    the run being recorded, else the newest
  perfmon watch -1
  perfmon watch /shared/runs/20261122T184300Z-training-bielik12-3f9a
  perfmon watch --window 1h --interval 5s          charts of the last hour, every five seconds
  perfmon watch --once                             one screen, for logs
  perfmon watch --json                             the current values, for scripts

keys: q or Ctrl-C quits, w switches between the window and the whole run. NO_COLOR=1 turns colours off.

exit status: 0; 1 if no run matches, or more than one; 2 for an error in the command line"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    from perfmon_analyze.browse import resolve  # noqa: PLC0415 - `perfmon --help` does without

    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("run", nargs="?", metavar="RUN", help=f"{resolve.HELP} (default: the one being recorded)")
    add("--runs", default="runs", metavar="DIR", help="the folder that holds the runs (default: runs)")
    add("--window", type=durations.interval, default=600.0, metavar="TIME", help="time in the charts (default: 10m)")
    add("--interval", type=durations.interval, default=1.0, metavar="TIME", help="time between updates (default: 1s)")
    add("--once", action="store_true", help="print one screen and exit; the default if there is no terminal")
    add("--json", action="store_true", help="print the current state as a JSON object, in base units, and exit")


def run(options: argparse.Namespace) -> int:
    """Watch the run until it ends or somebody leaves; the exit status is returned."""
    from rich.console import Console  # noqa: PLC0415 - `perfmon run` must not wait for it

    from perfmon_analyze.browse.catalog import NoSuchRun  # noqa: PLC0415 - as above
    from perfmon_analyze.live.session import WatchSession  # noqa: PLC0415 - as above

    try:
        watching = WatchSession(_selected_run(options).folder)
        watching.refresh()
    except (NoSuchRun, OSError) as error:
        return reporting.fail("watch", error, NO_DATA_STATUS)
    if options.json:
        output.json(_json(watching))
        for problem in watching.problems:
            output.error(f"perfmon watch: {problem}")
        return 0
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without UTF-8 shows ? for bars
    console = Console(highlight=False, soft_wrap=True)
    if options.once or watching.is_over or not console.is_terminal or console.is_dumb_terminal:
        _print_once(console, watching, options.window)
    else:
        _watch(console, watching, options)
    for problem in watching.problems:
        output.error(f"perfmon watch: {problem}")
    if watching.is_over:
        output.lines([_ended(watching.row)])
    return 0


def _json(watching: WatchSession) -> str:
    import json  # noqa: PLC0415 - the screen does without

    from perfmon_analyze.live.snapshot import snapshot  # noqa: PLC0415 - as in run

    return json.dumps(snapshot(watching), indent=1, ensure_ascii=False, allow_nan=False)


def _selected_run(options: argparse.Namespace) -> RunEntry:
    from perfmon_analyze.browse import catalog, resolve  # noqa: PLC0415 - as in run

    if options.run is not None:
        return resolve.one(options.run, options.runs)
    listed = catalog.find([options.runs])
    by_recorder = {catalog.recorder(one): one for one in listed}  # of each the newest
    return by_recorder.get("alive") or by_recorder.get("elsewhere") or listed[-1]


def _print_once(console: Console, watching: WatchSession, window: float) -> None:
    """Print one screen; of a run that has ended, the whole run."""
    from rich.console import Group  # noqa: PLC0415 - as in run

    from perfmon_analyze.live import view  # noqa: PLC0415 - as in run

    viewport = _viewport(console, watching, None if watching.is_over else window)._replace(footer="")
    lines = view.lines(watching.row, watching.state, viewport._replace(height=console.height - 2))
    while lines and not lines[-1].plain.strip():
        lines.pop()
    output.by_library(lambda: console.print(Group(*_fitting(lines))))


def _fitting(lines: list[Text]) -> list[Text]:
    for line in lines:
        line.plain = output.encodable(line.plain)
    return lines


def _watch(console: Console, watching: WatchSession, options: argparse.Namespace) -> None:
    """Show the run until it ends or somebody leaves; while perfmon is stopped (Ctrl-Z) the terminal is the shell's."""
    from perfmon_analyze.live.keyboard import SUSPEND  # noqa: PLC0415 - as in run

    with contextlib.suppress(KeyboardInterrupt):
        while _screen(console, watching, options) == SUSPEND:
            signal.raise_signal(signal.SIGTSTP)


def _screen(console: Console, watching: WatchSession, options: argparse.Namespace) -> str:
    """Update the screen until the run ends or a key leaves it; return the key, or an empty text."""
    from rich.console import Group  # noqa: PLC0415 - as in run
    from rich.live import Live  # noqa: PLC0415 - as above

    from perfmon_analyze.live import view  # noqa: PLC0415 - as above
    from perfmon_analyze.live.keyboard import SUSPEND, Keys  # noqa: PLC0415 - as above

    window = options.window
    with (
        Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False) as live,
        Keys(sys.stdin) as keys,
    ):
        while not watching.is_over:
            console.size = os.get_terminal_size(sys.stdout.fileno())  # whatever COLUMNS said when the shell began
            lines = view.lines(watching.row, watching.state, _viewport(console, watching, window))
            live.update(Group(*_fitting(lines)), refresh=True)
            key = keys.wait(options.interval)
            if key in ("q", SUSPEND):
                return key
            if key == "w":
                window = options.window if window is None else None
            watching.refresh()
    return ""


def _viewport(console: Console, watching: WatchSession, window: float | None) -> Viewport:
    from perfmon_analyze.live.view import Viewport  # noqa: PLC0415 - as in run
    from perfmon_analyze.text.humanize import format_duration  # noqa: PLC0415 - as above

    shown = "the whole run" if window is None else f"the last {format_duration(window)}"
    news = f"no news for {format_duration(watching.quiet_seconds)}; " if watching.is_stale else ""
    cpu_ratio = time.process_time() / max(time.monotonic() - _BEGAN, 1.0)
    footer = f"{news}q: leave, w: window; charts show {shown}; watching takes {100 * cpu_ratio:.1f} % of a CPU"
    return Viewport(console.width, console.height, window, footer, watching.is_stale)


def _ended(row: RunFields) -> str:
    from perfmon_analyze.browse.screen import ended  # noqa: PLC0415 - as in run

    return f"{ended(row)}; perfmon show {output.quoted(os.path.relpath(row['folder']))} says more"
