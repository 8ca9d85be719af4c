"""The collector of GPUs, with one row per GPU and tick; NVIDIA and AMD are separate sources behind it."""

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


class GpuSource(Protocol):
    """A source of GPU readings."""

    def open(self) -> dict[str, object]:
        """As `Collector.open`."""

    def collect(self, tick: Tick) -> Reading:
        """As `Collector.collect`."""


class Gpu:
    """Collects one row per GPU and MIG instance; a value that the driver refuses is null, with the reason as event."""

    source = "gpu"
    can_hang = True  # a call into a hung driver cannot be interrupted
    pace = 0.0
    last_seconds = 2.0

    def __init__(self, target: Target) -> None:
        self._target = target
        self._source: GpuSource | None = None

    @classmethod
    def probe(cls) -> None:
        """Load and unload a driver's library, so that no child process is started without one.

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
        self._source = _source(self._target)
        return self._source.open()

    def collect(self, tick: Tick) -> Reading:
        """Read every GPU."""
        assert self._source
        return self._source.collect(tick)


class CombinedSource:
    """Combines the sources of several vendors; a source that cannot be opened is reported while another works."""

    def __init__(self, sources: Sequence[GpuSource]) -> None:
        self._sources = sources
        self._opened: list[tuple[GpuSource, dict[str, object]]] = []  # with the facts of each for run.json
        self._unknown: list[Unknown] = []

    def open(self) -> dict[str, object]:
        """Open all sources, and keep those that open.

        Raises:
            Absent: none can be opened.
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
        """Read all open sources."""
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
        """Return the merged facts of all sources, with their GPUs in one list."""
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


def _source(target: Target) -> GpuSource:
    path = os.environ.get(REPLAY)
    if path:
        from perfmon.gpu.replay import Replay  # noqa: PLC0415 - it loads a Parquet reader

        return Replay(path, target.begin_time)
    sources: list[GpuSource] = []
    if any(map(_loads, _NVIDIA)):
        from perfmon.gpu.nvml.source import Nvml  # noqa: PLC0415 - only the helper loads pynvml

        sources.append(Nvml(target.gpus))
    if any(map(_loads, _AMD)):
        from perfmon.gpu.amd.source import Amd  # noqa: PLC0415 - as above

        sources.append(Amd(target.gpus))
    return sources[0] if len(sources) == 1 else CombinedSource(sources)
