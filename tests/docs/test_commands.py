"""What the pages tell users to type, typed in a folder as the page takes it for granted."""

from __future__ import annotations

import re
import shlex
import sys
from functools import reduce
from itertools import takewhile
from pathlib import Path

import pytest

from perfmon.cli.parser import Parser
from perfmon.cli.verbs import VERBS, find
from tests.docs.pages import PAGES, blocks, reader, typed
from tests.docs.scenes import SCENES, Scene

# Pages whose commands need more than a folder, and the tests that type them.
ELSEWHERE = {
    "accuracy.md": "tests/accuracy/test_accuracy.py",
    "command-line.md": "tests/docs/test_command_line.py",
    "format.md": "tests/docs/test_reference.py",
    "how-to/containers.md": "tests/docs/test_containers.py",
    "how-to/notebooks.md": "tests/docs/test_notebooks.py",
    "how-to/slurm.md": "tests/reliability/test_slurm_page.py",
    "performance.md": "tests/scripts/test_benchmark.py",
    "recording.md": "tests/docs/test_readme.py",
    "runs.md": "tests/docs/test_runs_page.py",
}


def test_every_page_with_commands_is_typed() -> None:
    """A page that shows a command, or code, has a scene here or a test of its own."""
    spoken = {page for page in PAGES if {block.language for block in blocks(page)} & {"sh", "python"}}

    assert spoken - SCENES.keys() - ELSEWHERE.keys() == set()
    assert all((Path(__file__).parents[2] / test).exists() for test in ELSEWHERE.values())


@pytest.mark.parametrize("page", SCENES)
def test_commands_and_code(page: str, tmp_path: Path) -> None:
    """Each block of a page works, after those before it."""
    scene = SCENES[page]
    replaced = scene.prepare(tmp_path) or {}
    environment = reader(tmp_path)
    for language, shown in blocks(page):
        text = reduce(lambda text, one: text.replace(*one), replaced.items(), shown)
        if language == "python" and scene.python:
            (tmp_path / scene.python).write_text(text)
        elif language == "toml":
            (tmp_path / "perfmon.toml").write_text(text)
            check("perfmon config run", tmp_path, environment, scene)
            (tmp_path / "perfmon.toml").unlink()
        elif language == "python":
            check(f"{shlex.quote(sys.executable)} -c {shlex.quote(text)}", tmp_path, environment, scene)
        elif language == "yaml":
            for line in re.findall(r"- run: (.*)", text):
                if not line.startswith("pip install"):
                    check(line, tmp_path, environment, scene)
        elif language == "sh":
            for command in commands(text):
                check(command, tmp_path, environment, scene)


def check(command: str, folder: Path, environment: dict[str, str], scene: Scene) -> None:
    """The command ends as it should, and says something or leaves something behind."""
    before = sum(1 for _ in folder.rglob("*"))
    done = typed(command, folder, environment)
    allowed = next((statuses for part, statuses in scene.statuses.items() if part in command), (0,))

    assert done.returncode in allowed, f"{command}\n{done.stdout}{done.stderr}"
    assert done.stdout or done.stderr or sum(1 for _ in folder.rglob("*")) > before, f"{command}: nothing came of it"


def commands(text: str) -> list[str]:
    """The commands of a block, a line each; a loop is one."""
    return [text] if re.search(r"^for ", text, re.MULTILINE) else text.splitlines()


@pytest.mark.parametrize("verb", VERBS)
def test_examples_of_the_help_are_taken(verb: str) -> None:
    """What `--help` shows as examples, and the reference repeats, are command lines that the verb takes."""
    parser = Parser(prog=f"perfmon {verb}")
    find(verb).configure(parser)
    examples = re.findall(rf"^ *perfmon {verb}\b(.*)$", (parser.epilog or "").partition("exit status")[0], re.MULTILINE)

    assert examples
    for line in examples:
        words = shlex.split(re.split(r"  +", line)[0])  # what stands apart is an explanation
        typed_to_it = takewhile(lambda word: word not in (">", "&&", "#"), words)

        assert parser.parse_args([*typed_to_it]) is not None
