"""What a folder of runs holds, at a glance: how a notebook shows loaded runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import units
from perfmon_analyze.plots import captions, style
from perfmon_analyze.plots.canvas import Picture, sheet
from perfmon_analyze.series import trace
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

_MOST = 40


def overview(runs: Runs, *, options: Options = DEFAULT) -> Picture:
    """A bar for each recording, as long as it took, in the colour of its model; the first 40."""
    shown = runs.recordings[:_MOST]
    lasted = np.array([trace.duration(runs, recording) for recording in shown])
    seconds, unit = units.time_unit(float(lasted.max()))
    styles = style.model_styles(runs, options)
    left_out = len(runs.recordings) - len(shown)
    with sheet(f"{len(runs.recordings)} recordings", options, size=(8, 0.8 + 0.32 * len(shown))) as page:
        (axes,) = page.panels[0]
        for place, (recording, length) in enumerate(zip(shown, lasted / seconds, strict=True)):
            colour = styles[recording.model].colour
            axes.barh(place, length, color=page.tone(colour), height=0.6)
        words = [
            (r.stage, styles[r.model].label, r.variant, r.facts.get("series"), r.facts.get("state")) for r in shown
        ]
        axes.set_yticks(range(len(shown)), [", ".join(str(word) for word in row if word) for row in words])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"Time elapsed ({unit})")
        page.note(f"{left_out} more are not shown" if left_out else None)
        captions.say_origin(page, shown)
    return page.figure


def _words(recording: Recording, model: str) -> str:
    labels = (recording.stage, model, recording.variant, recording.facts.get("series"), recording.facts.get("state"))
    return ", ".join(str(label) for label in labels if label)
