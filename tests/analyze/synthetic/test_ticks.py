"""Times of ticks."""

from __future__ import annotations

import numpy as np

from perfmon_analyze.synthetic.noise import RandomStreams
from perfmon_analyze.synthetic.ticks import sampler_columns, ticks


def test_ticks_lie_on_the_wall_clocks_grid_and_at_both_ends() -> None:
    """A run that begins 0.4 s into a second ticks at 0, then each full second of the wall clock, then at its end."""
    taken = ticks(3.5, 1.0, RandomStreams(0), phase=0.4)

    assert (taken.t - taken.late).round(4).tolist() == [0.0, 0.6, 1.6, 2.6, 3.5]
    assert (taken.late[1:-1] > 0).all()


def test_an_interval_longer_than_the_run_leaves_its_two_ends() -> None:
    """A run is sampled at its start and its end at least."""
    assert ticks(3.5, 60.0, RandomStreams(0)).t.tolist() == [0.0, 3.5]


def test_every_source_is_audited_at_every_tick() -> None:
    """The sampler's rows name four sources a tick; those asked elsewhere tell no lateness."""
    columns = sampler_columns(ticks(1.0, 0.5, RandomStreams(0)), RandomStreams(0))

    assert columns["source"].tolist() == ["host", "job", "gpu", "folder"] * 3
    assert np.isnan(columns["late_seconds"]).tolist() == [False, False, True, True] * 3
