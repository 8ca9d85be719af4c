"""Nothing that pipeline code passes raises, warns or is told twice; what the pipeline itself raises reaches it."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import PERFMON
from tests.monitor.instrument.test_run import facts, pipeline, query

RUN = (PERFMON, "run", "--quiet", "--gpu", "none", "--")


def test_numbers_of_any_type_are_recorded(tmp_path: Path) -> None:
    """Metrics, steps and epochs may be numpy's, decimals, fractions, arrays of one element; nothing warns."""
    code = """
import warnings, numpy, decimal, fractions
warnings.simplefilter("error")
class Tensor:
    dtype, shape = "float32", ()
    def item(self): return 0.5
    def __float__(self): warnings.warn("requires grad"); return 0.5
perfmon.log({"a": numpy.float32(0.5), "b": decimal.Decimal("0.5")}, numpy.int64(3))
perfmon.log({"c": fractions.Fraction(1, 2), "step": 3.0, "epoch": numpy.array([1])}, d=numpy.array([0.5]), e=Tensor())
perfmon.log({"f": True, "step": 9}, step=numpy.uint8(3), g=numpy.True_)
perfmon.log(step=2**60 + 1, h=0.5)
"""
    done = pipeline(tmp_path, code, *RUN)

    assert done.stderr == ""
    assert query(tmp_path, "select name, value, step, epoch from metric order by name") == [
        *[(name, 0.5, 3, None) for name in "ab"],
        *[(name, 0.5, 3, 1.0) for name in "cde"],
        *[(name, 1.0, 3, None) for name in "fg"],
        ("h", 0.5, 2**60 + 1, None),
    ]


def test_labels_of_any_type_are_text_without_secrets(tmp_path: Path) -> None:
    """Integers, enums and paths are labels; a secret that only shows in the text is removed."""
    code = """
import enum, numpy, pathlib
class Stage(enum.Enum): TRAINING = "training"
class Layer(enum.IntEnum): L5 = 5
class Hides:
    def __str__(self): return "https://me:hunter2@host/x"
with perfmon.record(stage=Stage.TRAINING, model=45, variant=pathlib.Path("a/b"), series=numpy.int64(15), name=Hides(),
                    gpu="none", folders="."):
    for series in (None, 7, Layer.L5, Hides(), b"bytes"):
        perfmon.log(series=series, loss=1)
    with perfmon.phase(3): pass
"""
    done = pipeline(tmp_path, code)
    known = facts(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert [known[name] for name in ("stage", "model", "variant", "series")] == ["training", "45", "a/b", "15"]
    assert "hunter2" not in str(known)
    labels = [str(label) for (label,) in query(tmp_path, "select series from metric")]
    assert (labels[:3], labels[4]) == (["15", "7", "L5"], "bytes")
    assert "hunter2" not in labels[3]
    assert query(tmp_path, "select name from phase where end_t is not null") == [("3",)]


FUZZ = """
import os, sys, tempfile, warnings, hypothesis, hypothesis.strategies as st
warnings.simplefilter("error")
ERRORS = (ValueError, OSError, TimeoutError, StopIteration, MemoryError, RecursionError, AttributeError, BaseException)
NAMES = ("__float__", "__str__", "__repr__", "__iter__", "__len__", "__bool__", "__index__", "__int__", "__class__",
         "__fspath__", "__eq__", "__hash__", "__getitem__", "keys", "item", "dtype", "shape", "value", "__getattr__",
         "__next__", "items", "__call__", "__format__", "__reduce_ex__", "__dict__")
@st.composite
def hostile(draw):
    def fails(error):
        def method(self, *_): raise error("x" * 10)
        return method
    own = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        method = fails(draw(st.sampled_from(ERRORS)))
        own[name] = property(method) if name in ("__class__", "__dict__", "dtype", "shape", "value") else method
    return type("Hostile", (draw(st.sampled_from((object, int, float, str, list, dict))),), own)()
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=5),
                  st.decimals(), st.fractions(), st.complex_numbers(), st.lists(st.integers(), max_size=2))
anything = st.one_of(plain, hostile(), st.dictionaries(st.text(max_size=3), plain, max_size=2))
@hypothesis.settings(max_examples=600, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(anything, anything, anything, anything)
def calls(a, b, c, d):
    for on in (run, perfmon):
        on.log({"loss": a}, step=b, epoch=c, series=d)
        on.log(a, b, loss=c)
        with on.phase(a): pass
        on.timed(a, series=b, items=c)
        given = [*on.timed([a, b], series=c, items=d)]
        assert given[0] is a and given[1] is b
    perfmon.record(stage=a, model=b, variant=c, config=d, tags=a, name=b, dataset=c, series=d).start().stop()
def wrong(run):
    for _ in range(3):
        run.log(5), run.log(loss="low"), run.log(loss=1, step=1.5), [*run.timed([1], items=len)]
with perfmon.record(gpu="none") as run:
    wrong(run)
    before = len(os.listdir("/proc/self/fd"))
    calls()
    assert len(os.listdir("/proc/self/fd")) <= before + 2, os.listdir("/proc/self/fd")
    perfmon.log(last=1)
"""


def test_no_call_raises_whatever_is_passed(tmp_path: Path) -> None:
    """Objects whose methods raise anything cost nothing but themselves: no error, warning, descriptor or flood."""
    done = pipeline(tmp_path, FUZZ)
    lines = done.stderr.splitlines()

    assert done.returncode == 0, done.stderr[-2000:]
    assert all(line.startswith("perfmon: ") for line in lines), done.stderr
    assert len(lines) == len(set(lines)) <= 21
    assert query(tmp_path, "select value from metric where name = 'last'") == [(1.0,)]


ALARMS = """
import random, signal
class Late(BaseException): pass
fired, kinds = [], (TimeoutError, ValueError, Late)
class Limit:
    def __call__(self, number, frame):
        fired.append(1)
        raise kinds[len(fired) % 3]("the time is over")
signal.signal(signal.SIGALRM, Limit())
class Slow:
    def __float__(self): return float(sum(range(300)))
caught = 0
with perfmon.record(gpu="none") as run:
    for turn in range(100):
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-4, 2e-3))
            while True:
                run.log({"loss": Slow()}, step=turn)
                for batch in run.timed([1, 2]): pass
        except kinds:
            caught += 1
print(caught == len(fired) == 100)
"""


def test_a_time_limit_reaches_the_pipeline(tmp_path: Path) -> None:
    """What a signal handler raises while perfmon is at work is never taken for an error of perfmon's own."""
    done = pipeline(tmp_path, ALARMS)

    assert (done.stdout, done.stderr) == ("True\n", "")


def test_an_exception_goes_on_as_it_is(tmp_path: Path) -> None:
    """An exception whose text cannot be had, or is endless, leaves the block unchanged; the run is sealed as failed."""
    code = """
class Odd(Exception):
    def __str__(self): raise RuntimeError("no text")
for error in (Odd(), ValueError("x" * 10_000_000)):
    try:
        with perfmon.record(gpu="none", runs="runs", interval=0.1): raise error
    except Exception as caught:
        print(caught is error, caught.__context__)
"""
    done = pipeline(tmp_path, code)
    states = [path.read_text() for path in tmp_path.glob("runs/*/run.json")]

    assert (done.stdout, done.stderr) == ("True None\nTrue None\n", "")
    assert len(states) == 2
    assert all('"state":"failed"' in text.replace(" ", "") for text in states)
