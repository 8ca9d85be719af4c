"""Removes secrets from texts, from the words of a command and from named values; loaded where there may be one."""

from __future__ import annotations

from perfmon.lean.lazy_pattern import lazy
from perfmon.redaction.patterns import SecretNames, is_plain
from perfmon.redaction.text import TextCleaner

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = lazy(r"[+~]{0,2}(?P<dashes>-{0,2})[A-Za-z_][\w.:/-]*+")
_SHELL_TEXT = lazy(r"-[A-Za-z]*c")


class SecretRemover:
    """Removes secrets; `given` are names as in `PERFMON_REDACT`, and `removed` replaces each secret.

    One of `names`, `shapes` or `programs` is, in capitals, in every text that holds a secret: by its name, by its
    shape, or by the program that it is given to.
    """

    def __init__(
        self,
        given: Sequence[str],
        removed: str,
        *,
        names: Sequence[str],
        shapes: Sequence[str],
        programs: Sequence[str],
    ) -> None:
        self._names = SecretNames(given)
        self._removed = removed
        self._shapes = shapes
        self._programs = programs
        self._texts = TextCleaner(self._names, removed, names)

    def text(self, text: str) -> str:
        """Any text without the secrets in it."""
        upper = text.upper()
        if _holds(upper, self._programs):
            from perfmon.redaction import words  # noqa: PLC0415 - few commands need it, and the command waits

            text = words.cleaned_text(text, self._names, self._removed)
        text = self._texts.clean(text)
        if _holds(upper, self._shapes):
            from perfmon.redaction import shapes  # noqa: PLC0415 - as above

            text = shapes.cleaned(text, self._removed)
        return text

    def words(self, command: Sequence[str]) -> list[str]:
        """A command line without the secrets in it."""
        special: dict[int, str] = {}
        if _holds(f"{' '.join(command)} ".upper(), self._programs):
            from perfmon.redaction import words  # noqa: PLC0415 - as above

            special = dict(words.replacements(command, self._names, self._removed))
        cleaned: list[str] = []
        name = before = ""
        for at, word in enumerate(command):
            if at in special:
                cleaned.append(special[at])
            elif name and not word.startswith("-") and self._names.hides(name, word):
                cleaned.append(self._removed)
            else:
                cleaned.append(self._word(word, is_shell=_SHELL_TEXT.fullmatch(before) is not None))
            name = word if word.startswith("-") and "=" not in word else ""
            before = word
        return cleaned

    def _word(self, word: str, *, is_shell: bool) -> str:
        assigned = None if is_shell else self._assigned(word)
        return self.text(word) if assigned is None else assigned

    def _assigned(self, word: str) -> str | None:
        """A word such as `--env=TOKEN=x` without what is assigned; None if no name in it is that of a secret."""
        at = 0
        while (equals := word.find("=", at)) >= 0:
            name = _NAME.fullmatch(word, at, equals)
            if not name:
                return None
            plain = word[at:equals].lstrip("+~-")
            for one in (plain, plain[1:] if name["dashes"] == "-" else ""):  # -DPASS=x, as compilers and Java have it
                if one and self._names.is_secret(one):
                    value = word[equals + 1 :]
                    return word if is_plain(one, value) else word[: equals + 1] + self._removed
            at = equals + 1
        return None

    def is_secret(self, name: str) -> bool:
        """Whether values of this name are secrets."""
        return self._names.is_secret(name)

    def is_plain(self, name: str, value: str) -> bool:
        """Whether the value of a secret's name is plainly none: a switch, or a number of tokens."""
        return is_plain(name, value)


def _holds(text: str, hints: Sequence[str]) -> bool:
    return any(hint in text for hint in hints)
