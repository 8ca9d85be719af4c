"""Finds the configuration: `PERFMON_*` variables, the project's perfmon.toml or pyproject.toml, the user's file.

Only what `perfmon run` must know before it starts the command: whether anything is set at all. What is set is read in
`config`, which is loaded only then.
"""

from __future__ import annotations

import os
import stat

FILE, PROJECT = "perfmon.toml", "pyproject.toml"
PREFIX = "PERFMON_"
SHARED = "runs"  # the one setting that verbs share: where run folders are made, and looked up


def variable(verb: str, key: str) -> str:
    """The variable that sets an option: `PERFMON_RUN_KILL_AFTER` for `--kill-after` of `perfmon run`."""
    return f"{PREFIX}{verb}_{key}".upper().replace("-", "_")


SHARED_VARIABLE = f"{PREFIX}{SHARED}".upper()


def is_anything_set(verb: str) -> bool:
    """Whether a variable or a file may configure this verb."""
    prefix = variable(verb, "")
    return any(name.startswith((prefix, SHARED_VARIABLE)) for name in os.environ) or bool(config_paths())


def config_paths() -> list[str]:
    """Return the files to read by rank: the project's, then the user's."""
    return [path for path in (project_file(), user_file()) if path is not None]


def project_file() -> str | None:
    """The nearest perfmon.toml, or pyproject.toml with a table [tool.perfmon], from the working directory upwards.

    The search ends with the home directory, above which other people's folders begin.
    """
    try:
        folder = os.getcwd()
    except FileNotFoundError:  # somebody removed it
        return None
    home = os.environ.get("HOME")
    while True:
        for name in (FILE, PROJECT):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and _is_trusted(path) and (name == FILE or _has_perfmon_table(path)):
                return path
        parent = os.path.dirname(folder)
        if folder in (parent, home):
            return None
        folder = parent


def user_file() -> str | None:
    """The user's own file, `~/.config/perfmon/perfmon.toml` unless XDG_CONFIG_HOME says otherwise."""
    home, base = os.environ.get("HOME", ""), os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):  # the specification: relative ones are to be ignored
        base = os.path.join(home, ".config") if home else ""
    path = os.path.join(base, "perfmon", FILE)
    return path if base and os.path.isfile(path) else None


def _is_trusted(path: str) -> bool:
    """Whether a file belongs to the user or root, or lies where nobody else may write, unlike /tmp/perfmon.toml."""
    if os.stat(path).st_uid in (0, os.geteuid()):
        return True
    return not os.stat(os.path.dirname(path)).st_mode & stat.S_IWOTH


def _has_perfmon_table(path: str) -> bool:
    """Whether a pyproject.toml may have a table of perfmon; most have none, and parsing TOML is slow."""
    try:
        with open(path, "rb") as file:
            return b"tool.perfmon" in file.read()
    except OSError:
        return False
