"""An overview of loaded runs as a figure, as notebooks show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import units
from perfmon_analyze.plots import captions, style
from perfmon_analyze.plots.canvas import Picture, open_canvas
from perfmon_analyze.series import trace
from perfmon_analyze.series.options import DEFAULT

if TYPE_CHECKING:
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.series.options import Options

_MOST = 40


def overview(runs: Runs, *, options: Options = DEFAULT) -> Picture:
    """A bar of the duration of each of the first 40 recordings, in the colour of its model."""
    shown = runs.recordings[:_MOST]
    durations = np.array([trace.duration(runs, recording) for recording in shown])
    seconds, unit = units.time_unit(float(durations.max()))
    styles = style.model_styles(runs, options)
    left_out = len(runs.recordings) - len(shown)
    with open_canvas(f"{len(runs.recordings)} recordings", options, size=(8, 0.8 + 0.32 * len(shown))) as canvas:
        (axes,) = canvas.panels[0]
        for place, (recording, length) in enumerate(zip(shown, durations / seconds, strict=True)):
            colour = styles[recording.model].colour
            axes.barh(place, length, color=canvas.on_background(colour), height=0.6)
        words = [
            (r.stage, styles[r.model].label, r.variant, r.facts.get("series"), r.facts.get("state")) for r in shown
        ]
        axes.set_yticks(range(len(shown)), [", ".join(str(word) for word in row if word) for row in words])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"Time elapsed ({unit})")
        canvas.note(f"{left_out} more are not shown" if left_out else None)
        captions.add_recording_provenance(canvas, shown)
    return canvas.figure
