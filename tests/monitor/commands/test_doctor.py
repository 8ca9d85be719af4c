"""What `perfmon doctor` says of a machine; tests/monitor/gpu/nvml has the machines with GPUs."""

from __future__ import annotations

import json
from pathlib import Path

from perfmon.doctor import remedies
from perfmon.store import reasons as known
from perfmon.store import schema
from tests.conftest import Perfmon


def test_every_source_is_looked_at(perfmon: Perfmon) -> None:
    """Job, host and folder are measured on any machine, and why a GPU isn't is said with what can be done."""
    done = perfmon("doctor", "--json", LD_LIBRARY_PATH="", CUDA_VISIBLE_DEVICES="")
    sources = {source["source"]: source for source in json.loads(done.stdout)["sources"]}

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(sources) == ["folder", "gpu", "host", "job"]
    assert sources["job"]["values"][""]["processes"] == 1
    assert sources["host"]["values"][""]["memory_total_bytes"] > 0
    assert [row["files"] >= 0 for row in sources["folder"]["values"].values()] == [True]
    assert [missing["column"] for missing in sources["gpu"]["missing"]] == [None]


def test_a_folder_that_is_not_there(perfmon: Perfmon) -> None:
    """A mistyped --disk is seen before the job runs."""
    done = perfmon("doctor", "--disk", "nowhere")

    assert done.returncode == 0
    assert "nowhere" in done.stdout.partition("folder ")[2]


def test_nothing_is_left_behind(perfmon: Perfmon, tmp_path: Path) -> None:
    """A look makes no run folder."""
    perfmon("doctor")

    assert list(tmp_path.iterdir()) == []


def test_a_wrong_option_is_a_usage_error(perfmon: Perfmon) -> None:
    """As with every verb but run."""
    assert perfmon("doctor", "--jsn").returncode == 2


def test_remedies_are_about_columns_that_exist() -> None:
    """A remedy for a column that was renamed would never be shown."""
    reasons = {value for name, value in vars(known).items() if name.isupper()}

    for source, column, reason in remedies._REMEDIES:
        assert column is None or column in {c.name for c in schema.TABLES[source]}
        assert reason in reasons
