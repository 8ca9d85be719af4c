"""The end of a process is noticed with pidfds and without, and descriptors of any number can be waited for."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from perfmon.linux.wait import ProcessEnd, readable
from perfmon.store import clock, run_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import OnlyRun, Perfmon

_PATIENCE_SECONDS = 20.0


def _without_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a Python is that was built for an old C library."""
    monkeypatch.delattr(os, "pidfd_open")


def _refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an old container's rules do."""

    def refuse(pid: int, flags: int = 0) -> int:
        raise PermissionError(1, "Operation not permitted", pid, None, flags)

    monkeypatch.setattr(os, "pidfd_open", refuse)


@pytest.fixture(params=[lambda _: None, _without_call, _refused], ids=["pidfd", "without the call", "refused"])
def _python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    change: Callable[[pytest.MonkeyPatch], None] = request.param
    change(monkeypatch)


@pytest.mark.usefixtures("_python")
def test_the_end_of_a_child() -> None:
    """Not before, and as soon as it is a zombie: its last figures shall still be there."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        end = ProcessEnd(child.pid)
        assert list(end.wait(0.1)) == []
        assert not end.has_ended
        child.stdin.close()  # type: ignore[union-attr]
        end.wait(_PATIENCE_SECONDS)

        assert end.has_ended
        assert os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.usefixtures("_python")
def test_the_end_of_a_process_that_is_not_a_child() -> None:
    """Of a grandchild, which whoever is above waits for, or nobody does."""
    words = ["sh", "-c", "exec 3<&0; cat <&3 & echo $!; wait"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdin
        assert shell.stdout
        pid = int(shell.stdout.readline())
        end = ProcessEnd(pid, clock.start_ticks(pid))
        end.wait(0.1)
        assert not end.has_ended
        shell.stdin.close()
        end.wait(_PATIENCE_SECONDS)

        assert end.has_ended


@pytest.mark.usefixtures("_python")
def test_something_else_is_told_first() -> None:
    """Waiting ends when another descriptor can be read, at once."""
    reader, writer = os.pipe()
    os.write(writer, b".")
    end = ProcessEnd(os.getpid())

    assert list(end.wait(_PATIENCE_SECONDS, [reader])) == [reader]
    assert not end.has_ended
    os.close(reader)
    os.close(writer)


@pytest.mark.usefixtures("_python")
def test_a_number_that_is_another_process_now() -> None:
    """The process that was meant has ended."""
    assert ProcessEnd(os.getpid(), 1).has_ended


def test_descriptors_that_select_does_not_take() -> None:
    """A process may have more than 1024 files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip("this machine allows no descriptor above 1024")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
    reader, writer = os.pipe()
    try:
        high = os.dup2(reader, 2000)
        assert list(readable([high], 0.05)) == []
        os.write(writer, b".")
        assert list(readable([high], _PATIENCE_SECONDS)) == [high]
        os.close(high)
    finally:
        os.close(reader)
        os.close(writer)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


_NO_CALL = "import os\ndel os.pidfd_open\n"
_REFUSE = "import os\ndef refuse(pid, flags=0):\n    raise PermissionError(1, 'refused')\nos.pidfd_open = refuse\n"


@pytest.mark.parametrize("site", [_NO_CALL, _REFUSE], ids=["without the call", "refused"])
def test_a_command_is_recorded_without_pidfds(tmp_path: Path, perfmon: Perfmon, only_run: OnlyRun, site: str) -> None:
    """Its status is its own, and the run is sealed."""
    (tmp_path / "sitecustomize.py").write_text(site)
    done = perfmon("run", "--interval", "50ms", "--", "sh", "-c", "sleep 0.3; exit 3", PYTHONPATH=str(tmp_path))
    facts = run_json.read_facts(str(only_run()))

    assert done.returncode == 3
    assert "recording stopped" not in done.stderr
    assert facts["state"] == "failed"
    assert facts["peak"]["rss_bytes"]  # type: ignore[index]
    assert list(only_run().glob("job/*.parquet"))


@pytest.mark.parametrize("site", [_NO_CALL, _REFUSE], ids=["without the call", "refused"])
def test_a_block_is_recorded_without_pidfds(tmp_path: Path, only_run: OnlyRun, site: str) -> None:
    """The recorder notices that the block is left, and says nothing."""
    (tmp_path / "sitecustomize.py").write_text(site)
    script = "import perfmon\nwith perfmon.record(interval=0.05) as run:\n    run.log(loss=1)\n"
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_")} | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=variables, capture_output=True, timeout=60, check=True
    )

    assert done.stderr == b""
    assert run_json.read_facts(str(only_run()))["state"] == "finished"
    assert list(only_run().glob("metric/*.parquet"))
