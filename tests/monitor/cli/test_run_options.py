"""Command lines of `perfmon run` that are plain are read without argparse, and as argparse reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon.cli.parser import Parser, UsageError
from perfmon.cli.run_options import OPTIONS, parse_plain
from perfmon.commands import run

WORDS = (
    *(f"--{name}" for name in OPTIONS),
    *("--stage=x", "--tag=a=b", "--interval=1s", "--quiet=1", "--no-quiet", "--stag", "--runs=", "--help", "-h"),
    *("--", "-", "", "x", "a=b", "250ms", "0.1", "-1", "true", "-c", "--kill-after=x", "two words", "-two words"),
)


def by_argparse(words: list[str]) -> dict[str, object] | None:
    """What argparse makes of it; None for an error or help."""
    parser = Parser(prog="perfmon run")
    run.configure(parser)
    try:
        return vars(parser.parse_args(words))
    except (UsageError, SystemExit):
        return None


@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_plain_is_what_argparse_says(words: list[str]) -> None:
    """Whatever is taken as plain, argparse takes the same way."""
    plain = parse_plain(words)

    assert plain is None or vars(plain) == by_argparse(words)


@pytest.mark.parametrize(
    "words",
    [
        ["true"],
        ["--", "true", "--quiet"],
        ["--quiet", "true", "-c", "x"],
        ["--stage", "training", "--model=bielik12", "--interval", "250ms", "--", "python", "-u", "train.py"],
        ["--tag", "a=b", "--tag=c=d=e", "--disk", "out", "--disk", "more", "make", "-j8"],
        ["--kill-after", "5s", "--gpu", "0,1", "--runs", "elsewhere", "--name", "", "x"],
        [],
        ["--"],
    ],
)
def test_usual_command_lines_are_plain(words: list[str]) -> None:
    """What people type needs no argparse."""
    plain = parse_plain(words)

    assert plain is not None
    assert vars(plain) == by_argparse(words)


def test_lists_are_not_shared() -> None:
    """Options that can be repeated begin anew with each command line."""
    for _ in range(2):
        plain = parse_plain(["--tag", "a=b", "true"])
        assert plain is not None
        assert plain.tag == [("a", "b")]
