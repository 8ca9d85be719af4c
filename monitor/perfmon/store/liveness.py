"""Whether somebody still records a run whose run.json says so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perfmon.store import clock, journal, layout, run_json
from perfmon.store.run_folder import recorder_lives

if TYPE_CHECKING:
    from collections.abc import Mapping

# `ELSEWHERE`: another machine recorded it, or this one before it got another name; whether it lives can't be seen here.
ENDED, ALIVE, DEAD, ELSEWHERE = "ended", "alive", "dead", "elsewhere"


def recorder_state(folder: str, known: Mapping[str, object]) -> str:
    """One of `ENDED`, `ALIVE`, `DEAD` and `ELSEWHERE`, for the run's recorder."""
    if known.get("state") != run_json.RUNNING:
        return ENDED
    if recorder_lives(known) or _holds_journal(folder, known):
        return ALIVE
    here = known.get("boot_id") == clock.boot_id() or known.get("host") == os.uname().nodename
    return DEAD if here else ELSEWHERE


def is_recorded(folder: str) -> bool:
    """Whether somebody still records this run; one whose run.json cannot be read is not recorded."""
    try:
        return recorder_state(folder, run_json.read_facts(folder)) == ALIVE
    except (OSError, ValueError):
        return False


def _holds_journal(folder: str, known: Mapping[str, object]) -> bool:
    """Whether the recorder has a journal open: seen from another container too, where its pid means nothing."""
    recorder = known.get("recorder")
    if not isinstance(recorder, dict):
        return False
    for name in _names(os.path.join(folder, layout.JOURNAL)):
        if f"-{recorder.get('pid')}-" in name:
            try:
                if journal.is_locked(os.path.join(folder, layout.JOURNAL, name)):
                    return True
            except OSError:  # sealed since it was listed, or no journal at all
                continue
    return False


def _names(journals: str) -> list[str]:
    try:
        return os.listdir(journals) if layout.is_folder(journals) else []
    except FileNotFoundError:  # the run has just ended
        return []
