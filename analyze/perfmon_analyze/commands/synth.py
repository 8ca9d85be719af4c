"""`perfmon synth`: writes synthetic runs to try the plots on."""

from __future__ import annotations

import argparse

from perfmon.cli import durations, output, reporting

USAGE_STATUS = 2
FAILED_STATUS = 1

_DESCRIPTION = """Write eight synthetic runs of a pipeline that saves activations, trains sparse autoencoders and
runs inference, for two models. They have the format of measured runs, and are marked as synthetic in run.json and in
every file. The same options write the same bytes. If one of the runs already exists, nothing is written."""
_EXAMPLES = """examples:
  perfmon synth runs                               61 hours of work, a sample a minute
  perfmon synth runs --scale 0.01                  the same work in 37 minutes, a sample a second
  perfmon synth runs --interval 1s --seed 7
  perfmon synth runs && perfmon plot runs"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("directory", metavar="DIR", help="folder to write the runs to; it is created if it does not exist")
    add("--seed", type=_seed, default=0, metavar="N", help="seed of the random noise (default: 0)")
    add(
        "--interval",
        type=durations.interval,
        metavar="TIME",
        help="sampling interval, such as 1s or 60s (default: 60s; shorter with --scale, at least 1s)",
    )
    add("--scale", type=_scale, default=1.0, metavar="FACTOR", help="length of the runs, above 0 to 10 (default: 1)")


def run(options: argparse.Namespace) -> int:
    """Write the runs; the exit status is returned."""
    from perfmon_analyze.synthetic.write import write_study  # noqa: PLC0415 - `perfmon run` must not wait for pandas

    try:
        written = list(
            write_study(options.directory, seed=options.seed, interval=options.interval, scale=options.scale)
        )
    except ValueError as error:
        return reporting.fail("synth", error, USAGE_STATUS)
    except OSError as error:
        return reporting.fail("synth", error, FAILED_STATUS)
    output.lines([f"{len(written)} synthetic runs in {options.directory}"])
    return 0


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 or more; not {text!r}")
    return int(text)


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale <= 10:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most 10; not {text!r}")
    return scale
