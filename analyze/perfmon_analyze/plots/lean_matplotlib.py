"""Has matplotlib imported without what only those need who program with it."""

from __future__ import annotations

import gc
import sys
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

# Matplotlib calls it for every class of its own that can be drawn, to tell all its settings in help texts. Where a
# version has no such thing, it is imported as it is.
_TELLER = "_update_set_signature_and_docstring"
_THREE_AXES = "mpl_toolkits.mplot3d"  # matplotlib does without where it cannot be imported


@contextmanager
def lean() -> Iterator[None]:
    """What is imported of matplotlib meanwhile has no help texts and no three-dimensional axes: a third of the time.

    It is for commands: in a program of the user's, somebody may ask for help.
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
        if hasattr(artist.Artist, _TELLER):
            teller = vars(artist.Artist)[_TELLER]
            stack.callback(setattr, artist.Artist, _TELLER, teller)
            setattr(artist.Artist, _TELLER, classmethod(lambda _: None))
        stack.enter_context(_instead(vars(artist), "kwdoc", lambda _: ""))
        yield


@contextmanager
def _instead(names: MutableMapping[str, Any], name: str, value: object) -> Iterator[None]:
    was_there, before = name in names, names.get(name)
    names[name] = value
    try:
        yield
    finally:
        if was_there:
            names[name] = before
        else:
            del names[name]


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is imported stays: it need not be looked through for garbage, neither now nor later."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
