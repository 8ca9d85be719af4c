"""What SLURM says that it gave to the job."""

from __future__ import annotations

from perfmon.slurm import of_slurm


def test_allocation() -> None:
    """Memory a node goes before memory a CPU; outside of SLURM nothing is allocated."""
    a_cpu = {"SLURM_CPUS_ON_NODE": "4", "SLURM_MEM_PER_CPU": "1024"}

    assert of_slurm(a_cpu) == {"cpus": 4, "memory_bytes": 4 << 30}
    assert of_slurm(a_cpu | {"SLURM_MEM_PER_NODE": "2048"}) == {"cpus": 4, "memory_bytes": 2 << 30}
    assert of_slurm({"PATH": "4"}) == {}
