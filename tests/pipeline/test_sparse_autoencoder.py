"""The sparse autoencoder: its gradients, its figures, and that it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sae import sparse_autoencoder
from sae.adam import Adam
from sae.device import Cpu
from sae.sparse_autoencoder import SparseAutoencoder

from .gradients import as_doubles, central_differences

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


def activations(rows: int) -> npt.NDArray[np.float32]:
    """Sums of two out of twelve directions in eight dimensions, far from 0."""
    random = np.random.default_rng(1)
    directions = random.standard_normal((12, 8))
    chosen = np.array([random.permutation(12)[:2] for _ in range(rows)])
    sums: npt.NDArray[np.float64] = directions[chosen].sum(axis=1)
    return (3 + sums * random.uniform(1, 2, (rows, 1))).astype(np.float32)


def autoencoder(*, k: int = 3) -> SparseAutoencoder:
    """An untrained one of 16 features."""
    return sparse_autoencoder.create(activations(200), features=16, k=k, seed=0, device=Cpu())


def test_gradients_match_finite_differences() -> None:
    """Every derivative that was worked out by hand is the one that moving the parameter shows."""
    made = autoencoder()
    made.parameters = as_doubles(made.parameters)
    batch = made.normalise(activations(6).astype(np.float64))

    gradients = made.backward(made.forward(batch))

    assert gradients.keys() == made.parameters.keys()
    for name, values in made.parameters.items():
        expected = central_differences(lambda: made.forward(batch).loss(), values)
        assert gradients[name] == pytest.approx(expected, rel=1e-5, abs=1e-8), name


def test_at_most_k_features_are_active() -> None:
    """A row has k features above 0, or fewer where the k largest are not all positive, and none below."""
    made = autoencoder(k=3)
    raw = made.normalise(activations(50)) @ made.parameters["encoder"]

    features = made.encode(made.normalise(activations(50)))

    assert (features > 0).sum(axis=1).tolist() == np.minimum((raw > 0).sum(axis=1), 3).tolist()
    assert features.min() == 0


def test_normalised_activations_have_mean_0_and_variance_1() -> None:
    """Over all dimensions together, on the sample it was made from."""
    normalised = autoencoder().normalise(activations(200))

    assert normalised.mean(axis=0) == pytest.approx(np.zeros(8), abs=1e-6)
    assert normalised.var() == pytest.approx(1, rel=1e-6)


def test_evaluation_matches_a_direct_computation() -> None:
    """R², dead features and L1 over batches are those of all rows at once."""
    made, rows = autoencoder(k=1), activations(30)
    done = made.forward(made.normalise(rows))

    found = sparse_autoencoder.evaluate(made, [rows[:7], rows[7:]])

    residual = ((rows - (done.reconstruction * made.scale + made.mean)) ** 2).sum()
    assert found.r2 == pytest.approx(1 - residual / ((rows - rows.mean(axis=0)) ** 2).sum(), abs=1e-5)
    assert found.dead_ratio == sum(not column.any() for column in done.features.T) / 16
    assert found.dead_ratio > 0
    assert found.l1 == pytest.approx(done.features.sum(axis=1).mean())


def test_learns_to_reconstruct() -> None:
    """Training explains most of the variance of what it began by explaining little, with a decoder of unit rows."""
    made = autoencoder(k=3)
    optimiser = Adam(made.parameters, Cpu())
    rows = activations(1000)
    before = sparse_autoencoder.evaluate(made, [rows])

    for _ in range(500):
        optimiser.step(made.backward(made.forward(made.normalise(rows))), 0.01)
        made.constrain()

    assert before.r2 < 0.7
    assert sparse_autoencoder.evaluate(made, [rows]).r2 > 0.9
    assert np.linalg.norm(made.parameters["decoder"], axis=1) == pytest.approx(np.ones(16), rel=1e-5)


def test_a_saved_autoencoder_encodes_the_same(tmp_path: Path) -> None:
    """What is read from a file is what was written to it."""
    made = autoencoder()
    path = tmp_path / "epoch-00000.npz"

    sparse_autoencoder.save(path, made)
    loaded = sparse_autoencoder.load(path, Cpu())

    assert (loaded.encode(loaded.normalise(activations(9))) == made.encode(made.normalise(activations(9)))).all()
