"""What a batch system gave the job, as its environment says."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIB = 1 << 20  # SLURM counts memory in MiB, sbatch(1)


def of_slurm(environment: Mapping[str, str]) -> dict[str, int]:
    """CPUs and bytes of memory on this node that SLURM allocated, empty outside of it.

    SLURM_CPUS_ON_NODE; SLURM_MEM_PER_NODE, or SLURM_MEM_PER_CPU for each of the CPUs (sbatch(1)).
    """
    number = {name: int(value) for name, value in environment.items() if name in _NAMES and value.isdecimal()}
    found: dict[str, int] = {}
    if "SLURM_CPUS_ON_NODE" in number:
        found["cpus"] = number["SLURM_CPUS_ON_NODE"]
    if number.get("SLURM_MEM_PER_NODE"):
        found["memory_bytes"] = number["SLURM_MEM_PER_NODE"] * _MIB
    elif number.get("SLURM_MEM_PER_CPU") and "cpus" in found:
        found["memory_bytes"] = number["SLURM_MEM_PER_CPU"] * found["cpus"] * _MIB
    return found


_NAMES = frozenset({"SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU"})
