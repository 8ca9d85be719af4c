"""The screen of `perfmon watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from perfmon_analyze.browse.catalog import RunEntry
from perfmon_analyze.browse.fields import RunFields
from perfmon_analyze.live.state import LiveState
from perfmon_analyze.live.view import Viewport, lines
from tests.analyze.run_factory import batch_rows, folder_rows, gpu_rows, job_rows, metric_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

GIB = 2**30
KNOWN: dict[str, Any] = {"stage": "training", "model": "b12", "interval_seconds": 1.0, "state": "finished"}


def state(gpus: int = 1, **more: list[dict[str, Any]]) -> LiveState:
    """Ten seconds of a job on some GPUs."""
    made = LiveState()
    made.add_rows("job", job_rows([2 * GIB] * 11))
    made.add_rows("host", [{"t": float(t), "memory_total_bytes": 8 * GIB} for t in range(11)])
    for index in range(gpus):
        made.add_rows("gpu", gpu_rows([GIB] * 11, [0.5] * 11, uuid=f"GPU-{index}", index=index))
    made.add_rows("folder", folder_rows([0, GIB]))
    for table, rows in more.items():
        made.add_rows(table, rows)
    return made


def shown(of: LiveState, width: int = 80, height: int = 24, known: Mapping[str, Any] = KNOWN) -> list[str]:
    """The lines as plain text."""
    row = RunFields(RunEntry("runs/r1", known), -1)
    return [line.plain for line in lines(row, of, Viewport(width, height, None, "q: leave"))]


def test_a_small_terminal() -> None:
    """Each measure has a line that says what it is now, and a chart below; then comes what the pipeline told."""
    metrics, batches = metric_rows({"loss": [0.5]}), batch_rows([1.0, 2.0])
    screen = shown(state(metric=metrics, batch=batches))

    assert screen[:2] == ["■ finished after 10 s  r1", "training, b12"]
    assert [line.split() for line in screen if line.startswith(("CPU", "RAM", "GPU", "VRAM", "disk"))] == [
        ["CPU", "50", "%", "of", "2", "CPUs"],
        ["RAM", "2", "GB", "of", "8", "GB,", "RSS", "█", "2", "GB"],
        ["GPU", "0", "50", "%"],
        ["VRAM", "1", "GB", "of", "24", "GB,", "the", "job's", "1", "GB", "█", "1", "GB"],
        ["disk", "+1", "GB", "/out", "█", "1", "GB"],
    ]
    assert screen[4] == " " + "█" * 79  # CPU: the first interval has no rate yet
    assert "logged   L15 epoch 0: loss 0.5" in screen
    assert "batches  L15 2, the last took 2 s" in screen
    assert screen[-1] == "q: leave"


def test_batches_whose_end_is_not_known() -> None:
    """A batch without seconds counts, and the time is the last one's that is known, if any is."""
    first, *rest = batch_rows([1.0, 2.0])
    unfinished = [one | {"seconds": None} for one in (first, *rest)]

    assert "batches  L15 2, the last took 1 s" in shown(state(batch=[first, unfinished[1]]))
    assert "batches  L15 2" in shown(state(batch=unfinished))


@pytest.mark.parametrize("gpus", [0, 1, 8, 100])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 50), (60, 16), (40, 8), (20, 4), (300, 80)])
def test_any_terminal(gpus: int, width: int, height: int) -> None:
    """All lines fit, the last one is always there, and what is left out is told."""
    events = [{"kind": "missed", "source": "sampler", "detail": "x" * 200, "begin_t": 1.0, "end_t": 2.0}]
    screen = shown(state(gpus, event=events), width, height)

    assert len(screen) == height
    assert max(map(cell_len, screen)) <= width
    assert screen[-1] == "q: leave"
    panels = sum(line.count("VRAM") for line in screen)
    assert panels == gpus or any("more panel" in line for line in screen)


def test_eight_gpus_in_a_small_terminal() -> None:
    """They stand beside their memory, and what the pipeline told has room, too."""
    screen = shown(state(8, metric=metric_rows({"loss": [0.5]})))

    assert [line.split()[:5] for line in screen if line.startswith("GPU")][7] == ["GPU", "7", "50", "%", "▄" * 22]
    assert "logged   L15 epoch 0: loss 0.5" in screen


