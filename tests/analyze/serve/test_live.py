"""The live page in a real browser, beside a run that is being recorded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.analyze.report.browsing import Browser
from tests.analyze.serve.conftest import serving
from tests.conftest import PERFMON

PIPELINE = """
import sys, perfmon
with perfmon.record(stage="training", model="bielik12", series="L15", runs=sys.argv[1], interval=0.1) as run:
    for epoch, line in enumerate(sys.stdin):
        run.log(epoch=epoch, loss=float(line))
        print(epoch, flush=True)
"""


def test_a_run_is_followed_while_it_is_recorded(browser: Browser, tmp_path: Path) -> None:
    """Runs turn up, lines grow, and the end is told; what was zoomed, hidden, opened and focused stays so."""
    runs = tmp_path / "runs"
    with serving(runs) as (address, _):
        browser.open(address)
        nothing = browser.js("document.querySelector('main').textContent")
        with subprocess.Popen(
            [sys.executable, "-c", PIPELINE, str(runs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as job:
            assert job.stdin
            assert job.stdout
            for loss in (8.0, 4.0, 2.0):
                print(loss, file=job.stdin, flush=True)
                job.stdout.readline()
            browser.wait(lambda: browser.js("!!document.getElementById('training_loss')"))
            plot = browser.plot("training_loss")
            browser.wait(lambda: browser.js("arguments[0].marks[0].x.length", plot) == 3)
            browser.js("document.querySelector('#training_loss details').open = true")
            browser.js("document.querySelector('#training_loss [data-action=in]').click()")
            browser.js("document.querySelector('#training_loss input').click()")
            browser.js("arguments[0].focus()", plot)
            zoomed = browser.range(plot)
            print(1.0, file=job.stdin, flush=True)
            job.stdout.readline()
            browser.wait(lambda: browser.js("arguments[0].marks[0].x.length", plot) == 4)
            kept = {
                "zoom": browser.range(plot) == zoomed,
                "focus": browser.js("document.activeElement === arguments[0]", plot),
                "open": browser.js("document.querySelector('#training_loss details').open"),
                "hidden": browser.js("arguments[0].data[0].visible", plot) is False,
                "unticked": browser.js("document.querySelector('#training_loss input').checked") is False,
            }
            figures = browser.js("document.querySelector('#training_loss details').textContent")
            running = browser.js("document.querySelector('#runs').textContent")
            job.stdin.close()
        browser.wait(lambda: "finished" in browser.js("document.querySelector('#runs').textContent"))
        live = browser.js("document.getElementById('live').textContent")
        heard, asked = browser.heard(), browser.requests()
    browser.wait(lambda: "does not answer" in browser.js("document.getElementById('live').textContent"))

    assert "no folder" in nothing
    assert kept == dict.fromkeys(kept, True)
    assert "running" in running
    assert "4" in figures
    assert live == "Live"
    assert heard == []
    assert all(url.startswith((address, "data:")) for url in asked)


def test_pictures_are_drawn_on_demand(browser: Browser, tmp_path: Path) -> None:
    """A picture is asked for when it is opened, and not before."""
    subprocess.run([PERFMON, "synth", "--scale", "0.01", tmp_path / "runs"], check=True, capture_output=True)
    with serving(tmp_path / "runs") as (address, _):
        browser.open(address)
        browser.plot("training_loss")
        before = [url for url in browser.requests() if "picture" in url]
        browser.js("document.querySelector('#training_loss .picture').open = true")
        browser.wait(lambda: browser.js("document.querySelector('#training_loss .picture img').naturalWidth"))

    assert before == []
