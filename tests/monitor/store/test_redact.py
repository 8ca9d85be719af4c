"""Secrets do not get into run.json, and what is no secret stays."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfmon.store.redact import ENVIRONMENT, Redactor
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


def test_a_long_argument_takes_no_time() -> None:
    """No argument keeps the command waiting: each pattern takes time in proportion to the text."""
    words = ["a" * 1_000_000, "a=" * 500_000, "--token " * 100_000, "http://" * 100_000, "x:" * 300_000, "-" * 500_000]
    begin = time.perf_counter()
    Redactor().words(words)

    assert time.perf_counter() - begin < 5.0


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
