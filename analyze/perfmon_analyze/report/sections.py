"""The sections of text and tables on the page: findings, comparison, summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.compare import tables
from perfmon_analyze.exports import summary, summary_markdown
from perfmon_analyze.plots import style
from perfmon_analyze.report.html import Html, join, table, tag
from perfmon_analyze.text.humanize import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon_analyze.compare import Comparison
    from perfmon_analyze.findings import Examination, Finding
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.report.comparisons import Compared
    from perfmon_analyze.series.options import Options


def section(name: str, title: str, *children: object) -> Html:
    """A section with a heading, which can be linked to by its name."""
    return tag("section", tag("h2", title, id=f"{name}-title"), *children, id=name, aria_labelledby=f"{name}-title")


def summed_up(runs: Runs, options: Options) -> Html:
    """The tables of `summary.md`."""
    found = summary.summarize(runs, options)
    parts = [
        (
            tag("h3", one.title),
            table(one.head, one.rows, caption=one.title, words=one.words),
        )
        for one in summary_markdown.tables(found, style.model_styles(runs, options))
        if one.rows
    ]
    return section(
        "summary", "Summary", tag("p", summary_markdown.preface(found)), *(x for part in parts for x in part)
    )


def findings(found: Examination) -> Html:
    """The section of findings, and of rules that could not be judged."""
    cards = [_finding(one) for one in found.findings]
    nothing = tag("p", "Nothing worth acting on was found in what could be judged.") if not cards else None
    return section("findings", "Findings", nothing, *cards, _unjudged(found) if found.unjudged else None)


def _finding(one: Finding) -> Html:
    provenance = "" if one.origin == "measured" else f" ({one.origin} data)"
    evidence = [(key, f"{value:.6g}" if isinstance(value, float) else value) for key, value in one.evidence.items()]
    return tag(
        "article",
        tag("h3", tag("span", one.severity, class_=f"severity {one.severity}"), " ", one.title, provenance),
        tag("p", tag("strong", one.sentence)),
        tag("p", one.advice),
        tag("p", "In ", tag("code", one.recording), class_="dim"),
        tag(
            "details",
            tag("summary", "Evidence and threshold", tag("span", f" of {one.title}", class_="unseen")),
            tag("p", f"Threshold: {one.threshold}."),
            tag("p", f"But: {one.caveat}"),
            table(("Evidence", "Value"), evidence, caption=f"{one.title}: evidence"),
        ),
        class_="finding",
    )


def _unjudged(found: Examination) -> Html:
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in found.unjudged:
        reasons.setdefault((one.recording, one.reason), []).append(one.title)
    rows = [(recording, reason, ", ".join(titles)) for (recording, reason), titles in reasons.items()]
    count = f"{plural(len(found.unjudged), 'judgement')} lacked data"
    inner = table(("Recording", "Why", "Not judged"), rows, caption="What could not be judged", words=(0, 1, 2))
    return tag("details", tag("summary", count), inner)


def comparison(found: Compared) -> Html:
    """The section of comparisons, with the reasons for those that are missing."""
    reasons = [tag("p", f"Not compared: {reason}.", class_="dim") for reason in found.reasons]
    return section("comparison", "Comparison", *map(_compared, found.done), *reasons)


def _compared(one: Comparison) -> Html:
    cells = tables.table(one)
    heading = tables.heading(one)
    head = ("Quantity", *(title[:1].upper() + title[1:] for title in tables.HEAD[1:]))
    marks = [
        tag("p", note.partition(":")[0].removeprefix("this is ").upper(), class_="mark")
        for note in _provenance_notes(one)
    ]
    rest = [note for note in (*cells.footnotes, *tables.remarks(one)) if note not in _provenance_notes(one)]
    return join(
        (
            tag("h3", heading),
            *marks,
            table(head, cells.rows, caption=heading, words=(0, 6)),
            tag("details", tag("summary", "Notes", tag("span", f" on {heading}", class_="unseen")), _list(rest)),
        )
    )


def _provenance_notes(one: Comparison) -> list[str]:
    return [note for note in one.notes if note.startswith("this is ")]


def _list(texts: Sequence[str]) -> Html:
    return tag("ul", *(tag("li", text) for text in texts))


def left_out(reasons: dict[str, list[str]]) -> Html:
    """A table of the plots that these runs cannot show, with the reasons."""
    rows = [(reason, ", ".join(names)) for reason, names in reasons.items()]
    return tag(
        "details",
        tag("summary", f"{plural(sum(map(len, reasons.values())), 'plot')} could not be drawn"),
        table(("Why", "Plots"), rows, caption="Plots that were left out", words=(0, 1)),
    )


def problems(texts: Sequence[str]) -> Iterator[Html]:
    """A paragraph for each problem of reading the run folders."""
    for text in texts:
        yield tag("p", text, class_="problem")
