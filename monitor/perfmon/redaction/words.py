"""Secrets that programs take without a name: `curl -u user:SECRET`, `mysql -pSECRET`, `wandb login SECRET`."""

from __future__ import annotations

from perfmon.lean.lazy_pattern import lazy

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence
    from typing import NamedTuple

    from perfmon.redaction.patterns import SecretNames
else:
    from perfmon.lean.stdlib import NamedTuple


class _Program(NamedTuple):
    """Short options of a program that take a secret.

    The value of those in `whole` is a secret, that of those in `users` is `user:SECRET`; those in `attached` take one
    without a blank before it. `verb` is the word without which none of this holds.
    """

    whole: str = ""
    users: str = ""
    attached: str = ""
    verb: str = ""


_LOGIN = _Program(whole="p", verb="login")
_MYSQL = _Program(attached="p")
_MONGO = _Program(whole="p")
_LDAP = _Program(whole="w")
_PROGRAMS = {
    "curl": _Program(whole="b", users="uUE"),
    "http": _Program(users="a"),
    "https": _Program(users="a"),
    "xh": _Program(users="a"),
    "sshpass": _Program(whole="p", attached="p"),
    "redis-cli": _Program(whole="a"),
    "smbclient": _Program(users="U"),
    "lftp": _Program(users="u"),
    "zip": _Program(whole="P"),
    "unzip": _Program(whole="P"),
    "7z": _Program(attached="p"),
    "7za": _Program(attached="p"),
    "7zz": _Program(attached="p"),
    "sqlcmd": _Program(whole="P"),
    "bcp": _Program(whole="P"),
    "mosquitto_pub": _Program(whole="P"),
    "mosquitto_sub": _Program(whole="P"),
    **dict.fromkeys(("docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "az", "oras", "crane"), _LOGIN),
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"), _MYSQL),
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"), _MONGO),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"), _LDAP),
}
_LONG_USER = ("--user", "--proxy-user", "--auth", "--cert", "--proxy-cert")
# Words after which a secret stands by itself.
_LOGINS = (("wandb", "login"), ("vault", "login"), ("comet", "login"), ("ngrok", "authtoken"))
_LOGIN_VERBS = ("login", "authtoken")
_SETTERS = frozenset(("setenv", "set", "config", "add", "-x", "-gx", "-Ux", "-xg", "--global", "--add"))

_WORD = lazy(r"(?s)(?:[^\s\"'\\;|&()]++|\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+')++|[;|&()\"'\\]")
_QUOTED = lazy(r"(?s)'[^']*+'|\"(?:[^\"\\]|\\.)*+\"")
_DEPTH = 3  # of shells that are given a text by a shell that is given a text
_USER_AND_SECRET = lazy(r"(?s)(?P<user>[^:%,]*[:%,])(?P<secret>.+)")


def cleaned_text(text: str, names: SecretNames, removed: str, depth: int = 0) -> str:
    """A shell's text without the secrets that its programs take without a name; texts for shells inside it, too."""

    def inside(found: re.Match[str]) -> str:
        word = found.group()
        return word[0] + cleaned_text(word[1:-1], names, removed, depth + 1) + word[-1]

    spans = list(_WORD.finditer(text))
    words = [span.group() for span in spans]
    replaced = dict(replacements(words, names, removed))
    written_to, parts = 0, []
    for at, (span, word) in enumerate(zip(spans, words, strict=True)):
        new = replaced.get(at)
        if new is None and depth < _DEPTH and " " in word:
            new = _QUOTED.sub(inside, word)
        if new is not None:
            parts += [text[written_to : span.start()], new]
            written_to = span.end()
    return "".join([*parts, text[written_to:]])


def replacements(words: Sequence[str], names: SecretNames, removed: str) -> Iterator[tuple[int, str]]:
    """Which words hold such a secret, and what is recorded in their place."""
    program = None
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if word in (";", "|", "&", "(", ")"):
            program = None
        elif not word.startswith("-") and (known := _PROGRAMS.get(word.rpartition("/")[2])):
            program = known if not known.verb or known.verb in words[at + 1 : at + 4] else None
        elif _is_unnamed_secret(words, at, names):
            yield at, _quoted_like(word, removed)
        elif program and (new := _of_program(program, before, word, removed)) is not None:
            yield at, new


def _of_program(program: _Program, before: str, word: str, removed: str) -> str | None:
    is_option = before.startswith("-") and not before.startswith("--") and len(before) > 1
    letter = before[-1] if is_option else ""
    if letter and letter in program.whole:
        return _quoted_like(word, removed)
    if (letter and letter in program.users) or (program.users and before in _LONG_USER):
        return _without_secret(word, removed)
    if word.startswith("-") and word[1:2] and word[1:2] in program.attached + program.whole and len(word) > 2:
        return word[:2] + removed
    if word.startswith("-") and word[1:2] and word[1:2] in program.users and len(word) > 2:
        return word[:2] + _without_secret(word[2:], removed)
    name, equals, value = word.partition("=")
    if program.users and equals and name in _LONG_USER:
        return f"{name}={_without_secret(value, removed)}"
    return None


def _is_unnamed_secret(words: Sequence[str], at: int, names: SecretNames) -> bool:
    """Whether a word is a secret by the words before it: those of a login, or the name of a variable that is set."""
    word, name = words[at], words[at - 1] if at else ""
    if not name or word.startswith(("-", "http:", "https:")) or not word.strip():
        return False
    if name in _LOGIN_VERBS:
        return at > 1 and (words[at - 2].rpartition("/")[2], name) in _LOGINS
    if not name[0].isalpha() or "=" in name or not names.hides(name, word):
        return False
    return not _SETTERS.isdisjoint(words[max(0, at - 4) : at - 1])


def _without_secret(word: str, removed: str) -> str:
    quote = word[0] if word[:1] in ("'", '"') else ""
    found = _USER_AND_SECRET.fullmatch(word.strip(quote) if quote else word)
    return f"{quote}{found['user']}{removed}{quote}" if found else word


def _quoted_like(word: str, removed: str) -> str:
    quote = word[0] if word[:1] in ("'", '"') else ""
    return f"{quote}{removed}{quote}"
