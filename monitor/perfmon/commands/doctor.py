"""`perfmon doctor`: what can and cannot be measured here, before a job of three days."""

from __future__ import annotations

import json
import os
import textwrap
from typing import TYPE_CHECKING

from perfmon.cli import output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from perfmon.doctor.checkup import Checkup, MissingValue, SourceReport

USAGE_STATUS = 2
FAILURE_STATUS = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description = (
        "Read every source for a second. Report what can be measured here, what cannot and why, and what can be done. "
        "Run it where the job will run: in its container, with its environment."
    )
    parser.epilog = """examples:
  perfmon doctor
  perfmon doctor --gpu all --disk outputs --json

exit status: 0, also if something cannot be measured; 1 if the check itself failed."""
    option = parser.add_argument
    option("--gpu", default="auto", metavar="WHICH", help="as for perfmon run (default: those left to the job)")
    option("--disk", action="append", metavar="PATH", help="as for perfmon run (default: the working directory)")
    option("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Look, and print what was found; the exit status is returned."""
    from perfmon.doctor.checkup import run_checkup  # noqa: PLC0415 - `perfmon doctor --help` does without

    try:
        checkup = run_checkup([os.path.abspath(path) for path in options.disk or ["."]], options.gpu)
    except OSError as error:
        output.error(f"perfmon doctor: cannot look: {error}")
        return FAILURE_STATUS
    if options.json:
        output.json(_json(checkup))
    else:
        output.lines(line for text in _text(checkup) for line in text.split("\n"))
    return 0


def _json(checkup: Checkup) -> str:
    sources = [
        one._asdict() | {"values": dict(one.values), "missing": [missing._asdict() for missing in one.missing]}
        for one in checkup.reports
    ]
    return json.dumps({"sources": sources, "facts": dict(checkup.facts)}, indent=1)


def _text(checkup: Checkup) -> Iterator[str]:
    for report in checkup.reports:
        yield _headline(report)
        for columns, why, entities in _alike(report.missing):
            of_all = not entities or entities == list(report.values)
            yield _indented(f"missing {columns}" + ("" if of_all else f" (of {', '.join(entities)})"), 4)
            yield _indented(why, 8)
    yield from _gpus(checkup.facts)


def _indented(text: str, by: int) -> str:
    return textwrap.fill(text, 100, initial_indent=" " * by, subsequent_indent=" " * (by + 4), break_on_hyphens=False)


def _headline(report: SourceReport) -> str:
    if report.is_absent:
        return f"{report.source:<7} not measured"
    columns = len({column for row in report.values.values() for column in row})
    entities = f" of {', '.join(report.values)}" if any(report.values) else ""
    return f"{report.source:<7} {columns} columns{entities}, in {1000 * report.seconds:.1f} ms"


def _alike(missing: Sequence[MissingValue]) -> Iterator[tuple[str, str, list[str]]]:
    """Group the missing values by reason: the columns, the reason and remedy, and the entities."""
    groups: dict[tuple[str, str | None], dict[str, list[str]]] = {}
    for one in missing:
        columns = groups.setdefault((one.detail, one.remedy), {})
        columns.setdefault(one.column or "everything", []).extend([one.entity] if one.entity else [])
    for (detail, remedy), columns in groups.items():
        entities = list(dict.fromkeys(entity for its in columns.values() for entity in its))
        yield ", ".join(columns), detail + (f"; {remedy}" if remedy else ""), entities


def _gpus(facts: object) -> Iterator[str]:
    gpus = facts.get("gpus") if isinstance(facts, dict) else None
    for gpu in gpus if isinstance(gpus, list) else ():
        cuda = "unknown" if gpu["cuda_index"] is None else gpu["cuda_index"]
        recorded = "recorded" if gpu["recorded"] else "not recorded: not left to the job"
        yield f"GPU {gpu['index']}   {gpu['name']}, {gpu['uuid']}, number in CUDA {cuda}: {recorded}"
