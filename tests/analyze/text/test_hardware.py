"""Hardware in words."""

from __future__ import annotations

import pytest

from perfmon_analyze.text.hardware import describe_hardware, describe_system

GPU = {"name": "H100", "vram_total_bytes": 80 * 2**30}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (
            {"cpu_model": "X", "cpus": 8, "memory_total_bytes": 2**34, "gpus": [GPU, GPU]},
            "X, 8 CPUs, 16 GB RAM, 2 x H100 (80 GB)",
        ),
        (
            {"cpus": 2, "gpus": [], "absent": {"gpu": "no driver"}, "system": "Linux 6.1"},
            "2 CPUs, no driver",
        ),
        ({"cpu_model": "X\x1b[2J\n", "gpus": "none", "absent": ["gpu"]}, "X?[2J "),
        ({}, ""),
        (None, ""),
    ],
)
def test_what_is_known_is_described(known: object, words: str) -> None:
    """Parts that are not known, or not of the right type, are left out; nothing drives a terminal."""
    assert describe_hardware(known) == words


def test_the_system_comes_last() -> None:
    """It is added where there is room for it."""
    assert describe_system({"cpus": 2, "system": "Linux 6.1"}) == "2 CPUs, Linux 6.1"
    assert describe_system(None) == ""
