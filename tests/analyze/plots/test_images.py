"""The layout of each family of figures, against pictures drawn before (`pytest --mpl` compares them).

Texts are left out and differences of a few grey levels allowed, so that fonts do not matter. After an intended change:
`pytest tests/analyze/plots/test_images.py --mpl-generate-path=tests/analyze/plots/baseline`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

import perfmon_analyze
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, metric_rows, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from perfmon_analyze.loading.runs import Runs

GIB = 2**30
NAMES = (
    "training_loss",
    "training_dynamics",
    "batch_processing_times",
    "batch_processing_times_distribution",
    "memory_usage_training",
    "memory_usage_boxplots_vram_training",
    "memory_usage_boxplots_ram_training",
    "hardware_utilization_distribution_training_gpu",
    "hardware_utilization_distribution_training_cpu",
    "disk_usage_training",
    "inference_comparison_bielik12",
)


def tables(scale: float) -> dict[str, object]:
    """Two hours of one stage, a sample a minute, and its model metrics."""
    wave = [1 + 0.2 * math.sin(i / 5) for i in range(120)]
    metrics = {
        "loss": [scale * math.exp(-i / 4) for i in range(12)],
        "r2": [1 - 0.3 * math.exp(-i / 4) for i in range(12)],
        "dead_features_percent": [scale * i for i in range(12)],
        "l1": [10.0 - scale] * 12,
    }
    return {
        "job": job_rows([scale * w * GIB for w in wave], cpu_seconds=30 * scale, step=60),
        "gpu": gpu_rows([4 * scale * w * GIB for w in wave], [0.35 * scale * w for w in wave], step=60),
        "folder": folder_rows([scale * (i // 20) * GIB for i in range(120)], step=60),
        "metric": [row for layer in ("L15", "L20") for row in metric_rows(metrics, series=layer)],
        "batch": batch_rows([scale * w**2 for w in wave]),
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Two models' training and one model's inference, frozen."""
    folder: Path = tmp_path_factory.mktemp("runs")
    for scale, model in ((1.0, "bielik12"), (2.0, "bielik45")):
        write_run(folder, run=model, model=model, interval=60, tables=tables(scale))  # type: ignore[arg-type]  # rows
    for scale, variant in ((1.2, "detectors"), (1.0, "baseline")):
        write_run(folder, run=variant, stage="inference", variant=variant, interval=60, tables=tables(scale))  # type: ignore[arg-type]  # rows
    return perfmon_analyze.load(folder)


@pytest.mark.mpl_image_compare(
    baseline_dir="baseline", style="default", remove_text=True, tolerance=6, savefig_kwargs={"dpi": 50}
)
@pytest.mark.parametrize("name", NAMES)
def test_layout(runs: Runs, name: str) -> Figure:
    """The figure looks as it did."""
    return perfmon_analyze.draw(name, runs)
