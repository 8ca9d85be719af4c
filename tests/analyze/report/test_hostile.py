"""A report of runs that somebody made to attack who opens it: every name is text."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfmon.store.run_json import REPLAYED
from tests.analyze.conftest import MakeRun
from tests.analyze.report.browsing import Browser
from tests.analyze.report.test_browser import place
from tests.analyze.report.test_command import report
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, metric_rows

EVIL = "<img src=x onerror='window.stolen=1'>"
ENDS = "</script><script>window.stolen=2</script>"
LINK = '<a href="javascript:window.stolen=3">%{x} $y$ &lt;b&gt;</a>'
TURNED = "\u202egnp.exe\u2028\u0007"
QUOTED = "\"' onmouseover=window.stolen=4 autofocus onfocus=window.stolen=5 x='"


@pytest.fixture
def page(make_run: MakeRun, runs_folder: Path, tmp_path: Path, browser: Browser) -> Browser:
    """The report of hostile runs, open and drawn."""
    for variant, model in (("detectors", EVIL), ("baseline", EVIL), ("detectors", LINK)):
        make_run(
            f"r{variant}{len(model)}",
            stage="inference",
            model=model,
            variant=variant,
            series=ENDS,
            origin=REPLAYED,
            tables={
                "job": job_rows([2**30 + n for n in range(50)]),
                "gpu": gpu_rows([2**30] * 50, [0.5] * 50),
                "folder": folder_rows(range(50), path=QUOTED),
                "batch": batch_rows([1.0, 2.0], series=ENDS),
                "metric": metric_rows({"loss": [1.0, 0.5], ENDS: [1.0]}, series=ENDS),
            },
            known={
                "name": QUOTED,
                "command": ["sh", "-c", ENDS],
                "tags": {EVIL: TURNED},
                "host": TURNED,
                "state": QUOTED,
            },
        )
    make_run("training", stage=ENDS, model=QUOTED, tables={"job": job_rows([2**30] * 50)})
    path = tmp_path / "page.html"
    done = report(runs_folder, "-o", path, "--title", ENDS, "--no-pictures")
    assert done.returncode == 0, done.stderr
    browser.open(path.as_uri())
    browser.draw_everything()
    return browser


def test_names_are_text(page: Browser) -> None:
    """None of them becomes an element or a script; all of them can be read as they are."""
    text = page.js("document.body.textContent")
    labels = page.js("[...document.querySelectorAll('.legend label')].map((one) => one.textContent)")

    assert page.js("window.stolen") is None
    assert page.heard() == []
    assert page.js("document.title") == ENDS
    assert page.js("document.querySelector('h1').textContent") == ENDS
    assert (
        page.js("document.querySelectorAll('img, a:not([href^=\"#\"]), [onfocus], [onmouseover], [autofocus]').length")
        == 0
    )
    assert all(evil in text for evil in (EVIL, ENDS, LINK, QUOTED))
    assert any(label.startswith(LINK) for label in labels)
    assert not set(TURNED) & {"\u202e", "\u0007"} & set(text)


def test_names_in_charts_are_text(page: Browser) -> None:
    """What hovering says of a line is its name, not what its name would make of it."""
    plot = page.plot("memory_usage_inference", 1)
    page.mouse("mouseMoved", *place(page, plot, 0.45))
    page.mouse("mouseMoved", *place(page, plot, 0.5))
    told = page.wait(lambda: page.js("arguments[0].querySelector('.hoverlayer').textContent", plot))

    assert EVIL in told
    assert LINK in told
    assert page.js("document.querySelectorAll('.hoverlayer a, .hoverlayer img, .hoverlayer foreignObject').length") == 0
    assert page.js("window.stolen") is None


def test_made_up_data_say_so(page: Browser) -> None:
    """Replayed data carry the word at the top, at each chart that shows them, and in each line's name."""
    marks = [
        page.js(f"document.querySelector('{part} .mark').textContent") for part in ("header", "#disk_usage_inference")
    ]
    labels = page.js("[...document.querySelectorAll('#disk_usage_inference label')].map((one) => one.textContent)")

    assert marks == ["REPLAYED DATA among these; charts and tables say where", "REPLAYED DATA"]
    assert all("(replayed)" in label for label in labels)
