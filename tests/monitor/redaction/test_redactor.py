"""Secrets do not get into run.json, and what is no secret stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon.redaction.redactor import ENVIRONMENT, Redactor
from tests.conftest import OnlyRun, Perfmon

HIDE = "x8Vq-s3cret"


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (["train", "--token", HIDE, "--lr", "1"], ["train", "--token", "***", "--lr", "1"]),
        (["train", f"--hf-token={HIDE}"], ["train", "--hf-token=***"]),
        (["train", f"--password={HIDE} with spaces"], ["train", "--password=***"]),
        (["train", "--api-key", HIDE], ["train", "--api-key", "***"]),
        (["train", "--api_key", HIDE], ["train", "--api_key", "***"]),
        (["env", f"WANDB_API_KEY={HIDE}", "train"], ["env", "WANDB_API_KEY=***", "train"]),
        (["env", f"AWS_SECRET_ACCESS_KEY={HIDE}"], ["env", "AWS_SECRET_ACCESS_KEY=***"]),
        (["get", f"https://ann:{HIDE}@host:8080/x"], ["get", "https://ann:***@host:8080/x"]),
        (["get", f"postgresql://ann:{HIDE}@host/x"], ["get", "postgresql://ann:***@host/x"]),
        (["get", f"https://{HIDE}@host/x"], ["get", "https://***@host/x"]),
        (["get", f"https://host/x?a=1&access_token={HIDE}&b=2"], ["get", "https://host/x?a=1&access_token=***&b=2"]),
        (["sh", "-c", f"export HF_TOKEN='{HIDE} x'; run"], ["sh", "-c", "export HF_TOKEN='***'; run"]),
        (["sh", "-c", f"run --token {HIDE} --lr 1"], ["sh", "-c", "run --token *** --lr 1"]),
        (["curl", "-H", f"Authorization: Bearer {HIDE}"], ["curl", "-H", "Authorization: Bearer ***"]),
        (["run", f'{{"password": "{HIDE}", "lr": 1}}'], ["run", '{"password": "***", "lr": 1}']),
        (["run", "hf_" + "a" * 30], ["run", "***"]),
        (["run", "ghp_" + "a" * 36], ["run", "***"]),
    ],
)
def test_secrets_go(command: list[str], kept: list[str]) -> None:
    """Each usual way to put a secret on a command line is recognised, and what is around it stays."""
    assert Redactor().words(command) == kept


@pytest.mark.parametrize(
    "command",
    [
        ["python", "train_sae.py", "--layer", "15", "--lr", "1e-3", "--k=64"],
        ["train", "--max-tokens", "512", "--tokens-per-batch=4k", "--tokenizer", "speakleash/Bielik-1.5B"],
        ["train", "--skip-special-tokens", "--add-bos-token", "true"],
        ["sort", "--key", "2", "--field-separator=:"],
        ["ssh", "git@host", "git clone ssh://git@host/x"],
        ["python", "-c", "tokens = tokenizer(text); print(max(tokens)); password_is_long = len(x) > 3"],
        ["run", "http://localhost:8080/path?layer=15", "a:b@c", "Łódź", "\udcff"],
    ],
)
def test_everything_else_stays(command: list[str]) -> None:
    """A command line without secrets is recorded as it was typed."""
    assert Redactor().words(command) == command


def test_configuration_at_any_depth() -> None:
    """Names count at every level; numbers, lists and nulls stay what they are."""
    config = {"lr": 0.1, "max_tokens": 512, "hub": {"token": HIDE, "urls": [f"https://a:{HIDE}@b/"]}, "api_key": None}

    assert Redactor().mapping(config) == {
        "lr": 0.1,
        "max_tokens": 512,
        "hub": {"token": "***", "urls": ["https://a:***@b/"]},
        "api_key": None,
    }


def test_list_of_the_users_own() -> None:
    """PERFMON_REDACT adds names, and takes them away with an exclamation mark."""
    redactor = Redactor("patient-*, !PARTITION_KEY")

    assert redactor.words(["--patient-id=7", "--partition-key=date", "--api-key=x"]) == [
        "--patient-id=***",
        "--partition-key=date",
        "--api-key=***",
    ]


def test_environment_by_allow_list() -> None:
    """Only variables of the list are recorded, and of these no secret."""
    given = {"CUDA_VISIBLE_DEVICES": "0,1", "SLURM_JOB_ID": "7", "SLURM_JWT": HIDE, "HOME": "/root", "MY_VAR": HIDE}

    assert Redactor().environment(given) == {"CUDA_VISIBLE_DEVICES": "0,1", "SLURM_JOB_ID": "7", "SLURM_JWT": "***"}
    assert "OMP_*" in ENVIRONMENT


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"x password=a,{HIDE}", "x password=***"),
        (f'x password=a"{HIDE}', "x password=***"),
        (f"x password=a'{HIDE} b' c", "x password=*** c"),
        (f"x password=a\\ {HIDE}", "x password=***"),
        (f"x password=(a {HIDE}) c", "x password=*** c"),
        (f"x password=$(cat {HIDE}) c", "x password=*** c"),
        (f"x password = {HIDE}", "x password = ***"),
        (f"x password  =  {HIDE} y", "x password  =  *** y"),
        (f"x password := {HIDE}", "x password := ***"),
        (f"x password => '{HIDE}'", "x password => '***'"),
        (f"x token: [{HIDE}, {HIDE}] y", "x token: *** y"),
        (f"token: |\n  {HIDE}\n  {HIDE}\nlr: 1", "token: ***lr: 1"),
        (f'token = """a\n{HIDE}""" + x', 'token = """***""" + x'),
        (f'"{{\\"token\\": \\"a {HIDE}\\"}}"', '"{\\"token\\": \\"***\\"}"'),
        (f'{{"password": "a\\\\\\"{HIDE}", "lr": 1}}', '{"password": "***", "lr": 1}'),
        (f"https://u:a/{HIDE}@h/x", "https://u:***@h/x"),
        (f"https://u:a@{HIDE}@h/x", "https://u:***@h/x"),
        (f"https://u:a?{HIDE}#x@h/x", "https://u:***@h/x"),
        (f"see https%3A%2F%2Fu%3A{HIDE}%40h%2Fx", "see https%3A%2F%2Fu%3A***%40h%2Fx"),
        (f"http://h:80/x,https://u:{HIDE}@h", "http://h:80/x,https://u:***@h"),
        (f"?token%3D{HIDE}%26b%3D2", "?token%3D***%26b%3D2"),
        (f"%7B%22password%22%3A%22{HIDE}%22%7D", "%7B%22password%22%3A***%22%7D"),
        (f'Authorization: Digest username="x", response="{HIDE}"', "Authorization: Digest ***"),
        (f"curl -H 'Cookie: a=b; c={HIDE}' x", "curl -H 'Cookie: ***' x"),
        (f"-----BEGIN PRIVATE KEY-----\n{HIDE}\n-----END PRIVATE KEY----- x", "*** x"),
        (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{HIDE}", "***"),
        (f"don't use --password {HIDE} here", "don't use --password *** here"),
        (f"python -c \"os.environ['TOKEN'] = '{HIDE}'\"", "python -c \"os.environ['TOKEN'] = '***'\""),
        (f"--password '{HIDE}'\\''{HIDE}' x", "--password *** x"),
        (f'echo "password="{HIDE} x', 'echo "password="*** x'),
    ],
)
def test_no_value_goes_in_part(text: str, kept: str) -> None:
    """A value that is recognised goes whole: quotes, escapes, blanks, commas, brackets and lines in it included."""
    assert Redactor().text(text) == kept


@given(
    st.sampled_from(['{"password": "@"}', "--password='@'", 'x PASSWORD="@" y', "python -c 'token = \"@\"'"]),
    st.text(st.characters(codec="ascii", exclude_characters="\\\"'"), max_size=20),
)
def test_whatever_stands_in_quotes(frame: str, value: str) -> None:
    """Any value in quotes goes to its last character."""
    secret = value + HIDE + value[::-1]

    assert Redactor().text(frame.replace("@", secret)) == frame.replace("@", "***")


def test_values_below_a_name() -> None:
    """What lies under the name of a secret goes, but for switches, nulls, and numbers of tokens."""
    config = {"credentials": {"user": HIDE, "other": [HIDE, {"x": 7}], "on": True, "none": None}, "tokens": {"n": 512}}

    assert Redactor().mapping(config) == {
        "credentials": {"user": "***", "other": ["***", {"x": "***"}], "on": True, "none": None},
        "tokens": {"n": 512},
    }


def test_no_secret_reaches_the_run_folder(perfmon: Perfmon, only_run: OnlyRun, tmp_path: Path) -> None:
    """With secrets in the command, its tags and the environment, no file of the run holds them."""
    code = (
        "import perfmon\n"
        f"with perfmon.record(stage='in', config={{'token': '{HIDE}'}}, tags={{'password': '{HIDE}'}}): pass"
    )
    (tmp_path / "train.py").write_text(code)
    words = ["run", "--quiet", "--tag", f"api_key={HIDE}", "--", "python", "train.py", "--token", HIDE]
    done = perfmon(*words, MY_TOKEN=HIDE, SLURM_JWT=HIDE, OMP_NUM_THREADS="3")
    known = json.loads((only_run() / "run.json").read_text())
    files = [path for path in only_run().rglob("*") if path.is_file()]

    assert done.returncode == 0, done.stderr
    assert known["command"] == ["python", "train.py", "--token", "***"]
    assert known["tags"] == {"api_key": "***"}
    assert known["environment"]["OMP_NUM_THREADS"] == "3"
    assert "MY_TOKEN" not in known["environment"]
    assert len(files) > 3
    assert [path.name for path in files if HIDE.encode() in path.read_bytes()] == []


def test_in_code_neither(tmp_path: Path, perfmon: Perfmon) -> None:
    """What a pipeline passes to `record`, or dies of, is recorded without secrets too."""
    code = (
        "import perfmon\n"
        f"with perfmon.record(stage='in', config={{'token': '{HIDE}'}}):\n"
        f"    raise ValueError('https://a:{HIDE}@b refused')"
    )
    subprocess.run([sys.executable, "-c", code, "--key-file=x", f"--api-key={HIDE}"], cwd=tmp_path, check=False)
    (facts,) = tmp_path.glob("runs/*/run.json")
    known = json.loads(facts.read_text())

    assert known["config"] == {"token": "***"}
    assert known["exit_reason"] == "ValueError: https://a:***@b refused"
    assert known["command"][-2:] == ["--key-file=x", "--api-key=***"]


def test_nothing_that_names_a_run_holds_a_secret(tmp_path: Path) -> None:
    """Labels, tags, metrics, phases, series and the text of an exception lose secrets; the folder's name does, too."""
    secret, key = f"password={HIDE}", f"https://u:{HIDE}@h"
    code = (
        "import argparse, perfmon\n"
        f"s, k = {secret!r}, {key!r}\n"
        "labels = dict(stage=s, model=k, variant=s, series=k, name=s, dataset=k, tags={k: s}, "
        "config=argparse.Namespace(token=s))\n"
        "with perfmon.record(**labels) as run:\n"
        "    run.log(series=k, **{s: 1.0})\n"
        "    list(run.timed([1, 2], series=s))\n"
        "    with run.phase(k), perfmon.phase(s): pass\n"
        "    with perfmon.record(**labels) as inner: inner.log(loss=1.0)\n"
        "    raise ValueError(k)"
    )
    (tmp_path / "train.py").write_text(code)
    done = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    (known,) = [json.loads(path.read_text()) for path in files if path.name == "run.json"]

    assert done.returncode == 1
    assert {path.parent.name for path in files} >= {"metric", "batch", "phase", "job"}
    assert [str(path) for path in files if HIDE.encode() in path.read_bytes() or HIDE in str(path)] == []
    assert [known[name] for name in ("stage", "model", "name")] == ["password=***", "https://u:***@h", "password=***"]
    assert known["tags"] == {"https://u:***@h": "password=***"}
    assert known["exit_reason"] == "ValueError: https://u:***@h"


@pytest.mark.parametrize("option", ["-c", "-lc", "-ec", "-xc"])
def test_the_text_of_a_shell_is_no_stage(perfmon: Perfmon, only_run: OnlyRun, option: str) -> None:
    """Not in the folder's name, in no file of it, and not on the terminal."""
    done = perfmon("run", "--", "bash", option, f"PASSWORD={HIDE} true; unset x {'hf_' + 'a1' * 15}")

    assert "recording bash to" in done.stderr
    ours = [line for line in done.stderr.splitlines() if line.startswith("perfmon: ")]  # `-x` has bash print the rest
    assert HIDE not in "".join(ours) + str(only_run())
    assert [path for path in only_run().rglob("*") if path.is_file() and HIDE.encode() in path.read_bytes()] == []
