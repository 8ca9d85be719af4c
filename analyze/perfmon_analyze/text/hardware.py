"""A machine in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfmon.store.printable import printable
from perfmon_analyze.text.humanize import format_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping


def describe_hardware(known: object) -> str:
    """Describe CPU, RAM and GPUs from `hardware` of a run.json; parts that are not known are left out."""
    if not isinstance(known, dict):
        return ""
    listed = known.get("gpus")
    gpus = [_gpu(gpu) for gpu in listed if isinstance(gpu, dict)] if isinstance(listed, list) else []
    memory, absent = known.get("memory_total_bytes"), known.get("absent")
    parts = [
        known.get("cpu_model"),
        f"{known['cpus']} CPUs" if known.get("cpus") else None,
        f"{format_bytes(memory)} RAM" if isinstance(memory, int) else None,
        *(f"{gpus.count(gpu)} x {gpu}" for gpu in dict.fromkeys(gpus)),
        absent.get("gpu") if isinstance(absent, dict) and not gpus else None,
    ]
    return printable(", ".join(str(part) for part in parts if part))


def describe_system(known: object) -> str:
    """Describe the same and the operating system."""
    system = known.get("system") if isinstance(known, dict) else None
    return ", ".join(part for part in (describe_hardware(known), printable(str(system or ""))) if part)


def _gpu(gpu: Mapping[str, Any]) -> str:
    total = gpu.get("vram_total_bytes")
    return f"{gpu.get('name')} ({format_bytes(total)})" if isinstance(total, int) else str(gpu.get("name"))
