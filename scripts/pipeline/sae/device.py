"""Where the arrays live: numpy on the CPU, or PyTorch on a GPU.

Gradients are written by hand with the operators and functions that both libraries share under one name; the few
that differ are methods here. PyTorch is never needed, and it is imported only where it is installed and wanted.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]  # on a GPU a tensor, which shares all that is used of it
Parameters: TypeAlias = dict[str, Array]

CHOICES = ("auto", "cpu", "cuda")


class Device(Protocol):
    """A place for arrays, and what to compute with there."""

    name: str
    xp: Any  # the module `numpy` or `torch`

    def asarray(self, values: npt.NDArray[Any]) -> Array:
        """A numpy array, brought here."""

    def numpy(self, values: Array) -> npt.NDArray[Any]:
        """An array from here as a numpy array."""

    def keep_largest(self, values: Array, k: int) -> Array:
        """`values` (n, m) with exactly the `k` largest of each row kept and the others 0."""

    def add_rows(self, table: Array, indices: Array, rows: Array) -> None:
        """Add `rows` (n, m) to the rows of `table` that `indices` (n,) names, repeated ones included."""


class Cpu:
    """The processor, through numpy."""

    name = "cpu"
    xp: Any = np

    def asarray(self, values: npt.NDArray[Any]) -> Array:
        """The array itself."""
        return values

    def numpy(self, values: Array) -> npt.NDArray[Any]:
        """The array itself."""
        return values

    def keep_largest(self, values: Array, k: int) -> Array:
        """See Device."""
        keep = values >= np.partition(values, -k, axis=1)[:, -k, None]
        if np.count_nonzero(keep) > k * len(values):  # equal values at the border: take the first of them
            keep[:] = False
            np.put_along_axis(keep, np.argsort(-values, axis=1, kind="stable")[:, :k], values=True, axis=1)
        kept: Array = values * keep
        return kept

    def add_rows(self, table: Array, indices: Array, rows: Array) -> None:
        """See Device."""
        np.add.at(table, indices, rows)


class Torch:
    """A device of PyTorch's, for numpy's part only: no gradients are recorded."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.xp: Any = import_module("torch")
        self.xp.set_default_device(name)
        self.xp.set_grad_enabled(False)

    def asarray(self, values: npt.NDArray[Any]) -> Array:
        """A tensor with the array's values."""
        tensor: Array = self.xp.from_numpy(values).to(self.name)
        return tensor

    def numpy(self, values: Array) -> npt.NDArray[Any]:
        """A tensor's values; waits until they are computed."""
        tensor: Any = values
        array: npt.NDArray[Any] = tensor.cpu().numpy()
        return array

    def keep_largest(self, values: Array, k: int) -> Array:
        """See Device."""
        largest = self.xp.topk(values, k, dim=1)
        kept: Array = self.xp.zeros_like(values).scatter_(1, largest.indices, largest.values)
        return kept

    def add_rows(self, table: Array, indices: Array, rows: Array) -> None:
        """See Device."""
        tensor: Any = table
        tensor.index_add_(0, indices, rows)


def open_device(choice: str) -> Device:
    """The device of that name; `auto` is a GPU if PyTorch is installed and sees one, else the CPU.

    Raises:
        ValueError: `cuda` was asked for and cannot be had.
    """
    if choice == "cpu":
        return Cpu()
    if find_spec("torch") and import_module("torch").cuda.is_available():
        return Torch("cuda")
    if choice == "cuda":
        raise ValueError("--device cuda needs PyTorch and a GPU that it can use; --device cpu needs neither")
    return Cpu()
