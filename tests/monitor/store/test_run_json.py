"""Rank and host as launchers tell them."""

from __future__ import annotations

import pytest

from perfmon.store.run_json import launcher_rank


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"RANK": "3", "WORLD_SIZE": "8", "SLURM_PROCID": "0"}, 3),
        ({"RANK": "3"}, None),
        ({"OMPI_COMM_WORLD_RANK": "2", "SLURM_PROCID": "0"}, 2),
        ({"PMIX_RANK": "1", "SLURM_PROCID": "0"}, 1),
        ({"PMI_RANK": "5", "SLURM_PROCID": "0"}, 5),
        ({"SLURM_PROCID": "7"}, 7),
        ({"SLURM_PROCID": "seven"}, None),
    ],
)
def test_precedence(environment: dict[str, str], expected: int | None) -> None:
    """The launcher torchrun is asked before MPI and MPI before SLURM, which tells all ranks of mpirun 0."""
    assert launcher_rank(environment) == expected
