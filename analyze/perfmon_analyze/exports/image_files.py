"""Writes figures to files, whole or not at all, and the same bytes for the same data."""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

from perfmon.store.layout import PICTURE_MARK
from perfmon.store.output_file import writing
from perfmon_analyze.plots.canvas import style_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
# Dates and versions would make two pictures of the same data differ.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": PICTURE_MARK},
    "svg": {"Date": None, "Creator": PICTURE_MARK},
    "pdf": {"CreationDate": None, "Creator": PICTURE_MARK, "Producer": None},
}
_HOW: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 3}}}  # a third of the time for a tenth more bytes


def write(
    figure: Figure, name: str, folder: str, *, formats: Sequence[str], style: str = "paper", dpi: float | None = None
) -> list[str]:
    """Write a figure as `folder/name.FORMAT` for each of the formats; the paths are returned.

    Raises:
        OSError: a file cannot be written; one of that name that was there is left as it was.
    """
    return [_write(figure, os.path.join(folder, name), kind, style=style, dpi=dpi) for kind in formats]


def as_png(figure: Figure, *, style: str = "paper") -> bytes:
    """A figure as the bytes of a PNG file."""
    file = BytesIO()
    with style_context(style):
        figure.savefig(file, format="png", metadata=_METADATA["png"], **_HOW["png"])
    return file.getvalue()


def _write(figure: Figure, stem: str, kind: str, *, style: str, dpi: float | None) -> str:
    path, file = f"{stem}.{kind}", BytesIO()  # not every format can be written to a pipe
    with style_context(style):
        figure.savefig(file, format=kind, metadata=_METADATA[kind], dpi=dpi, **_HOW.get(kind, {}))
    with writing(path) as target:
        target.write(file.getbuffer())
    return path
