"""What is compared with what: two sides of the same kind of work, and why they may not be alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.plots import style
from perfmon_analyze.series.select import BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs

Kind = tuple[str, ...]  # stage, model and variant, or two of them

LABELS = ("stage", "model", "variant")


class Side(NamedTuple):
    """Recordings of one kind, which count as repetitions of each other."""

    label: str
    runs: Runs
    recordings: tuple[Recording, ...]


class Pair(NamedTuple):
    """Two sides, and what both are."""

    title: str
    a: Side
    b: Side


class NotComparable(ValueError):
    """The sides cannot be compared; the text says why, and what to do."""


def by_label(runs: Runs, label: str, *, base: str | None = None) -> list[Pair]:
    """Recordings that differ in this label and are alike in the others, each value beside the base.

    The base is `baseline` where there is one and no other is named, else the value that comes first.

    Raises:
        NotComparable: no two values of the label can be put side by side.
    """
    others = [name for name in LABELS if name != label]
    groups: dict[Kind, dict[str, list[Recording]]] = {}
    for recording in runs.recordings:
        kind = tuple(_label(recording, name) for name in others)
        groups.setdefault(kind, {}).setdefault(_label(recording, label), []).append(recording)
    pairs = [pair for kind, sides in groups.items() for pair in _beside(runs, kind, sides, base)]
    if not pairs:
        values = ", ".join(sorted({_label(recording, label) or "none" for recording in runs.recordings}))
        wanted = f" beside {base}" if base else ""
        raise NotComparable(f"no two {label}s of one {' and '.join(others)}{wanted} among these runs: {values}")
    return pairs


def _beside(runs: Runs, kind: Kind, sides: dict[str, list[Recording]], base: str | None) -> Iterator[Pair]:
    first = base or (BASELINE if BASELINE in sides else min(sides))
    if first in sides:
        a = Side(_named(first), runs, tuple(sides[first]))
        for value in sorted(set(sides) - {first}):
            yield Pair(_title(kind), a, Side(_named(value), runs, tuple(sides[value])))


def of_two(a: Runs, b: Runs) -> list[Pair]:
    """The recordings of A beside those of B, kind by kind where each side has several.

    Raises:
        NotComparable: a side has recordings of several kinds, and none of them is on the other side.
    """
    of_a, of_b = _kinds(a), _kinds(b)
    if len(of_a) == len(of_b) == 1:
        return [_only(a, b, next(iter(of_a)), next(iter(of_b)))]
    shared = [kind for kind in of_a if kind in of_b]
    if not shared:
        raise NotComparable(
            f"A has {len(of_a)} kinds of runs and B has {len(of_b)}, none the same: name single runs, or use --by"
        )
    return [Pair(_title(kind), Side("A", a, of_a[kind]), Side("B", b, of_b[kind])) for kind in shared]


def _only(a: Runs, b: Runs, one: Kind, other: Kind) -> Pair:
    """Two sides of one kind each, called by what tells them apart."""
    unlike = [place for place, value in enumerate(one) if value != other[place]]
    labels = [" ".join(_named(kind[place]) for place in unlike) for kind in (one, other)]
    title = _title(value for place, value in enumerate(one) if place not in unlike)
    return Pair(title, Side(labels[0] or "A", a, a.recordings), Side(labels[1] or "B", b, b.recordings))


def _kinds(runs: Runs) -> dict[Kind, tuple[Recording, ...]]:
    kinds: dict[Kind, list[Recording]] = {}
    for recording in runs.recordings:
        kinds.setdefault(tuple(_label(recording, name) for name in LABELS), []).append(recording)
    return {kind: tuple(own) for kind, own in kinds.items()}


def _label(recording: Recording, name: str) -> str:
    return recording.stage if name == "stage" else str(recording.facts.get(name) or "")


def _title(kind: Iterable[str]) -> str:
    return ", ".join(_named(part) for part in kind if part)


def _named(value: str) -> str:
    """A label as the figures write it: models that are known by name have one of their own."""
    return style.styles([value], {})[value].label if value else "none"
