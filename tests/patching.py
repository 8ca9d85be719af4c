"""Patches in the text of a program that a test starts: a name that does not exist is an error, as in monkeypatch."""

from __future__ import annotations

# Defines patch("package.module.NAME", value) for the statements after it; it has no braces, so it can be formatted.
PATCH = """
def patch(target, value):
    from pkgutil import resolve_name
    owner, _, name = target.rpartition(".")
    owner = resolve_name(owner)
    getattr(owner, name)
    setattr(owner, name, value)
"""
