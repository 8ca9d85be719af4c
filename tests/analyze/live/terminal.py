"""A terminal in which a program runs."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import time
from typing import TYPE_CHECKING

from tests.terminals import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TOLD = 2000  # characters of what came instead


class Terminal:
    """A terminal of a given size, and a program on it; `output` is all that it wrote."""

    def __init__(self, folder: Path, words: Sequence[str], size: tuple[int, int] = (80, 24), **variables: str) -> None:
        self.output = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(folder)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
                os.execve(words[0], list(words), plain | {"TERM": "xterm-256color"} | variables)
            finally:
                os._exit(127)
        self.settings = termios.tcgetattr(self._fd)

    def expect(self, pattern: str, after: int = 0) -> int:
        """Read until a pattern has come after some place of the output; the place where it ends is returned."""
        deadline = time.monotonic() + 30
        while not (match := re.compile(pattern).search(self.output, after)):
            assert time.monotonic() < deadline, f"{pattern!r} did not come, but {self.output[after:][-_TOLD:]!r}"
            assert self._read(), f"{pattern!r} did not come, but the end: {self.output[after:][-_TOLD:]!r}"
        return match.end()

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._fd, text.encode())

    def resize(self, width: int, height: int) -> None:
        """Change the terminal's size; the program gets SIGWINCH."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def leave(self) -> int:
        """Read to the end; the program's exit status is returned."""
        while self._read():
            pass
        status = os.waitpid(self.pid, 0)[1]
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)

    def restored(self) -> bool:
        """Whether the terminal's settings are as they were."""
        return termios.tcgetattr(self._fd) == self.settings

    def _read(self) -> bool:
        data = read(self._fd, 30)
        self.output += data
        return bool(data)
