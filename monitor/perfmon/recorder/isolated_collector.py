"""A source that can hang, seen from the sampler: when to ask it, how long to wait, when to try it again."""

from __future__ import annotations

from perfmon.collector import Answer
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, deque
from perfmon.linux import child_process
from perfmon.recorder.collector_process import Helper
from perfmon.store.reasons import ERROR, TIMEOUT, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon.collector import Collector, Target, Tick
    from perfmon.store.run_clock import Stamp

PATIENCE_SECONDS = 10.0  # an answer that takes longer is given up, and its process with it
# A slow source is asked again after so many times what it took, so that it takes 2 % of the time at most. One slow
# answer after fast ones is a hiccup, which is no reason to keep silent; the second in a row is a habit.
_ROUND = 50
_FIRST_SECONDS = 0.5  # before a source that is seldom asked is first asked
_BACK_OFF_SECONDS = (30.0, 60.0, 120.0, 300.0)


class Question(NamedTuple):
    """What a helper owes an answer to: a tick, or, without a stamp, to being opened; and when it was asked."""

    stamp: Stamp | None
    last: bool
    asked: float


class Helped:
    """One source, its helper process, and the questions it has not answered yet."""

    def __init__(self, kind: type[Collector], target: Target, monotonic: Callable[[], float]) -> None:
        self.source = kind.source
        self._kind = kind
        self._target = target
        self._monotonic = monotonic
        self._failures = 0
        self._not_before = 0.0
        self._asleep_until = 0.0
        self._durations: deque[float] = deque(maxlen=2)
        self._owed: deque[Question] = deque()
        self._owed_since = 0.0
        self._helper: Helper | None = None
        self._ended: list[int] = []
        if kind.pace:  # it has time, and a run that ends before does without its process
            self._not_before = monotonic() + _FIRST_SECONDS
        else:
            self._start()

    def _start(self) -> None:
        self._ended = [pid for pid in self._ended if child_process.exit_status(pid, wait=False) is None]
        self._helper = Helper(self._kind, self._target)
        self._owe(None)

    def _owe(self, stamp: Stamp | None, *, last: bool = False) -> None:
        now = self._monotonic()
        if not self._owed:
            self._owed_since = now
        self._owed.append(Question(stamp, last, now))

    def fileno(self) -> int | None:
        """The descriptor on which an answer is announced; None while none is owed."""
        return self._helper.fileno() if self._helper and self._owed else None

    @property
    def owes(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._owed)

    @property
    def owes_last(self) -> bool:
        """Whether the answer to the last tick is still to come."""
        return any(question.last for question in self._owed)

    @property
    def last_patience(self) -> float:
        """Seconds to wait for the answer to the last tick: twice what answers took lately, but 10 at most.

        A source that has not answered yet is waited for the longest: it may be getting ready still.
        """
        usual = max(self._durations, default=PATIENCE_SECONDS)
        return min(max(self._kind.last_seconds, 2 * usual), PATIENCE_SECONDS)

    def wake(self, stamp: Stamp, tick: Tick) -> None:
        """Ask one that sleeps after all, for the job has written something."""
        if self._monotonic() < self._asleep_until:
            self._asleep_until = 0.0
            self.ask(stamp, tick)

    def ask(self, stamp: Stamp, tick: Tick) -> None:
        """Ask for this tick, unless the source still owes one or rests; the last tick is asked for in any case."""
        resting = self._monotonic() < max(self._not_before, self._asleep_until)
        if not tick.last and (resting or any(question.stamp for question in self._owed)):
            return
        if self._helper is None:
            if resting:  # it has just failed: the end of the run must not wait for it once more
                return
            self._start()
        assert self._helper is not None
        self._helper.ask(stamp, tick)
        self._owe(stamp, last=tick.last)

    def answer(self) -> tuple[Stamp | None, Answer] | None:
        """The next answer that has come, and the stamp it belongs to; a stuck or dead helper is an answer too."""
        if self._helper is None or not self._owed:
            return None
        try:
            answer = self._helper.answer()
        except EOFError as died:
            return self._give_up(ERROR, str(died))
        now = self._monotonic()
        if answer is None:
            waited = now - self._owed_since if self._owed else 0.0
            return self._give_up(TIMEOUT, f"no answer for {waited:.0f} s") if waited > PATIENCE_SECONDS else None
        self._failures = 0
        self._owed_since = now
        question = self._owed.popleft()
        if question.stamp:
            # not from now on: an answer may have waited for the tick that takes it in, which would lose the next
            self._durations.append(answer.duration_seconds)
            rest = max(self._kind.pace, answer.reading.rest_seconds, _ROUND * min(self._durations))
            self._not_before = question.asked + rest
            self._asleep_until = question.asked + answer.reading.sleep_seconds
        return question.stamp, answer

    def stop_waiting(self) -> Answer:
        """Give up the last answer: the run is over, and nobody waits for a source that is stuck."""
        return self._give_up(TIMEOUT, "no answer to the last tick")[1]

    def _give_up(self, reason: str, detail: str) -> tuple[Stamp | None, Answer]:
        self.end()
        stamp = next((question.stamp for question in self._owed if question.stamp), None)
        self._owed.clear()
        self._not_before = self._monotonic() + _BACK_OFF_SECONDS[min(self._failures, len(_BACK_OFF_SECONDS) - 1)]
        self._failures += 1
        return stamp, Answer(failure=Unknown(None, None, reason, detail))

    def end(self) -> None:
        """End the helper, without waiting for it."""
        if self._helper:
            self._helper.end()
            self._ended.append(self._helper.pid)
            self._helper = None
