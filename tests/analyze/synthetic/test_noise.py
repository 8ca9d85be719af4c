"""Random streams and noise."""

from __future__ import annotations

import numpy as np
import pytest

from perfmon_analyze.synthetic.noise import RandomStreams, coloured_noise, shares, smoothed


def test_a_stream_depends_on_its_name_only() -> None:
    """A signal's numbers are the same whether or not other signals were drawn before."""
    alone = RandomStreams(3, "run").stream("power").random(5)
    streams = RandomStreams(3, "run")
    streams.stream("fan").random(100)

    assert alone.tolist() == streams.stream("power").random(5).tolist()


@pytest.mark.parametrize(("seed", "run", "signal"), [(4, "run", "power"), (3, "other", "power"), (3, "run", "fan")])
def test_streams_differ(seed: int, run: str, signal: str) -> None:
    """Another seed, run or signal has other numbers."""
    assert RandomStreams(3, "run").stream("power").random() != RandomStreams(seed, run).stream(signal).random()


@pytest.mark.parametrize("memory", [1.0, 8.0, 50.0])
def test_coloured_noise_has_unit_variance_and_its_memory(memory: float) -> None:
    """Noise has mean 0, variance 1 and the autocorrelation exp(-1/memory), from its first value on."""
    noise = coloured_noise(RandomStreams(0).stream("x"), 200_000, memory)

    assert np.mean(noise) == pytest.approx(0, abs=0.05)
    assert np.std(noise) == pytest.approx(1, abs=0.05)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(np.exp(-1 / memory), abs=0.02)


def test_a_step_is_smoothed_exponentially() -> None:
    """After one memory a lag has taken 63 % of a step."""
    step = smoothed(np.concatenate([np.zeros(1), np.ones(20)]), 10)

    assert step[10] == pytest.approx(1 - np.exp(-1))


def test_shares_add_up() -> None:
    """Shares are positive and add up to 1 along the last axis."""
    parts = shares(RandomStreams(0).stream("x"), (3, 7), 0.5)

    assert parts.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert parts.min() > 0
