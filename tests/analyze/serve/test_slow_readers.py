"""Browsers that hold their connections to `perfmon serve` and do not read: they cost little and keep nobody out."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.analyze.run_factory import job_rows, write_run
from tests.analyze.serve.conftest import serving
from tests.analyze.serve.test_server import ask


def rss(process: subprocess.Popen[str]) -> int:
    """What a server holds in memory, in bytes, its comparing process left aside."""
    return int(psutil.Process(process.pid).memory_info().rss)


@pytest.mark.parametrize("sent", ["GET / HTTP/1.1", "GET /parts HTTP/1.1", "GET", ""])
def test_readers_that_never_read(tmp_path: Path, sent: str) -> None:
    """300 who ask for the page and never read it, or never end their request, cost little, and others are answered."""
    write_run(tmp_path / "runs", run="r1", tables={"job": job_rows([2**30] * 9)})
    with serving(tmp_path / "runs") as (address, process), ExitStack() as stack:
        where = urlsplit(address)
        whole = len(ask(address, "GET / HTTP/1.1")[2])
        before = rss(process)
        for _ in range(300):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.settimeout(60)
            reader.connect((where.hostname, where.port))
            reader.sendall(f"{sent}\r\nHost: {where.netloc}\r\n\r\n".encode() if "HTTP" in sent else sent.encode())
        began = time.monotonic()
        status, _, body = ask(address, "GET / HTTP/1.1")
        took = time.monotonic() - began
        grown, threads = rss(process) - before, psutil.Process(process.pid).num_threads()

    assert (status, len(body)) == (200, whole)
    assert took < 8  # whoever does not read is waited for 10 s
    assert threads < 200
    assert grown < 48 << 20


def test_a_head_without_end(tmp_path: Path) -> None:
    """A request whose head grows and grows is dropped before it takes memory; the next one is answered."""
    with serving(tmp_path) as (address, _):
        where = urlsplit(address)
        lines = "".join(f"X-{number}: {'x' * 60_000}\r\n" for number in range(90)).encode()
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=60) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            with pytest.raises(ConnectionError):  # long before its own patience is at an end
                connection.sendall(lines * 9)

        assert ask(address, "GET /version HTTP/1.1")[0] == 200
