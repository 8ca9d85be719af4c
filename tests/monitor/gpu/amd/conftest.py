"""A stand-in for AMD's library, which the real amdsmi loads; it plays the scenarios of the one for NVML."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.monitor.gpu.nvml.conftest import Answer, Answers, build_nvml

HERE = Path(__file__).parent
NVML = HERE.parent / "nvml"


class Ask(Protocol):
    """Asks the GPU source by itself, on a machine with AMD's library."""

    def __call__(
        self, scenario: str, *, times: Sequence[float] = ..., gpus: str = ..., nvidia: bool = ..., **variables: str
    ) -> Answers:
        """What it answers: to being opened, and at each of these times in seconds; `nvidia` adds its library."""


def _stubs(folder: Path) -> Path:
    """Weak functions of all names that the package looks up when it is imported."""
    found = importlib.util.find_spec("amdsmi")
    if found is None or found.origin is None:
        pytest.skip("the Python package amdsmi is not installed")
    wrapper = Path(found.origin).with_name("amdsmi_wrapper.py").read_text()
    names = sorted(set(re.findall(r"_libraries\['libamd_smi\.so'\]\.(\w+)", wrapper)))
    path = folder / "stubs.c"
    weak = '__attribute__((visibility("default"), weak)) int'
    path.write_text("".join(f"{weak} {name}(void) {{ return 2; }}\n" for name in names))
    return path


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with libamd_smi.so."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("the stand-in for AMD's library is written in C, and this machine has no C compiler (cc)")
    folder = tmp_path_factory.mktemp("amd")
    sources = [HERE / "driver" / "smi.c", NVML / "driver" / "scenario.c", _stubs(folder)]
    flags = ["-std=gnu11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", f"-I{NVML / 'driver'}"]
    subprocess.run([compiler, *flags, "-o", folder / "libamd_smi.so", *sources, "-lm"], check=True)
    return folder


@pytest.fixture(scope="session")
def nvidia(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stand-in for NVIDIA's library."""
    return build_nvml(tmp_path_factory.mktemp("nvidia"))


@pytest.fixture
def ask(library: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Ask:
    """Opens and asks the collector in a child process."""

    def run(
        scenario: str, *, times: Sequence[float] = (0.0,), gpus: str = "auto", nvidia: bool = False, **variables: str
    ) -> Answers:
        (tmp_path / "scenario").write_text(scenario)
        folders = [library, request.getfixturevalue("nvidia")] if nvidia else [library]
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PERFMON_", "ROCM_", "CUDA_"))}
        path = {"LD_LIBRARY_PATH": os.pathsep.join(map(str, folders)), "PERFMON_TEST_NVML": str(tmp_path / "scenario")}
        words = [sys.executable, str(NVML / "query_source.py"), gpus, *map(str, times)]
        done = subprocess.run(
            words, cwd=tmp_path, env=own | path | variables, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        opened, *ticks = done.stdout.splitlines()
        return Answers(json.loads(opened), [Answer.parse(line) for line in ticks])

    return run
