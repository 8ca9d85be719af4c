"""Removes secrets from what is recorded of command lines, labels, configurations and the environment.

They are recognised by name: `--token VALUE`, `API_KEY=VALUE`, `"password": "VALUE"`; in addresses, `user:VALUE@host`;
and by the shapes that well-known services give their keys. docs/privacy.md says what is recognised and what is not.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from perfmon.redaction.removal import SecretRemover

VARIABLE = "PERFMON_REDACT"
REMOVED = "***"

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

# Names, shapes and programs: a text with none of these in it, in capitals, holds no secret. Most hold none, and the
# command waits for us.
_NAME_HINTS = (
    *("KEY", "TOKEN", "PASS", "PWD", "PSWD", "SECRET", "CREDENTIAL", "AUTH", "JWT", "BEARER", "COOKIE", "SIGNATURE"),
    *("WEBHOOK", "ASSERTION"),
)
_SHAPE_HINTS = (
    *("://", "%3A%2F%2F", "GHP_", "GHO_", "GHU_", "GHS_", "GHR_", "GITHUB_PAT", "GLPAT", "GLPTT", "GLDT", "GLRT"),
    *("GLCBT", "HF_", "API_ORG", "SK-", "GSK_", "XAI-", "NVAPI", "R8_", "PPLX", "K_LIVE_", "K_TEST_", "WHSEC", "XAPP-"),
    *("XOX", "AKIA", "ASIA", "AIZA", "YA29.", "NPM_", "PYPI-", "DCKR_PAT", "SG.", "DOP_V1", "GLSA_", "HVS.", "HVB."),
    *("SHPAT_", "SHPSS_", "EYJ", ":AA", "WANDB_V1", "HOOKS.SLACK", "/WEBHOOKS/", "IDENTIFIED", "BASIC ", "SIG="),
    *("CODE=", "KEY=", "AUTH=", "LOGIN ", "PASSWORD ", "PRIVATE KEY"),
)
_PROGRAM_HINTS = (
    *("CURL ", "HTTP ", "HTTPS ", "XH ", "REDIS-CLI ", "SMBCLIENT ", "LFTP ", "ZIP ", "7Z ", "7ZA ", "7ZZ ", "SQLCMD "),
    *("BCP ", "MOSQUITTO_", "MYSQL", "MARIADB", "MONGO", "LDAP", "NGROK ", "SSHPASS", "LOGIN ", "SET ", "SETENV "),
    *("CONFIG ",),
)
_KNOWN_LABELS = 1024


class Redactor:
    """Removes secrets, by the names above and those of `PERFMON_REDACT`.

    The variable holds patterns of names with commas between them; one after `!` is a name that holds no secret.
    """

    def __init__(self, more: str = "") -> None:
        self._given = [pattern.strip() for pattern in more.split(",") if pattern.strip()]
        self._known: SecretRemover | None = None
        self._labels: dict[str, str] = {}

    def _may_contain_secret(self, text: str, *more: tuple[str, ...]) -> bool:
        upper = text.upper()
        return bool(self._given) or any(hint in upper for hints in (_NAME_HINTS, *more) for hint in hints)

    def _may_name(self, name: str) -> bool:
        return self._may_contain_secret(name)

    def _secrets(self) -> SecretRemover:
        if self._known is None:
            from perfmon.redaction.removal import SecretRemover  # noqa: PLC0415 - regular expressions: the command waits for us

            self._known = SecretRemover(
                self._given, REMOVED, names=_NAME_HINTS, shapes=_SHAPE_HINTS, programs=_PROGRAM_HINTS
            )
        return self._known

    def words(self, command: Sequence[str]) -> list[str]:
        """A command line without the secrets in it."""
        if not self._may_contain_secret(f"{' '.join(command)} ", _SHAPE_HINTS, _PROGRAM_HINTS):
            return list(command)
        return self._secrets().words(command)

    def text(self, text: str) -> str:
        """Any text without the secrets in it."""
        return self._secrets().text(text) if self._may_contain_secret(text, _SHAPE_HINTS, _PROGRAM_HINTS) else text

    def label(self, label: object) -> Any:
        """A label as text, without the secrets in it; None stays None. Labels are few, and said often."""
        if type(label) is not str:
            if label is None:
                return None
            from perfmon.redaction.label_text import label_text  # noqa: PLC0415 - most labels are texts

            label = str(label_text(label))
        known = self._labels.get(label)
        if known is None:
            if len(self._labels) >= _KNOWN_LABELS:
                self._labels.clear()
            known = self._labels[label] = self.text(label)
        return known

    def mapping(self, values: object) -> dict[str, Any]:
        """A configuration without the secrets in it, however deep they lie, as what JSON can hold of it.

        Whatever its objects are and raise, this raises nothing; one that has no names is recorded under "".
        """
        if type(values) is dict and not values:
            return {}
        from perfmon.redaction.plain_values import plain  # noqa: PLC0415 - most runs have no configuration

        content = plain(values)
        return self._dictionary(content, "") if isinstance(content, dict) else {"": self._any("", content, "")}

    def _any(self, name: str, value: object, hidden: str) -> object:
        """A value without the secrets in it; `hidden` is the name of a secret under which it lies, or empty."""
        if not hidden and self._may_name(name) and self._secrets().is_secret(name):
            hidden = name
        if isinstance(value, dict):
            return self._dictionary(value, hidden)
        if isinstance(value, list):
            return self._list(name, value, hidden)
        if hidden and value is not None and not self._secrets().is_plain(hidden, str(value)):
            return REMOVED
        return self.text(value) if isinstance(value, str) else value

    def _dictionary(self, values: Mapping[Any, object], hidden: str) -> dict[str, object]:
        named = values.get("name", values.get("key"))  # {"name": "TOKEN", "value": "..."}, as in containers' manifests
        pair = named if isinstance(named, str) and "value" in values else ""
        return {
            self.label(name): self._any(pair if name == "value" and pair else str(name), value, hidden)
            for name, value in values.items()
        }

    def _list(self, name: str, values: Sequence[object], hidden: str) -> list[object]:
        if not hidden and values and all(isinstance(value, str) for value in values):
            words = [str(value) for value in values]
            first = words[0]
            is_pair = len(words) == 2 and first.upper() not in ("TOKEN", "TOKENS") and self._may_name(first)
            if is_pair and self._secrets().is_secret(first) and not self._secrets().is_plain(first, words[1]):
                return [first, REMOVED]
            return [*self.words(words)]
        return [self._any(name, value, hidden) for value in values]

    def environment(self, variables: Mapping[str, str]) -> dict[str, object]:
        """Those variables that are recorded, without secrets."""
        return {name: self._any(name, value, "") for name, value in sorted(variables.items()) if _is_recorded(name)}


def _is_recorded(name: str) -> bool:
    return name in ENVIRONMENT or name.startswith(tuple(one[:-1] for one in ENVIRONMENT if one.endswith("*")))


def redactor_for(environment: Mapping[str, str]) -> Redactor:
    """The redactor with the names that this environment adds; one for each, for they know what they have seen."""
    more = environment.get(VARIABLE, "")
    known = _redactors.get(more)
    if known is None:
        known = _redactors[more] = Redactor(more)
    return known


_redactors: dict[str, Redactor] = {}
