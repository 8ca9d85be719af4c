"""Options that are set for good: variables, files, and which of them counts; as users see it, through the command."""

from __future__ import annotations

import argparse
import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from perfmon.cli import config, config_files
from perfmon.cli.parser import UsageError, is_flag, key, takes_several
from perfmon.cli.verbs import VERBS
from perfmon.commands.config import parser_of
from tests.conftest import OnlyRun, Perfmon

OPTIONS = [(verb, action) for verb in VERBS for action in config.configurable_options(parser_of(verb))]
_SAMPLES = ("1", "2s", "a=b", "png", "x.png", "1%", "100")  # one of them is what any option takes


def option_name(value: object) -> str | None:
    """What a verb's option is called in a test's name."""
    return key(value) if isinstance(value, argparse.Action) else None


def sample(action: argparse.Action) -> str:
    """A value that the option takes, and that is not its default."""
    others = [str(one) for one in action.choices or _SAMPLES if one != action.default]
    for text in others:
        try:
            config.convert(action, config.Setting(text, "", 0))
        except ValueError:
            continue
        return text
    raise AssertionError(f"no sample for {key(action)}")


def shown(perfmon: Perfmon, verb: str, **variables: str) -> dict[str, dict[str, Any]]:
    """What `perfmon config` says of a verb's options."""
    done = perfmon("config", verb, "--json", **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return {one["key"]: one for one in json.loads(done.stdout)}


@pytest.mark.parametrize(("verb", "action"), OPTIONS, ids=option_name)
def test_every_option_has_a_variable_and_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, action: argparse.Action
) -> None:
    """What a variable or a key of perfmon.toml says is what the verb gets, as if it had been typed."""
    monkeypatch.chdir(tmp_path)
    text = "1" if is_flag(action) else sample(action)
    value: object = True if is_flag(action) else [text] if takes_several(action) else text
    expected = config.convert(action, config.Setting(value, "", 0))
    runs = ["a", "b"] if verb == "compare" else ["1"]
    (tmp_path / config_files.FILE).write_text(f"[{verb}]\n{key(action)} = {json.dumps(value)}\n")
    by_file = config.parse(parser_of(verb), verb, typed(verb, runs), VERBS)
    (tmp_path / config_files.FILE).unlink()
    monkeypatch.setenv(config_files.variable(verb, key(action)), text)
    by_variable = config.parse(parser_of(verb), verb, typed(verb, runs), VERBS)

    assert getattr(by_file, action.dest) == expected
    assert getattr(by_variable, action.dest) == expected


def typed(verb: str, runs: list[str]) -> list[str]:
    """The words that the verb cannot do without."""
    needed = [one for one in parser_of(verb).arguments if not one.option_strings and one.nargs not in ("?", "*", "...")]
    return (["bash"] if verb == "completion" else runs) if needed else []


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_set_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str) -> None:
    """With an empty file, options are what they are without one."""
    monkeypatch.chdir(tmp_path)
    words = typed(verb, ["1"])
    plain = parser_of(verb).parse_args(words)
    (tmp_path / config_files.FILE).touch()

    assert vars(config.parse(parser_of(verb), verb, words, VERBS)) == vars(plain)


def test_no_variable_means_two_things() -> None:
    """No verb's option has the variable of another's, nor one that means something else already."""
    variables = [config_files.variable(verb, key(action)) for verb, action in OPTIONS]
    taken = ["PERFMON_RUN", "PERFMON_RUNS", "PERFMON_DISABLE", "PERFMON_REDACT", "PERFMON_NVML_REPLAY"]

    assert len({*variables, *taken}) == len(variables) + len(taken)


def test_which_counts(perfmon: Perfmon, tmp_path: Path, only_run: OnlyRun) -> None:
    """The command line before the environment, before the project's file, before the user's, before the default."""
    user = tmp_path / "configured" / "perfmon" / "perfmon.toml"
    user.parent.mkdir(parents=True)
    user.write_text('[run]\nmodel = "user"\nseries = "user"\nvariant = "user"\ndataset = "user"\n')
    (tmp_path / "perfmon.toml").write_text('[run]\nmodel = "file"\nseries = "file"\nvariant = "file"\n')
    variables = {"PERFMON_RUN_MODEL": "variable", "PERFMON_RUN_SERIES": "variable"}
    where = {"XDG_CONFIG_HOME": str(tmp_path / "configured")}
    done = perfmon("run", "--model", "typed", "--", "true", **variables, **where)
    facts = json.loads((only_run() / "run.json").read_text())

    assert done.returncode == 0
    assert [facts[name] for name in ("model", "series", "variant", "dataset", "name")] == [
        "typed",
        "variable",
        "file",
        "user",
        None,
    ]
    origins = [shown(perfmon, "run", **variables, **where)[name]["origin"] for name in ("series", "variant", "dataset")]
    assert origins == ["PERFMON_RUN_SERIES", "perfmon.toml: [run] variant", f"{user}: [run] dataset"]


