"""Command lines as people write them: what must go, and what must stay."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from perfmon.redaction.redactor import REMOVED, Redactor

_UNTOLD = "cannot be told: "


class Line(NamedTuple):
    """A command line of the file; « » stand around what is to be removed."""

    marked: str
    can_be_told: bool

    def words(self) -> list[str]:
        """The words, as the user typed them."""
        return shlex.split(re.sub("[«»]", "", self.marked))

    def recorded(self) -> list[str]:
        """The words, as they are to be recorded."""
        return shlex.split(re.sub("«.*?»", REMOVED, self.marked)) if self.can_be_told else self.words()


def read() -> list[Line]:
    """All command lines of the file."""
    lines = (Path(__file__).parent / "command_lines.txt").read_text().splitlines()
    return [
        Line(line.removeprefix(_UNTOLD), can_be_told=not line.startswith(_UNTOLD))
        for line in lines
        if line and not line.startswith("#")
    ]


LINES = read()


@pytest.mark.parametrize("line", LINES, ids=[line.marked for line in LINES])
def test_what_is_recorded_of_it(line: Line) -> None:
    """Each secret goes, whole, and all else is recorded as it was typed."""
    assert Redactor().words(line.words()) == line.recorded()


def test_redacting_again_changes_nothing() -> None:
    """What is recorded holds nothing more to remove."""
    for line in LINES:
        assert Redactor().words(line.recorded()) == line.recorded()


def test_there_are_enough() -> None:
    """Two hundred and more, with secrets and without, and those that nobody can tell apart."""
    secret = [line for line in LINES if line.can_be_told and "«" in line.marked]

    assert len(LINES) > 250
    assert len(secret) > 150
    assert len([line for line in LINES if "«" not in line.marked]) > 50


@pytest.mark.parametrize("shell", [["bash", "-c"], ["sh", "-ec"], ["zsh", "-lc"]], ids=" ".join)
def test_the_same_in_the_text_of_a_shell(shell: list[str]) -> None:
    """A command line in one word, as a shell is given it, loses the same secrets."""
    for line in LINES:
        if not line.can_be_told:
            continue
        (recorded,) = Redactor().words([*shell, shlex.join(line.words())])[2:]
        for secret in re.findall("«(.*?)»", line.marked):
            plain = re.sub(r"[\\\"'`]", "", secret)
            assert len(plain) < 6 or plain not in re.sub(r"[\\\"'`]", "", recorded), recorded
