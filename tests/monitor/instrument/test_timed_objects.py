"""What `timed` returns is to any consumer what it was given, recorded or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import PERFMON
from tests.monitor.instrument.test_run import pipeline, query

RUN = (PERFMON, "run", "--quiet", "--gpu", "none", "--")

LOADER = """
class Sampler:
    epoch = 0
class Base:
    known = []
    def __init_subclass__(cls, *, registered):
        Base.known.append(cls)
class Loader(Base, registered=True):
    def __init__(self, dataset, batch_size=2):
        self.dataset, self.batch_size, self.sampler, self.deleted = dataset, batch_size, Sampler(), deleted
    def __iter__(self):
        order = self.dataset[::-1] if self.sampler.epoch % 2 else self.dataset
        return iter([order[i:i + self.batch_size] for i in range(0, len(order), self.batch_size)])
    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)
    def set_epoch(self, epoch):
        self.sampler.epoch = epoch
    def __del__(self):
        self.deleted.append(1)
deleted = []
"""
ALIKE = (
    LOADER
    + """
import copy, pickle, sys
def lines(loader, timed):
    yield isinstance(timed, Loader), type(timed).__name__, [kind.__name__ for kind in Base.known]
    yield len(timed), timed.dataset, timed.batch_size, sorted(vars(timed))
    yield [*timed], [*timed]
    timed.set_epoch(1)
    setattr(timed, "batch_size", 3)
    setattr(timed, "more", 7)
    yield loader.batch_size, loader.more, loader.sampler.epoch, [*timed], [*loader]
    del timed.more
    yield hasattr(loader, "more"), hasattr(timed, "missing")
    other = pickle.loads(pickle.dumps(timed))
    yield [*other], type(other).__name__, isinstance(other, Loader), vars(other).keys() == vars(timed).keys()
    yield [*copy.copy(timed)], [*copy.deepcopy(timed)]
    yield [*type(timed)([1, 2, 3])]
    iterator = iter(timed)
    yield next(iterator), next(iterator, None), next(iterator, None)
def told(loader):
    return [*map(repr, lines(loader, perfmon.timed(loader, items=lambda batch: len(batch))))]
"""
)
OUTSIDE = "print(*told(Loader([1, 2, 3, 4, 5])), sep='\\n')"


def test_a_loader_is_the_same_wherever_it_is_timed(tmp_path: Path) -> None:
    """Its class, attributes, pickles, copies and batches are those without perfmon: in a run, in none, in a block."""
    plain = pipeline(tmp_path, ALIKE + OUTSIDE, PERFMON_DISABLE="1")
    outside = pipeline(tmp_path, ALIKE + OUTSIDE)
    under = pipeline(tmp_path, ALIKE + OUTSIDE, *RUN)
    block = pipeline(tmp_path, ALIKE + "with perfmon.record(runs='others', gpu='none'):\n    " + OUTSIDE)

    assert plain.stdout.count("\n") == 9
    assert [done.stderr for done in (plain, outside, under, block)] == [""] * 4
    assert plain.stdout == outside.stdout == under.stdout == block.stdout
    assert query(tmp_path, "select count(*), sum(items) from batch where seconds is not null") == [
        (18, 28)
    ]  # a lambda is not pickled: copies count nothing


def test_its_end_comes_when_it_would_have_come(tmp_path: Path) -> None:
    """The loader lives as long as what stands in for it, and is deleted once; so is one made by its class."""
    code = """
timed = perfmon.timed(Loader([1, 2]))
print(deleted, end=" ")
for batch in timed: pass
again = type(timed)([1])
print(deleted, end=" ")
del timed
print(deleted, end=" ")
del again
print(deleted)
"""
    done = pipeline(tmp_path, LOADER + code, *RUN)

    assert (done.stdout, done.stderr) == ("[] [] [1] [1, 1]\n", "")


OBJECTS = """
import itertools, types
from collections.abc import Iterator, Generator, Sequence, Sized, Hashable
class Slots:
    __slots__ = ("n",)
    def __init__(self): setattr(self, "n", 2)
    def __iter__(self): return iter(range(self.n))
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i
class Numbers(list): pass
class Resumes:
    n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n == 2: raise ValueError("batch 2 is damaged")
        if self.n > 3: raise StopIteration
        return self.n
