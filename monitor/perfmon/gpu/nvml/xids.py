"""Xid errors: what the driver writes to the kernel's log when a GPU, or a program on it, does wrong."""

from __future__ import annotations

import pynvml

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfmon.gpu.device import Device
    from perfmon.store.journal import Row

# The most frequent ones, after NVIDIA's catalogue at docs.nvidia.com/deploy/xid-errors.
_MEANINGS = {
    13: "graphics engine exception",
    31: "a program touched memory that is not its own",
    43: "the GPU stopped processing a program",
    45: "a program's work was cleaned up before its end",
    48: "uncorrectable memory error",
    63: "a memory row was retired",
    64: "a memory row could not be retired",
    74: "NVLink error",
    79: "the GPU has fallen off the bus",
    94: "contained memory error",
    95: "uncontained memory error",
    119: "the GPU's system processor did not answer",
}


class Xids:
    """The events of all GPUs that tell them; some virtual machines and WSL do not."""

    def __init__(self, devices: Sequence[Device]) -> None:
        """Listen to those that tell any.

        Raises:
            NVMLError: none of them does.
        """
        self._set = pynvml.nvmlEventSetCreate()
        refused = [error for device in devices if (error := self._register(device))]
        if refused and len(refused) == len(devices):
            self.close()
            raise refused[0]

    def _register(self, device: Device) -> Exception | None:
        try:
            pynvml.nvmlDeviceRegisterEvents(device.handle, pynvml.nvmlEventTypeXidCriticalError, self._set)
        except pynvml.NVMLError as error:
            refusal: Exception = error
            return refusal
        return None

    def close(self) -> None:
        """Hear no more."""
        pynvml.nvmlEventSetFree(self._set)

    def new(self) -> Iterator[Row]:
        """The errors since the last call, as rows of table `event`."""
        for _ in range(16):  # a GPU in trouble may tell faster than we listen
            try:
                event = pynvml.nvmlEventSetWait_v2(self._set, 0)
                uuid = pynvml.nvmlDeviceGetUUID(event.device)
            except pynvml.NVMLError:  # a timeout says that there is no more; a lost GPU tells by its readings
                return
            meaning = _MEANINGS.get(event.eventData)
            yield {
                "kind": "xid",
                "source": "gpu",
                "entity": uuid,
                "reason": str(event.eventData),
                "detail": f"Xid {event.eventData}" + (f": {meaning}" if meaning else ""),
            }
