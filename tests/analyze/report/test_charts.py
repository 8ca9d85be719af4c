"""What charts show is what was recorded: nothing is left out unsaid, and figures count every sample."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import numpy as np
import pytest

import perfmon_analyze
from perfmon_analyze import Options
from perfmon_analyze.plots.registry import PLOTS, named
from perfmon_analyze.report import Compared, Extras, page
from perfmon_analyze.report.arrays import Arrays
from perfmon_analyze.report.chart import ChartRequest
from perfmon_analyze.report.charts import CHARTS, KINDS, charts
from perfmon_analyze.report.embedded_images import embedded
from tests.analyze.conftest import MakeRun
from tests.analyze.run_factory import gpu_rows, job_rows
from tests.conftest import PERFMON

GIB = 2**30


def test_every_plot_has_a_chart() -> None:
    """What `perfmon plot` draws, the report draws, too."""
    assert list(KINDS) == [plot.pattern for plot in PLOTS]
    assert list(CHARTS) == [plot.pattern for plot in PLOTS if isinstance(plot.drawing, str)]


def test_spikes_stay_and_figures_count_all(make_run: MakeRun, runs_folder: Path) -> None:
    """Of a long line one sample in many is drawn; the only spike is among them, and the chart says what it left out."""
    rss = [GIB] * 20_000
    rss[12_345] = 7 * GIB
    make_run(tables={"job": job_rows(rss)})
    runs = perfmon_analyze.load(runs_folder)
    chart = KINDS["memory_usage_{stage}"].draw(
        ChartRequest(runs, "memory_usage_training", "training", Options(synthetic=False))
    )
    (mark,) = chart.panels[1].marks
    ((panel, _, samples, mean, median, _, lowest, highest),) = chart.table.rows

    assert len(mark.x) < 6500
    assert mark.y.max() == 7
    assert mark.x[mark.y.argmax()] * 3600 == 12_345
    assert (panel, samples, mean, median, lowest, highest) == ("RAM", "20,000", "1 GB", "1 GB", "1 GB", "7 GB")
    assert any(" of 20,000 samples are drawn" in note for note in chart.notes)
    assert "no GPU was recorded" in chart.panels[0].empty


def test_short_lines_are_whole(make_run: MakeRun, runs_folder: Path) -> None:
    """Where every sample is drawn nothing is said of reduction, and gaps stay gaps."""
    rows = job_rows([GIB * n for n in range(1, 6)]) + job_rows([9 * GIB], begin=100.0)
    make_run(tables={"job": rows})
    runs = perfmon_analyze.load(runs_folder)
    chart = KINDS["memory_usage_{stage}"].draw(
        ChartRequest(runs, "memory_usage_training", "training", Options(synthetic=False))
    )
    (mark,) = chart.panels[1].marks

    np.testing.assert_array_equal(mark.y, [1, 2, 3, 4, 5, np.nan, 9])
    assert not any("are drawn" in note for note in chart.notes)


def test_a_stand_in_is_dotted_and_says_so(make_run: MakeRun, runs_folder: Path) -> None:
    """What is made up for a GPU that was not recorded is marked in the legend, in the title and above the chart."""
    make_run("r1", tables={"job": job_rows([GIB] * 100)})
    make_run("r2", tables={"job": job_rows([GIB] * 100), "gpu": gpu_rows([GIB] * 100, [0.5] * 100)})
    runs = perfmon_analyze.load(runs_folder)
    chart = KINDS["memory_usage_{stage}"].draw(ChartRequest(runs, "memory_usage_training", "training", Options()))
    dashes = {group.label: group.dash for group in chart.groups if "stand-in" in group.label}

    assert dashes == {"Bielik 1.5B (synthetic stand-in)": "dot"}
    assert chart.panels[0].title == "VRAM (synthetic stand-in)"
    assert chart.warnings == ("SYNTHETIC GPU DATA where no GPU was recorded",)


def test_an_array_is_in_the_page_once() -> None:
    """What two charts show is written once, and what is not a number stays so."""
    arrays = Arrays()
    names = [arrays.add(np.array([1.5, np.nan])), arrays.add(np.array([1.5, np.nan])), arrays.add(np.array([2.0]))]
    read = np.frombuffer(base64.b64decode(arrays.encoded[names[0]]), "<f4")

    assert names[0] == names[1] != names[2]
    np.testing.assert_array_equal(read, [1.5, np.nan])


@pytest.mark.parametrize("options", [Options(), Options(per_gpu=True, scope="host")], ids=["job", "host"])
def test_names_of_the_pictures(study: Path, options: Options) -> None:
    """Each chart goes by the name of its plot."""
    runs = perfmon_analyze.load(study)
    drawn = list(charts(runs, options))

    assert [one.plot.name for one in drawn] == list(named(runs))
    assert all(one.chart and one.chart.name == one.plot.name for one in drawn)


def test_a_long_study_is_below_ten_megabytes(tmp_path: Path) -> None:
    """Eight runs of about ten hours, a sample a second, with all pictures."""
    runs_folder = tmp_path / "runs"
    subprocess.run(
        [PERFMON, "synth", "--interval", "1s", "--scale", "1.31", runs_folder], check=True, capture_output=True
    )
    runs = perfmon_analyze.load(runs_folder)
    pictures = {name: address for name, address in embedded(runs, list(named(runs).values()), Options()) if address}
    made = page(runs, Options(), Extras(pictures=pictures, compared=Compared((), ())))
    hours = sum(float(recording.facts["duration_seconds"]) for recording in runs.recordings) / 3600

    assert hours > 80
    assert sorted(pictures) == sorted(perfmon_analyze.plot_names(runs))
    assert len(made.html.encode()) < 10_000_000
