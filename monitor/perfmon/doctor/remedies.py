"""Remedies for values that are not available."""

from __future__ import annotations

from perfmon.store.reasons import LOST, NO_PERMISSION, NOT_FOUND, TIMEOUT, UNSUPPORTED

# By source, column and reason; None stands for any column, or for the source as a whole.
_REMEDIES: dict[tuple[str, str | None, str], str] = {
    ("gpu", None, NOT_FOUND): "install NVIDIA's driver; in a container, start it with --gpus all",
    ("gpu", None, NO_PERMISSION): "ask for access to /dev/nvidia*; a batch system gives it with the GPUs it allots",
    ("gpu", None, LOST): "look for Xid errors in the kernel's log; reset the GPU or restart the machine",
    ("gpu", None, TIMEOUT): "the driver hangs: look for Xid errors in the kernel's log, restart the machine",
    (
        "gpu",
        "busy_ratio",
        UNSUPPORTED,
    ): "with MIG, sm_busy_ratio tells it on Hopper and later; else DCGM's profiling does",
    ("gpu", "sm_busy_ratio", UNSUPPORTED): "needs NVIDIA Hopper or later, and a driver that offers GPM",
    ("gpu", "sm_occupancy_ratio", UNSUPPORTED): "needs NVIDIA Hopper or later, and a driver that offers GPM",
    ("gpu", "tensor_busy_ratio", UNSUPPORTED): "needs NVIDIA Hopper or later, and a driver that offers GPM",
    ("gpu", "vram_reserved_bytes", UNSUPPORTED): "needs an NVIDIA driver from 510 on, and a GPU with memory of its own",
    ("gpu", "nvlink_sent_bytes", UNSUPPORTED): "needs an NVIDIA GPU with NVLink",
    ("gpu", "nvlink_received_bytes", UNSUPPORTED): "needs an NVIDIA GPU with NVLink",
    ("gpu", "ecc_corrected", UNSUPPORTED): "needs a GPU with ECC memory, and ECC switched on",
    ("gpu", "ecc_uncorrected", UNSUPPORTED): "needs a GPU with ECC memory, and ECC switched on",
    ("job", None, NO_PERMISSION): "record as the job's own user",
    ("folder", None, NO_PERMISSION): "ask for the right to read the folder",
    ("folder", None, NOT_FOUND): "the folder is looked for again while the job runs; name another with --disk",
    ("folder", None, TIMEOUT): "a file system does not answer: leave its folder out of --disk",
}


def remedy(source: str, column: str | None, reason: str) -> str | None:
    """Return the remedy, or None if none is known."""
    return _REMEDIES.get((source, column, reason)) or _REMEDIES.get((source, None, reason))