def test_phases_and_events() -> None:
    """What goes on comes first, and of events the newest."""
    phases = [
        {"kind": "phase", "name": "load", "begin_t": 0.0, "end_t": 4.0, "pid": 1},
        {"kind": "stage", "name": "training", "begin_t": 4.0, "end_t": None, "pid": 1},
    ]
    events = [
        {"kind": "missed", "source": "sampler", "detail": "2 ticks", "begin_t": 1.0, "end_t": 3.0},
        {
            "kind": "null",
            "source": "gpu",
            "column_name": "power_watts",
            "detail": "lost",
            "begin_t": 6.0,
            "end_t": None,
        },
    ]
    screen = shown(state(phase=phases, event=events))

    assert "phases   training for 6 s; load took 4 s" in screen
    assert screen[screen.index("events   since 6.0 s: null gpu power_watts: lost") + 1] == (
        "         1.0 s: missed sampler: 2 ticks"
    )


def test_why_columns_are_empty() -> None:
    """One line for all columns of a source that are empty for one reason, below whatever else happened."""
    null = {"kind": "null", "source": "job", "detail": "no control group", "begin_t": 0.0, "end_t": None}
    events = [null | {"column_name": name} for name in ("pss_bytes", "swap_bytes", "memory_limit_bytes")]
    other = {"kind": "null", "source": "gpu", "column_name": "power_watts", "detail": "lost", "begin_t": 6.0}
    missed = {"kind": "missed", "source": "sampler", "detail": "2 ticks", "begin_t": 0.5, "end_t": 1.0}
    screen = shown(state(event=[missed, *events, other]))

    assert [line[9:] for line in screen if "null" in line or "missed" in line] == [
        "since 6.0 s: null gpu power_watts: lost",
        "0.5 s: missed sampler: 2 ticks",
        "since 0.0 s: null job memory_limit_bytes and 2 more: no control group",
    ]


def test_a_gap() -> None:
    """Ticks that are missing leave the chart empty there."""
    of = LiveState()
    rows = job_rows([GIB] * 21)
    of.add_rows("job", [*rows[:6], *rows[15:]])
    screen = shown(of, 80, 8)
    (place,) = [place for place, line in enumerate(screen) if line.startswith("CPU")]

    assert screen[place + 1] == " " + "▄" * 19 + " " * 39 + "▄" * 21


def test_memory_that_is_almost_full() -> None:
    """It stands out."""
    of = state()
    of.add_rows("job", [row | {"t": row["t"] + 20.0} for row in job_rows([7.9 * GIB])])  # type: ignore[operator]  # t is a number
    row = RunFields(RunEntry("runs/r1", KNOWN), -1)
    (line,) = [one for one in lines(row, of, Viewport(80, 24, None, "")) if one.plain.startswith("RAM")]

    assert "bold red" in [str(span.style) for span in line.spans]


def test_made_up_data_say_so() -> None:
    """In the first line, however narrow the terminal is."""
    (first, *_) = shown(state(), 44, known=KNOWN | {"origin": "synthetic", "run": "a-long-name"})

    assert first.startswith("■ finished after 10 s  SYNTHETIC DATA  ")


def test_a_run_that_has_just_begun() -> None:
    """There is nothing to draw yet."""
    assert shown(LiveState())[0] == "■ finished after 0 s  r1"


def test_text_that_would_move_the_cursor() -> None:
    """Names and details reach the terminal without it."""
    evil = "\x1b[2J\n"
    events = [{"kind": evil, "source": evil, "detail": evil, "begin_t": 1.0, "end_t": 2.0}]
    phases = [{"kind": "phase", "name": evil, "begin_t": 0.0, "end_t": None}]
    of = state(event=events, phase=phases, metric=metric_rows({evil: [1.0]}), folder=folder_rows([1], path=evil))

    assert not any(c in "".join(shown(of, known=KNOWN | {"stage": evil})) for c in "\x1b\n")
