"""What notebooks and scripts start from: runs that show themselves as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.loading import runs

if TYPE_CHECKING:
    import os


class Runs(runs.Runs):
    """Some recorded runs, and the stages attached to them.

    `recordings` holds one entry for each; `facts` is the same as a DataFrame. A notebook shows them as a picture.
    """

    def _repr_png_(self) -> bytes:
        """A PNG file with a bar for each recording, as long as it took."""
        from perfmon_analyze.plots.overview import overview  # noqa: PLC0415 - few need matplotlib here

        return overview(self)._repr_png_()


def load(*paths: str | os.PathLike[str]) -> Runs:
    """Open run folders, or folders of runs at any depth up to four.

    Only names and facts are read now; a table is read when it is asked for, and only the columns asked for. A file
    that cannot be read is warned of (`Unreadable`), and the others count.

    Raises:
        NoRuns: a folder is missing, or there is no run in any of them.
        OSError: a folder cannot be listed.
    """
    return Runs(runs.open_folders(paths))
