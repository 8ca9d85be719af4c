"""How models look, and what a configuration may say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfmon_analyze.plots.style import read_model_styles, styles
from perfmon_analyze.series.options import ModelStyleOverride

if TYPE_CHECKING:
    from pathlib import Path


def test_the_two_known_models() -> None:
    """Their labels and colours are those of the study."""
    found = styles(["bielik45", "bielik12"], {})

    assert list(found) == ["bielik12", "bielik45"]
    assert [(s.label, s.colour) for s in found.values()] == [("Bielik 1.5B", "#1a5276"), ("Bielik 4.5B", "#d35400")]


def test_other_models_have_their_own_names_and_colours() -> None:
    """No two of them share a colour, a marker or a hatch, and all follow the known ones by name."""
    found = styles(["żubr", None, "bielik45", "llama"], {})

    assert [style.label for style in found.values()] == ["Bielik 4.5B", "llama", "żubr", "model not given"]
    for part in ("colour", "marker", "hatch"):
        assert len({getattr(style, part) for style in found.values()}) == 4


def test_a_configuration_sets_label_colour_and_order() -> None:
    """What has an order comes first."""
    found = styles(["bielik12", "llama"], {"llama": ModelStyleOverride(label="Llama 8B", colour="#117733", order=1)})

    assert [(s.label, s.colour) for s in found.values()] == [("Llama 8B", "#117733"), ("Bielik 1.5B", "#1a5276")]


def test_read_looks(tmp_path: Path) -> None:
    """Each model has a table of its own."""
    path = tmp_path / "perfmon.toml"
    path.write_text('[models."meta/Llama"]\nlabel = "Żółw"\norder = 2\n', encoding="utf-8")

    assert {"meta/Llama": ModelStyleOverride(label="Żółw", order=2)} == read_model_styles(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[models", "not TOML"),
        ("models = 3", r"must be tables \[models.NAME\]"),
        ("[models.a]\ncolor = 'red'", r"\[models.a\] may hold colour, label, order"),
        ("[models.a]\ncolour = 'no colour'", "'no colour' is not a colour"),
        ("[models.a]\ncolour = [1]", "a list is not a colour"),
        ("[models.a]\nlabel = 3", "label must be a text, not 3"),
        ("[models.a]\norder = true", "order must be a number, not true"),
        ("[models.a]\norder = nan", "order must be a number, not nan"),
        (f"models = {'[' * 100_000}", "is nested too deeply"),
    ],
)
def test_a_configuration_that_makes_no_sense(tmp_path: Path, text: str, message: str) -> None:
    """The error says where, and what would do."""
    path = tmp_path / "perfmon.toml"
    path.write_text(text)

    with pytest.raises(ValueError, match=message):
        read_model_styles(str(path))
