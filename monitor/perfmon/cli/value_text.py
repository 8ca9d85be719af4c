"""Formats values of settings for messages."""

from __future__ import annotations

_BITS_MOST, _LENGTH_MOST = 1024, 100  # of a number and of a text that is shown in full


def format_value(value: object) -> str:
    """Format a value for a message: long text is cut, lists and tables are only named as such."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > _BITS_MOST:
        return "a number that is too large"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LENGTH_MOST else f"{text[:_LENGTH_MOST]}... ({len(text)} characters)"
