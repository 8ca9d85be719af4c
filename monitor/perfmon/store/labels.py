"""What a run is called: the labels its user gives it, and the rank and host that its launcher says."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Mapping


class Labels:
    """What the user says of a run; all of it optional.

    `stage`, `model`, `variant` and `series` stand in every row; the others stand in run.json.
    """

    def __init__(
        self,
        *,
        stage: str | None = None,
        model: str | None = None,
        variant: str | None = None,
        series: str | None = None,
        name: str | None = None,
        dataset: str | None = None,
        tags: Mapping[str, str] | None = None,
        config: Mapping[str, object] | None = None,
    ) -> None:
        self.stage = stage
        self.model = model
        self.variant = variant
        self.series = series
        self.name = name
        self.dataset = dataset
        self.tags = tags or {}
        self.config = config or {}


def host() -> str:
    """Name of this machine."""
    return os.uname().nodename


def rank(environment: Mapping[str, str]) -> int | None:
    """The rank that the launcher gave this process, or None where none did.

    torchrun before MPI before SLURM: `mpirun` inside a batch script leaves SLURM_PROCID at 0 for several ranks, so
    the outermost launcher is asked last. RANK counts only beside WORLD_SIZE, for it is a common word.
    """
    candidates = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
    if "WORLD_SIZE" in environment:
        candidates.insert(0, "RANK")
    for name in candidates:
        value = environment.get(name, "")
        if value.isdecimal():
            return int(value)
    return None
