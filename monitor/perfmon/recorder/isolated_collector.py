"""A source that can hang, as the sampler sees it: when to ask it, how long to wait, when to start it again."""

from __future__ import annotations

from perfmon.collector import Answer
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple, deque
from perfmon.linux import child_process
from perfmon.recorder.collector_process import CollectorProcess
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
_NO_PROCESS_SECONDS = 1.0
_BACK_OFF_SECONDS = (30.0, 60.0, 120.0, 300.0)


class PendingRequest(NamedTuple):
    """A request without an answer yet: the stamp of its tick (None: to open the source), and when it was made.

    `last` marks the last tick of the run.
    """

    stamp: Stamp | None
    last: bool
    asked: float


class IsolatedCollector:
    """One source in a helper process, and the requests that it has not answered yet."""

    def __init__(self, kind: type[Collector], target: Target, monotonic: Callable[[], float]) -> None:
        self.source = kind.source
        self._kind = kind
        self._target = target
        self._monotonic = monotonic
        self._failures = 0
        self._not_before = 0.0
        self._asleep_until = 0.0
        self._durations: deque[float] = deque(maxlen=2)
        self._pending: deque[PendingRequest] = deque()
        self._waiting_since = 0.0
        self._process: CollectorProcess | None = None
        self._refusal = ""
        self._ended: list[int] = []
        if kind.pace:  # it has time, and a run that ends before does without its process
            self._not_before = monotonic() + _FIRST_SECONDS
        else:
            self._start()

    def _start(self) -> None:
        self._ended = [pid for pid in self._ended if child_process.exit_status(pid, wait=False) is None]
        try:
            self._process = CollectorProcess(self._kind, self._target)
        except OSError as error:  # no process or descriptor to be had: `answer` tells, and it is tried again soon
            self._refusal = f"its process cannot be started: {error.strerror}"
        self._expect(None)

    def _expect(self, stamp: Stamp | None, *, last: bool = False) -> None:
        now = self._monotonic()
        if not self._pending:
            self._waiting_since = now
        self._pending.append(PendingRequest(stamp, last, now))

    def fileno(self) -> int | None:
        """The descriptor that can be read once an answer is there; None while none is pending."""
        return self._process.fileno() if self._process and self._pending else None

    @property
    def has_pending(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._pending)

    @property
    def has_pending_last(self) -> bool:
        """Whether the answer to the last tick is still to come."""
        return any(request.last for request in self._pending)

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
        """Ask for this tick, unless an answer is pending or the source rests; the last tick in any case."""
        resting = self._monotonic() < max(self._not_before, self._asleep_until)
        if not tick.last and (resting or any(request.stamp for request in self._pending)):
            return
        if self._process is None:
            if resting:  # it has just failed: the end of the run must not wait for it once more
                return
            self._start()
        if self._process:
            self._process.ask(stamp, tick)
        self._expect(stamp, last=tick.last)

    def answer(self) -> tuple[Stamp | None, Answer] | None:
        """The next answer that is there, with the stamp of its tick; a stuck or dead helper process is a failure.

        None if no answer is there. The stamp is None for the answer to being opened.
        """
        if not self._pending:
            return None
        if self._process is None:
            return self._give_up(ERROR, self._refusal, _NO_PROCESS_SECONDS)
        try:
            answer = self._process.answer()
        except EOFError as died:
            return self._give_up(ERROR, str(died))
        now = self._monotonic()
        if answer is None:
            waited = now - self._waiting_since if self._pending else 0.0
            return self._give_up(TIMEOUT, f"no answer for {waited:.0f} s") if waited > PATIENCE_SECONDS else None
        self._failures = 0
        self._waiting_since = now
        request = self._pending.popleft()
        if request.stamp:
            # not from now on: an answer may have waited for the tick that takes it in, which would lose the next
            self._durations.append(answer.duration_seconds)
            rest = max(self._kind.pace, answer.reading.rest_seconds, _ROUND * min(self._durations))
            self._not_before = request.asked + rest
            self._asleep_until = request.asked + answer.reading.sleep_seconds
        return request.stamp, answer

    def stop_waiting(self) -> Answer:
        """Give up the answer to the last tick, and return that as a failure: the run is over."""
        return self._give_up(TIMEOUT, "no answer to the last tick")[1]

    def _give_up(self, reason: str, detail: str, rest: float | None = None) -> tuple[Stamp | None, Answer]:
        """Fail, with a rest of so many seconds, or one that grows with the failures in a row."""
        self.end()
        stamp = next((request.stamp for request in self._pending if request.stamp), None)
        self._pending.clear()
        if rest is None:
            rest = _BACK_OFF_SECONDS[min(self._failures, len(_BACK_OFF_SECONDS) - 1)]
            self._failures += 1
        self._not_before = self._monotonic() + rest
        return stamp, Answer(failure=Unknown(None, None, reason, detail))

    def end(self) -> None:
        """End the helper process, without waiting for it."""
        if self._process:
            self._process.end()
            self._ended.append(self._process.pid)
            self._process = None
