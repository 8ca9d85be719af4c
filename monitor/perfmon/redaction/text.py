"""Finds values by their names inside a text: a shell command, a header, JSON, the text of an exception.

Every scan goes forward only, so that the time is proportional to the length of the text whatever stands in it.
What is not clear is removed: too much of a text rather than a part of a secret.
"""

from __future__ import annotations

import re

from perfmon.lean.lazy_pattern import lazy
from perfmon.redaction import values
from perfmon.redaction.patterns import SecretNames, is_plain

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A name begins where a run of letters begins, so that no letter is looked at from two beginnings.
_ANY_NAME = lazy(r"(?<![\w.-])(?P<name>[\w.-]++)|[\"']")
_SEPARATOR = lazy(
    r"(?i)(?P<close>(?:\\*+[\"'])?+\]?+|(?:%22|%27|%5D)*+)(?P<before>[ \t]*+)"
    r"(?P<sign>:=|=>|={1,3}|[!+?]=|:|%3[AD])(?P<after>[ \t]*+(?:\r?\n[ \t]++)?+)"
)
_OPTION_GAP = lazy(r"(?:\s|\\\n)++(?!-)")
_NEXT_QUOTED = lazy(r"(?P<close>\\*+[\"']),\s*+(?=\\*+[\"'])")
_SCHEME = lazy(r"(?i)(?:Bearer|Basic|Token|Digest|ApiKey|Negotiate|NTLM|OAuth|AWS4-HMAC-SHA256|Splunk|GenieKey)[ \t]++")
_ANNOTATION = lazy(
    r"(?:typing\.)?(?:Optional\[str\]|str(?: ?\| ?None)?|bytes|SecretStr|Any|Final(?:\[str\])?)[ \t]*+=[ \t]*+"
    r"(?=[bBrRuUfF]{0,2}[\"'])"
)
_CODE = lazy(r"[A-Za-z_][\w.]*+[(\[]")
_COUNTED = lazy(
    r"(?i)(?:[+-]?\d[\d_.]{0,11}+(?:(?:e|\*\*)[+-]?\d{1,3})?[kmgtb]?|true|false|none|null)(?=[);\]}\s\"']|,\s|,\w+=|$)"
)
_ENCODED = lazy(r"(?i)(?:%22|%27)?(?:(?!%26|%22|%27)[^\s&\"'#])*+")
_INDENTED = 200  # the most that a line's first name can stand to the right
_HEADERS = ("AUTHORIZATION", "COOKIE", "COOKIES")


