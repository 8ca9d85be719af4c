"""The reference of the command line is that of the command line."""

from __future__ import annotations

import subprocess
import sys

from perfmon.cli.parser import Parser
from perfmon.cli.verbs import VERBS, find
from tests.docs.pages import PAGES, ROOT

PAGE = PAGES["command-line.md"].read_text()


def test_the_page_is_what_the_parsers_say() -> None:
    """`scripts/command-line --write` was run after the last change of an option."""
    script = str(ROOT / "scripts" / "command-line")

    assert subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout == PAGE


def test_every_option_stands_in_it() -> None:
    """Under its verb, with the variable that sets it."""
    sections = dict(part.split("\n", 1) for part in PAGE.split("\n## perfmon ")[1:])

    assert list(sections) == list(VERBS)
    for verb, text in sections.items():
        parser = Parser(prog=f"perfmon {verb}")
        find(verb).configure(parser)
        names = [name for action in parser.arguments for name in action.option_strings if action.dest != "help"]

        assert [name for name in names if f"| `{name}" not in text and f", {name}" not in text] == []
    assert "`PERFMON_RUN_KILL_AFTER`" in sections["run"]
    assert "`PERFMON_RUNS`" in sections["ls"]
