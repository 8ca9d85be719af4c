"""A job of any stage as a timeline: start-up, work in the stage's own rhythm, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.synthetic.activation_saving import saving_work
from perfmon_analyze.synthetic.inference import inference_work
from perfmon_analyze.synthetic.timeline import Kind, Timeline, segments
from perfmon_analyze.synthetic.training import Rhythm, training_work

if TYPE_CHECKING:
    from perfmon_analyze.synthetic.noise import Chance, Floats
    from perfmon_analyze.synthetic.workload import Profile

_LOAD_RATE = 1.2e9  # bytes per second from disk to GPU


def timeline_of(stage: str, profile: Profile, seconds: float, chance: Chance, rhythm: Rhythm) -> Timeline:
    """The timeline of a job that takes exactly `seconds`; a stage of another name looks like one that saves."""
    begin, end = _start(profile, seconds, chance), _end(seconds)
    left = seconds - float(begin[:, 1].sum() + end[:, 1].sum())
    if stage == "training":
        work = training_work(profile, left, chance, rhythm)
    elif stage == "inference":
        work = inference_work(profile, left, chance)
    else:
        work = saving_work(profile, left, chance)
    return Timeline(begin, work, end)


def _start(profile: Profile, seconds: float, chance: Chance) -> Floats:
    """Imports, CUDA context, weights, first batch; a short job hurries through them."""
    imports, context, warm_up = chance.stream("start").uniform((9, 0.9, 3), (16, 1.6, 6))
    load = 2 + profile.weights_bytes / _LOAD_RATE
    limits = seconds * np.array([0.06, 0.01, 0.06, 0.04])
    imports, context, load, warm_up = np.minimum([imports, context, load, warm_up], limits)
    read = profile.weights_bytes / load
    return np.stack(
        [
            segments(Kind.IMPORT, imports, cores=0.98, read=110e6),
            segments(Kind.CONTEXT, context, read=60e6),
            segments(Kind.LOAD, load, busy=0.06, memory_busy=0.02, heat=0.1, cores=1.2, read=read),
            segments(Kind.WARM_UP, warm_up, busy=0.35, memory_busy=0.1, heat=0.5 * profile.heat, cores=1.1),
        ]
    )


def _end(seconds: float) -> Floats:
    return segments(Kind.END, [min(1.5, seconds * 0.02)])
