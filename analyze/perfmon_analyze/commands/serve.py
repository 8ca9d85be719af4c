"""`perfmon serve`: the report of recorded runs, live in a browser."""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting
from perfmon_analyze.commands.report import configure_options, figure_options

if TYPE_CHECKING:
    from perfmon_analyze.serve import Server

USAGE_STATUS = 2

_PORT = 8791
_LOOPBACK = "127.0.0.1"
_DESCRIPTION = """Show recorded runs in a browser, as `perfmon report` does. The page updates itself while runs are
being recorded. Only this machine can connect, unless --host says otherwise. Stop it with Ctrl-C."""
_EXAMPLES = f"""examples:
  perfmon serve runs                     then open http://{_LOOPBACK}:{_PORT}/
  perfmon serve runs --port 0            on any free port
  ssh -L {_PORT}:localhost:{_PORT} node     on your laptop, to see what a cluster node serves
  perfmon serve runs --host 0.0.0.0 --allow node.example.org

There is no password: whoever can reach the port sees the runs. A host name in the browser's address must be that of
--host or one of --allow. Numeric addresses and localhost are always accepted.

exit status: 0; 2 for an error in the command line, a port in use, or if the charting library is missing"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUNS", help="a run folder, or a folder of runs; runs may be added later")
    add("--host", default=_LOOPBACK, metavar="ADDRESS", help=f"the address to serve on (default: {_LOOPBACK})")
    add("--port", type=_port, default=_PORT, metavar="N", help=f"the port; 0 for any (default: {_PORT})")
    add("--allow", action="append", default=[], metavar="NAME", help="host name that browsers may use; repeatable")
    configure_options(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C; the exit status is returned."""
    from perfmon_analyze.report import NoLibrary, plotly_js  # noqa: PLC0415 - `perfmon run` must not wait for them
    from perfmon_analyze.serve import Server, Site  # noqa: PLC0415 - as above

    try:
        plotly_js.source()
        server = Server(
            Site(options.runs, figure_options(options), options.title), options.host, options.port, options.allow
        )
    except (NoLibrary, OSError, ValueError) as error:
        return reporting.fail("serve", error, USAGE_STATUS)
    _print_address(server, options.host)
    return _serve(server)


def _print_address(server: Server, host: str) -> None:
    from perfmon_analyze.serve.server import is_loopback  # noqa: PLC0415 - as in run

    if not is_loopback(host):
        output.error("perfmon serve: there is no password: who reaches this port sees the runs")
    output.lines([f"{server.address} shows the runs; Ctrl-C ends it"])


def _serve(server: Server) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        output.lines([""])
    finally:
        server.server_close()
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 65535; not {text!r}")
    return int(text)
