"""The options of `perfmon run`, as what argparse is told of them, and as command lines that need no argparse.

Nearly all command lines are plain: known options, each with its value, and then the command. argparse takes as long to
load as Python takes to start, and the command waits for it.
"""

from __future__ import annotations

from perfmon.cli import durations

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from typing import Any
else:

    class Namespace:
        """What argparse returns: options by their names."""


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        from argparse import ArgumentTypeError  # noqa: PLC0415 - where argparse asks, it is loaded

        raise ArgumentTypeError(f"a tag is KEY=VALUE, not {text!r}")
    return key, value


OPTIONS: dict[str, dict[str, Any]] = {
    "stage": {"help": "step of the pipeline (default: the script's name)"},
    "model": {"help": "model that the stage works on"},
    "variant": {"help": "variant of the run, such as detectors or baseline"},
    "series": {"help": "label of one curve: a layer or a job, such as L15"},
    "name": {"help": "a name for the run"},
    "dataset": {"help": "data set that the stage works on"},
    "tag": {
        "action": "append",
        "default": [],
        "metavar": "KEY=VALUE",
        "type": _tag,
        "help": "any other label; repeatable",
    },
    "interval": {
        "type": durations.interval,
        "default": 1.0,
        "help": "sampling interval: 250ms, 0.1, 2s (default: 1s)",
    },
    "runs": {"default": "runs", "metavar": "DIR", "help": "where run folders are made (default: runs)"},
    "disk": {
        "action": "append",
        "metavar": "PATH",
        "help": "folder to watch: its growth is recorded; repeatable (default: the working directory)",
    },
    "gpu": {
        "default": "auto",
        "metavar": "WHICH",
        "help": "GPUs to record: all, none, or a list of indices and UUIDs, such as 0,1 (default: those that "
        "CUDA_VISIBLE_DEVICES leaves to the job)",
    },
    "kill-after": {
        "type": durations.interval,
        "metavar": "TIME",
        "help": "kill the command if it still runs this long after a signal asked it to end (default: never)",
    },
    "quiet": {"action": "store_true", "help": "print nothing"},
}


def parse_plain(words: Sequence[str]) -> Namespace | None:
    """What argparse makes of a plain command line; None for any other, of which it has to judge."""
    found: dict[str, Any] = {name: how.get("default") for name, how in OPTIONS.items()} | {"quiet": False}
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        name, equals, value = words[at].removeprefix("--").partition("=")
        how = OPTIONS.get(name)
        is_flag = name == "quiet"
        at += 1 if equals or is_flag else 2
        if how is None or not words[at - 1 :] or (equals and is_flag):
            return None
        if not equals and not is_flag:
            value = words[at - 1]
            if value.startswith("-"):
                return None
        try:
            parsed = True if is_flag else how.get("type", str)(value)
        except Exception:  # whatever it is, argparse has words for it
            return None
        found[name] = [*(found[name] or ()), parsed] if how.get("action") == "append" else parsed
    options = Namespace()
    for name, parsed in (found | {"command": list(words[at:])}).items():
        setattr(options, name.replace("-", "_"), parsed)
    return options
