"""What secrets look like, by their names and by themselves; loaded only where something looks as if it were one."""

from __future__ import annotations

import re
from functools import cached_property

from perfmon.store.redact import REMOVED

TYPE_CHECKING = False  # as in `redact`
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Names of secrets; `*` stands for anything, case and the kind of dash do not matter.
NAMES = (
    "*_KEY",
    "*APIKEY*",
    "*TOKEN*",
    "*PASSWORD*",
    "*PASSWD*",
    "*PASSPHRASE*",
    "*SECRET*",
    "*CREDENTIAL*",
    "AUTHORIZATION",
    "*_JWT",
)
_NO_SECRETS = ("*TOKENIZ*",)

# Patterns are compiled when they are first needed.
_WHOLE = r"(?s)(?P<name>-{0,2}[A-Za-z_][\w.-]*)=(?P<value>.*)"
# After a name inside a text: `=`, or `:` as in headers and JSON. With spaces around `=` it is code, where only what
# stands in quotes can be a secret.
_BETWEEN = r"""(?P<between>["']?(?:=|\s*+:\s*+(?:(?:Bearer|Basic|Token)\s++)?|\s*+=\s*+(?=["'])))"""
_VALUE = r"""(?P<value>"[^"]*"|'[^']*'|[^\s"'&;,}]++)"""
_ADDRESS = r"(?i)(?P<before>\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@]*:)[^\s/@]+(?=@)"
_BARE_ADDRESS = r"(?i)(?P<before>\bhttps?://)[^\s:/@]+(?=@)"
_SHAPES = (
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{20,}|sk-[\w-]{20,}|xox[abprs]-[\w-]{10,}|"
    r"AKIA[A-Z0-9]{16})\b"
)
_NUMBER = r"(?i)[+-]?\d[\d_.,]{0,11}(?:e[+-]?\d{1,3})?[kmg]?|true|false"


class Patterns:
    """Removes secrets from texts; `given` are names as in `PERFMON_REDACT`."""

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given

    @cached_property
    def _secret(self) -> str:
        return _either([*NAMES, *(pattern for pattern in self._given if not pattern.startswith("!"))])

    @cached_property
    def _open(self) -> str:
        return _either([*_NO_SECRETS, *(pattern[1:] for pattern in self._given if pattern.startswith("!"))])

    @cached_property
    def _inside(self) -> tuple[str, str]:
        name = rf"(?i)(?<![\w.-])(?P<name>-{{0,2}}(?:{self._secret}))"
        option = rf"(?i)(?<![\w.-])(?P<name>--?(?:{self._secret}))(?P<between>\s++(?!-))"
        return name + _BETWEEN + _VALUE, option + _VALUE

    def text(self, text: str) -> str:
        """Any text without the secrets in it."""
        whole = re.fullmatch(_WHOLE, text)
        if whole and self.value(whole["name"], whole["value"]) == REMOVED:
            return f"{whole['name']}={REMOVED}"
        for pattern in self._inside:
            text = re.sub(pattern, self._found, text)
        for pattern in (_ADDRESS, _BARE_ADDRESS):
            text = re.sub(pattern, rf"\g<before>{REMOVED}", text)
        return re.sub(_SHAPES, REMOVED, text)

    def _found(self, found: re.Match[str]) -> str:
        name, between, value = found["name"], found["between"], found["value"]
        quote = value[0] if value[0] in "\"'" else ""
        return f"{name}{between}{quote}{self.value(name, value.strip(quote) if quote else value)}{quote}"

    def value(self, name: str, value: str) -> str:
        """The value, or what stands for it if it is a secret by its name."""
        plain = name.lstrip("-")
        if not _matches(self._secret, plain) or _matches(self._open, plain):
            return value
        counts = "TOKEN" in plain.upper() and re.fullmatch(_NUMBER, value)  # max_tokens=512 is no secret
        return value if counts else REMOVED


def _either(patterns: Iterable[str]) -> str:
    """A regular expression for names; `_` also stands for `-` and `.`, as options are written."""
    return "|".join(re.escape(p.replace("-", "_")).replace(r"\*", r"[\w.-]*").replace("_", "[_.-]") for p in patterns)


def _matches(names: str, name: str) -> bool:
    return re.fullmatch(names, name, re.IGNORECASE) is not None
