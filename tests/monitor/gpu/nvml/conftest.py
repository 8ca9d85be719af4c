"""A stand-in for the NVIDIA driver's library, which the real pynvml loads; see driver/scenario.h for what it plays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow.parquet as pq
import pytest

HERE = Path(__file__).parent
PERFMON = str(Path(sys.executable).with_name("perfmon"))
LIBRARY = "libnvidia-ml.so.1"

# Leaves its pid where the scenario's `$job` finds it, and goes on as the same process.
JOB = 'echo $$ > job.pid; exec sleep "$0"'


class Recording(NamedTuple):
    """A recorded run: what `perfmon run` printed, and where it wrote."""

    folder: Path
    printed: str

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table in their order in time; none if the run has no such table."""
        if not (self.folder / table).is_dir():
            return []
        rows: list[dict[str, Any]] = pq.read_table(self.folder / table).to_pylist()
        return sorted(rows, key=lambda row: row["t"])

    @property
    def facts(self) -> dict[str, Any]:
        """What run.json holds."""
        facts: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return facts


class Record(Protocol):
    """Records a job on a machine with these GPUs."""

    def __call__(
        self, scenario: str, *, seconds: float = ..., options: tuple[str, ...] = ..., old: bool = ..., **variables: str
    ) -> Recording:
        """Record a job that does nothing for so long; `old` is a driver without the newer functions."""


class RecordInCode(Protocol):
    """Records Python code on a machine with these GPUs."""

    def __call__(self, scenario: str, options: str, **variables: str) -> Recording:
        """Record a block for a moment; `options` are what `perfmon.record` is called with."""


class Answer(NamedTuple):
    """What the GPU source answered to one tick."""

    rows: list[dict[str, Any]]
    events: list[dict[str, Any]]
    missing: dict[tuple[str | None, str | None], str]  # the reason by entity and column
    details: list[str]
    facts: dict[str, Any]

    @classmethod
    def parse(cls, line: str) -> Answer:
        """From a line that query_source.py printed."""
        said = json.loads(line)
        return cls(
            rows=[row for table, row in said["rows"] if table == "gpu"],
            events=[row for table, row in said["rows"] if table == "event"],
            missing={(entity, column): reason for entity, column, reason, _ in said["unknown"]},
            details=[detail for *_, detail in said["unknown"]],
            facts=said["facts"],
        )


class Answers(NamedTuple):
    """What the GPU source answered: to being opened, and to each tick."""

    opened: dict[str, Any]
    ticks: list[Answer]


class Ask(Protocol):
    """Asks the GPU source by itself, without a recorder around it."""

    def __call__(
        self,
        scenario: str,
        *,
        times: Sequence[float] = ...,
        old: bool = ...,
        gpus: str = ...,
        prefix: tuple[str, ...] = ...,
        age: float = ...,
        **variables: str,
    ) -> Answers:
        """What it answers: to being opened, and at each of these times in seconds after that.

        The driver runs since `age` seconds; `prefix` starts the program.
        """


class Doctor(Protocol):
    """Looks at a machine with these GPUs."""

    def __call__(self, scenario: str, *options: str, **variables: str) -> str:
        """What `perfmon doctor` prints."""


def build_nvml(folder: Path, *flags: str) -> Path:
    """Compile the stand-in for NVIDIA's library into a folder."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("the stand-in for NVML is written in C, and this machine has no C compiler (cc)")
    sources = sorted(map(str, (HERE / "driver").glob("*.c")))
    command = [compiler, "-std=gnu11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Werror", *flags]
    subprocess.run([*command, "-o", str(folder / LIBRARY), *sources, "-lm"], check=True)
    return folder


@pytest.fixture(scope="session")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Folders with the library: of a new driver, and of an old one (True)."""
    return {
        False: build_nvml(tmp_path_factory.mktemp("driver")),
        True: build_nvml(tmp_path_factory.mktemp("old-driver"), "-DOLD_DRIVER"),
    }


def _environment(driver: Path, folder: Path, scenario: str, variables: dict[str, str]) -> dict[str, str]:
    (folder / "scenario").write_text(scenario)
    (folder / "scenario.zero").unlink(missing_ok=True)
    hidden = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")
    own = {k: v for k, v in os.environ.items() if not k.startswith("PERFMON_") and k not in hidden}
    return own | {"LD_LIBRARY_PATH": str(driver), "PERFMON_TEST_NVML": str(folder / "scenario")} | variables


@pytest.fixture
def record(drivers: dict[bool, Path], tmp_path: Path) -> Record:
    """Records a job under `perfmon run`."""

    def run(
        scenario: str, *, seconds: float = 1, options: tuple[str, ...] = (), old: bool = False, **variables: str
    ) -> Recording:
        words = [PERFMON, "run", "--interval", "100ms", *options, "--", "sh", "-c", JOB, str(seconds)]
        environment = _environment(drivers[old], tmp_path, scenario, variables)
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        (folder,) = (tmp_path / "runs").iterdir()
        return Recording(folder, done.stderr)

    return run


@pytest.fixture
def record_in_code(drivers: dict[bool, Path], tmp_path: Path) -> RecordInCode:
    """Records a block under `perfmon.record`."""

    def run(scenario: str, options: str, **variables: str) -> Recording:
        code = f"import perfmon, time\nwith perfmon.record(interval=0.1, {options}):\n    time.sleep(0.5)"
        environment = _environment(drivers[False], tmp_path, scenario, variables)
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        (folder,) = (tmp_path / "runs").iterdir()
        return Recording(folder, done.stderr)

    return run


@pytest.fixture
def ask(drivers: dict[bool, Path], tmp_path: Path) -> Ask:
    """Opens and asks the collector in a child process."""

    def run(
        scenario: str,
        *,
        times: Sequence[float] = (0.0,),
        old: bool = False,
        gpus: str = "auto",
        prefix: tuple[str, ...] = (),
        age: float = 0.0,
        **variables: str,
    ) -> Answers:
        environment = _environment(drivers[old], tmp_path, scenario, variables)
        if age:
            (tmp_path / "scenario.zero").write_text(f"{time.monotonic() - age}\n")
        words = [*prefix, sys.executable, str(HERE / "query_source.py"), gpus, *map(str, times)]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        opened, *ticks = done.stdout.splitlines()
        return Answers(json.loads(opened), [Answer.parse(line) for line in ticks])

    return run


@pytest.fixture
def doctor(drivers: dict[bool, Path], tmp_path: Path) -> Doctor:
    """Runs `perfmon doctor`."""

    def run(scenario: str, *options: str, **variables: str) -> str:
        environment = _environment(drivers[False], tmp_path, scenario, variables)
        done = subprocess.run(
            [PERFMON, "doctor", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run
