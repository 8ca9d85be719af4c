"""Why a value is not known, as table `event` holds it."""

from __future__ import annotations

from perfmon.lean.stdlib import NamedTuple

# Reasons why a value is not known, as table `event` holds them.
UNSUPPORTED, NAMESPACE, NO_PERMISSION, NO_SPACE, LOST, TIMEOUT, NOT_FOUND, ERROR = (
    "unsupported",
    "namespace",
    "no_permission",
    "no_space",
    "lost",
    "timeout",
    "not_found",
    "error",
)


class Unknown(NamedTuple):
    """A value that could not be read: of which thing, which column, and why. No column means the whole source."""

    entity: str | None
    column: str | None
    reason: str
    detail: str
