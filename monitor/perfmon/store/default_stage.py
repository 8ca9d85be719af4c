"""The name of a stage that was given none: that of the script, or of the program, and never a text that is run."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import before the command starts
if TYPE_CHECKING:
    from collections.abc import Sequence

_SUFFIXES = (".py", ".pyz", ".sh", ".bash", ".zsh", ".R", ".r", ".jl", ".js", ".mjs", ".ts", ".pl", ".rb", ".lua")

# Interpreters: short options behind which a text to run stands, a module, or a value that is neither.
_SHELL = ("c", "", "oO")
_INTERPRETERS = {
    **dict.fromkeys(("bash", "sh", "dash", "zsh", "ksh", "mksh", "ash", "csh", "tcsh", "fish"), _SHELL),
    **dict.fromkeys(("python", "pypy", "ipython"), ("c", "m", "WX")),
    "perl": ("eE", "", "I"),
    "ruby": ("e", "", "rIC"),
    "node": ("ep", "", "r"),
    "Rscript": ("e", "", ""),
    "julia": ("eE", "", "JLptC"),
    "lua": ("e", "", "l"),
    "php": ("r", "", "dc"),
}
_LONG_TEXT = ("--eval", "--print", "--command", "--init-command")
_LONG_VALUES = ("--rcfile", "--init-file", "--check-hash-based-pycs", "--require", "--import", "--project")

# Programs that run another: short options with a value, and how many words stand before the other's name.
_WRAPPERS = {
    "env": ("uCS", 0),
    "sudo": ("ugpCDRThrUt", 0),
    "doas": ("uC", 0),
    "timeout": ("ks", 1),
    "nice": ("n", 0),
    "ionice": ("cnpPu", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "exec": ("a", 0),
    "command": ("", 0),
    "time": ("fo", 0),
    "stdbuf": ("ioe", 0),
    "taskset": ("", 1),
    "chrt": ("TPD", 1),
    "numactl": ("CNmipl", 0),
    "strace": ("eopsuPEaXIbO", 0),
    "xvfb-run": ("nsepfw", 0),
}
_LONG_WRAPPER_VALUES = (
    "--user",
    "--group",
    "--signal",
    "--kill-after",
    "--chdir",
    "--unset",
    "--adjustment",
    "--prompt",
)

# Programs, and modules of Python, with so many options that the script is looked for among the words behind them.
_LAUNCHERS = (
    *("torchrun", "accelerate", "deepspeed", "srun", "mpirun", "mpiexec", "horovodrun", "composer", "uv", "poetry"),
    *("pipenv", "conda", "mamba", "micromamba", "pixi", "hatch", "singularity", "apptainer", "nsys", "ncu", "memray"),
    *("coverage", "kernprof", "scalene", "viztracer", "py-spy", "perf", "valgrind", "systemd-run", "catchsegv", "gdb"),
    *("torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch", "cProfile", "pdb", "debugpy"),
)
_LAUNCH = ("run", "launch", "exec", "profile", "record", "stat")
_NO_NAME = frozenset(" \t\n\r\"'`$;|&<>=(){}*?!#\\")


def default_stage(command: Sequence[str]) -> str:
    """The stage's name where none was given: the script's name, or the program's, whatever options come before it.

    `python -u train_sae.py`, `env A=b timeout 5 train_sae.py` and `torchrun --nproc-per-node 2 train_sae.py` become
    `train_sae`, `python -m package.module` becomes `module`, and `bash -c TEXT` becomes `bash`.
    """
    words, program = list(command), ""
    while words:
        word = words.pop(0)
        name = os.path.basename(word)
        plain = name.rstrip("0123456789.")
        if name.endswith(_SUFFIXES) or not _NO_NAME.isdisjoint(name) or not name:
            return _name(name, program)
        if plain in _INTERPRETERS:
            return _interpreted(plain, name, words)
        if name in _LAUNCHERS:
            return _launched(name, words)
        if name not in _WRAPPERS:
            return name
        program = program or name
        words = _behind_options(words, *_WRAPPERS[name])
    return _name("", program)


def _name(script: str, program: str) -> str:
    """The script's name; the program's where the script's may be a text."""
    for suffix in _SUFFIXES:
        script = script.removesuffix(suffix)
    return script if script and "=" not in script and "\n" not in script else program or "command"


def _interpreted(kind: str, program: str, words: list[str]) -> str:
    """Return what an interpreter runs: a script, a module or, for code as text, the interpreter's own name."""
    texts, modules, values = _INTERPRETERS[kind]
    while words and words[0][:1] in ("-", "+") and words[0] not in ("-", "--"):
        option = words.pop(0)
        if option.startswith("--"):
            if option.partition("=")[0] in _LONG_TEXT:
                return program
            if option in _LONG_VALUES:
                del words[:1]
            continue
        for at, letter in enumerate(option[1:], 2):
            if letter in texts:
                return program
            if letter in modules:
                return _module(option[at:] or "".join(words[:1]), program, words if option[at:] else words[1:])
            if letter in values:
                if not option[at:] or kind not in ("python", "perl", "ruby"):
                    del words[:1]
                if kind not in ("bash", "sh"):
                    break
    if words[:1] == ["--"]:
        del words[:1]
    script = os.path.basename(words[0]) if words else ""
    is_name = script.endswith(_SUFFIXES) or _NO_NAME.isdisjoint(script)
    return _name(script, program) if is_name and script != "-" else program


def _module(module: str, program: str, words: list[str]) -> str:
    if module in _LAUNCHERS:
        return _launched(module, words)
    return module.rpartition(".")[2] if module and _NO_NAME.isdisjoint(module) else program


def _launched(launcher: str, words: list[str]) -> str:
    """Return what a launcher runs: its first word that is a script, an interpreter or launcher, or follows at once."""
    if words and words[0] in _LAUNCH:
        words = words[1:]
    for at, word in enumerate(words):
        name = os.path.basename(word)
        if name.endswith(_SUFFIXES) and "=" not in name:
            return _name(name, launcher)
        if name.rstrip("0123456789.") in _INTERPRETERS or name in _LAUNCHERS or name in _WRAPPERS:
            return default_stage(words[at:])
        if word in ("-m", "--module") and words[at + 1 :]:
            return _module(words[at + 1], launcher, words[at + 2 :])
        if word == "--" and words[at + 1 :]:
            return default_stage(words[at + 1 :])
    first = os.path.basename(words[0]) if words else ""
    return first if first and first[0] != "-" and _NO_NAME.isdisjoint(first) else launcher.rpartition(".")[2]


def _behind_options(words: list[str], values: str, before: int) -> list[str]:
    """The words behind a wrapper's options, variables, and what else stands before the name of what it runs."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            return words[at + 1 + before :]
        is_option = word.startswith("-") and len(word) > 1
        if not is_option and "=" not in word:
            break
        has_value = word in _LONG_WRAPPER_VALUES or (is_option and word[1] != "-" and word[-1] in values)
        at += 2 if has_value else 1
    return words[at + before :]
