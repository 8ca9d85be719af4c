"""The style of each model: label, colour, marker and hatch, the same in every figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from perfmon.cli import config_files, toml_file
from perfmon.cli.value_text import format_value
from perfmon_analyze.plots.colours import is_hex
from perfmon_analyze.series.options import ModelStyleOverride
from perfmon_analyze.series.select import model_rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

_LABELS = {"bielik12": "Bielik 1.5B", "bielik45": "Bielik 4.5B"}
_COLOURS = {"bielik12": "#1a5276", "bielik45": "#d35400"}
# Okabe and Ito, "Color Universal Design", without the four that lie near the two above.
_PALETTE = ("#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#666666")
_MARKERS = "os^Dv<>PXp"
_HATCHES = ("//", "\\\\", "xx", "--", "++", "||")
_SETTINGS = {"label", "colour", "order"}


@dataclass(frozen=True)
class Style:
    """The style of one model. Marker and hatch tell it apart in grey print."""

    label: str
    colour: str
    marker: str
    hatch: str


Styles = Mapping[str | None, Style]


def styles(models: Iterable[str | None], overrides: Mapping[str, ModelStyleOverride]) -> dict[str | None, Style]:
    """The style of each of these models, in the order in which they are drawn.

    Those with an `order` come first, by it; then the two known by name, then the others by name. A model keeps its
    colour as long as the set of models is the same.
    """
    ordered = sorted(set(models), key=lambda model: model_rank(model, overrides))
    strangers = count()
    styles: dict[str | None, Style] = {}
    for position, model in enumerate(ordered):
        override = overrides.get(model or "", ModelStyleOverride())
        colour = override.colour or _COLOURS.get(model or "") or _PALETTE[next(strangers) % len(_PALETTE)]
        label = override.label or _LABELS.get(model or "") or model or "model not given"
        styles[model] = Style(label, colour, _MARKERS[position % len(_MARKERS)], _HATCHES[position % len(_HATCHES)])
    return styles


def project_model_styles() -> dict[str, ModelStyleOverride]:
    """The overrides in the project's `perfmon.toml`, or its `pyproject.toml`, by model; none without such a file.

    Raises:
        ValueError: as `read_model_styles`.
    """
    return read_model_styles(path) if (path := config_files.project_file()) else {}


def read_model_styles(path: str) -> dict[str, ModelStyleOverride]:
    """The overrides in a `perfmon.toml`, from its tables `[models.NAME]`; of a pyproject.toml in `tool.perfmon`.

    Raises:
        ValueError: the file cannot be read or is not TOML, or a model has an unknown key or a wrong kind of value.
    """
    where, tables = toml_file.read(path)
    models = tables.get("models", {})
    if not isinstance(models, dict):
        raise ValueError(f"{where}: models must be tables [models.NAME]")
    return {name: _override(f"{where}: [models.{name}]", entry) for name, entry in models.items()}


def _override(where: str, entry: Any) -> ModelStyleOverride:
    if not isinstance(entry, dict) or set(entry) - _SETTINGS:
        raise ValueError(f"{where} may hold {', '.join(sorted(_SETTINGS))} and nothing else")
    colour, label, order = entry.get("colour", "#000000"), entry.get("label", ""), entry.get("order", 0)
    if not isinstance(colour, str) or not _is_colour(colour):
        raise ValueError(f"{where}: {format_value(colour)} is not a colour; write it as '#1a5276'")
    if not isinstance(label, str) or "\0" in label:
        raise ValueError(f"{where}: label must be a text, not {format_value(label)}")
    if isinstance(order, bool) or not isinstance(order, int | float) or not math.isfinite(order):
        raise ValueError(f"{where}: order must be a number, not {format_value(order)}")
    return ModelStyleOverride(**entry)


def _is_colour(value: str) -> bool:
    if is_hex(value):
        return True
    from matplotlib.colors import is_color_like  # noqa: PLC0415 - takes a while, and few name a colour otherwise

    return bool(is_color_like(value))


def model_styles(runs: Runs, options: Options) -> dict[str | None, Style]:
    """The style of each model of all loaded runs, so that a model is drawn alike in every figure."""
    return styles((r.model for r in runs.recordings), options.models)
