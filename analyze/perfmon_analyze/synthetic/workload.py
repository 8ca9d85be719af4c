"""How much each stage and model takes: the numbers behind the shapes.

The sources and the arithmetic are told in docs/synthetic.md. Where a job's size follows from its model, it is worked
out from about 1.6 and 4.7 billion parameters of 2 bytes, and hidden states of 1,536 and 2,048 values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The resources that one job uses. Memory is in MiB, as allocators and drivers count it."""

    weights_mib: int  # on the GPU before the first batch
    working_mib: int  # set by the first batches: activations, gradients, optimizer states
    growth_mib: int  # added later in ever rarer steps, as longer inputs come
    busy: float  # GPU busy while working
    wobble: float  # slow rise and fall of it, standard deviation
    heat: float  # share of the power range while working
    memory_busy: float  # device memory busy while working
    cores: float  # CPU cores in use while working
    batch_seconds: float
    step_seconds: float = 0.03  # between two starts of the GPU's work within it
    chunk_seconds: float  # between two writes to the disk
    chunk_mib: float  # written each time
    rss_mib: int  # resident set while working
    creep_mib: int = 0  # that it grows by until the end
    detectors: bool = False  # sparse autoencoders watch the layers

    @property
    def weights_bytes(self) -> int:
        """Size of the weights."""
        return self.weights_mib << 20

    @property
    def chunk_bytes(self) -> float:
        """Size of one write."""
        return self.chunk_mib * (1 << 20)


_SAVING_SMALL = Workload(
    weights_mib=3052,
    working_mib=2304,
    growth_mib=420,
    busy=0.68,
    wobble=0.05,
    heat=0.40,
    memory_busy=0.32,
    cores=1.7,
    batch_seconds=0.45,
    chunk_seconds=200,
    chunk_mib=512,
    rss_mib=3700,
)
_SAVING_LARGE = Workload(
    weights_mib=8964,
    working_mib=9632,
    growth_mib=1260,
    busy=0.95,
    wobble=0.03,
    heat=0.78,
    memory_busy=0.46,
    cores=2.3,
    batch_seconds=0.9,
    chunk_seconds=50,
    chunk_mib=1024,
    rss_mib=7600,
)
_TRAINING_SMALL = Workload(
    weights_mib=288,
    working_mib=3456,
    growth_mib=380,
    busy=0.87,
    wobble=0.03,
    heat=0.60,
    memory_busy=0.52,
    cores=2.8,
    batch_seconds=0.083,
    step_seconds=0.083,
    chunk_seconds=22.2,
    chunk_mib=288,
    rss_mib=9300,
)
_TRAINING_LARGE = Workload(
    weights_mib=512,
    working_mib=8128,
    growth_mib=760,
    busy=0.97,
    wobble=0.006,
    heat=0.79,
    memory_busy=0.61,
    cores=3.4,
    batch_seconds=0.121,
    step_seconds=0.121,
    chunk_seconds=22.2,
    chunk_mib=512,
    rss_mib=16400,
)
_BASELINE_SMALL = Workload(
    weights_mib=3052,
    working_mib=1216,
    growth_mib=640,
    busy=0.87,
    wobble=0.05,
    heat=0.42,
    memory_busy=0.58,
    cores=1.3,
    batch_seconds=8.1,
    chunk_seconds=400,
    chunk_mib=2.5,
    rss_mib=3400,
)
_BASELINE_LARGE = Workload(
    weights_mib=8964,
    working_mib=2816,
    growth_mib=1480,
    busy=0.95,
    wobble=0.03,
    heat=0.60,
    memory_busy=0.66,
    cores=1.5,
    batch_seconds=11.4,
    chunk_seconds=400,
    chunk_mib=3.5,
    rss_mib=6300,
)

_KNOWN = {
    ("activation_saving", "bielik12", None): _SAVING_SMALL,
    ("activation_saving", "bielik45", None): _SAVING_LARGE,
    ("training", "bielik12", None): _TRAINING_SMALL,
    ("training", "bielik45", None): _TRAINING_LARGE,
    ("inference", "bielik12", "baseline"): _BASELINE_SMALL,
    ("inference", "bielik45", "baseline"): _BASELINE_LARGE,
    # the detectors' weights and latents come on top; each layer waits for them, so that the GPU has less to do
    ("inference", "bielik12", "detectors"): replace(
        _BASELINE_SMALL,
        weights_mib=3340,
        working_mib=1792,
        busy=0.68,
        heat=0.34,
        memory_busy=0.43,
        cores=4.6,
        batch_seconds=10.6,
        chunk_mib=96,
        rss_mib=5900,
        creep_mib=1500,
        detectors=True,
    ),
    ("inference", "bielik45", "detectors"): replace(
        _BASELINE_LARGE,
        weights_mib=9476,
        working_mib=4096,
        busy=0.79,
        heat=0.49,
        memory_busy=0.51,
        cores=5.8,
        batch_seconds=14.6,
        chunk_mib=152,
        rss_mib=10600,
        creep_mib=2300,
        detectors=True,
    ),
}


def workload_of(stage: str, model: str | None, variant: str | None) -> Workload:
    """The workload of a job; an unknown model counts as small, an unknown stage as activation saving."""
    name = stage if stage in ("training", "inference") else "activation_saving"
    flavour = ("detectors" if variant == "detectors" else "baseline") if stage == "inference" else None
    return _KNOWN.get((name, model or "", flavour)) or _KNOWN[name, "bielik12", flavour]
