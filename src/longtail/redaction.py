"""Text that people and logs may see: addresses without credentials, and no value that is known to be a secret.

The one place that decides what is left out. `Problem` sends every text through it, and so do the flow's logs, the lines
of DVC that the flow passes on, and whatever shows the address of a remote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

HIDDEN = "***"
_SHORTEST = 6  # letters; a shorter secret would blank out ordinary words

_ADDRESS = re.compile(r"\b(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>[^\s'\"<>`|\\^{}]*)")
_NAMED_HOST = {"http", "https", "ws", "wss", "webdav", "webdavs"}
"""A webhook's secret is its path, so that of these the host alone is shown."""
_NAMED_PATH = {
    "s3", "gs", "gcs", "azure", "oss", "hdfs", "ssh", "sftp", "git", "git+ssh", "file", "remote", "tcp", "tls",
    "sqlite", "postgresql",
}  # fmt: skip
"""Of these the path is a bucket or a folder. Any other scheme may hold a token where others have the host."""
_PAGE_OF_A_RUN = re.compile(r"(/[a-z-]+)*/runs/(flow|task)-run/[0-9a-f-]{36}")  # as Prefect's log shows it
_HOST = re.compile(r"[^:@\[\]]*(:[0-9]*)?|\[[0-9A-Fa-f:.%]+\](:[0-9]*)?")
_CLOSING = ".,;:)]"

_WORD = (
    r"(?:pass(?:word|wd|phrase)?|secret|token|credentials?|sig|sas|(?:api|access|account|private|shared|secret)[_-]?key"
    r"|auth[_-]?string|connection[_-]?string)"
)
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>['\"]?[A-Za-z0-9_.-]*{_WORD}(?:[_-][A-Za-z0-9_-]+)?['\"]?\s*[=:]\s*)"
    r"(?P<value>'[^']*'|\"[^\"]*\"|[^\s,;&)}\]]+)"
)
_HEADER = re.compile(r"(?i)(?P<name>authorization['\"]?\s*[:=]\s*['\"]?)(?P<value>[^'\"\r\n]+)")
_BEARER = re.compile(r"(?i)\b(?P<name>bearer\s+)(?P<value>[A-Za-z0-9+/=._~-]{8,})")
_SECRET_VARIABLE = re.compile(
    r"(?i)(key|token|secret|passw(or)?d|passphrase|credentials?|_string|connection_url|webhook|sas)$"
)

_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9._~+%=-]{16,}")
"""A part of an address that is too long and too mixed to be a word."""

_known: set[str] = set()


def hide(values: Iterable[str]) -> None:
    """From now on leave these values out of every text of this process."""
    _known.update(value for value in values if len(value) >= _SHORTEST)


def may_name_a_secret(name: str) -> bool:
    """Whether a variable or an option of this name holds what nobody is to see."""
    return bool(_SECRET_VARIABLE.search(name))


def redacted(text: str) -> str:
    """`text` without what opens a door: user info and queries of addresses, passwords, tokens, known secrets."""
    for value in sorted(_known | _of_environment(), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    if "://" in text:
        text = _ADDRESS.sub(lambda match: address(match[0]), text)
    for kind in (_HEADER, _ASSIGNED, _BEARER):
        text = kind.sub(lambda match: f"{match['name']}{HIDDEN}", text)
    return text


def address(url: str) -> str:
    """An address as people may see it: where it leads, and nothing that lets one in."""
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return url
    whole = match["rest"].rstrip(_CLOSING)
    begins, closing = f"{match['scheme']}://", match["rest"][len(whole) :]
    location = re.split(r"[?#]", whole, maxsplit=1)[0]
    authority, slash, path = location.partition("/")
    host = authority.rpartition("@")[2]
    kind = re.sub(r"\+(?!ssh$).*", "", match["scheme"].lower())  # postgresql+asyncpg
    if kind not in _NAMED_HOST | _NAMED_PATH or not _HOST.fullmatch(host):  # a password with a slash ends up here
        return f"{begins}...{closing}" if whole else url
    if kind in _NAMED_PATH or _PAGE_OF_A_RUN.fullmatch(slash + path):
        return f"{begins}{host}{slash}{path}{closing}"
    return f"{begins}{host}{'/...' if len(whole) > len(authority) + len(slash) else slash}{closing}"


def secrets_of(url: str) -> list[str]:
    """What of an address lets one in, each part by itself: a server's answer may repeat a part without the rest."""
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return []
    location, _, asks = match["rest"].partition("?")
    authority, _, path = location.partition("/")
    user, _, password = authority.rpartition("@")[0].partition(":")
    parts = [*re.split(r"[/#]", path), *re.split(r"[&=#]", asks), user]
    return [part for part in [password, *parts] if part and (part == password or _TOKEN.fullmatch(part))]


def kind_of(error: BaseException) -> str:
    """What a client's error may say of itself: its type, and the status that a server answered with."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or getattr(error, "status_code", None)
    return f"{type(error).__name__}, status {status}" if isinstance(status, int) else type(error).__name__


def of_values(value: object) -> object:
    """The same dictionaries and lists, their texts redacted."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: of_values(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [of_values(item) for item in value]
    return value


def _of_environment() -> set[str]:
    kept = {value for name, value in os.environ.items() if may_name_a_secret(name)}
    kept |= {part for value in os.environ.values() if "://" in value for part in secrets_of(value)}
    return {value for value in kept if len(value) >= _SHORTEST}
