"""Settings that make no sense: one line that names the file or variable and the key, and the verb's status for it."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

import pytest

from perfmon.cli import config, config_files, toml_file
from perfmon.cli.parser import UsageError, is_flag, key, takes_several
from perfmon.cli.verbs import VERBS
from perfmon.commands.config import parser_of
from tests.conftest import Perfmon
from tests.monitor.cli.test_config import OPTIONS, option_name, typed

_DEEP = 100_000
_WRONG = {
    "true": "true",
    "a number": "7.5",
    "a huge number": f"0x{'f' * 5000}",
    "no number": "nan",
    "a date": "2026-11-22",
    "a list": "[]",
    "a list of lists": "[[1]]",
    "a table": "{ a = 1 }",
    "a list of tables": "[{ a = 1 }]",
    "NUL": '"a\\u0000b"',
    "a list with NUL": '["~\\u0000"]',
    "a long text": f'"{"x" * 5000}"',
    "a line's end": '"a\\nb"',
}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pyproject.toml", "tool = 1 # tool.perfmon", "pyproject.toml: tool must be a table, not 1"),
        ("pyproject.toml", "[tool]\nperfmon = 3 # tool.perfmon", "pyproject.toml: tool.perfmon must be a table, not 3"),
        ("pyproject.toml", "[[tool.perfmon]]", "pyproject.toml: tool.perfmon must be a table, not a list"),
        ("perfmon.toml", 'runs = "a\\u0000b"', "perfmon.toml: runs must not hold a NUL character"),
        ("perfmon.toml", "runs = { a = 1 }", "perfmon.toml: runs must be a text or a number, not a table"),
        ("perfmon.toml", "run = 3\nls = 3", "must be a table, [run], not 3"),
        ("perfmon.toml", f"run = {'[' * _DEEP}", "perfmon.toml is nested too deeply"),
        ("perfmon.toml", f"{'a.' * 50_000}b = 1", "perfmon.toml is not TOML: a key has 50001 parts"),
        ("perfmon.toml", f"[{'a .' * 50_000}b]", "perfmon.toml is not TOML: a key has 50001 parts"),
        ("perfmon.toml", f"run = {{ {'a.' * 50_000}b = 1 }}", "perfmon.toml is not TOML: a key has 50001 parts"),
        ("perfmon.toml", f"runs = {'9' * 5000}", "perfmon.toml is not TOML: "),
        ("perfmon.toml", f"{'x' * 50_000} = 1", "perfmon.toml: there is no verb 'xxx"),
    ],
)
def test_files_that_make_no_sense(perfmon: Perfmon, tmp_path: Path, name: str, text: str, message: str) -> None:
    """`perfmon run` ends with 125 and does not start the command; the other verbs end with 2."""
    (tmp_path / name).write_text(text + "\n")
    done = {verb: perfmon(verb, *words) for verb, words in (("run", ("--", "touch", "started")), ("ls", ()))}

    assert {verb: one.returncode for verb, one in done.items()} == {"run": 125, "ls": 2}
    assert perfmon("config").returncode == 2
    assert not (tmp_path / "started").exists()
    for one in done.values():
        (line,) = one.stderr.splitlines()
        assert message in line
        assert len(line) < 500


def parsed(verb: str) -> tuple[argparse.Namespace | None, str]:
    """The options of a verb, or why what is set is refused."""
    words = typed(verb, ["a", "b"] if verb == "compare" else ["1"])
    try:
        return config.parse(parser_of(verb), verb, words, VERBS), ""
    except UsageError as error:
        return None, str(error)


@pytest.mark.parametrize(("verb", "action"), OPTIONS, ids=option_name)
def test_every_option_of_a_wrong_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, action: argparse.Action
) -> None:
    """A value is taken as if it had been typed, or refused in one line that names file, table and key."""
    monkeypatch.chdir(tmp_path)
    for wrong, text in _WRONG.items():
        (tmp_path / config_files.FILE).write_text(f"[{verb}]\n{key(action)} = {text}\n")
        options, refused = parsed(verb)
        if options is None:
            assert f": perfmon.toml: [{verb}] {key(action)}" in refused
            assert len(refused.splitlines()) == 1
        else:
            assert isinstance(getattr(options, action.dest), list) == (takes_several(action) and not is_flag(action))
            assert "NUL" not in wrong
            assert "table" not in wrong


@pytest.mark.parametrize(("verb", "action"), OPTIONS, ids=option_name)
def test_every_variable_that_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, action: argparse.Action
) -> None:
    """The same for the environment: what is refused names the variable."""
    monkeypatch.chdir(tmp_path)
    name = config_files.variable(verb, key(action))
    monkeypatch.setenv(name, "'")
    options, refused = parsed(verb)

    if options is None:
        assert f": {name}" in refused
        assert len(refused.splitlines()) == 1
    else:
        assert not is_flag(action)
        assert not takes_several(action)


def test_dots_that_are_no_key(tmp_path: Path) -> None:
    """Texts and comments may have as many dots as they like."""
    dots = "a." * 1000
    path = tmp_path / "perfmon.toml"
    path.write_text(
        f'# {dots}\n[run]\nname = "{dots} \\" {dots}"\nmodel = \'{dots}\'\nstage = """\n{dots}\n"{dots}"\n"""\n'
        f"series = '''{dots}'''\n"
    )

    assert set(toml_file.read(str(path)).tables["run"]) == {"name", "model", "stage", "series"}


def test_a_variable_that_is_not_utf8(perfmon: Perfmon, tmp_path: Path) -> None:
    """Bytes that are no text are told as far as text allows."""
    words = ["perfmon", "run", "--", "true"]
    environment = {**os.environb, b"PERFMON_RUN_INTERVAL": b"\xff"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 125
    assert done.stderr.startswith("perfmon run: PERFMON_RUN_INTERVAL: ")
    assert perfmon("ls", PERFMON_LS_JSON="maybe").returncode == 2
