"""Which recordings a run holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfmon_analyze.loading.recordings import Recording, attached_stages, of
from perfmon_analyze.loading.run_folder import RunReader

if TYPE_CHECKING:
    from tests.analyze.conftest import MakeRun

OWN = {"run": "r1", "stage": "training", "model": "bielik12", "variant": None, "series": None}


def phase(begin_t: float | None, end_t: float | None, **labels: Any) -> dict[str, Any]:
    """One row of the phase table, of an attached stage."""
    return {
        "run": "r1",
        "host": "h",
        "pid": 7,
        "kind": "stage",
        "name": "p",
        "begin_t": begin_t,
        "end_t": end_t,
        **OWN,
        **labels,
    }


def stages(make_run: MakeRun, *rows: dict[str, Any], stage: str = "training", **known: Any) -> list[Recording]:
    """The recordings of a run with these phases and facts."""
    return of(RunReader(str(make_run(stage=stage, tables={"phase": list(rows)}, known=known))))


def test_a_phase_splits_nothing(make_run: MakeRun) -> None:
    """Checkpoints and the like are no stages, even inside a stage that attached itself."""
    inside = phase(1.0, 2.0, stage="inference") | {"kind": "phase"}

    assert len(stages(make_run, inside)) == 1


def test_a_stage_under_the_runs_own_labels_is_the_run(make_run: MakeRun) -> None:
    """It splits nothing, whatever series it is about, and its configuration is the run's."""
    (own,) = stages(make_run, phase(1.0, 2.0, model=None, series="L15") | {"config": '{"lr": 1}'})

    assert (own.attached, own.begin, own.facts["config"]) == (False, 0.0, {"lr": 1})


def test_the_only_stage_of_a_run_without_one_is_the_run(make_run: MakeRun) -> None:
    """Where the user named no stage, the interpreter's start before the pipeline's block is no stage of its own."""
    (own,) = stages(make_run, phase(1.0, 9.0, stage="inference", variant="baseline"), stage_given=False)

    assert (own.stage, own.variant, own.begin, own.name) == ("inference", "baseline", 0.0, "r1")


def test_several_stages_of_a_run_without_one_are_told_apart(make_run: MakeRun) -> None:
    """A pipeline that attaches one stage after another is cut by them."""
    rows = [phase(1.0, 4.0, stage="training"), phase(5.0, 9.0, stage="inference")]
    _, first, second = stages(make_run, *rows, stage="pipeline", stage_given=False)

    assert [(one.stage, one.begin, one.end) for one in (first, second)] == [
        ("training", 1.0, 4.0),
        ("inference", 5.0, 9.0),
    ]


def test_a_stage_with_another_label_is_attached() -> None:
    """The stages come in the order in which they began."""
    later, earlier = phase(5.0, 6.0, stage="b"), phase(1.0, 2.0, stage="a")

    assert [earlier, later] == attached_stages([later, earlier])


def test_the_row_that_knows_the_end_counts() -> None:
    """A phase is written at its beginning and at its end, in whichever order the files are read."""
    begun, ended = phase(1.0, None, stage="a"), phase(1.0, 4.0, stage="a")

    assert [ended] == attached_stages([begun, ended])
    assert [ended] == attached_stages([ended, begun])


def test_an_attached_stage_has_facts_of_its_own(make_run: MakeRun) -> None:
    """Labels, configuration and length are the stage's; the rest is the run's."""
    row = phase(10.0, 30.0, stage="inference") | {"config": '{"lr": 1}', "dataset": "other"}
    folder = make_run(stage="pipeline", tables={"phase": [row]})

    own, attached = of(RunReader(str(folder)))

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

    _, attached = of(RunReader(str(folder)))

    assert float("inf") == attached.end
