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
    """How one model is drawn; None leaves the choice to perfmon.

    Attributes:
        label: the name that figures show.
        colour: a colour that matplotlib knows, such as `#1f77b4`.
        order: place among the models, in ascending order.
    """

    label: str | None = None
    colour: str | None = None
    order: float | None = None


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a figure.

    Attributes:
        scope: whose CPU, RAM and VRAM: `job`, the process tree, or `host`, the whole machine.
        synthetic: whether a synthetic stand-in, marked as one, may be drawn where no GPU was recorded.
        per_gpu: whether each GPU has a line of its own.
        phase: use only samples taken during the phase of this name; None uses all.
        style: `paper`, `screen` or `dark`.
        title: title of the figure; None is the plot's own.
        models: labels, colours and an order of models, by name, beyond the built-in ones.

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
