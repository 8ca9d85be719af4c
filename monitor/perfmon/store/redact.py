"""Secrets are removed from what is recorded of command lines, configurations and the environment.

Recognised by name: `--token VALUE`, `API_KEY=VALUE`, `"password": "VALUE"`; in addresses, `user:VALUE@host`; and by the
shapes that well-known services give their keys. It is best not to put a secret on a command line at all.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.store.secret_patterns import Patterns

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

# A text with none of these in it, in capitals, holds no secret. Most hold none, and the command waits for us.
_HINTS = (
    *("KEY", "TOKEN", "PASS", "SECRET", "CREDENTIAL", "AUTHORIZATION", "JWT", "://"),
    *("GHP_", "GHO_", "GHU_", "GHS_", "GHR_", "GITHUB_PAT", "GLPAT", "HF_", "SK-", "XOX", "AKIA"),
)


class Redactor:
    """Removes secrets, by the names above and those of `PERFMON_REDACT`.

    The variable holds patterns of names with commas between them; one after `!` is a name that holds no secret.
    """

    def __init__(self, more: str = "") -> None:
        self._given = [pattern.strip() for pattern in more.split(",") if pattern.strip()]
        self._known: Patterns | None = None

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
        return self._patterns().text(text) if self._may_hold(text) else text

    def _value(self, name: str, value: str) -> str:
        """The value, or what stands for it if it is a secret by its name."""
        return self._patterns().value(name, value) if self._may_hold(name) else value

    def _patterns(self) -> Patterns:
        if self._known is None:
            from perfmon.store.secret_patterns import Patterns  # noqa: PLC0415 - regular expressions: the command waits for us

            self._known = Patterns(self._given)
        return self._known

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


def _kept(name: str) -> bool:
    return name in ENVIRONMENT or name.startswith(tuple(one[:-1] for one in ENVIRONMENT if one.endswith("*")))
