"""The command waits for redaction: its time is proportional to the text, whatever stands in it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfmon.redaction.redactor import Redactor

_UNITS = (
    *("token_", "a=", '"', "'", "\\", '\\"', "token=", 'token="', "token:", "token: ", '"token":', "token='", "a"),
    *("(", "[", "{", "--token ", "--token", "http://", "://", "://a:", "://b:c@", "@", "%40", "%3A%2F%2F", "-", "."),
    *("password ", "password '", "login x ", "x password=(", "sk-", "eyJ", "eyJaaaaaaaa.", "SG.", "hf_", "token\n"),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "&key=", "?sig=", "Basic aaaaaaaaaaaaaaaa", "Authorization: a\n"),
    *("Authorization: Bearer ", '"Authorization: ', "curl -u ", "curl -u a:b ", "mysql -p", "set -x TOKEN ", "a b "),
    *(
        "aB",
        " ",
        "\t",
        "\n",
        "token: |\n ",
        '\\\\"token\\\\":',
        "<password>",
        "<password",
        "password=\\",
        "password=$(",
    ),
    *("password=`", "_token", "Token", "aPASSWORDa", "identified by ", "hooks.slack.com/services/", "é", "token = a("),
    *("token=[1,", "KEY KEY=", "x-api-key: a 'b ", "%22password%22%3A%22", "token%3D", "12345678:AA", "token=a\"b'c"),
    *("Authorization: x\n'", "--password 'x'", "tokens=1 ", "token='x' ", "sh -c 'a ", "\"a 'b "),
)
_CHARACTERS = 8_000
_MOST_SECONDS = 20.0  # for 1 MB of anything, four times over; what is quadratic takes many minutes
_MOST_GROWTH = 9
_TRIES = 4  # the machine may be busy


def _seconds(text: str) -> float:
    redactor, more = Redactor(), Redactor("abc-*,*x*y*z*")
    begin = time.process_time()
    redactor.words(["x", text, "--token", text])
    redactor.mapping({"x": text})
    more.text(text)
    return time.process_time() - begin


@pytest.mark.parametrize("unit", _UNITS)
def test_the_time_grows_with_the_text(unit: str) -> None:
    """A text four times as long takes four times as long; what is quadratic would take sixteen times."""
    short, long = unit * (_CHARACTERS // len(unit)), unit * (4 * _CHARACTERS // len(unit))
    _seconds(short)  # compiles patterns
    growths: list[float] = []
    while len(growths) < _TRIES and min(growths, default=_MOST_GROWTH) >= _MOST_GROWTH:
        growths.append(_seconds(long) / max(_seconds(short), 0.002))

    assert min(growths) < _MOST_GROWTH


@pytest.mark.parametrize(
    "unit", ["token_", "a=", '"', "'", "\\", "token=", "--token ", "http://", "x:", "://a:", "curl -u "]
)
def test_a_megabyte(unit: str) -> None:
    """The longest command line that Linux takes is through within seconds."""
    assert _seconds(unit * (1_000_000 // len(unit))) < _MOST_SECONDS


def test_a_long_argument_delays_nobody(tmp_path: Path) -> None:
    """100 kB of "token_" in one argument of a command, from start to end of `perfmon run`."""
    words = [sys.executable, "-m", "perfmon", "run", "--quiet", "--stage", "s", "--", "true", "token_" * 17_000]
    begin = time.monotonic()
    subprocess.run(words, cwd=tmp_path, check=True, timeout=60)

    assert time.monotonic() - begin < 20


def test_a_usual_command_loads_no_regular_expressions() -> None:
    """The words of most commands are plainly no secrets, and nothing is loaded to look at them."""
    script = (
        "import sys; from perfmon.redaction.redactor import Redactor; r = Redactor()\n"
        "assert r.words(['python', 'train.py', '--lr', '1e-3']) == ['python', 'train.py', '--lr', '1e-3']\n"
        "r.mapping({}); r.label('bielik12'); r.environment({'SLURM_JOB_ID': '7'})\n"
        "print(*sys.modules)"
    )
    words = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path += {sys.path!r}; {script}"]
    loaded = set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())

    assert not loaded & {"re", "enum", "typing", "perfmon.redaction.patterns", "perfmon.redaction.plain_values"}