class TextCleaner:
    """Removes secrets from texts; `removed` stands in their place."""

    def __init__(self, names: SecretNames, removed: str, hints: Sequence[str]) -> None:
        self._names = names
        self._removed = removed
        hinted = rf"(?i)(?<![\w.-])(?P<name>[\w.-]*?(?:{'|'.join(hints)})[\w.-]*+)|[\"']"
        self._name = _ANY_NAME if names.has_more else re.compile(hinted)

    def clean(self, text: str) -> str:
        """The text without the secrets in it."""
        return "".join(self._without_values(text))

    def _without_values(self, text: str) -> Iterator[str]:
        """Parts of the text, with values of names of secrets replaced."""
        at, written_to, quote = 0, 0, ""
        while found := self._name.search(text, at):
            at = found.end()
            if not found["name"]:
                quote = _quote_after(text, found, quote)
            elif self._names.is_secret(found["name"]):
                span = self._value(text, found, quote)
                if span and not is_plain(found["name"], text[span[0] : span[1]]):
                    begin, at = span
                    yield text[written_to:begin] + self._removed
                    written_to = at
        yield text[written_to:]

    def _value(self, text: str, found: re.Match[str], quote: str) -> tuple[int, int] | None:
        """Return begin and end of the value of a name; None if there is none, or it is no secret."""
        sign = _SEPARATOR.match(text, found.end())
        if sign is None:
            return self._value_of_option(text, found, quote)
        begin = sign.end()
        if sign["sign"].startswith("%"):
            encoded = _ENCODED.match(text, begin)
            return (begin, encoded.end()) if encoded and encoded.end() > begin else None
        if _is_no_value(text, found, sign):
            return None
        annotated = _ANNOTATION.match(text, begin) if sign["sign"] == ":" else None
        if annotated:
            inner, end = values.quoted(text, annotated.end(), "")
            return (inner.begin, end) if inner else None
        block = values.yaml_block_end(text, begin) if sign["sign"] == ":" else None
        if block:
            return begin, block
        return self._quoted_value(text, found, sign, quote) or self._unquoted_value(text, found, sign, quote)

    def _quoted_value(self, text: str, found: re.Match[str], sign: re.Match[str], quote: str) -> tuple[int, int] | None:
        """Return the span of a quoted value, with text that a shell joins to the same word."""
        begin = sign.end()
        inner, end = values.quoted(text, begin, "" if sign["close"] or sign["after"] else quote)
        if not inner:
            return None
        behind = end + len(inner.quote)
        if not sign["close"] and sign["sign"] == "=" and not sign["after"] and not _in_code(text, found):
            stop = values.word_end(text, behind, quote, ";&|")
            if stop > behind:
                return begin, stop
        return inner.begin, end

    def _unquoted_value(
        self, text: str, found: re.Match[str], sign: re.Match[str], quote: str
    ) -> tuple[int, int] | None:
        begin, name = sign.end(), found["name"]
        counted = _COUNTED.match(text, begin)
        if counted and is_plain(name, counted.group()):
            return None
        if quote and not sign["close"] and text.startswith(quote, begin):
            # the quotes end here, and perhaps the word goes on behind them
            return begin + 1, values.word_end(text, begin + 1, "", ";,:)}]")
        is_spaced = bool(sign["before"] or sign["after"])
        if "=" in sign["sign"] and is_spaced and (sign["sign"] not in ("=", ":=", "=>") or _CODE.match(text, begin)):
            return None
        enclosing = values.quote_before(text, found.start())
        words = name.upper().replace("-", "_").rpartition("_")[2]
        if sign["close"]:
            end = values.word_end(text, begin, quote, ",}]")
        elif enclosing:
            end = values.close(text, begin, enclosing)
        elif sign["sign"] == ":" and (words in _HEADERS or (is_spaced and _begins_line(text, found.start()))):
            end = values.line_end(text, begin, quote)
        else:
            query = text[found.start() - 1 : found.start()] in ("?", "&")
            end = values.word_end(text, begin, quote, ";&#" if query else ";")
        scheme = _SCHEME.match(text, begin, end)
        if scheme and scheme.end() < end:
            begin = scheme.end()
        return (begin, end) if end > begin else None

    def _value_of_option(self, text: str, found: re.Match[str], quote: str) -> tuple[int, int] | None:
        """The value that stands after `--token`, or in a list of words after `"--token",`."""
        name, at = found["name"], found.end()
        gap = _OPTION_GAP.match(text, at) if name.startswith("-") else None
        if text[found.start() - 1 : found.start()] == "<" and text[at : at + 1] == ">":
            end = text.find("<", at)
            return (at + 1, end if end >= 0 else len(text)) if end != at + 1 else None
        if not gap and (name.startswith("-") or ("_" in name and name.isupper())):
            gap = _NEXT_QUOTED.match(text, at)
        if not gap:
            return None
        is_list = "close" in gap.groupdict()
        inner, end = values.quoted(text, gap.end(), "" if is_list else quote)
        begin = inner.begin if inner else gap.end()
        if inner and not is_list:  # shells go on with the word behind its quotes
            stop = values.word_end(text, end + len(inner.quote), quote, ";&|")
            begin, end = (gap.end(), stop) if stop > end + len(inner.quote) else (begin, end)
        if not inner:
            counted = _COUNTED.match(text, begin)
            end = counted.end() if counted else values.word_end(text, begin, quote, ";")
        return (begin, end) if end > begin else None


def _quote_after(text: str, found: re.Match[str], quote: str) -> str:
    """The quote that is open after this one; an apostrophe inside a word opens none."""
    sign, at = found.group(), found.start()
    if values.backslashes_before(text, at) % 2:
        return quote
    if quote:
        return "" if sign == quote else quote
    return "" if sign == "'" and text[at - 1 : at].isalnum() else sign


def _is_no_value(text: str, found: re.Match[str], sign: re.Match[str]) -> bool:
    """Whether the colon separates no name and value, but is of an address, a scope or a pair of paths."""
    if sign["sign"] != ":":
        return False
    after = text[sign.end() : sign.end() + 2]
    is_path = text[found.start() - 1 : found.start()] == "/" and not sign["after"]
    return (is_path and not sign["close"]) or after.startswith(":") or (after == "//" and not sign["after"])


def _in_code(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - 2) : found.start()].strip()
    return before.endswith(("(", ",", "{", "["))


def _begins_line(text: str, at: int) -> bool:
    before = text[max(0, at - _INDENTED) : at]
    return not before.rpartition("\n")[2].strip(" \t-\"'") and ("\n" in before or at < _INDENTED)
