"""`perfmon plot`: draws recorded runs."""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import TYPE_CHECKING

from perfmon.cli import output, reporting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.exports.draw_all import PlotResult
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.plots.registry import Named
    from perfmon_analyze.series.options import Options

USAGE_STATUS = 2
NO_DATA_STATUS = 1

_FORMATS = ("png", "svg", "pdf")
_DESCRIPTION = """Draw all plots that the data of the recorded runs allow. Unless --only is given, also write
summary.json and summary.md."""
_EXAMPLES = """examples:
  perfmon plot runs                                      all plots of all runs, into plots/
  perfmon plot runs --only training_loss -o figures
  perfmon plot runs --only 'memory_usage_*,disk_*'       shell patterns; quote them
  perfmon plot runs --format png,svg,pdf --style screen --dpi 200
  perfmon plot runs/20261122T184300Z-training-bielik12-3f9a --scope host

A file perfmon.toml can set the label, colour and order of models, besides other settings (perfmon config):
  [models.llama-8b]
  label = "Llama 8B"
  colour = "#117733"
  order = 1"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's description, examples and options."""
    parser.description, parser.epilog = _DESCRIPTION, _EXAMPLES
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUNS", help="a run folder, or a folder of runs")
    add("-o", "--output", metavar="DIR", help="where to write (default: a folder plots beside the runs folder)")
    add("--only", action="append", default=[], metavar="NAME", help="plots to draw: names or patterns, with commas")
    add("--format", type=_formats, default=("png",), metavar="KIND", help="png, svg, pdf, with commas (default: png)")
    add("--scope", choices=("job", "host"), default="job", help="whose CPU, RAM and VRAM to draw (default: job)")
    add("--no-synthetic", action="store_true", help="leave GPU panels empty where no GPU was recorded")
    add("--per-gpu", action="store_true", help="one line for each GPU, not their sum or mean")
    add("--phase", metavar="NAME", help="draw only what was recorded during this phase")
    add("--style", choices=("paper", "screen", "dark"), default="paper", help="style of the plots (default: paper)")
    add("--dpi", type=_dpi, metavar="N", help="dots per inch of a png (default: the style's)")
    add("--title", metavar="TEXT", help="title for every figure, instead of its own")


def run(options: argparse.Namespace) -> int:
    """Draw the requested plots; the exit status is returned."""
    with reporting.warnings_as_lines("plot"):
        return _plot(options)


def _plot(arguments: argparse.Namespace) -> int:
    from perfmon_analyze import NoRuns, load  # noqa: PLC0415 - `perfmon run` must not wait for pandas and matplotlib
    from perfmon_analyze.plots.lean_matplotlib import lean  # noqa: PLC0415 - as above

    with lean():
        from perfmon_analyze.exports.draw_all import chosen  # noqa: PLC0415 - as above

    try:
        options = _options(arguments)
        runs = load(*arguments.runs)
        plots = chosen(runs, [name for names in arguments.only for name in names.split(",") if name])
    except NoRuns as error:
        return reporting.fail("plot", error, NO_DATA_STATUS)
    except (OSError, ValueError) as error:
        return reporting.fail("plot", error, USAGE_STATUS)
    try:
        return _draw(arguments, runs, plots, options)
    except OSError as error:
        return reporting.fail("plot", error, USAGE_STATUS)


def _options(arguments: argparse.Namespace) -> Options:
    from perfmon_analyze import Options  # noqa: PLC0415 - as in _plot
    from perfmon_analyze.plots.style import project_model_styles  # noqa: PLC0415 - as in _plot

    return Options(
        scope=arguments.scope,
        synthetic=not arguments.no_synthetic,
        per_gpu=arguments.per_gpu,
        phase=arguments.phase,
        style=arguments.style,
        title=arguments.title,
        models=project_model_styles(),
    )


def _draw(arguments: argparse.Namespace, runs: Runs, plots: Sequence[Named], options: Options) -> int:
    from perfmon_analyze.exports import draw_all  # noqa: PLC0415 - as in _plot

    folder = arguments.output or _default_folder(arguments.runs[0])
    os.makedirs(folder, exist_ok=True)
    target = draw_all.ImageTarget(folder=folder, formats=arguments.format, dpi=arguments.dpi)
    if arguments.only:
        drawing = draw_all.draw_plots(runs, plots, options, target)
    else:
        summarize = partial(draw_all.summarize, runs, options, folder)
        drawing = draw_all.draw_plots(runs, plots, options, target, meanwhile=summarize)
    order = {one.name: place for place, one in enumerate(plots)}
    shown = reporting.progress(drawing, "plots", len(plots)) if len(plots) > 1 else drawing
    drawn = sorted(shown, key=lambda one: order[one.name])
    _report(drawn, folder)
    return 0 if any(one.paths for one in drawn) else NO_DATA_STATUS


def _report(drawn: Sequence[PlotResult], folder: str) -> None:
    from perfmon_analyze.text.humanize import listed  # noqa: PLC0415 - as in _plot

    names = [os.path.basename(path) for one in drawn for path in one.paths]
    output.lines([f"{len(names)} pictures in {folder}", *(f"  {name}" for name in names)])
    reasons: dict[str, list[str]] = {}
    for one in drawn:
        if one.reason is not None:
            reasons.setdefault(one.reason, []).append(one.name)
    output.lines(f"left out, {reason}: {listed(left_out)}" for reason, left_out in reasons.items())


def _default_folder(runs: str) -> str:
    """Return the folder `plots` next to the runs folder, given that folder or one of its runs."""
    from perfmon.store import own_files  # noqa: PLC0415 - with its only user

    path = os.path.abspath(runs)
    if own_files.is_run(path):
        path = os.path.dirname(path)
    return os.path.relpath(os.path.join(os.path.dirname(path), "plots"))


def _formats(text: str) -> tuple[str, ...]:
    kinds = tuple(dict.fromkeys(text.split(",")))
    if not set(kinds) <= set(_FORMATS):
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(_FORMATS)}, with commas; not {text!r}")
    return kinds


def _dpi(text: str) -> float:
    try:
        dpi = float(text)
    except ValueError:
        dpi = 0.0
    if not 10 <= dpi <= 1200:
        raise argparse.ArgumentTypeError(f"must be a number from 10 to 1200; not {text!r}")
    return dpi
