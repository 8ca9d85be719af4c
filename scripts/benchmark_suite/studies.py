"""Synthetic runs to plot, made once and kept in `.benchmark/`."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import shutil
from typing import TYPE_CHECKING
from unittest import mock

from tqdm import tqdm

from benchmark_suite.peers import CACHE
from perfmon_analyze.synthetic import study, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOTAL_SECONDS = sum(study.job_seconds(1.0))
TEN_MILLION = 10_000_000
_TINY = 1e-3  # the scale at which a run lasts for 20 s


def of_ticks(ticks: int) -> Path:
    """The eight runs of 61 hours, in so many ticks."""

    def make(folder: Path) -> None:
        with mock.patch.object(write, "MOST_TICKS", 2 * TEN_MILLION):  # the limit is for small machines
            list(write.write_study(str(folder), interval=round(TOTAL_SECONDS / ticks, 4)))

    return _kept(f"ticks-{ticks}", make)


def of_runs(count: int) -> Path:
    """So many runs of 20 s, or a few more."""

    def make(folder: Path) -> None:
        for seed in itertools.count():
            with contextlib.suppress(FileExistsError):  # another seed's name
                list(write.write_study(str(folder), seed=seed, scale=_TINY))
            if len(list(folder.iterdir())) >= count:
                return

    return _kept(f"runs-{count}", make)


def of_models(count: int) -> Path:
    """The study of two models, with others in their place until there are so many."""

    def make(folder: Path) -> None:
        for number in range(0, count, 2):
            names = {"bielik12": f"model{number}", "bielik45": f"model{number + 1}"}
            jobs = tuple(dataclasses.replace(job, model=names[job.model]) for job in study.JOBS)
            with mock.patch.object(write, "JOBS", jobs):
                list(write.write_study(str(folder), seed=number, scale=0.01))

    return _kept(f"models-{count}", make)


def run_of(folder: Path, stage: str, model: str) -> Path:
    """The one run of a stage and model in a study."""
    (found,) = folder.glob(f"*-{stage}-{model}-*")
    return found


def ticks_in(run: Path) -> int:
    """Ticks of a run."""
    facts = json.loads((run / "run.json").read_text())
    return int(facts["sampler"]["ticks"])


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    folder = CACHE / "studies" / name
    if not folder.exists():
        making = folder.with_name(f"{name}.making")
        shutil.rmtree(making, ignore_errors=True)
        tqdm.write(f"Making {folder}")
        making.mkdir(parents=True)
        make(making)
        making.rename(folder)
    return folder
