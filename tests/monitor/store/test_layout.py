"""Names in the run folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfmon.store import layout, run_json


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("meta-llama/Llama-3", "meta-llama-Llama-3"),
        ("Łódź 1.5B", "Łódź-1.5B"),
        ("../../etc", "etc"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("a" * 300, "a" * 80),
        ("x\0y\nz", "x-y-z"),
    ],
)
def test_slug(name: str, expected: str) -> None:
    """A slug keeps letters of any script and nothing that means something to a file system or a shell."""
    assert layout.slug(name) == expected


def test_facts_are_replaced_whole(tmp_path: Path) -> None:
    """New facts take the old ones' place and leave no other file behind."""
    known = {"format": 1, "run": "a", "perfmon_version": "1", "name": "Gęś"}
    run_json.write_facts(str(tmp_path), known)
    run_json.write_facts(str(tmp_path), known | {"run": "b"})

    assert run_json.read_facts(str(tmp_path)) == known | {"run": "b"}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"run": "mine"}',
        '{"format": 1, "run": "mine"}',
        '{"format": true, "run": "a", "perfmon_version": "1"}',
        '{"format": 1, "run": 7, "perfmon_version": "1"}',
        '{"format": "1", "run": "a", "perfmon_version": "1"}',
    ],
)
def test_facts_of_another_program(tmp_path: Path, text: str) -> None:
    """A run.json of somebody else is not taken for a run's."""
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(run_json.ForeignRunJson, match=r"run\.json is not perfmon's"):
        run_json.read_facts(str(tmp_path))


def test_facts_must_be_an_object(tmp_path: Path) -> None:
    """JSON that is no object is refused by name."""
    (tmp_path / "run.json").write_text("[1]")
    with pytest.raises(ValueError, match=r"run\.json does not hold a JSON object"):
        run_json.read_facts(str(tmp_path))
