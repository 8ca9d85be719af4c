"""What differs between numpy and PyTorch, on numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sae.device import Cpu, open_device


@given(arrays(np.float32, (3, 6), elements=st.integers(-3, 3)), st.integers(1, 6))
def test_keeps_exactly_the_k_largest(values: np.ndarray[tuple[int, int], np.dtype[np.float32]], k: int) -> None:
    """Of each row the k largest stay, equal ones at the border included, and nothing else does."""
    values = values + 10  # so that what is kept can be told from 0

    kept = Cpu().keep_largest(values, k)

    assert (kept != 0).sum(axis=1).tolist() == [k, k, k]
    assert np.sort(kept, axis=1)[:, -k:].tolist() == np.sort(values, axis=1)[:, -k:].tolist()
    assert (kept[kept != 0] == values[kept != 0]).all()


def test_adds_repeated_rows() -> None:
    """A row that is named twice is added to twice."""
    table = np.zeros((3, 2))

    Cpu().add_rows(table, np.array([2, 0, 2]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))

    assert table.tolist() == [[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]]


def test_cpu_is_numpy() -> None:
    """The CPU is never PyTorch's."""
    assert open_device("cpu").xp is np


def test_a_missing_gpu_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no PyTorch, asking for a GPU says what is missing, and `auto` takes the CPU."""
    monkeypatch.setattr("sae.device.find_spec", lambda _: None)

    with pytest.raises(ValueError, match="needs PyTorch and a GPU"):
        open_device("cuda")
    assert open_device("auto").name == "cpu"
