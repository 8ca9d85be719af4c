"""GPUs, in one row per GPU and tick; each maker's are a source of its own behind this door."""

from __future__ import annotations

import os

from perfmon.collector import Absent, Reading
from perfmon.lean.stdlib import TYPE_CHECKING, Protocol
from perfmon.store.reasons import NOT_FOUND, Unknown
from perfmon.store.run_json import REPLAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.collector import Target, Tick
    from perfmon.store.journal import Row

_NVIDIA = ("libnvidia-ml.so.1",)
_ROCM = os.environ.get("ROCM_PATH", "/opt/rocm")
_AMD = ("libamd_smi.so", f"{_ROCM}/lib/libamd_smi.so")


class Source(Protocol):
    """Where GPU readings come from."""

    def open(self) -> dict[str, object]:
        """As `Collector.open`."""

    def collect(self, tick: Tick) -> Reading:
        """As `Collector.collect`."""


class Gpu:
    """One row per GPU and MIG instance; a value the driver refuses is null, and why is noted."""

    source = "gpu"
    can_hang = True  # a call into a hung driver cannot be interrupted
    pace = 0.0
    last_seconds = 2.0

    def __init__(self, target: Target) -> None:
        self._target = target
        self._readings: Source | None = None

    @classmethod
    def probe(cls) -> None:
        """Load a driver's library and let go of it: no helper is started where there is none.

        Raises:
            Absent: there is no GPU driver's library.
        """
        if not os.environ.get(REPLAY) and not any(map(_loads, (*_NVIDIA, *_AMD))):
            raise Absent(NOT_FOUND, f"no NVIDIA driver library ({_NVIDIA[0]})")

    def open(self) -> dict[str, object]:
        """Load the drivers' libraries and list the GPUs.

        Raises:
            Absent: no driver, no GPU that may be opened, or none that was asked for.
        """
        self._readings = _source(self._target)
        return self._readings.open()

    def collect(self, tick: Tick) -> Reading:
        """Read every GPU."""
        assert self._readings
        return self._readings.collect(tick)


class Makers:
    """The GPUs of several makers in one machine; those that can't be read are noted while others can."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._opened: list[tuple[Source, dict[str, object]]] = []  # with what each learned for run.json
        self._unknown: list[Unknown] = []

    def open(self) -> dict[str, object]:
        """Open all, and keep those that opened.

        Raises:
            Absent: none of them did.
        """
        for source in self._sources:
            try:
                self._opened.append((source, source.open()))
            except Absent as absent:
                self._unknown.append(Unknown(type(source).__name__, None, absent.reason, absent.detail))
        if not self._opened:
            raise Absent(self._unknown[0].reason, "; ".join(unknown.detail for unknown in self._unknown))
        return self._facts()

    def collect(self, tick: Tick) -> Reading:
        """Read all that opened."""
        rows: list[tuple[str, Row]] = []
        unknown, learned = list(self._unknown), False
        for source, facts in self._opened:
            answer = source.collect(tick)
            rows += answer.rows
            unknown += answer.unknown
            facts.update(answer.facts)
            learned = learned or bool(answer.facts)
        return Reading(rows, unknown, self._facts() if learned else {})

    def _facts(self) -> dict[str, object]:
        """What all have learned, with the GPUs of all in one list."""
        together = {name: fact for _, facts in self._opened for name, fact in facts.items()}
        lists = [facts.get("gpus") for _, facts in self._opened]
        return together | {"gpus": [gpu for gpus in lists if isinstance(gpus, list) for gpu in gpus]}


def _loads(library: str) -> bool:
    import _ctypes  # noqa: PLC0415 - a tenth of what ctypes costs

    try:
        _ctypes.dlclose(_ctypes.dlopen(library, 0))
    except OSError:
        return False
    return True


def _source(target: Target) -> Source:
    path = os.environ.get(REPLAY)
    if path:
        from perfmon.gpu.replay import Replay  # noqa: PLC0415 - it loads a Parquet reader

        return Replay(path, target.begin_time)
    sources: list[Source] = []
    if any(map(_loads, _NVIDIA)):
        from perfmon.gpu.nvml.source import Nvml  # noqa: PLC0415 - only the helper loads pynvml

        sources.append(Nvml(target.gpus))
    if any(map(_loads, _AMD)):
        from perfmon.gpu.amd.source import Amd  # noqa: PLC0415 - as above

        sources.append(Amd(target.gpus))
    return sources[0] if len(sources) == 1 else Makers(sources)
