"""Which recordings a run holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfmon_analyze.folders import RunFolder
from perfmon_analyze.recordings import of, spans

if TYPE_CHECKING:
    from tests.analyze.conftest import MakeRun

OWN = {"run": "r1", "stage": "training", "model": "bielik12", "variant": None, "series": None}


def phase(begin_t: float | None, end_t: float | None, **labels: Any) -> dict[str, Any]:
    """One row of the phase table."""
    return {"run": "r1", "host": "h", "pid": 7, "name": "p", "begin_t": begin_t, "end_t": end_t, **OWN, **labels}


def test_a_phase_with_the_runs_own_labels_splits_nothing() -> None:
    """Checkpoints and the like are no stages."""
    assert spans([phase(1.0, 2.0)], OWN) == []


def test_a_label_that_is_missing_is_the_runs_own() -> None:
    """A phase that only lacks labels is no stage of its own."""
    assert spans([phase(1.0, 2.0, model=None)], OWN) == []


def test_a_phase_with_another_stage_is_attached() -> None:
    """The stages come in the order in which they began."""
    later, earlier = phase(5.0, 6.0, stage="b"), phase(1.0, 2.0, stage="a")

    assert [earlier, later] == spans([later, earlier], OWN)


def test_the_row_that_knows_the_end_counts() -> None:
    """A phase is written at its beginning and at its end, in whichever order the files are read."""
    begun, ended = phase(1.0, None, stage="a"), phase(1.0, 4.0, stage="a")

    assert [ended] == spans([begun, ended], OWN)
    assert [ended] == spans([ended, begun], OWN)


def test_an_attached_stage_has_facts_of_its_own(make_run: MakeRun) -> None:
    """Labels, configuration and length are the stage's; the rest is the run's."""
    row = phase(10.0, 30.0, stage="inference") | {"config": '{"lr": 1}', "dataset": "other"}
    folder = make_run(stage="pipeline", tables={"phase": [row]})

    own, attached = of(RunFolder(str(folder)))

    assert (own.stage, own.begin, own.name) == ("pipeline", 0.0, "r1")
    assert (attached.stage, attached.model, attached.begin, attached.end) == ("inference", "bielik12", 10.0, 30.0)
    assert attached.facts["config"] == {"lr": 1}
    assert (
        attached.facts["dataset"],
        attached.facts["duration_seconds"],
        attached.facts["state"],
        attached.interval,
    ) == ("other", 20.0, "finished", 1.0)


def test_a_stage_that_did_not_end_goes_on_to_the_last_sample(make_run: MakeRun) -> None:
    """What a run that died left open has no end."""
    folder = make_run(tables={"phase": [phase(10.0, None, stage="inference")]})

    _, attached = of(RunFolder(str(folder)))

    assert float("inf") == attached.end
