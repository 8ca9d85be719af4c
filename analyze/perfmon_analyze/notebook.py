"""The entry point for notebooks and scripts: runs that a notebook shows as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfmon_analyze.loading import runs

if TYPE_CHECKING:
    import os


class Runs(runs.Runs):
    """Some recorded runs, and the stages attached to them. `load` makes it; a notebook shows it as a picture.

    Attributes:
        recordings: a tuple with one entry for each run and each attached stage.
    """

    def _repr_png_(self) -> bytes:
        """A PNG file with a bar for each recording, as long as it took."""
        from perfmon_analyze.plots.overview import overview  # noqa: PLC0415 - few need matplotlib here

        return overview(self)._repr_png_()


def load(*paths: str | os.PathLike[str]) -> Runs:
    """Open run folders, and folders that hold runs up to four levels below.

    This reads only names and facts. A table is read when it is asked for, and only the columns asked for. A file that
    cannot be read causes a warning (`Unreadable`), and the others are used.

    Args:
        *paths: run folders, or folders of runs.

    Returns:
        All runs found.

    Raises:
        NoRuns: a folder is missing, or there is no run in any of them.
        OSError: a folder cannot be listed.
    """
    return Runs(runs.open_folders(paths))
