"""The summary for a person: `summary.md`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.store.printable import printable
from perfmon_analyze.derive.units import GIB
from perfmon_analyze.text import humanize
from perfmon_analyze.text.hardware import describe_system

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.exports.summary import Json
    from perfmon_analyze.plots.style import Styles

_NONE = "-"


class MarkdownTable(NamedTuple):
    """One table of the summary; `words` are the columns of text, the others hold numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[int]


def preface(summary: Json) -> str:
    """The note before the tables: scope, phase, units."""
    phase = f" Only during phase {printable(summary['phase'])}." if summary["phase"] else ""
    return f"Scope: {summary['scope']}.{phase} GB are 2^30 bytes. {_NONE} is not measured. n is the number of samples."


def as_markdown(summary: Json, styles: Styles) -> str:
    """The summary as tables: a row per stage, training run, inference job and machine. GB are 2^30 bytes."""
    parts = ["# Summary", preface(summary), *map(_section, tables(summary, styles))]
    return "\n\n".join(part for part in parts if part) + "\n"


def tables(summary: Json, styles: Styles) -> list[MarkdownTable]:
    """The tables of the summary."""
    return [
        MarkdownTable("Stages", _STAGE_HEAD, [_stage(entry, styles) for entry in summary["stages"]], range(4)),
        MarkdownTable(
            "Held against", _ACCOUNT_HEAD, [_account(e, styles) for e in summary["stages"]], (0, 1, 2, 3, 4, 8)
        ),
        MarkdownTable(
            "Training runs", _TRAINING_HEAD, [_training(e, styles) for e in summary["training"]], (0, 1, 2, 3, 5, 6)
        ),
        MarkdownTable("Inference jobs", _JOB_HEAD, [_job(entry, styles) for entry in summary["inference"]], range(5)),
        MarkdownTable("Hardware", ("Host", "Runs", "Hardware"), [_machine(e) for e in summary["hardware"]], (0, 2)),
    ]


_STAGE_HEAD = (
    *("Stage", "Model", "Variant", "Origin", "Runs", "Duration (h), mean", "GPU (%), mean / peak (n)"),
    *("VRAM (GB), mean / peak (n)", "CPU (%), mean / peak (n)", "RAM (GB), mean / peak (n)", "Disk (GB), mean"),
)
_ACCOUNT_HEAD = (
    *("Stage", "Model", "Variant", "Origin", "May use", "Written (GB), mean", "Written per growth", "Disk full in (h)"),
    *("Unattributed RAM (GB), mean / peak (n)", "Unattributed CPU (s), mean"),
)
_TRAINING_HEAD = ("Run", "Model", "Series", "Origin", "Last epoch", "Final metrics", "Configuration")
_JOB_HEAD = (
    *("Run", "Model", "Variant", "Series", "Origin", "Batches", "Mean (s)", "Median (s)", "P95 (s)"),
    *("Batches/s", "Items/s"),
)


def _stage(entry: Json, styles: Styles) -> list[str]:
    return [
        *(entry["stage"], styles[entry["model"]].label, entry["variant"] or _NONE, entry["origin"]),
        str(len(entry["runs"])),
        _number(entry["duration"]["mean"], 3600),
        *(_pair(entry["gpu_utilization"], 1), _pair(entry["vram"], GIB)),
        *(_pair(entry["cpu_utilization"], 1), f"{_pair(entry['ram'], GIB)} {entry['ram']['measure']}"),
        _number(entry["disk_growth"]["mean"], GIB),
    ]


def _account(entry: Json, styles: Styles) -> list[str]:
    disk, memory, cpu = entry["disk"] or {}, entry["unattributed_memory"], entry["unattributed_cpu"]
    return [
        *(entry["stage"], styles[entry["model"]].label, entry["variant"] or _NONE, entry["origin"]),
        "; ".join(humanize.describe_limits(**one) for one in entry["may_use"]) or _NONE,
        *(_number(entry["written"]["mean"], GIB), _number(entry["write_amplification"]["mean"])),
        _number(disk.get("seconds_to_full"), 3600),
        *(memory["note"] or _pair(memory, GIB), _number(cpu["mean"])),
    ]


def _training(entry: Json, styles: Styles) -> list[str]:
    final = entry["final"]
    last = max((figures.get("epoch", figures.get("step")) for figures in final.values()), default=None)
    metrics = ", ".join(f"{name} {_number(figures['value'])}" for name, figures in final.items())
    return [
        *(entry["run"], styles[entry["model"]].label, entry["series"] or _NONE, entry["origin"], _number(last)),
        *(metrics, json.dumps(entry["config"], ensure_ascii=False) if entry["config"] else _NONE),
    ]


def _job(entry: Json, styles: Styles) -> list[str]:
    figures = ("mean", "median", "p95", "batches_per_second", "items_per_second")
    return [
        *(entry["run"], styles[entry["model"]].label, entry["variant"] or _NONE, entry["series"] or _NONE),
        *(entry["origin"], f"{entry['batches']:,}", *(_number(entry[name]["value"]) for name in figures)),
    ]


def _machine(entry: Json) -> list[str]:
    return [str(entry["host"] or _NONE), str(len(entry["runs"])), describe_system(entry["hardware"]) or _NONE]


def _pair(figures: Json, per: float) -> str:
    if not figures["samples"]:
        return _NONE
    return f"{_number(figures['mean'], per)} / {_number(figures['peak'], per)} ({figures['samples']:,})"


def _number(value: Any, per: float = 1.0) -> str:
    return _NONE if value is None else f"{value / per:.4g}"


def _section(table: MarkdownTable) -> str:
    lines = [_line(table.head), _line(["---"] * len(table.head)), *map(_line, table.rows)]
    return f"## {table.title}\n\n" + "\n".join(lines) if table.rows else ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(printable(cell).replace("|", "\\|") for cell in cells) + " |"
