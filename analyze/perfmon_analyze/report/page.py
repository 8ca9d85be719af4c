"""Builds the page: text, charts, numbers and scripts in one file that loads nothing from a network."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from perfmon.store.layout import __version__
from perfmon.store.run_json import REPLAYED, SYNTHETIC
from perfmon_analyze import findings
from perfmon_analyze.report import plotly_js, sections
from perfmon_analyze.report.arrays import Arrays
from perfmon_analyze.report.chart_html import figure
from perfmon_analyze.report.charts import charts
from perfmon_analyze.report.comparisons import Compared, compare
from perfmon_analyze.report.html import Html, data, join, tag
from perfmon_analyze.report.runs_table import runs_section
from perfmon_analyze.text.humanize import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.report.charts import ChartResult
    from perfmon_analyze.series.options import Options

_SCRIPTS, _LIVE = ("read.js", "draw.js", "steer.js", "start.js"), ("live.js",)
_GB = "GB are 2^30 bytes."
_PARTS = {"findings": "Findings", "summary": "Summary", "charts": "Charts", "comparison": "Comparison", "runs": "Runs"}


class Extras(NamedTuple):
    """Parts of a page beside the runs: title, addresses of pictures by plot, problems of reading, comparisons.

    A page with a version is live: it asks the server that it came from, and nobody else, for a newer one.
    """

    title: str | None = None
    pictures: Mapping[str, str] = MappingProxyType({})
    problems: Callable[[], Sequence[str]] = list
    compared: Compared | None = None
    version: str | None = None


class Page(NamedTuple):
    """The page: its HTML, the HTML of its body without scripts, and the names of missing plots by reason."""

    html: str
    parts: str
    left_out: Mapping[str, Sequence[str]]


def page(runs: Runs, options: Options, extras: Extras) -> Page:
    """The page of these runs.

    Raises:
        NoLibrary: the charting library is not installed.
    """
    drawn = list(charts(runs, options))
    reasons: dict[str, list[str]] = {}
    for one in drawn:
        if one.chart is None:
            reasons.setdefault(one.reason, []).append(one.plot.name)
    title = extras.title or f"perfmon: {plural(len(runs.recordings), 'recording')}"
    main = tag("main", *_main(runs, options, drawn, reasons, extras))  # first: it meets what cannot be read
    body = (
        tag("a", "Skip to the charts", href="#charts", class_="skip"),
        _header(runs, title, extras),
        _links(_PARTS, "Parts of this page"),
        main,
        tag("footer", tag("p", f"Made by perfmon {__version__}. Charts by plotly.js (MIT licence). {_GB}")),
    )
    return Page(_document(title, body, live=extras.version is not None), join(body), reasons)


def empty(reason: str, version: str) -> Page:
    """A live page without any run, for this reason."""
    header = tag("header", tag("h1", "perfmon"), tag("p", "Page made now. ", _live(version), class_="dim"))
    main = tag(
        "main",
        tag("p", f"{reason}. They will be here as soon as there are any."),
        data({"arrays": {}, "charts": {}}, "data"),
    )
    return Page(_document("perfmon", (header, main), live=True), join((header, main)), {})


def _document(title: str, body: Sequence[Html], *, live: bool) -> str:
    scripts = [plotly_js.source(), *map(_asset, _SCRIPTS + _LIVE * live)]
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    source = "'self'" if live else "'none'"
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
    policy += f"img-src data: {source if live else ''}; connect-src {source}; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(_asset("report.css"))),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body, *map(_script, scripts)), lang='en')}\n"


def _header(runs: Runs, title: str, extras: Extras) -> Html:
    origins = [r.origin for r in runs.recordings]
    marks = [
        tag(
            "p",
            f"{word.upper()} DATA" + ("" if set(origins) == {word} else " among these; charts and tables say where"),
            class_="mark",
        )
        for word in (SYNTHETIC, REPLAYED)
        if word in origins
    ]
    time_text = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return tag(
        "header",
        tag("h1", title),
        tag(
            "p",
            f"{plural(len(runs.recordings), 'recording')}, page made {time_text}. ",
            _live(extras.version),
            class_="dim",
        ),
        *marks,
        *sections.problems(extras.problems()),
    )


def _links(places: Mapping[str, str], label: str) -> Html:
    """A list of links to parts of the page."""
    links = [tag("li", tag("a", words, href=f"#{name}")) for name, words in places.items()]
    return tag("nav", tag("ul", *links), aria_label=label)


def _live(version: str | None) -> Html | None:
    return tag("span", "Live", id="live", role="status", data_version=version) if version is not None else None


def _main(
    runs: Runs, options: Options, drawn: Sequence[ChartResult], reasons: dict[str, list[str]], extras: Extras
) -> list[Html]:
    arrays = Arrays()
    charts_data = {one.plot.name: one.chart.as_json(arrays) for one in drawn if one.chart}
    return [
        sections.findings(findings.examine(runs)),
        sections.summed_up(runs, options),
        _charts(drawn, reasons, extras),
        sections.comparison(extras.compared or compare(runs, options)),
        runs_section(runs, options),
        data({"arrays": arrays.encoded, "charts": charts_data}, "data"),
    ]


def _charts(drawn: Sequence[ChartResult], reasons: dict[str, list[str]], extras: Extras) -> Html:
    link = tag(
        "label",
        tag("input", type="checkbox", checked=True, id="linked"),
        "Charts over time zoom together",
        class_="choice",
    )
    return sections.section(
        "charts",
        "Charts",
        tag("noscript", tag("p", "Charts need JavaScript. Without it each has its figures and its picture.")),
        tag(
            "p",
            "Drag to zoom, double-click to see all again; keys work, too, once a chart has the focus. ",
            link,
            class_="scripted",
        ),
        *_topics(drawn, extras),
        sections.left_out(reasons) if reasons else None,
    )


def _topics(drawn: Sequence[ChartResult], extras: Extras) -> list[Html]:
    """The charts below a heading for each topic, and links to these."""
    parts: dict[str, list[Html]] = {}
    for one in drawn:
        if one.chart:
            parts.setdefault(one.topic, []).append(figure(one.chart, extras.pictures.get(one.plot.name)))
    names = {f"topic-{place}": topic for place, topic in enumerate(parts)}
    return [
        _links(names, "Charts by topic"),
        *(
            join((tag("h3", topic, id=name), tag("div", *parts[topic], class_="charts")))
            for name, topic in names.items()
        ),
    ]


def _asset(name: str) -> str:
    return files("perfmon_analyze.report").joinpath("assets", name).read_text(encoding="utf-8")


def _script(text: str) -> Html:
    return tag("script", Html(text))


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
