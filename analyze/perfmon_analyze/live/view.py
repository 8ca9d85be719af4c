"""The screen of `perfmon watch`, as lines of text for a terminal of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.text import Text

from perfmon.store.printable import printable
from perfmon.store.run_json import MEASURED
from perfmon_analyze.live import panel
from perfmon_analyze.text import sparkline
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_number, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.browse.fields import RunFields
    from perfmon_analyze.live.panel import TerminalPanel
    from perfmon_analyze.live.series import LiveSeries
    from perfmon_analyze.live.state import LiveEvent, LiveState, Span

_WIDE = 120  # characters from which two panels stand side by side
_NARROWEST = 36  # characters that a panel needs
_TALLEST = 14  # lines of a panel
_NAME, _NOW, _MORE = 7, 9, 24  # characters of a panel's texts
_LABEL = 9
_EMPTY = "null"  # kind of the events that say why a column is empty
_START_SECONDS = 5.0  # by then slow sources have opened, and their missing values are events
_PHASES = 3  # of those that ended
_STYLES = {"running": "bold green", "finished": "bold", "lost": "bold yellow"}


class Viewport(NamedTuple):
    """How a run is shown: the terminal's size, the window in seconds (None: all), and the last line's text."""

    width: int
    height: int
    window: float | None
    footer: str
    is_stale: bool = False


def lines(row: RunFields, state: LiveState, viewport: Viewport) -> list[Text]:
    """Return the lines of the screen, which fit the viewport."""
    head, sections = list(_head(row, state)), list(_sections(state))
    panels = panel.all_of(state, row["interval_seconds"] or 1.0)
    room = viewport.height - len(head) - 2  # a line above the footer stays free
    crowded = 2 * len(panels) > room and viewport.width > 2 * _NARROWEST
    columns = 2 if viewport.width >= _WIDE or crowded else 1
    ranks = -(-len(panels) // columns)
    tall = max(1, min(_TALLEST, (room - min(len(sections), room // 3)) // max(ranks, 1)))
    fitting = panels[: columns * max(0, (room - 1) // tall)] if ranks * tall > room else panels
    body = list(_grid(fitting, state.t, viewport, columns, tall))
    if len(fitting) < len(panels):
        body.append(Text(f"{plural(len(panels) - len(fitting), 'more panel')}: the terminal is too small", "dim"))
    body += sections[: max(0, room - len(body))]
    body += [Text()] * (viewport.height - 1 - len(head) - len(body))
    screen = [*head, *body, Text(viewport.footer, "bold yellow" if viewport.is_stale else "dim")]
    for line in screen:
        line.truncate(viewport.width, overflow="ellipsis")
    return screen[: viewport.height]


def _head(row: RunFields, state: LiveState) -> Iterator[Text]:
    provenance = "" if row["origin"] == MEASURED else f"  {str(row['origin']).upper()} DATA"
    yield Text.assemble(
        _status(row),
        f" {'for' if row['state'] == 'running' else 'after'} {format_duration(state.t)}",
        (provenance, "bold red"),
        "  ",
        (printable(row["run"]), "bold"),
    )
    labels = [
        printable(str(row[name])) for name in ("name", "stage", "model", "variant", "series", "host") if row[name]
    ]
    counts = [f"{name} {state.job.last(name):.0f}" for name in ("processes", "threads") if state.job.last(name) >= 0]
    yield Text(", ".join([*labels, *counts]), "dim")


def _status(row: RunFields) -> tuple[str, str]:
    state = row["state"]
    if state == "running":
        return ("● recording" if row["recorder"] == "alive" else "● recording elsewhere", _STYLES["running"])
    return (f"■ {state}", _STYLES.get(state, "bold red"))


def _grid(panels: Sequence[TerminalPanel], end: float, viewport: Viewport, columns: int, tall: int) -> Iterator[Text]:
    begin = 0.0 if viewport.window is None else max(0.0, end - viewport.window)
    for first in range(0, len(panels), columns):
        some = panels[first : first + columns]
        width = (viewport.width - 2 * (len(some) - 1)) // len(some)
        for parts in zip(*(_panel(one, (begin, end), width, tall) for one in some), strict=True):
            yield Text("  ").join(parts)


def _panel(one: TerminalPanel, shown: tuple[float, float], width: int, tall: int) -> list[Text]:
    """Return one panel as `tall` lines of exactly `width` characters."""
    now = Text.assemble((f"{one.name:<{_NAME}}", "bold"), (f"{one.now:>{_NOW}}", "bold red" if one.is_full else "bold"))
    more = Text(f" {printable(one.more)}", "dim")
    if tall == 1:
        if width < 2 * _NARROWEST:
            more = Text()
        more.truncate(_MORE, overflow="ellipsis", pad=bool(more))
        left = width - len(now) - 1 - len(more)
        bars = sparkline.over_time(one.t, one.values, span=shown, width=left, top=one.limit)
        return [Text.assemble(now, " ", (bars, one.colour), more)]
    scale = _scale(one, shown)
    title = now + more
    title.truncate(width - len(scale), overflow="ellipsis", pad=True)
    title.append(scale, "dim")
    rows = sparkline.chart(one.t, one.values, span=shown, size=(width, tall - 1), top=_top(one))
    return [title, *(Text(text, one.colour) for text in rows)]


def _top(one: TerminalPanel) -> float | None:
    """Return the value of a full bar of a tall panel; None for the greatest value shown."""
    return 100.0 if one.is_percent else None  # of sizes a small part of the limit may be all that is ever used


def _scale(one: TerminalPanel, shown: tuple[float, float]) -> str:
    """Return the value of a full bar as text, unless it is a percentage."""
    values = one.values[(one.t >= shown[0]) & np.isfinite(one.values)]
    return f" █ {format_bytes(float(values.max()))}" if _top(one) is None and len(values) else ""


def _sections(state: LiveState) -> Iterator[Text]:
    yield from _labelled("phases", _phases(list(state.spans.values()), state.t))
    yield from _labelled("logged", _logged(state))
    yield from _labelled("batches", _batches(state))
    yield from _labelled("events", _events(list(state.events.values())))


def _labelled(label: str, texts: Sequence[str]) -> Iterator[Text]:
    for place, text in enumerate(texts):
        yield Text.assemble((f"{label if not place else '':<{_LABEL}}", "bold"), printable(text))


def _phases(spans: Sequence[Span], now: float) -> list[str]:
    """Describe running phases, then those that ended last, each name once."""
    on = [f"{one.name} for {format_duration(now - one.begin)}" for one in spans if one.end is None]
    last = {one.name: one.end - one.begin for one in spans if one.end is not None}
    ended = [f"{name} took {format_duration(seconds)}" for name, seconds in last.items()]
    return ["; ".join([*on, *reversed(ended[-_PHASES:])])] if spans else []


def _logged(state: LiveState) -> list[str]:
    series: dict[str, list[str]] = {}
    for one in state.metrics.values():
        series.setdefault(f"{one.series} {one.at[0]}".strip(), []).append(
            f"{one.name} {format_number(one.values.last('value'))}"
        )
    return [f"{name}: {', '.join(values)}" for name, values in series.items()]


def _batches(state: LiveState) -> list[str]:
    texts = [_batch_line(name, series) for name, series in state.batches.items()]
    return ["; ".join(texts)] if texts else []


def _batch_line(name: str, series: LiveSeries) -> str:
    seconds = series.latest("seconds")
    took = f", the last took {format_duration(seconds)}" if np.isfinite(seconds) else ""
    return f"{name} {series.last('batch') + 1:,.0f}{took}".strip()


def _events(events: Sequence[LiveEvent]) -> list[str]:
    """Describe the events, the newest first.

    Columns that are empty from the start come last, grouped by source and reason.
    """
    alike: dict[tuple[object, ...], list[LiveEvent]] = {}
    newest = list(reversed(events))
    for one in sorted(newest, key=_is_from_the_start):
        subject = one.about.partition(" ")[0] if _is_from_the_start(one) else one.about
        alike.setdefault((one.kind, subject, one.detail, one.begin, one.end), []).append(one)
    return [_event(*some) for some in alike.values()]


def _is_from_the_start(one: LiveEvent) -> bool:
    return one.kind == _EMPTY and one.end is None and one.begin < _START_SECONDS


def _event(one: LiveEvent, *more: LiveEvent) -> str:
    subject = f"{one.about} and {len(more)} more" if more else one.about
    return f"{'since ' if one.end is None else ''}{one.begin:.1f} s: {one.kind} {subject}: {one.detail}"
