"""Imports matplotlib without its help texts and three-dimensional axes."""

from __future__ import annotations

import gc
import sys
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

# Matplotlib calls it for every artist class, to list all its settings in help texts. A version without it is imported
# as it is.
_DOCSTRINGS = "_update_set_signature_and_docstring"
_THREE_AXES = "mpl_toolkits.mplot3d"  # matplotlib does without where it cannot be imported


@contextmanager
def lean() -> Iterator[None]:
    """Leave out help texts and three-dimensional axes of what is imported of matplotlib in the block.

    That takes a third of the time. It is for commands: in a user's own program somebody may ask for help.
    """
    if "matplotlib.figure" in sys.modules:
        yield  # too late
        return
    from matplotlib import artist  # noqa: PLC0415 - what comes before all these classes

    with ExitStack() as stack:
        stack.enter_context(_uncollected())
        stack.enter_context(_instead(sys.modules, _THREE_AXES, None))
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "Unable to import Axes3D")
        if hasattr(artist.Artist, _DOCSTRINGS):
            original = vars(artist.Artist)[_DOCSTRINGS]
            stack.callback(setattr, artist.Artist, _DOCSTRINGS, original)
            setattr(artist.Artist, _DOCSTRINGS, classmethod(lambda _: None))
        stack.enter_context(_instead(vars(artist), "kwdoc", lambda _: ""))
        yield


@contextmanager
def _instead(names: MutableMapping[str, Any], name: str, value: object) -> Iterator[None]:
    existed, before = name in names, names.get(name)
    names[name] = value
    try:
        yield
    finally:
        if existed:
            names[name] = before
        else:
            del names[name]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Exempt what is imported in the block from garbage collection: it stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
