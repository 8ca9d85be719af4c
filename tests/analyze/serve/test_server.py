"""What `perfmon serve` answers, asked through raw sockets: nothing but its pages, and only those who mean it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from perfmon.store.run_json import FINISHED, SYNTHETIC
from tests.analyze.run_factory import gpu_rows, job_rows, metric_rows, write_run
from tests.analyze.serve.conftest import serving
from tests.conftest import PERFMON

SECRET = "what lies outside of the runs"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of one run, beside which a secret lies, and in which a link to it."""
    folder = tmp_path_factory.mktemp("served")
    tables = {
        "job": job_rows([2**30] * 9),
        "gpu": gpu_rows([2**30] * 9, [0.5] * 9),
        "metric": metric_rows({"loss": [1, 0.5]}),
    }
    run = write_run(folder / "runs", run="r1", tables=tables, origin=SYNTHETIC)
    (folder / "secret").write_text(SECRET)
    (run / "secret").symlink_to(folder / "secret")
    (run / "own").write_text(SECRET)
    with serving(folder / "runs") as (found, _):
        yield found


def ask(address: str, request: str | bytes, *, host: str | None = None) -> tuple[int, dict[str, str], bytes]:
    """Send a request as it stands, with a Host header if it is text: the status, the headers and the body."""
    where = urlsplit(address)
    assert where.hostname
    text = request if isinstance(request, bytes) else f"{request}\r\nHost: {host or where.netloc}\r\n\r\n".encode()
    with socket.create_connection((where.hostname, where.port or 0), timeout=60) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_pages_are_made_without_matplotlib(tmp_path: Path) -> None:
    """It is loaded with the first picture that somebody asks for."""
    write_run(
        tmp_path / "runs", run="r1", tables={"job": job_rows([2**30] * 9), "metric": metric_rows({"loss": [1, 2]})}
    )
    with serving(tmp_path / "runs") as (address, process):
        mapped = Path(f"/proc/{process.pid}/maps")
        status, _, page = ask(address, "GET / HTTP/1.1")
        before = mapped.read_text()
        picture, _, _ = ask(address, "GET /picture/training_loss.png HTTP/1.1")

        assert (status, picture) == (200, 200)
        assert b"training_loss" in page
        assert "numpy" in before
        assert "matplotlib" not in before
        assert "matplotlib" in mapped.read_text()


def test_the_page_and_its_headers(address: str) -> None:
    """The page comes with headers that keep other sites from framing, reading and storing it."""
    status, headers, body = ask(address, "GET / HTTP/1.1")

    assert status == 200
    assert body.startswith(b"<!doctype html>")
    assert b"SYNTHETIC DATA" in body
    assert "connect-src 'self'" in unescape(body[:2000].decode())
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Python" not in headers["Server"]


def test_head_has_no_body(address: str) -> None:
    """HEAD says how long the page is, and no more."""
    status, headers, body = ask(address, "HEAD / HTTP/1.1")

    assert status == 200
    assert int(headers["Content-Length"]) > 1_000_000
    assert body == b""


def test_pictures_by_name(address: str) -> None:
    """A plot's picture is drawn on demand; one that these runs cannot show is not there."""
    status, headers, body = ask(address, "GET /picture/training_loss.png?v=1 HTTP/1.1")
    absent = ask(address, "GET /picture/batch_processing_times.png HTTP/1.1")[0]

    assert (status, headers["Content-Type"], body[:4]) == (200, "image/png", b"\x89PNG")
    assert absent == 404


@pytest.mark.parametrize("name", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:80", "192.0.2.7:8791"])
def test_own_names(address: str, name: str) -> None:
    """This machine's own name and addresses in digits are answered, through whatever port a tunnel has."""
    assert ask(address, "GET /version HTTP/1.1", host=name)[0] == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "evil.example:8791",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "localhost@evil",
        "[::1",
        "1",
    ],
)
def test_names_of_others(address: str, name: str) -> None:
    """A name that leads here although it is not this machine's is refused (DNS rebinding)."""
    status, _, body = ask(address, f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())

    assert status == 421
    assert b"html" not in body


@pytest.mark.parametrize("hosts", ["", "Host: localhost\r\nHost: evil.example\r\n"])
def test_no_name_or_several(address: str, hosts: str) -> None:
    """A request must say once whom it means."""
    assert ask(address, f"GET / HTTP/1.1\r\n{hosts}\r\n".encode())[0] == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "X"])
