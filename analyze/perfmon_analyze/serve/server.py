"""The HTTP server: three addresses, and pictures by the names of plots; no address becomes a path of a file."""

from __future__ import annotations

import io
import ipaddress
import json
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfmon_analyze.serve.site import Site

_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",  # the rest is in the page
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_PATIENCE_SECONDS = 10.0  # with a browser that does not get on with it
_CONNECTION_SECONDS = 120.0  # all that one may take
_CONNECTIONS = 64  # at a time; a browser has six
_THREADS = 2 * _CONNECTIONS  # those of connections just closed end in a moment
_HEAD_BYTES = 256 << 10  # of a request; browsers send less than one KiB, and a line alone may have 64
_BUFFER_BYTES = 128 << 10  # that the kernel holds for one that does not read
_PICTURE, _PNG = "/picture/", ".png"


class _HttpResponse(NamedTuple):
    kind: str
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    server_version, sys_version = "perfmon", ""
    timeout = _PATIENCE_SECONDS

    def setup(self) -> None:
        """Limit how much of a request is read."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        super().setup()
        self.rfile = _Head(self.rfile.detach())  # a BufferedReader, as rbufsize says

    def parse_request(self) -> bool:
        """Read the request; refuse other hosts and methods than GET and HEAD."""
        if not super().parse_request():
            return False
        if not self.server.is_for_us(self.headers.get_all("Host") or []):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "This name is not one that perfmon serve goes by.")
        elif self.command not in ("GET", "HEAD"):
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, "There is nothing here that could be changed.")
        else:
            return True
        return False

    def do_GET(self) -> None:
        """Respond to a GET request."""
        response = self._respond_to(self.path.partition("?")[0])
        if response is None:
            self._refuse(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        else:
            self._send(HTTPStatus.OK, response)

    def do_HEAD(self) -> None:
        """Respond without the body."""
        self.do_GET()

    def _respond_to(self, path: str) -> _HttpResponse | None:
        site = self.server.site
        if path == "/":
            return _HttpResponse("text/html; charset=utf-8", site.page())
        if path == "/parts":
            return _HttpResponse("text/html; charset=utf-8", site.parts())
        if path == "/version":
            return _HttpResponse("application/json", json.dumps({"version": site.version()}).encode())
        if path.startswith(_PICTURE) and path.endswith(_PNG):
            picture = site.picture(path.removeprefix(_PICTURE).removesuffix(_PNG))
            return None if picture is None else _HttpResponse("image/png", picture)
        return None

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._send(status, _HttpResponse("text/plain; charset=utf-8", f"{why}\n".encode()))

    def _send(self, status: HTTPStatus, response: _HttpResponse) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Type", response.kind)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            body = memoryview(response.body)  # everybody's, and never copied
            for begin in range(0, len(body), _BUFFER_BYTES):  # patience is with each piece: a line may be slow
                self.wfile.write(body[begin : begin + _BUFFER_BYTES])

    def send_error(self, code: int, *_: object) -> None:
        """Refuse an invalid request, without repeating its text."""
        self.command = getattr(self, "command", None) or ""
        self.request_version = "HTTP/1.0"
        self._refuse(HTTPStatus(code), HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Log nothing: a page that polls every few seconds would fill the terminal."""


class _Head(io.BufferedReader):
    """Reads the head of a request, up to `_HEAD_BYTES`.

    Raises:
        TimeoutError: the head is longer; it is treated as one that never ends.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__(raw)
        self._left = _HEAD_BYTES

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read one line of the head."""
        line = super().readline(min(self._left + 1, size) if size is not None and size >= 0 else self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise TimeoutError
        return line


class Server(ThreadingHTTPServer):
    """Serves a site on one address.

    At most `_CONNECTIONS` connections are open; for one more the oldest is closed, so that idle clients take neither
    memory nor the place of others.

    Names of other machines are refused even if they lead here, or a page from elsewhere could read the runs through
    a name of its own (DNS rebinding). An address in digits cannot be such a name.

    Raises:
        OSError: the address is taken, or not this machine's.
    """

    daemon_threads = True
    request_queue_size = 128  # that the kernel holds until they are accepted

    def __init__(self, site: Site, host: str, port: int, names: Iterable[str] = ()) -> None:
        self.site = site
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._names = {"localhost", host.lower(), *(name.lower() for name in names)}
        self._lock = Lock()
        self._began: dict[socket.socket, float] = {}  # of open connections, the oldest first
        self._threads_left = Semaphore(_THREADS)
        super().__init__((host, port), _Handler)

    @property
    def address(self) -> str:
        """The URL of the server."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def is_for_us(self, hosts: list[str]) -> bool:
        """Whether the Host headers of a request name this server."""
        if len(hosts) != 1:
            return False
        name = hosts[0].strip().lower()
        if not name.endswith("]"):
            name = name.rpartition(":")[0] if name.rpartition(":")[2].isdecimal() and ":" in name else name
        return name in self._names or _is_address(name)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Handle the request in a new thread, once there is room for it."""
        with self._lock:
            if len(self._began) >= _CONNECTIONS:
                self._end(next(iter(self._began)))
            self._began[request] = time.monotonic()
        self._threads_left.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle the request, and release its thread's slot."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._threads_left.release()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._began.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End connections that take too long; this is called twice a second."""
        with self._lock:
            for request, began in list(self._began.items()):
                if time.monotonic() - began > _CONNECTION_SECONDS:
                    self._end(request)

    def _end(self, request: socket.socket) -> None:
        """Shut a connection down, so that its thread's next read or write fails."""
        del self._began[request]
        with suppress(OSError):  # the browser was faster
            request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors of a connection: a browser that disconnects is no error of the server."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches this address."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
