"""The environment of the tools that perfmon is measured beside."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".benchmark"
PERFMON = Path(sys.executable).with_name("perfmon")
BIN = CACHE / "peers" / "bin"
_WANTED = Path(__file__).with_name("peers.txt")
_SHOWN = ("con-duct", "memory_profiler", "psrecord", "psutil", "resource-tracker")


def install() -> None:
    """Make the environment if it is not there, or not as wanted.

    Raises:
        subprocess.CalledProcessError: pip could not install one of the tools.
    """
    wanted = _WANTED.read_text() + sys.version
    done = CACHE / "peers" / "installed"
    if done.exists() and done.read_text() == wanted:
        return
    sys.stderr.write("Setting up .benchmark/peers (the first time takes a minute)\n")
    venv.create(BIN.parent, with_pip=True, clear=True)
    pip: list[str | Path] = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", _WANTED], check=True)
    done.write_text(wanted)


def versions() -> str:
    """Perfmon and the tools with their versions, as they are installed."""
    (packages,) = BIN.parent.glob("lib/*/site-packages")
    found = {
        str(one.metadata["Name"]).lower().replace("_", "-"): one.version
        for one in importlib.metadata.distributions(path=[str(packages)])
    }
    peers = ", ".join(f"{name} {found[name.replace('_', '-')]}" for name in _SHOWN)
    return f"perfmon {importlib.metadata.version('perfmon-ml')}; {peers}"