KINDS = (list, tuple, range, dict, str, types.GeneratorType, map, Iterator, Generator, Sequence, Sized, Hashable)
for make in (lambda: [1, 2], lambda: (1, 2), lambda: range(3), lambda: {"a": 1}, lambda: "ab", lambda: {1},
             lambda: (i for i in range(3)), lambda: map(str, [1, 2]), lambda: iter([4, 5]), lambda: zip([1], [2]),
             Slots, Old, lambda: Numbers([1, 2])):
    plain, timed = make(), perfmon.timed(make())
    assert [isinstance(timed, kind) for kind in KINDS] == [isinstance(plain, kind) for kind in KINDS], plain
    assert [hasattr(timed, name) for name in dir(plain)] == [True] * len(dir(plain)), plain
    for name in ("__len__", "__next__", "__getitem__", "__reversed__", "__call__", "send", "missing"):
        assert hasattr(timed, name) == hasattr(plain, name), (plain, name)
    assert (iter(timed) is timed) == (iter(plain) is plain), plain
    if hasattr(plain, "__len__"):
        assert len(timed) == len(plain) and repr(timed) == repr(plain) and timed == plain and plain == timed, plain
    assert [*timed] == [*plain], plain
    assert [*timed] == [*plain], plain
numbers = perfmon.timed([1])
numbers += [2]
numbers.append(3)
assert numbers[1:] == [2, 3] and [*numbers] == [1, 2, 3] and type(numbers[:]) is list
source = perfmon.timed(i for i in range(5))
assert (next(source), [*itertools.chain([0], source)]) == (0, [0, 1, 2, 3, 4])
resumes, got = perfmon.timed(Resumes()), []
while len(got) < 3:
    try:
        got.append(next(resumes))
    except ValueError as error:
        got.append(str(error))
assert got == [1, "batch 2 is damaged", 3]
for nothing in (5, None):
    try:
        iter(perfmon.timed(nothing))
    except TypeError as error:
        print(error)
"""


@pytest.mark.parametrize("prefix", [(), RUN], ids=["outside", "recorded"])
def test_any_object_is_seen_through(tmp_path: Path, prefix: tuple[str, ...]) -> None:
    """Containers stay re-iterable, iterators stay iterators and go on after errors; only iteration is timed."""
    done = pipeline(tmp_path, OBJECTS, *prefix)

    assert done.stderr == ""
    assert done.stdout == "'int' object is not iterable\n'NoneType' object is not iterable\n"


def test_batches_of_those_who_do_not_ask_again_count(tmp_path: Path) -> None:
    """A consumer that calls `next` as often as there are batches leaves the last one's end unknown, not the batch."""
    code = """
with perfmon.record(gpu="none") as run:
    for name, loader in (("loader", Loader([1, 2, 3, 4])), ("list", [1, 2]), ("generator", (i for i in range(2)))):
        iterator = iter(run.timed(loader, series=name))
        next(iterator), next(iterator)
    for batch in run.timed([1, 2, 3], series="break"):
        if batch == 2:
            break
    kept = iter(run.timed(Loader([1, 2, 3]), series="kept"))
    next(kept), next(kept)
next(kept, None)
"""
    done = pipeline(tmp_path, LOADER + code)
    found = query(
        tmp_path, "select series, count(*), count(seconds), count(wait_seconds) from batch group by 1 order by 1"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert found == [(name, 2, 1, 2) for name in ("break", "generator", "kept", "list", "loader")]


def test_a_process_that_ends_in_the_loop_writes_its_batches(tmp_path: Path) -> None:
    """What was noted of a loop that is left by exit is written."""
    pipeline(tmp_path, "import sys\nfor batch in perfmon.timed(range(5)):\n    batch == 2 and sys.exit()", *RUN)

    assert query(tmp_path, "select batch, seconds is null from batch") == [(0, False), (1, False), (2, True)]
