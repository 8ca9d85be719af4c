"""`perfmon run`: run a command and record it."""

from __future__ import annotations

import gc
import os
import time

from perfmon.cli import run_options
from perfmon.lean.standard_error import tell
from perfmon.lean.stdlib import TYPE_CHECKING, signal, suppress
from perfmon.linux import child_process
from perfmon.store.run_folder import VARIABLE, RunFolder, create
from perfmon.store.run_json import Labels
from perfmon.supervisor import launch, signals
from perfmon.supervisor.sentinel import Sentinel, deliver_early_signals
from perfmon.supervisor.started_command import StartedCommand

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
    if problem := _problem_of_proc():
        _error(f"perfmon run: {problem}; what is recorded comes from there")
        return OWN_FAILURE
    gc.disable()  # nothing that is made until we wait is rubbish
    ours, given = signals.block()  # from here on nothing that is sent to us is lost, nor ends us
    try:
        begun = _begin(options, command)
    except Exception as error:  # whatever it is: the command has not been started
        _error(f"perfmon run: cannot make a run folder in {options.runs!r}: {_reason(error)}; choose another --runs")
        return OWN_FAILURE
    return _run(options, command, begun, ours, given)


def _run(
    options: argparse.Namespace, command: list[str], begun: RunFolder, ours: list[signal.Signals], given: signals.Given
) -> int:
    """Start the command and record it in this folder; the exit status is returned."""
    say = _silence if options.quiet else _say
    try:
        say(f"recording {begun.facts['stage']} to {os.path.join(options.runs, begun.name)}")
        pending, started, early = _start(options, command, begun, ours, given)
    except BaseException as error:  # whatever it is: the command has not been started
        begun.discard()
        _error(f"perfmon run: the command cannot be started: {_reason(error)}")
        return OWN_FAILURE
    try:
        _load()
        pending.wait_started()
        ending = _record(begun, started, ours, early, say)
        seconds = time.monotonic() - float(str(begun.facts["begin_monotonic"]))
        say(f"{ending} after {seconds:.1f} s; perfmon plot {_quoted(options.runs)} draws it")
    except launch.StartError as error:
        return _not_started(begun, started, error)
    except BaseException as error:  # the one guard: whatever it is, the command runs, and its status is ours
        _tell_failure(error)
        started.wait(ours)
        _end_unrecorded(begun, started)
    return _exit_status(started)


def _not_started(begun: RunFolder, started: StartedCommand, error: launch.StartError) -> int:
    """Clean up after a command that cannot be executed; the exit status that shells have for it is returned."""
    with suppress(OSError):  # both go by themselves, or can be removed
        started.sentinel.end()
        begun.discard()
    _error(f"perfmon run: {error}")
    return error.status


def _tell_failure(error: BaseException) -> None:
    with suppress(Exception):
        _say(f"recording failed: {_reason(error)}; the command goes on")


def _reason(error: BaseException) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"


def _end_unrecorded(begun: RunFolder, started: StartedCommand) -> None:
    """Say in run.json how the command ended, if no recorder was there to do so."""
    with suppress(Exception):  # then the run counts as lost
        from perfmon.store import run_json  # noqa: PLC0415 - only where something failed
        from perfmon.supervisor.exit_cause import explain_exit  # noqa: PLC0415

        recorder = run_json.read_facts(begun.folder)["recorder"]
        if isinstance(recorder, dict) and recorder["pid"] == os.getpid():
            begun.end(explain_exit(started.code or 0, (), {}))


def _exit_status(started: StartedCommand) -> int:
    code = started.code or 0
    if code == -signal.SIGINT:
        with suppress(OSError):
            signals.die_of(signal.SIGINT)  # a shell loop around us ends only if it sees us die of it
    return 128 - code if code < 0 else code


def _start(
    options: argparse.Namespace, command: list[str], begun: RunFolder, ours: list[signal.Signals], given: signals.Given
) -> tuple[launch.PendingCommand, StartedCommand, Sequence[EarlySignal]]:
    """The command's process, just released, with the sentinel beside it, and signals that came before them.

    Raises:
        OSError: there are no processes to be had, and the command was not started.
    """
    child_process.name_ourselves()
    signals.become_subreaper()  # before the command: one that leaves a daemon and ends at once must not escape
    pending = launch.PendingCommand(command, launch.environment() | {VARIABLE: begun.folder}, ours)
    sentinel = Sentinel()
    started = StartedCommand(pending.pid, sentinel, kill_after=options.kill_after, tell=_say)
    early = deliver_early_signals(ours, pending.pid, sentinel)
    pending.release(given)  # the last thing that is done before the guard
    return pending, started, early


def _load() -> None:
    """Load what is needed once the command runs, while it is being executed."""
    import perfmon.recorder.recorder_process  # noqa: PLC0415
    import perfmon.supervisor.supervisor  # noqa: F401, PLC0415


def _problem_of_proc() -> str | None:
    """Why /proc does not show the processes that we see; None where it does."""
    try:
        own = os.readlink("/proc/self")
    except OSError:
        return "/proc is not mounted"
    return None if own == str(os.getpid()) else "/proc is another pid namespace's; mount this one's"


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


def _record(
    begun: RunFolder,
    command: StartedCommand,
    ours: list[signal.Signals],
    early: Sequence[EarlySignal],
    say: Callable[[str], None],
) -> str:
    """Have it recorded until the command ends, and wait for it: how the run ended, in words."""
    from perfmon.linux.process_tree import Tree  # noqa: PLC0415
    from perfmon.recorder.recorder_process import Outcome, RecorderProcess  # noqa: PLC0415 - not before the command starts
    from perfmon.supervisor.supervisor import Supervisor  # noqa: PLC0415

    tree = Tree(os.getpid(), include_top=False)
    supervisor = Supervisor(command, ours, tree, early=early)
    recorder = RecorderProcess(begun, command.pid, tree, say)
    gc.freeze()
    gc.enable()
    while not supervisor.ended(None, recorder.filenos()):
        recorder.listen()
        recorder.notify_signals(supervisor.received)
    recorder.wait_for_last_readings()
    code = supervisor.reap()
    return recorder.finish(Outcome(code, supervisor.received, supervisor.survivors(), tree.maxrss_bytes))


def _quoted(runs: str) -> str:
    from perfmon.cli import output  # noqa: PLC0415 - as in _load

    return output.quoted(runs)


def _say(text: str) -> None:
    _error(f"perfmon: {text}")


def _error(text: str) -> None:
    if not text.isprintable():
        from perfmon.store.printable import printable  # noqa: PLC0415 - most runs do without

        text = printable(text)
    tell(text)


def _silence(text: str) -> None:
    del text
