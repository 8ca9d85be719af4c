"""JSON by the C code alone is what `json` makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon.lean import json_codec

TEXTS = st.text(st.characters(codec=None))
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
KEYS = TEXTS | st.integers() | st.floats() | st.booleans() | st.none()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)
BROKEN = ("", " ", "{", "[1,]", '"abc', '{"a" 1}', "nul", "[1] x", '{"a":1,"a"}', "[1]]", "\ufeff[1]", "01", '"\n"')


@given(VALUES)
def test_texts_are_those_of_json(value: object) -> None:
    """Whatever is written, compactly or for people, is what `json` writes, to the letter; and it is read back."""
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    assert json_codec.compact(value) == compact
    assert json_codec.packed(value) == compact.encode("utf-8", "surrogatepass")
    assert json_codec.indented(value) == json.dumps(value, indent=1, ensure_ascii=False, default=str)
    assert repr(json_codec.parse(compact)) == repr(json.loads(compact))
    assert repr(json_codec.parse(json_codec.packed(value))) == repr(json.loads(compact))


def said(read: Callable[[str], object], text: str) -> str:
    """What a text says, or what is wrong with it."""
    try:
        return repr(read(text))
    except ValueError as error:
        return str(error)


@given(st.text('[]{}",:0123456789.eE+-truefalsn \n\t\\u', max_size=20))
def test_what_is_json_is_what_json_says(text: str) -> None:
    """Any text is refused, or read, as `json` does it."""
    assert said(json_codec.parse, text) == said(json.loads, text)


@pytest.mark.parametrize("text", BROKEN)
def test_broken_texts_are_told_by_words(text: str) -> None:
    """The error is that of `json`, in a process that has not loaded it as well as here."""
    script = (
        "from perfmon.lean import json_codec\n"
        f"try: json_codec.parse({text!r})\nexcept ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == f"{said(json.loads, text)}\n"


def test_what_json_lacks() -> None:
    """For people it becomes text; in what is read back it is an error."""
    assert json_codec.indented({"kind": int}) == '{\n "kind": "<class \'int\'>"\n}'
    with pytest.raises(TypeError, match="type is not JSON serializable"):
        json_codec.compact({"kind": int})


def test_deep_texts() -> None:
    """A text that is nested to exhaustion is an error, and not the end."""
    with pytest.raises(RecursionError):
        json_codec.parse("[" * 100_000)


def test_a_python_without_the_c_code() -> None:
    """Where the C code is not there, or is called otherwise, `json` itself does the same."""
    script = (
        "import sys; sys.modules['_json'] = None; from perfmon.lean import json_codec as j\n"
        "value = {'a': [1, 'é', None]}\n"
        "print(ascii([j.compact(value), j.indented(value), j.parse(b' ' + j.packed(value))]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    value = {"a": [1, "é", None]}

    assert done.stdout == ascii([json_codec.compact(value), json_codec.indented(value), value]) + "\n"
