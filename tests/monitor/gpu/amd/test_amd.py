"""AMD's GPUs: the same table, and the same treatment of failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.monitor.gpu.amd.conftest import Ask

CARD = """
    gpu 0 uuid amd-a
    gpu 0 name AMD Example
    gpu 0 total 64e9
    gpu 0 used 6e9
    gpu 0 busy 50
    gpu 0 power 250
    gpu 0 temperature 61
    gpu 0 sm_clock 1700
    gpu 0 process $job 4e9
    gpu 0 process 999999 2e9
"""


def test_one_gpu_with_fixed_values(ask: Ask) -> None:
    """What AMD's library says of a GPU stands in its row, in base units."""
    answers = ask(CARD + "at 0.3 system skip 100", times=[0, 0.5])
    row = answers.ticks[1].rows[0]

    assert [gpu["uuid"] for gpu in answers.opened["gpus"]] == ["amd-a"]
    assert (
        row
        | {
            "uuid": "amd-a",
            "index": 0,
            "name": "AMD Example",
            "pci_id": "0000:01:00.0",
            "busy_ratio": 0.5,
            "busy_samples": 0,
            "vram_used_bytes": 6e9,
            "vram_total_bytes": 64e9,
            "vram_job_bytes": 4e9,
            "job_processes": 1,
            "processes": 2,
            "power_watts": 250.0,
            "temperature_celsius": 61.0,
            "sm_clock_hertz": 1.7e9,
        }
        == row
    )
    assert row["energy_joules"] - answers.ticks[0].rows[0]["energy_joules"] == pytest.approx(25_000, rel=0.02)


def test_what_is_not_told_has_its_reason(ask: Ask) -> None:
    """N/A of the package, an unsupported call and columns that are not read are null, each with a reason."""
    tick = ask(CARD + "gpu 0 fault amdsmi_get_power_info 10").ticks[0]

    reasons = {column: tick.missing["amd-a", column] for column in ("memory_busy_ratio", "ecc_corrected")}
    assert reasons == {"memory_busy_ratio": "unsupported", "ecc_corrected": "unsupported"}
    assert tick.missing["amd-a", "sm_busy_ratio"] == "unsupported"
    assert tick.missing["amd-a", "power_watts"] == "no_permission"
    assert {"memory_busy_ratio", "ecc_corrected", "sm_busy_ratio", "power_watts"} & {
        column for column, value in tick.rows[0].items() if value is not None
    } == set()


def test_older_gpus_tell_an_average_of_power(ask: Ask) -> None:
    """Where the moment's power is N/A, the average is taken."""
    assert ask("gpu 0 power_average 94").ticks[0].rows[0]["power_watts"] == 94


def test_a_gpu_is_lost_and_comes_back(ask: Ask) -> None:
    """A GPU on which every call fails has no rows until it answers again; the other goes on."""
    two = "system gpus 2\ngpu 0 uuid amd-a\ngpu 1 uuid amd-b\nat 0.25 until 1.2 gpu 0 fault * 31"
    ticks = ask(two, times=[0, 0.5, 0.6, 0.7, 3.0]).ticks

    assert [[row["uuid"] for row in tick.rows] for tick in ticks] == [
        ["amd-a", "amd-b"],
        ["amd-b"],
        ["amd-b"],
        ["amd-b"],
        ["amd-a", "amd-b"],
    ]
    assert ticks[2].missing["amd-a", None] == "lost"


def test_the_gpus_that_were_asked_for(ask: Ask) -> None:
    """`--gpu` chooses among AMD's as among NVIDIA's; the environment's CUDA variables do not."""
    chosen = ask("system gpus 3", gpus="2", CUDA_VISIBLE_DEVICES="0").ticks[0].rows
    every = ask("system gpus 3", CUDA_VISIBLE_DEVICES="0").ticks[0].rows

    assert ([row["index"] for row in chosen], len(every)) == ([2], 3)


@pytest.mark.parametrize(
    ("scenario", "gpus", "words"),
    [
        ("system fault amdsmi_init 34", "auto", "Driver not loaded"),
        ("system gpus 0", "auto", "AMD's driver knows no GPU"),
        ("", "none", "--gpu none"),
        ("", "7", "there is no GPU '7'"),
    ],
)
def test_no_gpu_to_be_had(ask: Ask, scenario: str, gpus: str, words: str) -> None:
    """Where there is no GPU the source is absent, and says why."""
    assert words in ask(scenario, gpus=gpus).opened["detail"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("ImportError('no amdsmi')", "pip install amdsmi"),
        ("AttributeError('undefined symbol: amdsmi_x')", "does not fit AMD's library (undefined symbol: amdsmi_x)"),
    ],
)
def test_a_package_that_does_not_load(ask: Ask, tmp_path: Path, failure: str, words: str) -> None:
    """A package that is missing, or of another version than the library, is named with what mends it."""
    (tmp_path / "amdsmi.py").write_text(f"raise {failure}")

    assert words in ask("", PYTHONPATH=str(tmp_path)).opened["detail"]


def test_both_makers_in_one_machine(ask: Ask) -> None:
    """GPUs of both are recorded, and where one maker's fail to open, that is noted while the other's are read."""
    both = ask("", nvidia=True)
    one = ask("system fault amdsmi_init 34", nvidia=True)

    assert [row["name"] for row in both.ticks[0].rows] == ["NVIDIA Stand-in", "AMD Example"]
    assert (len(both.opened["gpus"]), len(both.ticks[0].facts["gpus"])) == (2, 2)
    assert (len(one.ticks[0].rows), one.ticks[0].missing["Amd", None]) == (1, "not_found")
