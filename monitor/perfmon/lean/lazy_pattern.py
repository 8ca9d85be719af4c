"""Regular expressions that are compiled when they are first used: each takes up to a millisecond, and few are used."""

from __future__ import annotations

import re

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    lazy = re.compile
else:

    class lazy:  # noqa: N801 - it stands for re.compile
        """A pattern; it has the methods of one."""

        def __init__(self, source: str) -> None:
            self._source = source

        def __getattr__(self, name: str) -> object:
            """Compile it; later uses find the method in place."""
            method = getattr(re.compile(self._source), name)
            setattr(self, name, method)
            return method