def test_nothing_can_be_changed(address: str, method: str) -> None:
    """Any method but GET and HEAD is refused."""
    status, headers, _ = ask(address, f"{method} / HTTP/1.1")

    assert status == 405
    assert headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/../secret",
            "/%2e%2e/secret",
            "//etc/passwd",
            "/r1/own",
            "/r1/secret",
            "/r1/run.json",
            "/runs/r1/run.json",
            "/secret",
        ),
        *(
            "/picture/../../secret",
            "/picture/..%2fsecret.png",
            "/picture//etc/passwd.png",
            "/picture/.png",
            "/picture/r1/own.png",
        ),
        *("/%00", "/index.html", "http://evil.example/", "*", "\\..\\secret", "/version/"),
    ],
)
def test_nothing_outside_can_be_reached(address: str, path: str) -> None:
    """No path leads to a file, within the runs folder or outside."""
    status, _, body = ask(address, f"GET {path} HTTP/1.1")

    assert status == 404
    assert SECRET.encode() not in body


@pytest.mark.parametrize(
    "request_", [b"\r\n", b"\x16\x03\x01\x00\xa5", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"GET / FTP/1.1\r\n\r\n"]
)
def test_what_is_no_request(address: str, request_: bytes) -> None:
    """Noise is refused or hung up on, and the server lives on."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer == b"" or answer.split(b"\r\n")[0].split()[1] in (b"400", b"421", b"505")
    assert b"script" not in answer
    assert ask(address, "GET /version HTTP/1.1")[0] == 200


@pytest.mark.parametrize(
    "lines", [b"GET /" + b"a" * 100_000 + b" HTTP/1.1", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000]
)
def test_what_is_far_too_long(address: str, lines: bytes) -> None:
    """An endless address or header is refused."""
    try:
        status = ask(address, lines + b"\r\n\r\n")[0]
    except OSError:
        status = 0  # it hung up before all was sent

    assert status in (0, 414, 431)
    assert ask(address, "GET /version HTTP/1.1")[0] == 200


def test_who_dawdles_keeps_nobody_waiting(address: str) -> None:
    """A hundred connections that say nothing do not keep the page from others."""
    where = urlsplit(address)
    idle = [socket.create_connection((where.hostname, where.port), timeout=60) for _ in range(100)]
    status = ask(address, "GET /version HTTP/1.1")[0]
    for connection in idle:
        connection.close()

    assert status == 200


def test_only_this_machine_unless_told(address: str) -> None:
    """It listens on loopback only; on another address it says that there is no password."""
    port = urlsplit(address).port
    listening = [c.laddr for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr]
    own = [place.ip for place in listening if place.port == port]
    with serving("/tmp", "--host", "0.0.0.0") as (_, process):
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=30)[1]

    assert own == ["127.0.0.1"]
    assert "no password" in told


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C, or a request to end: status 0, no traceback, the port is free, and nothing is left running."""
    ended = {"state": FINISHED, "duration_seconds": 5000.0}
    for number in range(2):
        for variant in ("detectors", "baseline"):
            rows = job_rows([2**30 + n * 7919 % 10_007 * 2**10 for n in range(5000)])
            write_run(
                tmp_path / "runs",
                run=f"{variant}{number}",
                stage="inference",
                variant=variant,
                tables={"job": rows},
                known=ended,
            )
    with serving(tmp_path / "runs") as (address, process):
        ask(address, "GET / HTTP/1.1")
        below = psutil.Process(process.pid).children()
        process.send_signal(how)
        out, errors = process.communicate(timeout=30)

    assert (process.returncode, out.strip(), errors) == (0, "", "")
    assert below  # it was comparing
    assert psutil.wait_procs(below, timeout=10)[1] == []
    with pytest.raises(ConnectionRefusedError):
        ask(address, "GET / HTTP/1.1")


def test_a_port_that_is_taken(tmp_path: Path, address: str) -> None:
    """It is status 2, with the reason."""
    command = [PERFMON, "serve", str(tmp_path), "--port", str(urlsplit(address).port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert "Address already in use" in done.stderr


def test_the_page_is_made_again_when_runs_grow_but_not_all_the_time(tmp_path: Path) -> None:
    """A new version comes with new rows, and no sooner than the pause after the last one."""
    write_run(tmp_path / "runs", run="r1", tables={"job": job_rows([2**30] * 9)})
    with serving(tmp_path / "runs") as (address, _):
        first = ask(address, "GET /version HTTP/1.1")[2]
        begin = time.monotonic()
        write_run(tmp_path / "runs", run="r2", tables={"job": job_rows([2**30] * 9)})
        while (second := ask(address, "GET /version HTTP/1.1")[2]) == first:
            assert time.monotonic() < begin + 60
            os.sched_yield()
        took = time.monotonic() - begin
        body = ask(address, "GET /parts HTTP/1.1")[2]

    assert second != first
    assert took > 2
    assert b"r2" in body
