"""Patterns of the names of secrets, and values of such names that are no secrets.

Loaded only if a text may hold a secret, as the user's command waits.
"""

from __future__ import annotations

import re

from perfmon.lean.lazy_pattern import lazy

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Names of secrets, in capitals with `_` between words; `*` stands for anything.
SECRET_NAMES = (
    *("*_KEY", "*APIKEY*", "*API_KEY*", "*ACCESS_KEY*", "*PRIVATE_KEY*", "*ENCRYPTION_KEY*", "*SIGNING_KEY*"),
    *("*TOKEN*", "*SECRET*", "*CREDENTIAL*", "*PASSWORD*", "*PASSWD*", "*PASSPHRASE*", "*PASSCODE*", "*PASSWRD*"),
    *("PASS", "*_PASS", "SSHPASS", "DBPASS", "USERPASS", "PASSIN", "PASSOUT", "PWD", "*_PWD", "PSWD"),
    *("*AUTHORIZATION", "AUTH", "*_AUTH", "*HTTPAUTH", "JWT", "*_JWT", "*BEARER", "*COOKIE", "*COOKIES"),
    *("SHARED_ACCESS_SIGNATURE", "*X_AMZ_SIGNATURE", "*X_GOOG_SIGNATURE", "*WEBHOOK_URL", "*CLIENT_ASSERTION"),
)
# Names that look like these and mean something else: words of language models, of data sets and databases, and files.
OPEN_NAMES = (
    *("*TOKENIZ*", "*TOKEN_ID", "*TOKEN_IDS", "*TOKEN_TYPE*", "*SPECIAL_TOKEN*", "*TOKENS_PER*", "*TOKEN_CLASSIF*"),
    *("*BOS_TOKEN", "*EOS_TOKEN", "*PAD_TOKEN", "*UNK_TOKEN", "*SEP_TOKEN", "*CLS_TOKEN", "*MASK_TOKEN"),
    *("*STOP_TOKEN*", "*IMAGE_TOKEN", "*START_TOKEN", "*END_TOKEN", "*TOKEN_LEVEL*", "*TOKEN_POOL*"),
    *("SORT_KEY", "PRIMARY_KEY", "FOREIGN_KEY", "CACHE_KEY", "PUBLIC_KEY", "GROUP_KEY", "INDEX_KEY", "JOIN_KEY"),
    *("*IMAGE_KEY", "*IMG_KEY", "*CAPTION_KEY", "*TEXT_KEY", "*LABEL_KEY", "*TARGET_KEY", "*INPUT_KEY", "*OUTPUT_KEY"),
    *("*PROMPT_KEY", "*RESPONSE_KEY", "*FEATURE_KEY", "*COLUMN_KEY", "*SEQUENCE_KEY", "*STATE_KEY", "*DICT_KEY"),
    *("*_LOW_PASS", "LOW_PASS", "HIGH_PASS", "BAND_PASS", "BYPASS", "SINGLE_PASS", "MULTI_PASS", "TWO_PASS"),
    *("FORWARD_PASS", "BACKWARD_PASS", "NUM_PASS", "OLD_PWD", "OLDPWD", "*_FILE", "*_PATH", "*_DIR", "*FILENAME"),
    *("*APPLICATION_CREDENTIALS", "*TOKEN_URL", "*TOKEN_URI", "*SECRET_NAME", "*SECRETS_NAME", "*PASSWORD_STDIN"),
)
_COUNT = lazy(r"(?ia)[+-]?\d[\d_.]{0,11}(?:(?:e|\*\*)[+-]?\d{1,3})?[kmgtb]?")
_COUNTS = lazy(r"(?a)[\d\s,.\[\]()-]+")
_NOTHING = frozenset(("", "true", "false", "none", "null", "yes", "no", "on", "off"))
_KNOWN_NAMES = 4096


class SecretNames:
    """Recognizes names of secrets; `given` are patterns as in `PERFMON_REDACT`, with `!` for names of no secrets."""

    def __init__(self, given: Sequence[str] = ()) -> None:
        self._more = [_parts(one) for one in given if not one.startswith("!")]
        self._secret = [*map(_parts, SECRET_NAMES), *self._more]
        self._open = [*map(_parts, OPEN_NAMES)]
        self._never = [_parts(one[1:]) for one in given if one.startswith("!")]
        self._known: dict[str, bool] = {}
        self.has_more = bool(self._more)

    def is_secret(self, name: str) -> bool:
        """Whether a value of this name is a secret; case and the kind of dash do not matter."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _KNOWN_NAMES:
                self._known.clear()
            known = self._known[name] = self._matches_patterns(name)
        return known

    def _matches_patterns(self, name: str) -> bool:
        forms = {_plain(name), _plain(_apart(name))}
        if any(_matches(forms, one) for one in self._never):
            return False
        if any(_matches(forms, one) for one in self._more):
            return True
        return any(_matches(forms, one) for one in self._secret) and not any(_matches(forms, one) for one in self._open)

    def hides(self, name: str, value: str) -> bool:
        """Whether this value of this name is a secret: switches and numbers of tokens are none."""
        return self.is_secret(name) and not is_plain(name, value)


def is_plain(name: str, value: str) -> bool:
    """Whether the value of a secret's name is obviously no secret: a switch, a count, a folder."""
    if value.lower() in _NOTHING:
        return True
    words = _plain(_apart(name)).split("_")
    if words[-1] == "PWD":
        return len(words) == 1 and value.startswith(("/", ".", "~", "$"))
    if words[-1] == "PASS":  # of several passes over something
        return len(value) == 1 and value.isdigit()
    if any("TOKENS" in word for word in words) or ("TOKEN" in words and (words[-1] != "TOKEN" or _counts(words))):
        return bool(_COUNT.fullmatch(value) or _COUNTS.fullmatch(value))
    return False


def _counts(words: list[str]) -> bool:
    return any(word in ("MAX", "MIN", "NUM", "N", "PER", "EACH", "EVERY", "LAST", "FIRST") for word in words)


def _apart(name: str) -> str:
    """`accessKey` as `access_Key`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def _plain(name: str) -> str:
    return name.lstrip("-_").upper().replace("-", "_").replace(".", "_")


def _parts(pattern: str) -> list[str]:
    return _plain_pattern(pattern).split("*")


def _plain_pattern(pattern: str) -> str:
    return pattern.upper().replace("-", "_").replace(".", "_")


def _matches(names: Iterable[str], parts: list[str]) -> bool:
    return any(_matches_one(name, parts) for name in names)


def _matches_one(name: str, parts: list[str]) -> bool:
    """Whether the name holds the parts in order, the first at its beginning and the last at its end: in linear time."""
    if len(parts) == 1:
        return name == parts[0]
    first, *middle, last = parts
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