def test_the_runs_of_all_verbs(perfmon: Perfmon, tmp_path: Path) -> None:
    """`runs` is where runs are made and where they are looked up; a path in a file begins at the file."""
    (tmp_path / "perfmon.toml").write_text('runs = "kept"\n')
    (tmp_path / "deep" / "er").mkdir(parents=True)
    made = perfmon("run", "--", "true")
    (folder,) = (tmp_path / "kept").iterdir()
    below = perfmon("run", "--", "sh", "-c", "cd deep/er && env -u PERFMON_RUN perfmon run -- true")

    assert made.returncode == below.returncode == 0
    assert perfmon("ls").stdout.splitlines()[1].split("\t")[1] == folder.name
    assert perfmon("show", "0").stdout.startswith(folder.name)
    assert len(list((tmp_path / "kept").iterdir())) == 3
    assert perfmon("ls", PERFMON_RUNS="nowhere").stderr.startswith("perfmon ls: there is no folder 'nowhere'")


def test_pyproject(perfmon: Perfmon, tmp_path: Path) -> None:
    """[tool.perfmon] of a pyproject.toml is read, one without it is passed over, and perfmon.toml counts more."""
    (tmp_path / "pyproject.toml").write_text('[tool.perfmon.run]\ninterval = "3s"\n')
    below = tmp_path / "below"
    below.mkdir()
    (below / "pyproject.toml").write_text('[project]\nname = "mine"\n')
    (tmp_path / "inner").symlink_to(below)
    assert shown(perfmon, "run")["interval"]["origin"] == "pyproject.toml: tool.perfmon: [run] interval"
    (tmp_path / "perfmon.toml").write_text('[run]\ninterval = "4s"\n')

    assert shown(perfmon, "run")["interval"]["value"] == "4s"


