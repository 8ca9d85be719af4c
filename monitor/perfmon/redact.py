"""Secrets are removed from what is recorded of command lines, configurations and the environment.

Recognised by name: `--token VALUE`, `API_KEY=VALUE`, `"password": "VALUE"`; in addresses, `user:VALUE@host`; and by the
shapes that well-known services give their keys. It is best not to put a secret on a command line at all.
"""

from __future__ import annotations

import re
from functools import cached_property

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

VARIABLE = "PERFMON_REDACT"
REMOVED = "***"

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

# Variables that change what a job does to the machine, or say which part of a larger job it is; `*` at the end only.
ENVIRONMENT = (
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "CUDA_LAUNCH_BLOCKING",
    "CUDA_MPS_*",
    "NVIDIA_VISIBLE_DEVICES",
    "NCCL_*",
    "OMP_*",
    "KMP_*",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_*",
    "MALLOC_*",
    "PYTORCH_ALLOC_CONF",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "XLA_FLAGS",
    "XLA_PYTHON_CLIENT_*",
    "TOKENIZERS_PARALLELISM",
    "CONDA_DEFAULT_ENV",
    "VIRTUAL_ENV",
    "RANK",
    "LOCAL_RANK",
    "WORLD_SIZE",
    "LOCAL_WORLD_SIZE",
    "NODE_RANK",
    "GROUP_RANK",
    "MASTER_ADDR",
    "MASTER_PORT",
    "OMPI_COMM_WORLD_*",
    "PMIX_RANK",
    "PMI_RANK",
    "PMI_SIZE",
    "SLURM_*",
)

# A text with none of these in it, in capitals, holds no secret. Most hold none, and the command waits for us.
_HINTS = (
    *("KEY", "TOKEN", "PASS", "SECRET", "CREDENTIAL", "AUTHORIZATION", "JWT", "://"),
    *("GH", "GITHUB_PAT", "GLPAT", "HF_", "SK-", "XOX", "AKIA"),
)

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


class Redactor:
    """Removes secrets, by the names above and those of `PERFMON_REDACT`.

    The variable holds patterns of names with commas between them; one after `!` is a name that holds no secret.
    """

    def __init__(self, more: str = "") -> None:
        self._given = [pattern.strip() for pattern in more.split(",") if pattern.strip()]

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

    def _may_hold(self, text: str) -> bool:
        upper = text.upper()
        return bool(self._given) or any(hint in upper for hint in _HINTS)

    def words(self, command: Sequence[str]) -> list[str]:
        """A command line without the secrets in it."""
        kept: list[str] = []
        name = ""
        for word in command:
            kept.append(word if word.startswith("-") else self._value(name, word))
            if kept[-1] == word:
                kept[-1] = self.text(word)
            name = word if word.startswith("-") and "=" not in word else ""
        return kept

    def text(self, text: str) -> str:
        """Any text without the secrets in it."""
        if not self._may_hold(text):
            return text
        whole = re.fullmatch(_WHOLE, text)
        if whole and self._value(whole["name"], whole["value"]) == REMOVED:
            return f"{whole['name']}={REMOVED}"
        for pattern in self._inside:
            text = re.sub(pattern, self._found, text)
        for pattern in (_ADDRESS, _BARE_ADDRESS):
            text = re.sub(pattern, rf"\g<before>{REMOVED}", text)
        return re.sub(_SHAPES, REMOVED, text)

    def _found(self, found: re.Match[str]) -> str:
        name, between, value = found["name"], found["between"], found["value"]
        quote = value[0] if value[0] in "\"'" else ""
        return f"{name}{between}{quote}{self._value(name, value.strip(quote) if quote else value)}{quote}"

    def _value(self, name: str, value: str) -> str:
        """The value, or what stands for it if it is a secret by its name."""
        plain = name.lstrip("-")
        if not self._may_hold(plain) or not _matches(self._secret, plain) or _matches(self._open, plain):
            return value
        counts = "TOKEN" in plain.upper() and re.fullmatch(_NUMBER, value)  # max_tokens=512 is no secret
        return value if counts else REMOVED

    def mapping(self, values: Mapping[str, object]) -> dict[str, object]:
        """A configuration without the secrets in it, however deep they lie."""
        return {name: self._any(str(name), value) for name, value in values.items()}

    def _any(self, name: str, value: object) -> object:
        if isinstance(value, dict):
            return self.mapping(value)
        if isinstance(value, (list, tuple)):
            return [self._any(name, one) for one in value]
        if value is None or self._value(name, str(value)) != REMOVED:
            return self.text(value) if isinstance(value, str) else value
        return REMOVED

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Those variables that are recorded, without secrets."""
        return {name: self.text(self._value(name, value)) for name, value in sorted(variables.items()) if _kept(name)}


def _either(patterns: Iterable[str]) -> str:
    """A regular expression for names; `_` also stands for `-` and `.`, as options are written."""
    return "|".join(re.escape(p.replace("-", "_")).replace(r"\*", r"[\w.-]*").replace("_", "[_.-]") for p in patterns)


def _matches(names: str, name: str) -> bool:
    return re.fullmatch(names, name, re.IGNORECASE) is not None


def _kept(name: str) -> bool:
    return name in ENVIRONMENT or name.startswith(tuple(one[:-1] for one in ENVIRONMENT if one.endswith("*")))
