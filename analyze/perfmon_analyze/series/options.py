"""The options of figures, each with its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SCOPES = ("job", "host")
STYLES = ("paper", "screen", "dark")


@dataclass(frozen=True, kw_only=True)
class ModelStyleOverride:
    """What a user configures of how one model is drawn; None is perfmon's own choice."""

    label: str | None = None
    colour: str | None = None
    order: float | None = None


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a figure.

    `scope` says whose CPU, RAM and VRAM: the job's process tree or the whole host. `synthetic` lets a stand-in be
    drawn where no GPU was recorded. `per_gpu` draws a line for each GPU. `phase` leaves only samples
    taken during the phase of that name. `models` gives models labels, colours and an order beyond the built-in
    ones.

    Raises:
        ValueError: `scope` or `style` is not one there is.
    """

    scope: str = "job"
    synthetic: bool = True
    per_gpu: bool = False
    phase: str | None = None
    style: str = "paper"
    title: str | None = None
    models: Mapping[str, ModelStyleOverride] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of("scope", self.scope, SCOPES)
        _one_of("style", self.style, STYLES)


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}; not {value!r}")


DEFAULT = Options()
