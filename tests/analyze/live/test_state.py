"""What is known of a run that goes on."""

from __future__ import annotations

import math

from perfmon_analyze.live.series import LiveSeries
from perfmon_analyze.live.state import LiveEvent, LiveState, Span


def test_series() -> None:
    """Numbers by column; null is NaN, and a tick that is told twice counts once."""
    series = LiveSeries("a", "b")
    for row in ({"t": 0.0, "a": 1, "b": None}, {"t": 1.0, "a": 2}, {"t": 1.0, "a": 3}, {"t": None, "a": 4}):
        series.add(row)

    assert series["t"].tolist() == [0.0, 1.0]
    assert series["a"].tolist() == [1.0, 2.0]
    assert (series.last("a"), math.isnan(series.latest("b")), len(series)) == (2.0, True, 2)


def test_a_span_that_ends() -> None:
    """It is told twice, and the second time counts."""
    state = LiveState()
    begun = {"kind": "phase", "name": "checkpoint", "pid": 1, "begin_t": 2.0, "end_t": None}
    state.add_rows("phase", [begun])
    assert list(state.spans.values()) == [Span("phase", "checkpoint", 2.0, None)]

    state.add_rows("phase", [begun | {"end_t": 5.0}, begun])
    assert list(state.spans.values()) == [Span("phase", "checkpoint", 2.0, 5.0)]


def test_many_spans() -> None:
    """Of many only the last that ended are kept, and one that goes on for long is not lost."""
    state = LiveState()
    state.add_rows("phase", [{"kind": "stage", "name": "training", "begin_t": 0.0, "end_t": None}])
    state.add_rows(
        "phase", [{"kind": "phase", "name": "step", "begin_t": float(i), "end_t": i + 0.5} for i in range(1000)]
    )
    spans = list(state.spans.values())

    assert (len(spans), spans[0].name, spans[-1].begin) == (200, "training", 999.0)


def test_events() -> None:
    """What they are about is told in a few words."""
    state = LiveState()
    row = {"kind": "null", "source": "gpu", "column_name": "power_watts", "entity": "GPU-a", "begin_t": 1.0}
    state.add_rows("event", [row | {"detail": "no answer", "reason": "timeout"}])

    assert list(state.events.values()) == [LiveEvent("null", "gpu power_watts GPU-a", "no answer", 1.0, None)]


def test_metrics() -> None:
    """The last value of each metric of each series, and where it belongs."""
    state = LiveState()
    rows = [{"t": float(e), "series": "L15", "name": "loss", "epoch": float(e), "value": 1.0 - e / 4} for e in range(3)]
    state.add_rows("metric", [*rows, {"t": 9.0, "series": None, "name": "loss", "step": 70, "value": 0.5}])

    assert [(one.series, one.values.last("value"), one.at[0]) for one in state.metrics.values()] == [
        ("L15", 0.5, "epoch 2"),
        ("", 0.5, "step 70"),
    ]


def test_a_folder_that_somebody_made() -> None:
    """Any number of GPUs in it takes no more memory than a thousand."""
    state = LiveState()
    state.add_rows("gpu", [{"t": float(i), "uuid": str(i)} for i in range(5000)])

    assert len(state.gpus) == 1000
