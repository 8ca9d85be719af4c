"""The house keeps its shape: imports point one way, heavy libraries stay where they belong, files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MONITOR = sorted((ROOT / "monitor" / "perfmon").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
ANALYZE = sorted((ROOT / "analyze" / "perfmon_analyze").rglob("*.py"))

# What the analyzer may know of the recorder: the run folder, the facts of a run, and where users set options.
CONTRACT = {"store", "cli"}
HEAVY = {"pandas", "numpy", "matplotlib", "duckdb", "perfmon_analyze"}


def name(path: Path) -> str:
    """A file as it is called in a test's name."""
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports at run time, as `package.module`; what only type checkers see is left out."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", ANALYZE, ids=name)
def test_the_analyzer_knows_only_the_run_folder(path: Path) -> None:
    """Between recorder and analyzer stands the run folder, and nothing else."""
    parts = {module.split(".")[1] for module in imported(path) if module.startswith("perfmon.")}

    assert parts <= CONTRACT


@pytest.mark.parametrize("path", MONITOR, ids=name)
def test_the_recorder_is_light(path: Path) -> None:
    """No part of the recorder loads a data library; only verbs that draw load the analyzer, when they are asked to."""
    found = {module.split(".")[0] for module in imported(path)} & HEAVY

    assert found <= ({"perfmon_analyze", "numpy"} if path.parent.name == "commands" else set())


@pytest.mark.parametrize("path", MONITOR, ids=name)
def test_parquet_is_written_in_one_room(path: Path) -> None:
    """A Parquet library is loaded to seal, to end runs that were lost, and to replay; samplers never load one."""
    used = {module.split(".")[0] for module in imported(path)} & {"arro3", "pyarrow"}

    assert used <= {"parquet.py": {"arro3"}, "replay.py": {"pyarrow"}, "recover.py": {"pyarrow"}}.get(path.name, set())


@pytest.mark.parametrize("path", [*MONITOR, *ANALYZE], ids=name)
def test_files_and_functions_are_small(path: Path) -> None:
    """A file is one topic, under 300 lines, and a function does one thing, under 50."""
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    too_long = [f.name for f in functions if (f.end_lineno or 0) - f.body[0].lineno >= 50]

    assert len(text.splitlines()) <= 300
    assert too_long == []
    assert path.stem not in ("utils", "helpers", "common", "misc")


def patches_of_nothing(text: str) -> list[int]:
    """The lines on which a test sets a name of a module without asking whether there is one."""
    tree = ast.parse(text)
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "raising"]
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.lineno for node in keywords] + [node.lineno for node in texts if sets_an_attribute(str(node.value))]


def sets_an_attribute(text: str) -> bool:
    """Whether a text is a program that imports perfmon and sets an attribute of something."""
    if "perfmon" not in text:
        return False
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except SyntaxError:
        return False
    targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    return any(isinstance(target, ast.Attribute) for target in targets)


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_only_names_that_exist_are_patched(path: Path) -> None:
    """A patch of a name that was renamed is an error, and not a test of something else: see tests/patching.py."""
    assert patches_of_nothing(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "monkeypatch.setattr('a.b', 1, raising=False)",
        "run('import perfmon.store.segments as s; s.SEGMENT_BYTES = 1')",
        "run('import perfmon.a as a\\n' 'a.B = a.C = 2')",
    ],
)
def test_a_patch_of_nothing_is_found(text: str) -> None:
    """The ways in which a stale name goes unnoticed."""
    assert patches_of_nothing(text) == [1]


def printed(path: Path) -> Iterator[str]:
    """What a file calls to print: `print`, and whatever writes to a standard stream; and `output.write`."""
    for node in ast.walk(ast.parse(path.read_text())):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if called == "print" or called in ("sys.stdout.write", "sys.stderr.write", "output.write"):
            yield called


@pytest.mark.parametrize("path", [*MONITOR, *ANALYZE], ids=name)
def test_what_is_printed_goes_through_one_door(path: Path) -> None:
    """`perfmon.cli.output` makes printable whatever verbs say of runs; what else prints says nothing from a run folder.

    `perfmon run`, the recorder and pipeline code tell on standard error of the run that they record themselves, and
    load nothing for it; `perfmon` alone and `perfmon completion` print texts of their own.
    """
    allowed = {
        "cli/output.py": {"sys.stdout.write", "sys.stderr.write"},
        "commands/__init__.py": {"print", "output.write"},
        "commands/completion.py": {"output.write"},
        "commands/run.py": {"sys.stderr.write"},
    }
    recording = path.relative_to(ROOT).parts[2] in ("instrument", "recorder", "store", "supervisor")
    own = {"sys.stderr.write"} if recording else allowed.get("/".join(path.parts[-2:]), set())

    assert set(printed(path)) <= own
