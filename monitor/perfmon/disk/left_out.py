"""Files that perfmon wrote in a folder, which do not count as growth; users have folders `runs` and `plots`, too."""

from __future__ import annotations

import os

from perfmon.store import layout, own_files

_PICTURES = (".png", ".svg", ".pdf")
_SUMMARIES = {"summary.json": '"perfmon_version"', "summary.md": "GB are 2^30 bytes"}  # each with a text in it
_SEARCHED_BYTES = 4096  # at the beginning and the end of a file


class ExcludedEntries:
    """Recognizes the entries of one folder that perfmon wrote; whether it is a run folder is checked on demand."""

    def __init__(self, folder: str, *, is_plots: bool = False) -> None:
        self._folder = folder
        self._is_plots = is_plots
        self._is_run: bool | None = None

    def has_folder(self, name: str) -> bool:
        """Whether this is the folder of a table or of the journals of a run."""
        return name in own_files.FOLDERS and self._is_in_run()

    def has_file(self, name: str) -> bool:
        """Whether this is a run's run.json, or a file written by `perfmon plot`."""
        if name.startswith(layout.FACTS):
            return (name == layout.FACTS or own_files.is_temporary_facts(name)) and self._is_in_run()
        return self._is_plots and (name in _SUMMARIES or name.endswith(_PICTURES)) and self._is_drawn(name)

    def _is_in_run(self) -> bool:
        if self._is_run is None:
            self._is_run = own_files.is_run(self._folder)
        return self._is_run

    def _is_drawn(self, name: str) -> bool:
        """Whether the file has a mark of perfmon."""
        mark = _SUMMARIES.get(name, layout.PICTURE_MARK).encode()
        try:
            with open(layout.open_plain(os.path.join(self._folder, name)), "rb") as file:
                begin = file.read(_SEARCHED_BYTES)
                file.seek(max(0, file.seek(0, os.SEEK_END) - _SEARCHED_BYTES))
                return mark in begin or mark in file.read()
        except OSError:  # it is gone, or nobody may read it
            return False
