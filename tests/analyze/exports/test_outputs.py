"""Every verb that writes an output writes it to what the user named."""

from __future__ import annotations

import os
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.analyze.run_factory import job_rows, write_run
from tests.conftest import PERFMON, Perfmon

# Words of the command line, the file that it writes, and how that begins.
VERBS = [
    (["report", "runs", "--no-pictures", "-o", "out"], "out", b"<!doctype html>"),
    (["check", "r1", "--max-rss", "1GiB", "--junit", "out"], "out", b"<?xml"),
    (["export", "r1", "--table", "job", "--force", "-o", "."], "job.csv", b'"time",'),
    (
        ["plot", "runs", "--only", "memory_usage_training", "--format", "pdf", "-o", "."],
        "memory_usage_training.pdf",
        b"%PDF",
    ),
    (["plot", "runs", "-o", "."], "summary.md", b"#"),
    (["plot", "runs", "-o", "."], "summary.json", b"{"),
    (["compare", "runs", "--by", "model", "-o", "out.svg"], "out.svg", b"<?xml"),
]


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path) -> None:
    """Two runs of two models."""
    for run, model in (("r1", "a"), ("r2", "b")):
        write_run(tmp_path / "runs", run=run, model=model, tables={"job": job_rows([2**20] * 9)})


@pytest.mark.parametrize(("words", "name", "begin"), VERBS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_pipe_and_a_link(perfmon: Perfmon, tmp_path: Path, words: list[str], name: str, begin: bytes) -> None:
    """A FIFO's reader gets it and a link's target holds it; FIFO and link stay."""
    path = tmp_path / name
    path.symlink_to("target")
    done = perfmon(*words)
    assert path.is_symlink(), done.stderr
    through_link = (tmp_path / "target").read_bytes()
    path.unlink()
    os.mkfifo(path)
    with (tmp_path / "read").open("wb") as got, subprocess.Popen(["cat", path], stdout=got) as reader:
        perfmon(*words)
        assert stat.S_ISFIFO(path.stat().st_mode)
        with suppress(OSError):  # a reader that nobody wrote to comes to its end, too
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        reader.wait(60)
    through_pipe = (tmp_path / "read").read_bytes()

    assert through_link.startswith(begin)
    assert through_pipe.startswith(begin)
    assert not list(tmp_path.glob(".perfmon*"))


def test_a_page_on_standard_output(tmp_path: Path) -> None:
    """What is said of it goes to standard error, so that the page is all there is; the link to it stays."""
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    words = [PERFMON, "report", "runs", "--no-pictures", "-o", "stdout"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith("</html>")
    assert "stdout: " in done.stderr
    assert (tmp_path / "stdout").is_symlink()
