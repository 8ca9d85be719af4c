"""What a folder's files take on disk, found out bit by bit: however large the tree, no slice of the work is long."""

from __future__ import annotations

import time

from perfmon.disk.inventory import Inventory, list_directory
from perfmon.disk.left_out import ExcludedEntries
from perfmon.lean.stdlib import TYPE_CHECKING, OrderedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from perfmon.disk.inventory import DirectoryListing, FileTotals
    from perfmon.disk.top_files import TopFiles


class Scan:
    """One folder tree, measured in passes that can be interrupted and go on later.

    A pass lists each folder that is new, that changed (its mtime) or in which a file changed within the minute
    before it was last listed (ctime). Then it lists the others again, longest unseen first: at least as long as the
    first part took, and on while its slice lasts. So a small tree is seen whole in each pass. In a large one a file
    that grows in place after a quiet minute shows late; `age_seconds` says how late at most.

    `old_before` is in seconds since 1970: a file whose inode has not changed since then (ctime) counts as old. Folders
    in `left_out` do not count, nor does what perfmon itself made: in run folders, and in the folders `plots`.
    """

    def __init__(
        self,
        path: str,
        *,
        left_out: Collection[str] = (),
        plots: Collection[str] = (),
        old_before: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self.pass_seconds = 0.0  # what the last complete pass took
        self._left_out = left_out
        self._plots = plots
        self._old_before = old_before
        self._monotonic = monotonic
        self._wall = wall
        self._listings: OrderedDict[str, DirectoryListing] = OrderedDict()  # longest unseen first
        self._inventory = Inventory()
        self._steps: Iterator[bool] | None = None  # what is left of the present pass
        self._spent = 0.0  # on the present pass, in slices before this one
        self._slice_begin = self._slice_seconds = 0.0

    @property
    def totals(self) -> FileTotals:
        """Totals of all files; of the whole tree once a pass is complete."""
        return self._inventory.totals

    @property
    def age_seconds(self) -> float:
        """How long ago the folder that has been unseen longest was listed."""
        return self._monotonic() - next(iter(self._listings.values())).at

    def advance(self, seconds: float) -> bool:
        """Go on for about so long; True if a pass is complete, so that the totals are those of the whole tree.

        Raises:
            OSError: the folder itself cannot be read; what cannot be read below it is left out.
        """
        if self._steps is None:
            self._steps, self._spent = self._pass(None), 0.0
        complete = self._work(seconds)
        return complete and self._steps is None

    def finish(self, seconds: float, top: TopFiles) -> bool:
        """Make a last pass, that goes on until all was seen again or the time is over.

        True if the totals are those of the whole tree; all was seen again if `top` is told that it is complete.

        Raises:
            OSError: as `advance`.
        """
        self._steps, self._spent = self._pass(top), 0.0
        return self._work(seconds)

    def _work(self, seconds: float) -> bool:
        """Go on with the pass; True if its first part is done, and no steps are left if all of it is."""
        assert self._steps is not None
        steps, self._steps = self._steps, None  # a pass that raises is over
        self._slice_begin, self._slice_seconds = self._monotonic(), seconds
        for is_up_to_date in steps:
            if self._monotonic() - self._slice_begin >= seconds:
                self._spent = self._so_far()
                self._steps = steps
                return is_up_to_date
        self.pass_seconds = self._so_far()
        return True

    def _so_far(self) -> float:
        return self._spent + self._monotonic() - self._slice_begin

    def _pass(self, top: TopFiles | None) -> Iterator[bool]:
        """One pass; it may be interrupted wherever it yields whether its first part is done."""
        began = self._monotonic()
        for _ in self._visit_changed(top):
            yield False
        until = max(2 * self._so_far(), self._spent + self._slice_seconds)
        while (oldest := next(iter(self._listings))) and self._listings[oldest].at < began:
            if self._so_far() >= until:
                return
            for _ in self._list(oldest, top):
                yield True
        if top is not None:
            top.is_complete = True

    def _visit_changed(self, top: TopFiles | None) -> Iterator[None]:
        waiting = [self.path]
        while waiting:
            path = waiting.pop()
            before = self._listings.get(path)
            if before is None or before.is_hot or before.has_changed(path):
                yield from self._list(path, top)
            if now := self._listings.get(path):
                waiting.extend(now.folders)
            yield

    def _list(self, path: str, top: TopFiles | None) -> Iterator[None]:
        """List one folder, and count what is in it in place of what was in it."""
        at, wall = self._monotonic(), self._wall()
        try:
            now = yield from list_directory(
                path,
                at,
                wall=wall,
                left_out=self._left_out,
                excluded=ExcludedEntries(path, is_plots=path in self._plots),
                old_before=self._old_before,
                top=top,
            )
        except OSError:
            if path == self.path:
                raise
            self._forget([path])
            return
        before = self._listings.pop(path, None)
        self._listings[path] = now
        self._inventory.replace(before, now)
        if before:
            self._forget(set(before.folders).difference(now.folders))

    def _forget(self, paths: Collection[str]) -> None:
        """Count a folder that is gone no more, nor what was below it."""
        waiting = list(paths)
        while waiting:
            if listing := self._listings.pop(waiting.pop(), None):
                self._inventory.replace(listing, None)
                waiting.extend(listing.folders)
