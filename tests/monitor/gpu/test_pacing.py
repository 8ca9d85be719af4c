"""When to ask again."""

from __future__ import annotations

from perfmon.gpu.pacing import Backoff, Pace


def test_pauses_grow_with_failures() -> None:
    """The first failure is tried again at once, the next after 1, 2, 4 seconds, up to a minute."""
    backoff, now, pauses = Backoff(), 0.0, []
    for _ in range(10):
        backoff.failed(now)
        pauses.append(next(pause for pause in (0, 1, 2, 4, 8, 16, 32, 60, 99) if backoff.is_due(now + pause)))

    assert pauses == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_success_ends_the_pauses() -> None:
    """After it worked once, the next failure is tried again at once."""
    backoff = Backoff()
    for _ in range(5):
        backoff.failed(0.0)
    backoff.succeeded()
    backoff.failed(0.0)

    assert backoff.is_due(0.0)


def test_cost_sets_the_pace() -> None:
    """Ten milliseconds on each of two GPUs are 2 % of a second, so that it is asked once a second."""
    pace = Pace(devices=2)
    pace.record(9.0, now=0.0)  # the first call
    after_first = pace.is_due(0.0)
    pace.record(0.01, now=0.0)

    assert (after_first, [pace.is_due(t) for t in (0.5, 0.99, 1.0)]) == (True, [False, False, True])


def test_one_hiccup_sets_no_pace() -> None:
    """A slow answer between fast ones changes nothing; the second in a row does."""
    pace = Pace(devices=1)
    pace.record(0.001, now=0.0)
    pace.record(0.001, now=0.5)
    pace.record(0.5, now=1.0)
    after_one = pace.is_due(1.1)
    pace.record(0.5, now=2.0)

    assert (after_one, pace.is_due(26.9), pace.is_due(27.0), pace.seconds) == (True, False, True, 1.002)
