"""Who may use the application: one-time tokens, which are exchanged for the cookie of a session."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

HOST = "127.0.0.1"
OPENING = "/open"
_BYTES = 32


@dataclass
class Session:
    """What is kept of one browser until the server ends; what is decided stands in edits.csv alone."""

    who: str = ""
    """Who decides, where git does not say it or somebody else is at the keyboard."""
    skipped: dict[str, list[str]] = field(default_factory=dict)
    """{queue: findings that were skipped}."""


class Access:
    """The tokens and sessions of one server.

    Args:
        port: of the server. Cookies know no ports: its number is part of the cookie's name.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = f"longtail_review_{port}"
        self._tokens: list[str] = []
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def link(self) -> str:
        """A link that opens the application in one more browser, once."""
        token = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._tokens.append(token)
        return f"http://{HOST}:{self.port}{OPENING}?token={token}"

    def exchange(self, token: str) -> str | None:
        """The value of a new session's cookie for a token, which is then used up; None where it is none."""
        with self._lock:
            known = [one for one in self._tokens if hmac.compare_digest(one.encode(), token.encode())]
            if not known:
                return None
            self._tokens.remove(known[0])
            session = secrets.token_urlsafe(_BYTES)
            self._sessions[session] = Session()
            return session

    def session(self, cookies: str) -> Session | None:
        """The session of a request.

        Args:
            cookies: the header `Cookie`.

        Returns:
            The session; None where the request has none of this server's.
        """
        try:
            cookie = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return None
        return self._sessions.get(cookie.value) if cookie else None
