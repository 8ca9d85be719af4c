"""Secrets that need no name: keys of well-known services, passwords in addresses and in SQL, private keys.

Every scan goes forward only, so that the time is proportional to the length of the text.
"""

from __future__ import annotations

from perfmon.lean.lazy_pattern import lazy
from perfmon.redaction import values

TYPE_CHECKING = False  # what typing says too, without the time that it takes to import
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_QUERY_NAMES = frozenset(("SIG", "SIGNATURE", "KEY", "CODE", "SE_SIG", "AUTH"))  # in the query of a URL only

_SHAPES = lazy(
    r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|ptt|dt|rt|cbt)-[\w-]{16,}|"
    r"hf_[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}|sk-(?=[\w-]*\d)[\w-]{20,}|gsk_\w{20,}|xai-\w{20,}|nvapi-[\w-]{20,}|"
    r"r8_\w{20,}|pplx-\w{20,}|[sr]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,}|xapp-[\w-]{10,}|xox[abeoprs]-[\w-]{10,}|"
    r"A(?:KIA|SIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,}|"
    r"dckr_pat_[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{40,}|glsa_\w{20,}|hv[sb]\.[\w-]{20,}|shp(?:at|ss)_\w{20,}|"
    r"AGE-SECRET-KEY-1[A-Z0-9]{20,}|eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*+|\d{8,10}:AA[\w-]{30,}|wandb_v1_\w{20,})"
)
_WEBHOOKS = lazy(r"(?i)(?P<before>hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/)[\w/-]+")
_QUERY = lazy(rf"(?i)(?<=[?&;])(?P<name>{'|'.join(sorted(_QUERY_NAMES))})=(?!\d{{1,5}}(?:[&#\s]|$))[^\s&#\"']+")
_PASSWORD_PHRASE = lazy(r"(?i)\b(?:identified\s++by|password)\s++(?=[\"'])|\blogin\s++\S++\s++password\s++(?=\S)")
_ENDED = lazy(r"[\"']?(?:\s|[;,)]|\Z)")
_BASIC = lazy(r"(?i)\bBasic[ \t]++[A-Za-z0-9+/]{12,}={0,2}")
_CHUNK = lazy(r"[^\s\"]++")
_ADDRESS = lazy(r"(?i)://|%3A%2F%2F")
_USER = lazy(r"(?i)(?:(?!%3A|%2F)[^:/@?#\s\[])*+")
_COLON = lazy(r"(?i):|%3A")
_PORT = lazy(r"\d{1,5}(?:[/?#]|$)")
_PRIVATE = lazy(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_PRIVATE_END = lazy(r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")


def cleaned(text: str, removed: str) -> str:
    """The text without such secrets."""
    text = _without_private_keys(text, removed)
    text = _QUERY.sub(rf"\g<name>={removed}", text)
    text = "".join(_without_password_phrases(text, removed))
    if "@" in text or "%40" in text:
        text = _CHUNK.sub(lambda chunk: _without_password(chunk.group(), removed), text)
    text = _BASIC.sub(f"Basic {removed}", text)
    text = _WEBHOOKS.sub(rf"\g<before>{removed}", text)
    return _SHAPES.sub(removed, text)


def _without_private_keys(text: str, removed: str) -> str:
    parts, at = [], 0
    while begin := _PRIVATE.search(text, at):
        end = _PRIVATE_END.search(text, begin.end())
        parts += [text[at : begin.start()], removed]
        at = end.end() if end else len(text)
    return "".join([*parts, text[at:]])


def _without_password_phrases(text: str, removed: str) -> Iterator[str]:
    """Yield parts of the text, without passwords of SQL statements and .netrc files."""
    at = 0
    while found := _PASSWORD_PHRASE.search(text, at):
        inner, end = values.quoted(text, found.end(), "")
        begin = inner.begin if inner else found.end()
        behind = end + len(inner.quote) if inner else begin
        stop = behind if _ENDED.match(text, behind) else values.word_end(text, behind, "", ";,)")
        end = end if inner and stop == behind else stop
        yield text[at:begin] + removed
        at = end
    yield text[at:]


def _without_password(text: str, removed: str) -> str:
    """Return a word without the password in an address: up to the last `@`, as a password may contain `@`."""
    for sign in ("@", "%40"):
        last = text.rfind(sign)
        for found in _ADDRESS.finditer(text, 0, last) if last >= 0 else ():
            if (begin := _password(text, found, last)) is not None:
                text = text[:begin] + removed + text[last:]
                break
    return text


def _password(text: str, address: re.Match[str], last: int) -> int | None:
    """Return where the secret in an address begins: after the user's name, or at its start if it is only a key."""
    user = _USER.match(text, address.end(), last)
    at = user.end() if user else address.end()
    colon = _COLON.match(text, at, last)
    if colon:
        return None if _PORT.match(text, colon.end(), last) else colon.end()
    scheme = text[max(0, address.start() - 5) : address.start()].lower()
    return address.end() if at == last and scheme.endswith(("http", "https")) else None