def test_found_upwards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The nearest file counts; above the home directory nobody looks."""
    (tmp_path / "home" / "project" / "src").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home" / "project" / "src")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    found = []
    for folder in (tmp_path, tmp_path / "home", tmp_path / "home" / "project"):
        (folder / "perfmon.toml").touch()
        found.append(config_files.project_file())

    assert found == [None, str(tmp_path / "home/perfmon.toml"), str(tmp_path / "home/project/perfmon.toml")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_strangers_file_where_everybody_may_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is not read: it could send what is recorded elsewhere. In a colleague's folder it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "perfmon.toml").touch()
    os.chown(tmp_path / "perfmon.toml", 12345, 12345)
    tmp_path.chmod(0o1777)
    assert config_files.project_file() is None
    tmp_path.chmod(0o755)

    assert config_files.project_file() == str(tmp_path / "perfmon.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run]\nintervall = '1s'", "perfmon.toml: [run] has no 'intervall'; did you mean interval?"),
        ("[runn]\n", "perfmon.toml: there is no verb 'runn'; did you mean run?"),
        ("run = 1", "perfmon.toml: run must be a table, [run]"),
        ("[run]\ninterval = '1 week'", "perfmon.toml: [run] interval: '1 week' is not a length of time"),
        ("[run]\nquiet = 'yes'", "perfmon.toml: [run] quiet must be true or false, not 'yes'"),
        ("[run]\nmodel = true", "perfmon.toml: [run] model must be a text or a number, not true"),
        ("[run]\ntag = ['x']", "perfmon.toml: [run] tag: a tag is KEY=VALUE, not 'x'"),
        ("[run\n", "perfmon.toml is not TOML: "),
    ],
)
def test_a_file_that_makes_no_sense(perfmon: Perfmon, tmp_path: Path, text: str, message: str) -> None:
    """One line names file and key; the command is not started, and `perfmon config` says the same."""
    (tmp_path / "perfmon.toml").write_text(text)
    done, told = perfmon("run", "--", "touch", "started"), perfmon("config")

    assert done.returncode == 125
    assert done.stderr.startswith(f"perfmon run: {message}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "started").exists()
    assert told.returncode == 2
    assert told.stderr.startswith(f"perfmon config: {message}")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PERFMON_RUN_INTERVAL", "soon", "PERFMON_RUN_INTERVAL: 'soon' is not a length of time"),
        ("PERFMON_RUN_QUIET", "perhaps", "PERFMON_RUN_QUIET must be 1 or 0, not 'perhaps'"),
        ("PERFMON_RUN_DISK", "'out", "PERFMON_RUN_DISK: no closing quotation"),
        ("PERFMON_RUN_MODLE", "m", "there is no option for the variable PERFMON_RUN_MODLE; did you mean PERFMON_RUN_M"),
    ],
)
def test_a_variable_that_makes_no_sense(perfmon: Perfmon, name: str, value: str, message: str) -> None:
    """One line names it."""
    done = perfmon("run", "--", "true", **{name: value})

    assert done.returncode == 125
    assert done.stderr.startswith(f"perfmon run: {message}")


def test_lists_and_flags(perfmon: Perfmon, tmp_path: Path, only_run: OnlyRun) -> None:
    """A variable holds a list as a shell has it; what is typed replaces it; a flag can be taken back."""
    (tmp_path / "my data").mkdir()
    variables = {"PERFMON_RUN_DISK": "'my data' .", "PERFMON_RUN_TAG": "a=1 b=2", "PERFMON_RUN_QUIET": "1"}
    silent = perfmon("run", "--tag", "c=3", "--", "true", **variables)
    facts = json.loads((only_run() / "run.json").read_text())
    spoken = perfmon("run", "--no-quiet", "--", "true", **variables)

    assert facts["folders"] == [str(tmp_path / "my data"), str(tmp_path)]
    assert facts["tags"] == {"c": "3"}
    assert silent.stderr == ""
    assert "recording true" in spoken.stderr


def test_options_that_exclude_each_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is typed wins over a file that sets the other one; both in one file is a mistake."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "perfmon.toml").write_text("[compare]\njson = true\n")
    options = config.parse(parser_of("compare"), "compare", ["a", "b", "--markdown"], VERBS)
    (tmp_path / "perfmon.toml").write_text("[compare]\njson = true\nmarkdown = true\n")

    assert (options.json, options.markdown) == (False, True)
    with pytest.raises(UsageError, match=r"\[compare\] json and .* markdown exclude each other"):
        config.parse(parser_of("compare"), "compare", ["a", "b"], VERBS)


def test_secrets_are_not_shown(perfmon: Perfmon, tmp_path: Path) -> None:
    """What `perfmon config` prints has no secrets in it, as nothing that is recorded has."""
    (tmp_path / "perfmon.toml").write_text('[run]\ntag = ["API_KEY=s3cr3t-in-file", "lr=1"]\n')
    done = perfmon("config", "run", "attach", "--show-origin", PERFMON_RUN_NAME="ghp_" + "x" * 30)

    assert "API_KEY=***" in done.stdout
    assert "lr=1" in done.stdout
    assert "s3cr3t" not in done.stdout
    assert "xxxx" not in done.stdout


def test_what_is_printed_sets_the_same(perfmon: Perfmon, tmp_path: Path) -> None:
    """The output of `perfmon config` is a file that sets what was set."""
    first = perfmon("config", "--show-origin", PERFMON_RUN_INTERVAL="2s", PERFMON_LS_JSON="1", PERFMON_RUNS="r 1")
    (tmp_path / "perfmon.toml").write_text(first.stdout)
    again = json.loads(perfmon("config", "--json").stdout)
    values = {(one["verb"], one["key"]): one["value"] for one in again if one["origin"]}

    assert values["run", "interval"] == "2s"
    assert values["ls", "json"] is True
    assert values["show", "runs"] == "r 1"
    assert set(tomllib.loads(first.stdout)) == {*VERBS} - {"completion"}  # it has no options


def test_a_quick_start_stays_quick(perfmon: Perfmon, tmp_path: Path) -> None:
    """TOML is read only if there is a file of ours: `perfmon run` without one loads nothing for it."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mine"\n')
    done = perfmon("run", "--quiet", "--", "true", PYTHONPROFILEIMPORTTIME="1")
    before = {line.split()[-1] for line in done.stderr.partition("recorder_process")[0].splitlines()}

    assert "perfmon.cli.config_files" in before
    assert [name for name in ("tomllib", "perfmon.cli.config", "shlex") if name in before] == []
