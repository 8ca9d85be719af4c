"""What the page on containers tells users to type, in real containers of podman."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import blocks, only, reader, typed
from tests.reliability.processes import wait_for

REQUIRED = "PERFMON_TEST_CONTAINERS"  # set where these tests must not be skipped
PAGE = blocks("how-to/containers.md")
# The image is this machine's own file system, for no registry is within reach; what is written to it is thrown away.
# The limits on files and processes are those that any machine allows.
RUN = "podman --runtime runc run --network host --ulimit nofile=1024:1024 --ulimit nproc=1000:1000"
IMAGE = "--rootfs /:O"
MIB = 2**20


@pytest.fixture(autouse=True)
def podman() -> None:
    """Without podman and root the tests are skipped with the reason, unless they must not be."""
    reason = ""
    if not shutil.which("podman") or not shutil.which("runc"):
        reason = "needs podman and runc"
    elif os.geteuid():
        reason = "root makes containers of this machine's file system"
    if reason and os.environ.get(REQUIRED) == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def in_podman(command: str, folder: Path) -> str:
    """A command for docker, as podman takes it here, with the reader's programs and folder in the container."""
    inside = f"--env 'PATH={Path(sys.executable).parent}:/usr/bin:/bin' --workdir '{folder}' {IMAGE}"
    return command.replace("docker run", RUN).replace("IMAGE", inside).replace("docker ", "podman ")


def test_memory_and_cpus_are_the_containers(tmp_path: Path) -> None:
    """The run lies outside, with the container's limits beside the machine's own, and is sound."""
    (tmp_path / "train_sae.py").write_text("held = bytearray(b'x') * 100_000_000\nsum(range(10_000_000))\n")
    environment = reader(tmp_path)
    done = typed(in_podman(only(PAGE, "sh", "--memory"), tmp_path), tmp_path, environment)
    (run,) = (tmp_path / "runs").iterdir()
    facts = json.loads((run / "run.json").read_text())
    shown = typed(only(PAGE, "sh", "perfmon ls"), tmp_path, environment)
    told = typed("perfmon show latest --json", tmp_path, environment)
    (may_use,) = [stage["may_use"] for stage in json.loads(told.stdout)["stages"]]

    assert (done.returncode, facts["state"], shown.returncode) == (0, "finished", 0)
    assert facts["peak"]["hwm_bytes"] > 100_000_000
    assert may_use["memory_limit_bytes"] == 500 * MIB
    assert may_use["cpus_quota"] == 1.5
    assert typed("perfmon verify runs", tmp_path, environment).returncode == 0


def test_the_own_words_of_an_image(tmp_path: Path) -> None:
    """Entry point and command of the file for an image make a recorded run, as process 1 of the container."""
    found = re.findall(r"^(?:ENTRYPOINT|CMD) (.*)$", only(PAGE, "dockerfile", "FROM"), re.MULTILINE)
    words = [word for one in found for word in json.loads(one)]
    (tmp_path / "train_sae.py").write_text("import os\nassert os.getppid() == 1\n")
    (tmp_path / "runs").mkdir()
    command = f"docker run --rm --volume '{tmp_path}/runs:/runs' IMAGE {' '.join(words)}"
    done = typed(in_podman(command, tmp_path), tmp_path, reader(tmp_path))

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_doctor_in_a_container(tmp_path: Path) -> None:
    """It says what can be measured there."""
    done = typed(in_podman(only(PAGE, "sh", "doctor"), tmp_path), tmp_path, reader(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "job " in done.stdout


def test_from_outside(tmp_path: Path) -> None:
    """A container's first process is attached to by the number that it has outside; its end ends the run."""
    name = f"perfmon-{os.getpid()}"
    environment = reader(tmp_path)
    begin = f"docker run --detach --rm --name {name} IMAGE sleep 60"
    assert typed(in_podman(begin, tmp_path), tmp_path, environment).returncode == 0
    attach = in_podman(only(PAGE, "sh", "perfmon attach"), tmp_path).replace("NAME", name)
    try:
        with subprocess.Popen(["bash", "-c", attach], cwd=tmp_path, env=environment) as attached:
            wait_for(lambda: list(tmp_path.glob("runs/*/journal/*")))
            subprocess.run(["podman", "--runtime", "runc", "kill", name], check=True, capture_output=True)
            status = attached.wait(timeout=30)
    finally:
        subprocess.run(["podman", "--runtime", "runc", "rm", "--force", name], check=False, capture_output=True)
    (run,) = (tmp_path / "runs").iterdir()

    assert status == 0
    assert json.loads((run / "run.json").read_text())["stage"] == "inference"
