"""The documentation's pages, and what they tell users to type."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts}


class Block(NamedTuple):
    """A block of code: its language, which may be empty, and its text."""

    language: str
    text: str


def parsed(text: str) -> list[Block]:
    """The blocks of a page's text, in order."""
    return [Block(*one) for one in re.findall(r"^```([\w{}]*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]


def blocks(page: str) -> list[Block]:
    """The blocks of a page of the documentation."""
    return parsed(PAGES[page].read_text())


def only(among: list[Block], language: str, holding: str) -> str:
    """The one block of a language that holds some text."""
    (found,) = [block.text for block in among if block.language == language and holding in block.text]
    return found


def reader(home: Path) -> dict[str, str]:
    """The environment of a reader who installed perfmon, and set nothing."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PERFMON_", "SLURM_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return kept | {"PATH": path, "HOME": str(home), "COLUMNS": "100"}


def typed(text: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type lines into a shell that stops at the first that fails."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
