"""Entry points of perfmon's own distribution, without what `importlib.metadata` loads to read those of all others."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from types import ModuleType

DISTRIBUTION = "perfmon_ml"  # as its folder of metadata is called: `perfmon_ml-1.2.dist-info`


def load(group: str, name: str) -> ModuleType:
    """The module that the entry point `name` of the group stands for.

    Raises:
        LookupError: perfmon's distribution has no such entry point, or is not installed.
    """
    package, _, last = (_quick(group, name) or _thorough(group, name)).rpartition(".")
    module: ModuleType = getattr(__import__(package, fromlist=[last]), last)
    return module


def _quick(group: str, name: str) -> str | None:
    for folder in sys.path:
        try:
            inside = os.listdir(folder or ".")
        except OSError:  # a zip file, or not there
            continue
        for one in inside:
            if one.startswith(f"{DISTRIBUTION}-") and one.endswith(".dist-info"):
                return _named(os.path.join(folder, one, "entry_points.txt"), group, name)
    return None


def _named(path: str, group: str, name: str) -> str | None:
    """What a name of a group stands for in an entry_points.txt: sections of `name = module` lines."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    section = ""
    for line in lines:
        if line.startswith("["):
            section = line.strip("[] ")
        key, _, module = line.partition("=")
        if section == group and key.strip() == name:
            return module.strip()
    return None


def _thorough(group: str, name: str) -> str:
    """The same by the library: perfmon may be in a zip file, or where only a finder of somebody's knows."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - this is what the quick way is there to avoid

    for one in entry_points(group=group, name=name):
        return one.value
    raise LookupError(f"there is no entry point {name} of group {group}")
