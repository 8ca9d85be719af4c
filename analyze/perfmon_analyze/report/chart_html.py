"""A chart as HTML: its notes, its controls, and its statistics as a table for readers who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.report.chart import TIME
from perfmon_analyze.report.html import Html, join, table, tag

if TYPE_CHECKING:
    from perfmon_analyze.report.chart import Chart, LegendEntry, Panel

_ACTIONS = {"in": ("+", "Zoom in"), "out": ("\u2212", "Zoom out"), "left": ("\u25c2", "Move left")} | {
    "right": ("\u25b8", "Move right"),
    "reset": ("Reset", "Show all of it"),
}
_KEYS = "Arrow keys step through the values, + and - zoom, 0 shows all."


def figure(chart: Chart, picture: str | None) -> Html:
    """The element of a chart; `picture` is the address of its picture, if there is one."""
    heading = f"{chart.name}-title"
    head = tag("div", tag("h4", chart.title, id=heading), _toolbar(chart), class_="head")
    return tag(
        "figure",
        head,
        join(tag("p", text, class_="mark") for text in chart.warnings),
        _legend(chart),
        tag(
            "div",
            *(_panel(chart, place) for place in range(len(chart.panels))),
            class_=f"panels across-{chart.columns}",
        ),
        tag("figcaption", "; ".join(chart.notes) + "." if chart.notes else ""),
        tag("p", "", class_="spoken", aria_live="polite"),
        tag("div", _figures(chart), _picture(chart, picture) if picture else None, class_="more"),
        class_="chart wide" if chart.columns > 1 else "chart",
        id=chart.name,
        aria_labelledby=heading,
    )


def _toolbar(chart: Chart) -> Html:
    buttons = [
        tag("button", sign, type="button", data_action=action, title=words, aria_label=f"{words}: {chart.title}")
        for action, (sign, words) in _ACTIONS.items()
    ]
    return tag("div", *buttons, class_="toolbar scripted", role="group", aria_label=f"Zoom of {chart.title}")


def _legend(chart: Chart) -> Html:
    entries = [_entry(place, group) for place, group in enumerate(chart.groups)]
    return tag("fieldset", tag("legend", "Shown", class_="unseen"), *entries, class_="legend") if entries else Html("")


def _entry(place: int, group: LegendEntry) -> Html:
    box = tag("input", type="checkbox", checked=True, data_group=place, class_="scripted")
    return tag("label", box, tag("span", class_=f"swatch {group.dash}", data_swatch=place), group.label)


def _panel(chart: Chart, place: int) -> Html:
    panel = chart.panels[place]
    title = tag("h5", panel.title) if panel.title else None
    if panel.empty:
        return tag("div", title, tag("p", panel.empty, class_="empty"), class_="panel")
    plot = tag(
        "div",
        class_="plot",
        data_panel=place,
        data_time=panel.x.kind == TIME,
        tabindex="0",
        role="group",
        aria_roledescription="chart",
        aria_label=f"{_label(chart, panel)} {_KEYS} All figures are in the table below.",
    )
    return tag("div", title, plot, class_="panel")


def _label(chart: Chart, panel: Panel) -> str:
    name = ", ".join(part for part in (chart.title, panel.title) if part)
    lines = ", ".join(dict.fromkeys(mark.group.label for mark in panel.marks))
    return f"{name}: {panel.y.label} by {panel.x.label}, of {lines}."


def _figures(chart: Chart) -> Html:
    words = (0, 1) if chart.table.head[0] in ("Panel", "Metric") else (0,)
    inner = table(chart.table.head, chart.table.rows, caption=f"{chart.title} in figures", words=words)
    return tag("details", tag("summary", "Figures", tag("span", f" of {chart.title}", class_="unseen")), inner)


def _picture(chart: Chart, address: str) -> Html:
    file = f"{chart.name}.png"
    link = tag("a", f"Download {file}", download=file, class_="download scripted")
    image = tag(
        "img", src=address, alt=f"{chart.title}: the picture; its figures are in the table above", loading="lazy"
    )
    summary = tag("summary", "Picture", tag("span", f" of {chart.title}", class_="unseen"))
    return tag("details", summary, tag("p", link), image, class_="picture")
