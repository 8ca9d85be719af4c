"""Why AMD's library gives no answer, in the words of table `event`."""

from __future__ import annotations

from perfmon.gpu.metric import Unanswered
from perfmon.store.reasons import ERROR, LOST, NO_PERMISSION, NOT_FOUND, TIMEOUT, UNSUPPORTED, Unknown

# amdsmi_status_t of amdsmi.h; a device that is not found was there when it was opened.
_REASONS = {2: UNSUPPORTED, 3: UNSUPPORTED, 8: TIMEOUT, 10: NO_PERMISSION, 31: LOST, 34: NOT_FOUND}


def reason_of(error: Exception) -> str:
    """The reason code of a failure."""
    return error.reason if isinstance(error, Unanswered) else _REASONS.get(getattr(error, "err_code", None) or 0, ERROR)


def detail_of(error: Exception) -> str:
    """A failure in words."""
    words = getattr(error, "err_info", None) or (error if str(error) else type(error).__name__)
    return str(error) if isinstance(error, Unanswered) else f"AMD SMI: {words}"


def unknown(entity: str | None, column: str | None, error: Exception) -> Unknown:
    """A failure as the source reports it."""
    return Unknown(entity, column, reason_of(error), detail_of(error))


def is_final(error: Exception) -> bool:
    """Whether asking again is of no use: this device, or this driver, does not have it."""
    return not isinstance(error, Unanswered) and reason_of(error) == UNSUPPORTED
