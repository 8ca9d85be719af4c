"""What stands for parts of the standard library is like them, and the recorder loads none of the heavy ones."""

from __future__ import annotations

import contextlib
import copy
import pickle
import signal
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from perfmon.collector import Target
from perfmon.lean import stdlib
from perfmon.store.schema import Column

HEAVY = {"argparse", "contextlib", "ctypes", "enum", "functools", "json", "re", "signal", "socket"} | {
    "typing",
    "subprocess",
}


class Ours(stdlib.NamedTuple):
    """Two parts, of which one may be left out."""

    first: int
    second: str = "x"

    def both(self) -> str:
        """A method."""
        return f"{self.first}{self.second}"


class Theirs(typing.NamedTuple):
    """The same."""

    first: int
    second: str = "x"


def test_tuples_with_names_are_like_those_of_typing() -> None:
    """They are made, compared, taken apart, changed, copied and shown alike."""
    ours, theirs = Ours(1), Theirs(1)

    assert tuple(ours) == tuple(theirs) == ours == (1, "x")
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours._asdict() == theirs._asdict()
    assert ours._fields == theirs._fields == Ours._fields
    assert tuple(theirs._replace(second="y")) == ours._replace(second="y") == Ours(second="y", first=1)
    assert ours.both() == "1x"
    assert Ours.__doc__ == "Two parts, of which one may be left out."
    assert pickle.loads(pickle.dumps(ours)) == ours
    assert type(copy.deepcopy(ours)) is Ours
    match ours:
        case Ours(first, second):
            assert (first, second) == (1, "x")
    assert not hasattr(ours, "__dict__")


@pytest.mark.parametrize("make", [Ours, Theirs])
def test_parts_that_are_missing_or_too_many(make: type) -> None:
    """A tuple that is made wrongly is an error, and none can be changed."""
    for wrong in ((), (1, "x", 2)):
        with pytest.raises(TypeError):
            make(*wrong)
    with pytest.raises(TypeError):
        make(1, third=2)
    with pytest.raises(AttributeError):
        make(1).first = 2


def test_the_recorders_own_tuples() -> None:
    """Those with defaults keep them, and all know their parts."""
    assert Column("t", "float64", "s", "label", "time").resolution == 0.0
    assert Target._fields[-2:] == ("gpus", "learned")


@pytest.mark.parametrize("suppress", [stdlib.suppress, contextlib.suppress])
def test_a_block_that_may_fail(suppress: typing.Callable[..., typing.ContextManager[None]]) -> None:
    """What is named ends the block, subclasses too; anything else goes on."""
    with suppress(OSError, ValueError):
        raise FileNotFoundError
    with suppress(OSError):
        pass
    with pytest.raises(KeyError), suppress(OSError):
        raise KeyError


def test_signals_have_their_numbers() -> None:
    """Names and numbers are those of `signal`, whose enumerations they lack."""
    known = {one.name: one.value for one in signal.Signals}

    assert {name: getattr(stdlib.signal, name) for name in known} == known
    assert stdlib.signal.SIG_DFL == signal.SIG_DFL
    assert stdlib.signal.default_int_handler is signal.default_int_handler


def test_a_plain_run_loads_nothing_heavy(tmp_path: Path) -> None:
    """From its start to its end, `perfmon run` loads none of the modules that would make the command wait."""
    script = (
        "from perfmon.commands import main; main(['run', '--quiet', '--stage', 'x', '--', 'true']);"
        "import perfmon.recorder.recorder, perfmon.store.seal; print(*sys.modules)"
    )
    words = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path += {sys.path!r}; {script}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert not HEAVY & set(done.stdout.split())
