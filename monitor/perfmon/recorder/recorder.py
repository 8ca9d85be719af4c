"""Records a run: sampler, journal and run.json together, until somebody says that the job has ended."""

from __future__ import annotations

import gc
import os
import time

from perfmon.collector import Target
from perfmon.collectors import COLLECTORS
from perfmon.lean.stdlib import TYPE_CHECKING, suppress
from perfmon.linux import open_files, procfs
from perfmon.linux.cgroups import OomWatch
from perfmon.recorder.sampler import Sampler
from perfmon.recorder.sealer_process import Sealer
from perfmon.recorder.tail import SAMPLE_SECONDS, Tail
from perfmon.recorder.ticker import Ticker
from perfmon.store import clock, run_clock, run_json
from perfmon.store.segments import Segments, count_others

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfmon.linux.process_tree import Tree
    from perfmon.store.ending import Ending
    from perfmon.store.run_folder import RunFolder

_SAVE_SECONDS = 60.0


class Recorder:
    """One run's recorder; `record` returns when the job has ended, `finish` when everything is written."""

    def __init__(self, run: RunFolder, tree: Tree) -> None:
        open_files.raise_limit()
        gc.freeze()  # a collection writes to whatever it looks at, and helpers would get copies of all that is loaded
        self.run = run
        self.tree = tree
        self._clock = run_clock.of_run(run.facts)
        self._journal = Segments(run, run.constants())
        self._sampler = Sampler(COLLECTORS, self._target(), self._journal, self._clock)
        interval = float(str(run.facts["interval_seconds"]))
        self._ticker = Ticker(interval, monotonic=self._clock.monotonic(), wall=time.time())
        self._save_at = self._clock.monotonic() + _SAVE_SECONDS
        self._sealer: Sealer | None = None
        self._last_sealer: Sealer | None = None
        self._tail = Tail(tree.files.read)
        self._tail_at = float("inf") if interval <= SAMPLE_SECONDS else self._clock.monotonic()
        self._oom = OomWatch()

    def _target(self) -> Target:
        folders = self.run.facts["folders"]
        runs = os.path.dirname(self.run.folder)
        return Target(
            tree=self.tree,
            folders=tuple(str(folder) for folder in folders) if isinstance(folders, list) else (),
            plots=(os.path.join(os.path.dirname(runs), "plots"),),
            begin_time=clock.parse_utc(str(self.run.facts["begin_time"])),
            run_folder=self.run.folder,
            gpus=str(self.run.facts["gpus_wanted"]),
        )

    @property
    def absent(self) -> dict[str, str]:
        """Sources that this machine does not have, and why."""
        return self._sampler.absent

    def record(self, ended: Callable[[float, Sequence[int]], bool]) -> None:
        """Sample at the start, at every slot, and once more when the job has ended.

        `ended` waits for at most so many seconds, or until one of the descriptors has something to read, and says
        whether the job has ended.
        """
        self._sampler.sample(0.0)
        self._oom.update(self._sampler.pids)
        while not ended(self._wait_seconds(), self._sampler.filenos()):
            now = self._clock.monotonic()
            if is_tick := now >= self._ticker.deadline:
                self._tick()
            if now >= self._tail_at - (2 * SAMPLE_SECONDS if is_tick else 0.0):  # what is due soon costs no waking now
                self._tail_at = now + self._tail.sample(self._clock.stamp(), self._sampler.pids)
            if not is_tick:
                self._sampler.drain()
        with suppress(OSError):  # no process to be had now: at the end perhaps
            # it gets ready while the last readings are taken
            self._last_sealer = Sealer(self.run.folder, self.run.identity)
            self.tree.excluded.add(self._last_sealer.pid)
        self._sampler.sample(0.0, last=True)

    def _wait_seconds(self) -> float:
        return max(0.0, min(self._ticker.deadline, self._tail_at) - self._clock.monotonic())

    def _tick(self) -> None:
        slot, missed = self._ticker.deadline, self._ticker.missed
        self._sampler.sample(self._ticker.take(self._clock.monotonic()))
        if self._ticker.missed > missed:
            self._sampler.missed(self._ticker.missed - missed, round(slot - self._clock.begin_monotonic, 4))
        self._oom.update(self._sampler.pids)
        self._seal_segments()
        if self._clock.monotonic() >= self._save_at:
            self._save_at += _SAVE_SECONDS
            self._update_facts()
            with suppress(OSError):  # a full disk: there may be room in a minute
                self.run.save()

    def _seal_segments(self) -> None:
        """Have closed segments sealed while the run goes on, by one sealer at a time."""
        if self._sealer is None and self._journal.closed:
            with suppress(OSError):  # no process to be had now: at the next tick perhaps
                self._sealer = Sealer(self.run.folder, self.run.identity)
                self._sealer.go()
                self._journal.closed = 0
                self.tree.excluded.add(self._sealer.pid)
        elif self._sealer and self._sealer.is_done:
            self._sealer = None

    def warning(self, unsealed: str | None) -> str | None:
        """The one line that tells at the end why the run is not sealed and what it lacks; None where all is well."""
        told = [f"is not sealed: {unsealed}; its journal can be read"] if unsealed else []
        if lost := self._sampler.loss:
            told.append(f"is not whole: {lost}; perfmon verify says when")
        return f"{self.run.folder} {', and '.join(told)}" if told else None

    def oom_kills(self) -> dict[str, int]:
        """Kills for want of memory in the control groups that the job was in, as the kernel counted them."""
        return self._oom.kills()

    def machine_oom_kills(self) -> int:
        """Such kills on the whole machine since the start, the job's or others'."""
        return self._oom.machine_kills()

    def finish(self, ending: Ending, *, survivors: Sequence[int] = ()) -> str | None:
        """Write the rest, say in run.json how the run ended, and seal; why it could not be sealed is returned."""
        if survivors:
            self._sampler.survivors(survivors)
        if ending.state != run_json.FINISHED:
            self._sampler.write(self._tail.rows())
        self._sampler.finish()
        self._journal.close()
        self._update_facts()
        others = count_others(self.run.folder, self._journal.writer)
        self.run.facts["sampler"] = {**self._own_account(), "pipeline_journals": others}
        try:
            self.run.end(ending)
        except OSError as error:
            return str(error)
        if self._sealer:
            self._sealer.problem()
        try:
            sealer = self._last_sealer or Sealer(self.run.folder, self.run.identity)
        except OSError as error:  # no process to be had
            return str(error)
        sealer.go()
        return sealer.problem()

    def _update_facts(self) -> None:
        sampler = self._sampler
        hardware: dict[str, object] = {"absent": sampler.absent}
        for name, value in sampler.facts.items():
            (self.run.facts if name in self.run.facts else hardware)[name] = value
        self.run.facts["hardware"] = hardware
        self.run.facts["peak"] = sampler.peaks.facts(self.tree.maxrss_bytes)
        self.run.facts["totals"] = {
            name: sampler.total(name)
            for name in ("cpu_user_seconds", "cpu_system_seconds", "read_bytes", "written_bytes")
        }
        self.run.facts["sampler"] = self._own_account()

    def _own_account(self) -> dict[str, object]:
        """What the recorder itself has done, taken and lost so far."""
        sampler, times = self._sampler, os.times()
        return {
            "cpu_seconds": round(times.user + times.system, 3),
            "peak_memory_bytes": procfs.peak_memory(),
            "ticks": sampler.ticks,
            "ticks_missed": self._ticker.missed,
            "late_seconds_max": round(sampler.late_seconds_max, 4),
            "rows_lost": sampler.rows_lost,
            "journals": self._journal.written,
        }
