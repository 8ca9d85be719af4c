"""What `perfmon doctor` says of GPUs."""

from __future__ import annotations

import json
import re

from tests.monitor.gpu.nvml.conftest import Doctor

MACHINE = """
    system gpus 2
    gpu 0 uuid GPU-a
    gpu 0 name NVIDIA Example
    gpu 1 uuid GPU-b
    gpu 1 name NVIDIA Example
    gpu 1 fault nvmlDeviceGetPowerUsage 4
"""


def test_each_metric_with_its_reason_and_remedy(doctor: Doctor) -> None:
    """As JSON, what a GPU does not tell stands with reason, detail and what can be done."""
    said = json.loads(doctor(MACHINE, "--json"))
    (gpu,) = [source for source in said["sources"] if source["source"] == "gpu"]
    missing = {(one["entity"], one["column"]): one for one in gpu["missing"]}

    assert list(gpu["values"]) == ["GPU-a", "GPU-b"]
    assert gpu["values"]["GPU-a"]["power_watts"] == 100
    assert missing["GPU-b", "power_watts"]["reason"] == "no_permission"
    assert "/dev/nvidia" in missing["GPU-b", "power_watts"]["remedy"]
    assert missing["GPU-a", "sm_busy_ratio"]["remedy"] == "needs NVIDIA Hopper or later, and a driver that offers GPM"
    assert [one["recorded"] for one in said["facts"]["gpus"]] == [True, True]


def test_the_same_for_people(doctor: Doctor) -> None:
    """As text, columns that are missing for one reason share a line, and a GPU left out says so."""
    said = doctor(MACHINE, CUDA_VISIBLE_DEVICES="1")

    assert (
        "    missing sm_busy_ratio, sm_occupancy_ratio, tensor_busy_ratio\n        NVML: Not Supported; needs" in said
    )
    assert "GPU 0   NVIDIA Example, GPU-a, number in CUDA unknown: not recorded" in said
    assert "GPU 1   NVIDIA Example, GPU-b, number in CUDA 0: recorded" in said


def test_a_driver_that_hangs(doctor: Doctor) -> None:
    """The driver is waited for, but not for ever; then it is named."""
    said = doctor(MACHINE + "gpu 0 hang nvmlDeviceGetName 60")

    assert re.search(r"\ngpu     not measured\n    missing everything\n        no answer .*; the driver hangs", said)
    assert re.search(r"\nhost    \d+ columns", said)
