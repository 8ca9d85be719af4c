"""Which GPUs are recorded."""

from __future__ import annotations

import pytest

from perfmon.gpu.device import Device
from perfmon.gpu.visible import Selection, parse, select
from tests.monitor.gpu.nvml.conftest import Ask, Record, RecordInCode

GPUS = [Device(None, f"GPU-{c}0", i, "Example", f"0000:0{i}:00.0") for i, c in enumerate("abcd")]
MIXED = [GPUS[0], GPUS[1]._replace(name="Faster")]
INSTANCE = Device(None, "MIG-x", 1, "Example", parent="GPU-b0", gpu_instance=3)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("0,2", "ac"),
        ("2,0", "ca"),
        (" 3 , 1 ", "db"),
        ("", ""),
        ("-1", ""),
        ("1,-1,2", "b"),
        ("1,7,2", "b"),
        ("1,1", ""),
        ("1gpu2", "b"),
        ("+2", "c"),
        ("all", ""),
        ("GPU-c", "c"),
        ("GPU-c0,GPU-a0", "ca"),
        ("GPU-", ""),
        ("GPU-a0,1", "a"),
        ("GPU-a0,GPU-zz,GPU-b0", "a"),
        ("GPU-a0,GPU-a0", ""),
    ],
)
def test_cuda_visible_devices_as_the_driver_reads_it(listed: str, expected: str) -> None:
    """Numbers and UUIDs up to the first invalid entry; a repetition empties the list."""
    found = parse(listed, GPUS, GPUS)

    assert found == [GPUS["abcd".index(letter)] for letter in expected]


@pytest.mark.parametrize("listed", ["MIG-x", "MIG-GPU-b0/3/0"])
def test_both_forms_of_an_instance(listed: str) -> None:
    """An instance goes by its own UUID, or by its GPU's and its numbers there."""
    assert parse(listed, [*GPUS, INSTANCE], GPUS) == [INSTANCE]


def test_cuda_numbers_in_the_order_of_the_bus() -> None:
    """NVML's order need not be the bus's; equal GPUs are numbered by it, and so are all where it is asked for."""
    shuffled = [gpu._replace(nvml_index=3 - gpu.nvml_index) for gpu in reversed(GPUS)]

    assert select(shuffled, "auto", {}).cuda == {"GPU-a0": 0, "GPU-b0": 1, "GPU-c0": 2, "GPU-d0": 3}
    assert select(shuffled, "auto", {"CUDA_VISIBLE_DEVICES": "3,1"}).cuda == {"GPU-d0": 0, "GPU-b0": 1}


def test_models_that_differ_leave_cudas_order_unknown() -> None:
    """Then numbers choose nothing, all GPUs are recorded, and their CUDA numbers are not known; UUIDs still choose."""
    unsure = select(MIXED, "auto", {"CUDA_VISIBLE_DEVICES": "0"})

    assert (unsure.devices, unsure.cuda, unsure.cuda_unknown is None) == (MIXED, {}, False)
    assert select(MIXED, "auto", {"CUDA_VISIBLE_DEVICES": "GPU-b"}) == Selection(MIXED[1:], {"GPU-b0": 0})
    pci = {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    assert select(MIXED, "auto", pci) == Selection(MIXED[1:], {"GPU-b0": 0})


@pytest.mark.parametrize(
    ("listed", "expected"), [("all", "abcd"), ("1,3", "bd"), ("GPU-c0", "c"), ("0,1,2,3", "abcd"), ("void", "abcd")]
)
def test_nvidia_visible_devices(listed: str, expected: str) -> None:
    """It chooses where it names GPUs, and numbers do where there are more GPUs than it names."""
    found = select(GPUS, "auto", {"NVIDIA_VISIBLE_DEVICES": listed}).devices

    assert found == [GPUS["abcd".index(letter)] for letter in expected]


@pytest.mark.parametrize(("wanted", "expected"), [("all", "abcd"), ("2,0", "ac"), ("GPU-d", "d")])
def test_the_option_overrides_the_environment(wanted: str, expected: str) -> None:
    """What --gpu names is recorded, whatever is left to the job."""
    found = select(GPUS, wanted, {"CUDA_VISIBLE_DEVICES": "1"}).devices

    assert found == [GPUS["abcd".index(letter)] for letter in expected]


def test_a_gpu_that_is_not_there() -> None:
    """The error names what there is."""
    with pytest.raises(ValueError, match=r"there is no GPU '9'; it must be one of 0 \(GPU-a0\), 1 \(GPU-b0\)"):
        select(GPUS, "0,9", {})


def test_eight_gpus_in_shuffled_order(ask: Ask) -> None:
    """With NVML and the bus in different orders, the GPUs that CUDA numbers so are recorded."""
    order = [3, 7, 0, 5, 1, 6, 2, 4]
    lines = [f"gpu {nvml} uuid GPU-{bus}\ngpu {nvml} pci 00000000:{bus:02d}:00.0" for nvml, bus in enumerate(order)]
    rows = ask("system gpus 8\n" + "\n".join(lines), CUDA_VISIBLE_DEVICES="6,0,3").ticks[0].rows

    chosen = {row["uuid"]: (row["index"], row["cuda_index"]) for row in rows}
    assert chosen == {"GPU-6": (5, 0), "GPU-0": (2, 1), "GPU-3": (0, 2)}


def test_the_option_of_the_command(record: Record) -> None:
    """`perfmon run --gpu 1` records that GPU; run.json lists both and says which was recorded."""
    run = record("system gpus 2", options=("--gpu", "1"))

    assert {row["index"] for row in run.rows("gpu")} == {1}
    assert [gpu["recorded"] for gpu in run.facts["hardware"]["gpus"]] == [False, True]


def test_the_option_in_code(record_in_code: RecordInCode) -> None:
    """`record(gpu="1")` records that GPU, whatever the environment leaves."""
    run = record_in_code("system gpus 2", 'gpu="1"', CUDA_VISIBLE_DEVICES="0")

    assert {row["index"] for row in run.rows("gpu")} == {1}
    assert run.facts["gpus_wanted"] == "1"


@pytest.mark.parametrize(
    ("gpus", "hidden", "words"),
    [
        ("none", "0", "--gpu none"),
        ("auto", "", "CUDA_VISIBLE_DEVICES='' leaves the job no GPU"),
        ("9", "0", "there is no GPU '9'"),
    ],
)
def test_no_gpu_is_left(ask: Ask, gpus: str, hidden: str, words: str) -> None:
    """Where nothing is to be recorded the source is absent, and says whose wish that was."""
    assert words in ask("system gpus 2", gpus=gpus, CUDA_VISIBLE_DEVICES=hidden).opened["detail"]
