"""What is put beside what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perfmon_analyze import load
from perfmon_analyze.compare import NotComparable, Pair, by_label, of_two
from tests.analyze.run_factory import job_rows, write_run

if TYPE_CHECKING:
    from pathlib import Path


def runs(folder: Path, *kinds: tuple[str, str, str | None]) -> Path:
    """A run for each stage, model and variant."""
    for number, (stage, model, variant) in enumerate(kinds):
        tables = {"job": job_rows([1, 2])}
        write_run(folder, run=f"r{number}", stage=stage, model=model, variant=variant, tables=tables)
    return folder


def told(pairs: list[Pair]) -> list[tuple[str, str, int, str, int]]:
    """Each pair's title, and both sides' labels and numbers of runs."""
    return [(p.title, p.a.label, len(p.a.recordings), p.b.label, len(p.b.recordings)) for p in pairs]


WITH, WITHOUT = "detectors", "baseline"


def test_with_and_without_detectors(tmp_path: Path) -> None:
    """By variant, for each stage and model, the baseline is A whatever comes first; several runs are one side."""
    kinds = [
        ("inference", "m1", WITH),
        ("inference", "m1", WITHOUT),
        ("inference", "m1", WITH),
        ("training", "m1", None),
    ]
    pairs = by_label(load(runs(tmp_path, *kinds)), "variant")

    assert told(pairs) == [("inference, m1", "baseline", 1, "detectors", 2)]


def test_base(tmp_path: Path) -> None:
    """Another value can be A, and each of the others stands beside it."""
    kinds = [("training", model, None) for model in ("m1", "m2", "m3")]
    pairs = by_label(load(runs(tmp_path, *kinds)), "model", base="m2")

    assert told(pairs) == [("training", "m2", 1, "m1", 1), ("training", "m2", 1, "m3", 1)]


def test_nothing_to_put_beside(tmp_path: Path) -> None:
    """Runs that differ in the other labels are not put beside each other, and that is said."""
    folder = runs(tmp_path, ("inference", "m1", WITH), ("inference", "m2", WITHOUT))

    with pytest.raises(NotComparable, match="no two variants of one stage and model among these runs: baseline, det"):
        by_label(load(folder), "variant")


def test_two_runs_are_called_by_what_tells_them_apart(tmp_path: Path) -> None:
    """Sides of one kind each may differ in any label."""
    a = load(runs(tmp_path / "a", ("inference", "m1", WITHOUT)))
    b = load(runs(tmp_path / "b", ("inference", "m1", WITH)))

    assert told(of_two(a, b)) == [("inference, m1", "baseline", 1, "detectors", 1)]
    assert told(of_two(a, a)) == [("inference, m1, baseline", "A", 1, "B", 1)]


def test_folders_are_compared_kind_by_kind(tmp_path: Path) -> None:
    """What both have is compared; what only one has is left out."""
    a = load(runs(tmp_path / "a", ("training", "m1", None), ("inference", "m1", WITH)))
    b = load(runs(tmp_path / "b", ("training", "m1", None), ("training", "m1", None), ("training", "m2", None)))

    assert told(of_two(a, b)) == [("training, m1", "A", 1, "B", 2)]


def test_folders_that_share_nothing(tmp_path: Path) -> None:
    """Several kinds a side, and none of them on both, cannot be put beside each other."""
    a = load(runs(tmp_path / "a", ("training", "m1", None), ("inference", "m1", WITH)))
    b = load(runs(tmp_path / "b", ("training", "m2", None)))

    with pytest.raises(NotComparable, match="A has 2 kinds of runs and B has 1"):
        of_two(a, b)
