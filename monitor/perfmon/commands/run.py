"""`perfmon run`: run a command and record it."""

from __future__ import annotations

import gc
import os
import sys
import time

from perfmon.cli import run_options
from perfmon.lean.stdlib import TYPE_CHECKING, signal
from perfmon.store.run_folder import VARIABLE, RunFolder, create
from perfmon.store.run_json import Labels
from perfmon.supervisor import launch, signals
from perfmon.supervisor.sentinel import Sentinel, deliver_early_signals

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from perfmon.supervisor.sentinel import EarlySignal

USAGE_STATUS = OWN_FAILURE = 125  # as `docker run` and `timeout` say it: below 125 it is the command's own


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `perfmon run`."""
    parser.usage = "perfmon run [options] -- CMD ..."
    parser.description = (
        "Run CMD and record its use of CPU, RAM, GPU, VRAM and disk, from its start to its end. CMD keeps its "
        "terminal, streams, working directory and environment. It receives every signal that perfmon receives, and "
        "perfmon ends with its exit status."
    )
    parser.epilog = """examples:
  perfmon run -- python train_sae.py
  perfmon run --stage training --model bielik12 --series L15 -- python train_sae.py --layer 15
  perfmon run --stage inference --model bielik12 --variant detectors --disk outputs -- ./serve.sh
  perfmon run --interval 250ms --tag lr=1e-3 -- make -j8

exit status: that of CMD; 128+N if signal N ended it; 127 if CMD does not exist, 126 if it cannot be executed;
125 if perfmon itself failed, in which case CMD was not started. PERFMON_DISABLE=1 runs CMD and records nothing."""
    for name, how in run_options.OPTIONS.items():
        parser.add_argument(f"--{name}", **how)
    parser.add_argument("command", nargs="...", metavar="CMD", help="the command and its arguments")


parse_plain = run_options.parse_plain


def run(options: argparse.Namespace) -> int:
    """Start the command, record it to its end, and return its exit status."""
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        _error("perfmon run: no command; write: perfmon run [options] -- CMD ...")
        return USAGE_STATUS
    if os.environ.get("PERFMON_DISABLE") == "1":
        return launch.replace_by(command)
    gc.disable()  # nothing that is made until we wait is rubbish
    ours, mask = signals.block()  # from here on nothing that is sent to us is lost, nor ends us
    try:
        begun = _begin(options, command)
    except Exception as error:  # whatever it is: the command has not been started
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        _error(f"perfmon run: cannot make a run folder in {options.runs!r}: {why}; choose another --runs")
        return OWN_FAILURE
    say = _silence if options.quiet else _say
    try:
        say(f"recording {begun.facts['stage']} to {os.path.join(options.runs, begun.name)}")
        command_process, sentinel, early = _hold(command, begun, ours)
    except BaseException as error:
        begun.discard()
        if not isinstance(error, OSError):
            raise
        _error(f"perfmon run: the command cannot be started: {error.strerror or error}")
        return OWN_FAILURE
    command_process.release(mask)
    _load()
    try:
        command_process.wait_started()
    except launch.StartError as error:
        sentinel.end()
        begun.discard()
        _error(f"perfmon run: {error}")
        return error.status
    code, ending = _watch(
        begun, command_process.pid, ours=ours, sentinel=sentinel, early=early, kill_after=options.kill_after, say=say
    )
    seconds = time.monotonic() - float(str(begun.facts["begin_monotonic"]))
    from perfmon.cli import output  # noqa: PLC0415 - as in _load

    say(f"{ending} after {seconds:.1f} s; perfmon plot {output.quoted(options.runs)} draws it")
    if code == -signal.SIGINT:
        signals.die_of(signal.SIGINT)  # a shell loop around us ends only if it sees us die of it
    return 128 - code if code < 0 else code


def _hold(
    command: list[str], begun: RunFolder, ours: list[signal.Signals]
) -> tuple[launch.PendingCommand, Sentinel, Sequence[EarlySignal]]:
    """The command's process, ready to be released, the sentinel beside it, and signals that came before them.

    Raises:
        OSError: there are no processes to be had.
    """
    signals.become_subreaper()  # before the command: one that leaves a daemon and ends at once must not escape
    command_process = launch.PendingCommand(command, launch.environment() | {VARIABLE: begun.folder}, ours)
    sentinel = Sentinel()
    return command_process, sentinel, deliver_early_signals(ours, command_process.pid, sentinel)


def _load() -> None:
    """Load what is needed once the command runs, while it is being executed."""
    import perfmon.recorder.recorder_process  # noqa: PLC0415
    import perfmon.supervisor.supervisor  # noqa: F401, PLC0415


def _begin(options: argparse.Namespace, command: list[str]) -> RunFolder:
    about = Labels(
        stage=options.stage,
        model=options.model,
        variant=options.variant,
        series=options.series,
        name=options.name,
        dataset=options.dataset,
        tags=dict(options.tag),
    )
    folders = [os.path.abspath(path) for path in options.disk or ["."]]
    return create(
        options.runs,
        about,
        os.environ,
        command=command,
        interval=options.interval,
        folders=folders,
        gpus=options.gpu,
    )


def _watch(
    begun: RunFolder,
    pid: int,
    *,
    ours: list[signal.Signals],
    sentinel: Sentinel,
    early: Sequence[EarlySignal],
    kill_after: float | None,
    say: Callable[[str], None],
) -> tuple[int, str]:
    """Have it recorded until the command ends: its exit status or minus its signal, and how the run ended in words.

    The command runs already: whatever fails from here on is told, and the command is still waited for.
    """
    from perfmon.linux.process_tree import Tree  # noqa: PLC0415
    from perfmon.recorder.recorder_process import Outcome, RecorderProcess  # noqa: PLC0415 - not before the command starts
    from perfmon.supervisor.supervisor import Supervisor  # noqa: PLC0415

    tree = Tree(os.getpid(), include_top=False)
    supervisor = Supervisor(pid, ours, tree, sentinel, early=early, kill_after=kill_after)
    try:
        recorder = RecorderProcess(begun, pid, tree, say)
    except OSError as error:  # no process to be had
        _say(f"nothing is recorded: {error.strerror}; the command goes on")
        while not supervisor.ended(None):
            pass
        return supervisor.reap(), "not recorded"
    gc.freeze()
    gc.enable()
    while not supervisor.ended(None, recorder.filenos()):
        recorder.listen()
        recorder.notify_signals(supervisor.received)
    recorder.wait_for_last_readings()
    code = supervisor.reap()
    return code, recorder.finish(Outcome(code, supervisor.received, supervisor.survivors(), tree.maxrss_bytes))


def _say(text: str) -> None:
    _error(f"perfmon: {text}")


def _error(text: str) -> None:
    if not text.isprintable():
        from perfmon.store.printable import printable  # noqa: PLC0415 - most runs do without

        text = printable(text)
    sys.stderr.write(f"{text}\n")


def _silence(text: str) -> None:
    del text
