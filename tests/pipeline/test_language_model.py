"""The language model: its gradients, its sizes, and that it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sae import language_model
from sae.adam import Adam
from sae.device import Cpu
from sae.language_model import SIZES, LanguageModel, Size

from .gradients import as_doubles, central_differences

if TYPE_CHECKING:
    from pathlib import Path

_SMALL = Size(context=3, embedding=2, width=5, hidden=7, layers=2)
_TEXT = np.frombuffer(b"def f(x):\n    return x\n" * 4, np.uint8)
_POSITIONS = np.array([5, 9, 20, 31])


def test_gradients_match_finite_differences() -> None:
    """Every derivative that was worked out by hand is the one that moving the parameter shows."""
    model = LanguageModel(as_doubles(language_model.initial_parameters(_SMALL, 0)), _SMALL, Cpu())

    trace, targets = model.read(_TEXT, _POSITIONS)
    gradients = model.backward(trace, targets)

    assert gradients.keys() == model.parameters.keys()
    for name, values in model.parameters.items():
        expected = central_differences(lambda: _loss(model), values)
        assert gradients[name] == pytest.approx(expected, rel=1e-5, abs=1e-8), name


def _loss(model: LanguageModel) -> float:
    trace, targets = model.read(_TEXT, _POSITIONS)
    return float(model.losses(trace, targets).mean())


@pytest.mark.parametrize("name", SIZES)
def test_a_name_tells_the_parameters(name: str) -> None:
    """The number in a size's name is how many million parameters it has."""
    parameters = language_model.initial_parameters(SIZES[name], 0)

    assert name == f"tiny-{sum(values.size for values in parameters.values()) / 1e6:.1f}M"


def test_an_unlearned_even_guess_costs_the_logarithm_of_256() -> None:
    """With all output weights 0 each byte is equally likely."""
    model = LanguageModel(language_model.initial_parameters(_SMALL, 0), _SMALL, Cpu())
    model.parameters["out"][:] = 0

    assert _loss(model) == pytest.approx(np.log(256))


def test_learns_a_text_by_heart() -> None:
    """Adam brings the loss on four guesses close to 0."""
    model = LanguageModel(language_model.initial_parameters(_SMALL, 0), _SMALL, Cpu())
    optimiser = Adam(model.parameters, Cpu())

    for _ in range(200):
        trace, targets = model.read(_TEXT, _POSITIONS)
        optimiser.step(model.backward(trace, targets), 0.05)

    assert _loss(model) < 0.01


def test_a_saved_model_guesses_the_same(tmp_path: Path) -> None:
    """What is read from a file is what was written to it, and another size is refused."""
    size = SIZES["tiny-0.4M"]
    model = LanguageModel(language_model.initial_parameters(size, 3), size, Cpu())
    path = tmp_path / "folder" / "step-00001.npz"

    language_model.save(path, model, {"model": "tiny-0.4M"})
    loaded = language_model.load(path, "tiny-0.4M", Cpu())

    positions = np.array([40, 50])
    assert (loaded.read(_TEXT, positions)[0].logits == model.read(_TEXT, positions)[0].logits).all()
    with pytest.raises(ValueError, match=r"holds tiny-0\.4M, not tiny-1\.0M"):
        language_model.load(path, "tiny-1.0M", Cpu())
