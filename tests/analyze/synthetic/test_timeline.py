"""Timelines of constant loads."""

from __future__ import annotations

import numpy as np
import pytest

from perfmon_analyze.synthetic.noise import RandomStreams
from perfmon_analyze.synthetic.stages import timeline_of
from perfmon_analyze.synthetic.timeline import Timeline, WorkKind, in_turn, segments
from perfmon_analyze.synthetic.training import Rhythm
from perfmon_analyze.synthetic.workload import workload_of

WORK_AND_PAUSE = Timeline(
    in_turn(segments(WorkKind.WORK, np.array([3.0, 3.0]), busy=1.0), segments(WorkKind.PAUSE, np.array([1.0, 1.0])))
)


def test_segments_take_turns() -> None:
    """Parts of equal number alternate, and each kind is found where it lies."""
    assert WORK_AND_PAUSE.duration == 8
    assert WORK_AND_PAUSE.spans(WorkKind.PAUSE).tolist() == [[3, 4], [7, 8]]


def test_a_reading_is_the_mean_of_its_window() -> None:
    """A window that lies half in a pause shows half the load; before the start there is none."""
    t = np.array([0.0, 0.5, 3.5, 4.0, 5.0])

    assert WORK_AND_PAUSE.mean("busy", t, 1.0).tolist() == [0, 0.5, 0.5, 0, 1]


@pytest.mark.parametrize("stage", ["activation_saving", "training", "inference", "tokenize"])
@pytest.mark.parametrize("seconds", [0.5, 20.0, 4321.0])
def test_a_stage_takes_exactly_its_time(stage: str, seconds: float) -> None:
    """A job of any stage and length fills its time, from imports to its end."""
    timeline = timeline_of(stage, workload_of(stage, None, None), seconds, RandomStreams(0, stage), Rhythm(2, 25))

    assert timeline.duration == pytest.approx(seconds)
    assert timeline.spans(WorkKind.IMPORT)[0, 0] == 0
    assert timeline.spans(WorkKind.END)[-1, 1] == timeline.duration


def test_training_evaluates_and_saves_every_epoch() -> None:
    """Two autoencoders of 25 epochs make 50 evaluations and 50 checkpoints."""
    timeline = timeline_of("training", workload_of("training", None, None), 7200, RandomStreams(0), Rhythm(2, 25))

    assert len(timeline.spans(WorkKind.EVALUATE)) == len(timeline.spans(WorkKind.WRITE)) == 50
