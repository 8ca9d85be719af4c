"""How a block ended, from the exception that leaves it."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.redaction.label_text import label_text, type_name
from perfmon.store import run_json

if TYPE_CHECKING:
    from perfmon.redaction.redactor import Redactor

_REASON_CHARACTERS = 4000  # of an exception's text: one may hold a whole batch


def block_end(error: BaseException | None, redactor: Redactor) -> tuple[str, str]:
    """State and reason of a run whose block was left; whatever the exception's methods raise, this does not."""
    if error is None:
        return run_json.FINISHED, "the block was left"
    code = error.code if issubclass(type(error), SystemExit) else 1  # type: ignore[attr-defined]  # it has one
    ended_well = code is None or (issubclass(type(code), int) and code == 0)
    text = f"{type_name(error)}: {label_text(error)}"[: 2 * _REASON_CHARACTERS]
    return run_json.FINISHED if ended_well else run_json.FAILED, redactor.text(text)[:_REASON_CHARACTERS]
