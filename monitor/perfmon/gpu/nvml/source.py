"""All GPUs that NVML tells of, from opening the library to the last tick."""

from __future__ import annotations

import os
import time

import pynvml

from perfmon.collector import Absent, Reading
from perfmon.gpu import visible
from perfmon.gpu.nvml import enumeration
from perfmon.gpu.nvml.errors import detail_of, reason_of, unknown
from perfmon.gpu.nvml.monitored import MonitoredGpu
from perfmon.gpu.nvml.xids import Xids
from perfmon.gpu.pacing import Backoff
from perfmon.lean.stdlib import TYPE_CHECKING, suppress
from perfmon.store.reasons import NOT_FOUND, UNSUPPORTED, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfmon.collector import Tick
    from perfmon.gpu.device import Device
    from perfmon.store.journal import Row

# There is no use in trying again while the job runs.
_NEVER = (pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED)


class Nvml:
    """The library: open, or closed and tried again; with the GPUs that are recorded."""

    def __init__(self, wanted: str, environment: Mapping[str, str] = os.environ) -> None:
        self._wanted = wanted
        self._environment = environment
        self._closed: Exception | None = None
        self._backoff = Backoff()
        self._unopened: dict[int, Exception] = {}
        self._monitored: list[MonitoredGpu] = []
        self._unknown: list[Unknown] = []
        self._found: list[Device] = []
        self._xids: Xids | None = None

    def open(self) -> dict[str, object]:
        """Open the library and list the GPUs; a library that may work later is no failure.

        Raises:
            Absent: there is no driver, no GPU that may be opened, or none that was asked for.
        """
        if not hasattr(pynvml, "nvmlMemory_v2"):
            raise Absent(UNSUPPORTED, "the pynvml that is installed is too old or another package: nvidia-ml-py has it")
        if self._wanted == visible.NONE:
            raise Absent(NOT_FOUND, "GPUs are not recorded: --gpu none")
        self._init()
        if self._closed and getattr(self._closed, "value", None) in _NEVER:
            raise Absent(reason_of(self._closed), detail_of(self._closed))
        if not self._closed and not self._monitored and not self._unopened:
            raise Absent(NOT_FOUND, "the driver knows no GPU" if not self._found else _hidden(self._environment))
        # the first calls are slow, and values since the last call need a last call
        for monitored in self._monitored:
            monitored.collect(time.monotonic(), frozenset())
        return self._facts()

    def collect(self, tick: Tick) -> Reading:
        """Read every GPU; what fails is noted and tried again, and the others go on."""
        now = time.monotonic()
        if self._backoff.is_due(now):
            self._try_again(now)
        if self._closed:
            return Reading((), [unknown(None, None, self._closed)])
        rows: list[tuple[str, Row]] = [("event", row) for row in (self._xids.new() if self._xids else ())]
        unknowns = [*self._unknown, *(unknown(f"GPU {i}", None, error) for i, error in self._unopened.items())]
        job = frozenset(tick.pids)
        lost = [monitored for monitored in self._monitored if monitored.is_lost]
        for monitored in self._monitored:
            row, missing = monitored.collect(now, job)
            rows += [("gpu", row), *(("event", note) for note in monitored.notes())] if row else []
            unknowns += missing
        if not all(monitored.is_lost for monitored in lost):
            self._listen()
        return Reading(rows, unknowns, self._facts() | self._costs() if tick.last else {})

    def _init(self) -> None:
        self._xids = None  # what was made before the library was opened anew is gone with it
        try:
            pynvml.nvmlInit()
            self._list(range(enumeration.count()))
            self._closed = None
        except Absent:
            raise
        except Exception as error:  # NVMLLibraryMismatchError, of an older driver, is not an NVMLError
            self._closed = error

    def _list(self, indices: range | list[int]) -> None:
        """Open the GPUs with these indices and watch those that are selected.

        Raises:
            Absent: a GPU that was asked for is not there.
        """
        self._unopened = {}
        for index in indices:
            try:
                new = enumeration.open_gpu(index)
                self._found = [one for one in self._found if one.uuid not in {n.uuid for n in new}] + new
            except Exception as error:  # a GPU that may not be opened is not this user's, and others may be
                self._unopened[index] = error
        self._select()

    def _select(self) -> None:
        try:
            selection = visible.select(self._found, self._wanted, self._environment)
        except ValueError as error:
            if self._unopened:  # it may be one of these
                return
            raise Absent(NOT_FOUND, f"--gpu {self._wanted}: {error}") from None
        monitored = {one.device.uuid: one for one in self._monitored}
        chosen = selection.devices
        self._monitored = [
            monitored.get(device.uuid) or MonitoredGpu(device, selection.cuda.get(device.uuid), len(chosen))
            for device in chosen
        ]
        self._unknown = []
        if selection.cuda_unknown:
            self._unknown = [Unknown(d.uuid, "cuda_index", UNSUPPORTED, selection.cuda_unknown) for d in chosen]
        if monitored.keys() != {device.uuid for device in chosen} or not self._xids:
            self._listen()

    def _listen(self) -> None:
        """Hear of Xid errors where the GPUs tell them; that they do is a fact of the run."""
        if self._xids:
            self._xids.close()
        try:
            self._xids = Xids([monitored.device for monitored in self._monitored if monitored.device.parent is None])
        except Exception:  # a virtual machine or an old driver: there is nothing to hear
            self._xids = None

    def _try_again(self, now: float) -> None:
        """Look for what is missing: the library, a GPU that did not open, or all of them.

        When all are lost the library may be, too: a container that lost its devices, a driver that was loaded anew.
        """
        if self._closed or (self._monitored and all(monitored.is_lost for monitored in self._monitored)):
            with suppress(pynvml.NVMLError):  # it may be down already
                pynvml.nvmlShutdown()
            self._init()
        elif self._unopened:
            self._list(list(self._unopened))
        else:
            return
        self._backoff.failed(now)

    def _facts(self) -> dict[str, object]:
        chosen = {monitored.device.uuid: monitored for monitored in self._monitored}
        gpus = [_run_json_entry(device, chosen.get(device.uuid)) for device in self._found]
        return {"gpus": gpus, "driver": _driver(), "xid_events": self._xids is not None}

    def _costs(self) -> dict[str, object]:
        """Time spent on each metric of all GPUs together."""
        total: dict[str, float] = {}
        for monitored in self._monitored:
            for name, seconds in monitored.seconds.items():
                total[name] = round(total.get(name, 0.0) + seconds, 6)
        return {"nvml_seconds": total}


def _run_json_entry(device: Device, monitored: MonitoredGpu | None) -> dict[str, object]:
    return {
        **device.labels(monitored.cuda_index if monitored else None),
        "vram_total_bytes": device.total_bytes,
        "recorded": monitored is not None,
    }


def _driver() -> str | None:
    try:
        return str(pynvml.nvmlSystemGetDriverVersion())
    except Exception:  # worth knowing, not worth failing for
        return None


def _hidden(environment: Mapping[str, str]) -> str:
    names = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
    settings = ", ".join(f"{name}={environment[name]!r}" for name in names if name in environment)
    return f"{settings} leaves the job no GPU; --gpu all records them nonetheless"
