"""Pairs of sides to compare: recordings of the same stage, model and variant but for one label."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.plots import style
from perfmon_analyze.series.select import BASELINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs

LabelValues = tuple[str, ...]  # stage, model and variant, or two of them

LABELS = ("stage", "model", "variant")


class Side(NamedTuple):
    """Recordings with the same labels, which count as repetitions of each other."""

    label: str
    runs: Runs
    recordings: tuple[Recording, ...]


class Pair(NamedTuple):
    """Two sides, and a title of the labels that both share."""

    title: str
    a: Side
    b: Side


class NotComparable(ValueError):
    """The sides cannot be compared; the message has the reason and a remedy."""


def by_label(runs: Runs, label: str, *, base: str | None = None) -> list[Pair]:
    """Pair recordings that differ in one label only: each of its values with the base value.

    The base is `base` if given, else `baseline` if it occurs, else the first value in order.

    Raises:
        NotComparable: no two values of the label can be paired.
    """
    others = [name for name in LABELS if name != label]
    groups: dict[LabelValues, dict[str, list[Recording]]] = {}
    for recording in runs.recordings:
        kind = tuple(_label(recording, name) for name in others)
        groups.setdefault(kind, {}).setdefault(_label(recording, label), []).append(recording)
    pairs = [pair for kind, sides in groups.items() for pair in _pairs_with_base(runs, kind, sides, base)]
    if not pairs:
        values = ", ".join(sorted({_label(recording, label) or "none" for recording in runs.recordings}))
        wanted = f" beside {base}" if base else ""
        raise NotComparable(f"no two {label}s of one {' and '.join(others)}{wanted} among these runs: {values}")
    return pairs


def _pairs_with_base(
    runs: Runs, kind: LabelValues, sides: dict[str, list[Recording]], base: str | None
) -> Iterator[Pair]:
    first = base or (BASELINE if BASELINE in sides else min(sides))
    if first in sides:
        a = Side(_named(first), runs, tuple(sides[first]))
        for value in sorted(set(sides) - {first}):
            yield Pair(_title(kind), a, Side(_named(value), runs, tuple(sides[value])))


def of_two(a: Runs, b: Runs) -> list[Pair]:
    """Pair the recordings of A with those of B that have the same labels.

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


def _only(a: Runs, b: Runs, one: LabelValues, other: LabelValues) -> Pair:
    """Pair two sides that have one set of labels each; they are named by the labels that differ."""
    unlike = [place for place, value in enumerate(one) if value != other[place]]
    labels = [" ".join(_named(kind[place]) for place in unlike) for kind in (one, other)]
    title = _title(value for place, value in enumerate(one) if place not in unlike)
    return Pair(title, Side(labels[0] or "A", a, a.recordings), Side(labels[1] or "B", b, b.recordings))


def _kinds(runs: Runs) -> dict[LabelValues, tuple[Recording, ...]]:
    kinds: dict[LabelValues, list[Recording]] = {}
    for recording in runs.recordings:
        kinds.setdefault(tuple(_label(recording, name) for name in LABELS), []).append(recording)
    return {kind: tuple(recordings) for kind, recordings in kinds.items()}


def _label(recording: Recording, name: str) -> str:
    return recording.stage if name == "stage" else str(recording.facts.get(name) or "")


def _title(kind: Iterable[str]) -> str:
    return ", ".join(_named(part) for part in kind if part)


def _named(value: str) -> str:
    """Return a label as figures show it; known models have a display name."""
    return style.styles([value], {})[value].label if value else "none"
