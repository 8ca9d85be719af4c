"""How often intervals hold the truth: of autoregressions, of runs from the generator, of several runs a side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from tqdm import tqdm

from perfmon_analyze.compare.difference import Difference, Estimate, difference

from .simulated import STATISTICS, Tried, autoregression, compared, from_generator, tried, true_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MEMORIES, COUNTS = (0.0, 0.5, 0.9, 0.97), (60, 300, 1000, 3600)
SIDES = ((2, 2), (3, 3), (5, 5), (1, 3), (1, 5))
_FACTOR = 1.2  # side B of the autoregressions is so many times side A
_DETECTORS, _BASELINE = 4, 6  # places of two jobs among the study's
_MEASURES = ("GPU utilization", "CPU utilization", "GPU power")
_HOURS, _INTERVAL = 36_000.0, 60.0


class Row(NamedTuple):
    """One line of the table; `memory` is the correlation from sample to sample, where it is known."""

    case: str
    size: int
    memory: float | None
    told: Tried


def autoregressions(repetitions: int, *, memories: Sequence[float], counts: Sequence[int]) -> Iterator[Row]:
    """Two autoregressions, B 1.2 times A: by correlation from sample to sample, and number of samples."""
    truth = {name: (_FACTOR - 1) * value for name, value in true_values().items()}
    for memory in memories:
        for count in counts:
            generator = np.random.default_rng([round(100 * memory), count])
            pairs = [
                compared(autoregression(generator, count, memory), _FACTOR * autoregression(generator, count, memory))
                for _ in _progress(repetitions, f"{memory} {count}")
            ]
            yield from (Row(f"correlation {memory:g}", count, memory, told) for told in tried(pairs, truth))


def generated(repetitions: int) -> Iterator[Row]:
    """Synthetic inference, with and without detectors, and the same work twice."""
    for what in _MEASURES:
        yield from _of_generator(f"{what}, the same work twice", what, (_BASELINE, _BASELINE), repetitions)
        yield from _of_generator(f"{what}, with and without detectors", what, (_BASELINE, _DETECTORS), repetitions)
    yield from _of_generator(
        "time per batch, the same work twice", "time per batch", (_DETECTORS, _DETECTORS), repetitions
    )


def _of_generator(case: str, what: str, jobs: tuple[int, int], repetitions: int) -> Iterator[Row]:
    """Runs of 10 hours, a sample a minute. The true difference of unlike jobs is the mean over all repetitions."""
    pairs, count = [], 0
    for repetition in _progress(repetitions, case):
        a, b = (
            from_generator(what, job, 2 * repetition + side, seconds=_HOURS, interval=_INTERVAL)
            for side, job in enumerate(jobs)
        )
        pairs.append(compared(a, b))
        count = len(a)
    alike = jobs[0] == jobs[1]
    truth = {name: 0.0 if alike else float(np.mean([own[name].difference for own in pairs])) for name in STATISTICS}
    yield from (Row(case, count, None, told) for told in tried(pairs, truth))


def several(repetitions: int) -> Iterator[Row]:
    """Several runs a side that differ from run to run three times as much as noise within them would make them."""
    for count_a, count_b in SIDES:
        generator = np.random.default_rng([count_a, count_b])
        pairs = [
            dict.fromkeys(STATISTICS, _of_runs(generator, count_a, count_b))
            for _ in _progress(repetitions, f"{count_a} and {count_b} runs")
        ]
        told = tried(pairs, dict.fromkeys(STATISTICS, 1.0))[0]
        yield Row(f"{count_a} and {count_b} runs", count_a + count_b, None, told._replace(statistic="any"))


def _of_runs(generator: np.random.Generator, count_a: int, count_b: int) -> Difference:
    a, b = (
        [Estimate(float(value), error=0.3, freedom=30.0) for value in generator.normal(mean, np.hypot(0.9, 0.3), count)]
        for mean, count in ((10.0, count_a), (11.0, count_b))
    )
    return difference(a, b)


def _progress(repetitions: int, what: str) -> Iterable[int]:
    return tqdm(range(repetitions), desc=what, leave=False, disable=None)
