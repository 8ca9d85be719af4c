"""The house keeps its shape: imports point one way, heavy libraries stay where they belong, files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"perfmon": ROOT / "monitor" / "perfmon", "perfmon_analyze": ROOT / "analyze" / "perfmon_analyze"}
FILES = [path for root in PACKAGES.values() for path in sorted(root.rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
HEAVY = {"pandas", "numpy", "matplotlib", "duckdb", "perfmon_analyze"}
TOP = ""  # the package's own __init__.py
ROOMS_MOST = 17

# The rooms of each package, floor by floor: a room imports from floors below it, and from nowhere else.
FLOORS = {
    "perfmon": (
        {"lean"},
        {"redaction"},
        {"store"},
        {"cli"},
        {"linux", "disk"},
        {"collector", "slurm"},
        {"gpu", "supervisor"},
        {"collectors"},
        {"recorder"},
        {"instrument", "doctor"},
        {TOP},
        {"commands"},
        {"__main__"},
    ),
    "perfmon_analyze": (
        {"derive", "loading", "synthetic"},
        {"text", "series", "verify"},
        {"plots", "findings"},
        {"compare", "browse", "exports"},
        {"check", "live", "report"},
        {"serve"},
        {"notebook"},
        {TOP},
        {"commands"},
    ),
}
# What the analyzer may know of the recorder: the run folder, and how a command line is read and answered.
CONTRACT = {"store", "cli"}
# Libraries that are loaded where Parquet is written or read: samplers never load one.
PARQUET = {
    "monitor/perfmon/store/parquet.py": {"arro3"},
    "monitor/perfmon/store/recover.py": {"pyarrow"},
    "monitor/perfmon/gpu/replay.py": {"pyarrow"},
}


class Import(NamedTuple):
    """One import: by which module, of which, and whether only type checkers see it."""

    module: str
    imported: str
    line: int
    only_types: bool

    @property
    def rooms(self) -> tuple[str, str]:
        """The room that imports, and the one that is imported."""
        return room(self.module), room(self.imported)


def name(path: Path) -> str:
    """A file as it is called in a test's name."""
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    """What a file of a package is imported as."""
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def room(module: str) -> str:
    """The room of a module: its package's first level."""
    return f"{module}.".split(".")[1]


def imports(path: Path) -> Iterator[Import]:
    """What a file imports, at its top or in functions."""
    tree = ast.parse(path.read_text())
    checks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    seen_by_checkers = {id(inner) for check in checks for part in check.body for inner in ast.walk(part)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for imported in names:
            yield Import(module_of(path), imported, getattr(node, "lineno", 0), id(node) in seen_by_checkers)


def at_run_time(path: Path) -> set[str]:
    """The packages that a file imports, but for those that only type checkers see."""
    return {one.imported.split(".")[0] for one in imports(path) if not one.only_types}


def inside(package: str) -> list[Import]:
    """All imports of a package from itself, with what is imported as the module in which it stands."""
    found = [one for path in sorted(PACKAGES[package].rglob("*.py")) for one in imports(path)]
    own = [one for one in found if one.imported.split(".")[0] == package]
    return [one._replace(imported=home(one.imported)) for one in own]


def home(imported: str) -> str:
    """The module in which an imported name stands."""
    return imported if imported in MODULES else imported.rpartition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_arrow_points_back_up(package: str) -> None:
    """A room imports from the floors below its own; what only type checkers see counts, too."""
    floor = {one: number for number, rooms in enumerate(FLOORS[package]) for one in rooms}
    back = [
        one for one in inside(package) if one.rooms[0] != one.rooms[1] and floor[one.rooms[1]] >= floor[one.rooms[0]]
    ]

    print(*(f"{one.module}:{one.line} imports {one.imported}" for one in back), f"{len(back)} arrows back", sep="\n")

    assert back == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle(package: str) -> None:
    """No module needs itself to be imported, by whatever way."""
    needs: dict[str, set[str]] = {}
    for one in inside(package):
        if not one.only_types and one.module != one.imported:
            needs.setdefault(one.module, set()).add(one.imported)
    circles = sorted({module for module in needs if module in reached(module, needs)})

    print(f"{package}: {len(needs)} modules import others, {len(circles)} in a circle", *circles)

    assert circles == []


def reached(module: str, needs: dict[str, set[str]]) -> set[str]:
    """All modules that a module needs, directly or by others."""
    found: set[str] = set()
    todo = list(needs.get(module, ()))
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += needs.get(one, ())
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_is_known(package: str) -> None:
    """No more rooms than a newcomer can remember, and each has its floor."""
    rooms = {room(module) for module in MODULES if module.split(".")[0] == package}

    print(f"{package}: {len(rooms - {TOP})} rooms on {len(FLOORS[package])} floors")

    assert rooms == set().union(*FLOORS[package])
    assert len(rooms - {TOP}) <= ROOMS_MOST


@pytest.mark.parametrize("path", sorted(PACKAGES["perfmon_analyze"].rglob("*.py")), ids=name)
def test_the_analyzer_knows_only_the_run_folder(path: Path) -> None:
    """Between recorder and analyzer stands the run folder, and nothing else."""
    rooms = {room(one.imported) for one in imports(path) if one.imported.split(".")[0] == "perfmon"}

    assert rooms <= CONTRACT


@pytest.mark.parametrize("path", sorted(PACKAGES["perfmon"].rglob("*.py")), ids=name)
def test_the_recorder_is_light(path: Path) -> None:
    """No part of the recorder loads a data library or the analyzer."""
    assert at_run_time(path) & HEAVY == set()


@pytest.mark.parametrize("path", sorted(PACKAGES["perfmon"].rglob("*.py")), ids=name)
def test_parquet_is_written_in_one_room(path: Path) -> None:
    """A Parquet library is loaded to seal, to end runs that were lost, and to replay; samplers never load one."""
    assert at_run_time(path) & {"arro3", "pyarrow"} <= PARQUET.get(name(path), set())


@pytest.mark.parametrize("path", FILES, ids=name)
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
        if called == "print" or called in ("sys.stdout.write", "sys.stderr.write", "output.write", "tell"):
            yield called


@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_is_printed_goes_through_one_door(path: Path) -> None:
    """`perfmon.cli.output` makes printable whatever verbs say of runs; what else prints says nothing from a run folder.

    `perfmon run`, the recorder and pipeline code tell on standard error of the run that they record themselves, and
    load nothing for it; `perfmon` alone and `perfmon completion` print texts of their own.
    """
    allowed = {
        "cli/output.py": {"sys.stdout.write", "sys.stderr.write", "tell"},
        "cli/parser.py": {"output.write"},  # its own help
        "commands/__init__.py": {"tell", "output.write"},
        "commands/completion.py": {"output.write"},
        "commands/run.py": {"tell"},
    }
    recording = path.relative_to(ROOT).parts[2] in ("instrument", "recorder", "store", "supervisor")
    own = {"tell"} if recording else allowed.get("/".join(path.parts[-2:]), set())

    assert set(printed(path)) <= own
