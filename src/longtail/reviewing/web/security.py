"""What every request must pass before a page sees it, and the headers that every answer has.

Cross-origin requests are told by `Sec-Fetch-Site` and `Origin`, as Go's CrossOriginProtection does. A web page of
somebody else that is open in the same browser can neither read a picture nor write a decision.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from longtail.reviewing.web.access import OPENING, Access

STATIC = "/static/"
_LOCAL = ("127.0.0.1", "localhost", "::1")
_READING = ("GET", "HEAD")
_FROM_US = ("same-origin", "none")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer a form of our own would send `Origin: null`
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FOREIGN_HOST = "This server answers to 127.0.0.1 and localhost only."
_CROSS_ORIGIN = "This request comes from another site. Only pages of this server may send it."
_NO_SESSION = (
    "No session. Open the link that `longtail review --serve` has printed; it is valid once. "
    "For a further browser: the page 'You' of a browser that is in."
)


class Refusal(NamedTuple):
    """Why a request is answered by nothing else."""

    status: int
    text: str


class Guard:
    """ASGI middleware.

    Args:
        app: what is guarded.
        access: tokens and sessions; None for an application that writes nothing and needs none.
    """

    def __init__(self, app: ASGIApp, access: Access | None) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        session = self._access.session(headers.get("cookie", "")) if self._access else None
        may_pass = self._access is None or session is not None
        refusal = refusal_of(scope["method"], scope["path"], headers, has_session=may_pass)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answered[name] = value
                answered.setdefault("Cache-Control", "no-store")
            await send(message)

        if refusal is not None:
            await PlainTextResponse(refusal.text + "\n", refusal.status)(scope, receive, with_headers)
            return
        scope.setdefault("state", {})["session"] = session
        await self._app(scope, receive, with_headers)


def refusal_of(method: str, path: str, headers: Headers, *, has_session: bool) -> Refusal | None:
    """Whether a request is refused.

    Args:
        method: of HTTP.
        path: what is asked for.
        headers: of the request.
        has_session: whether it has the cookie of a session, or needs none.

    Returns:
        The refusal; None where the request may pass.
    """
    host = headers.get("host", "")
    if _name(f"//{host}") not in _LOCAL:
        return Refusal(421, _FOREIGN_HOST)
    if method not in (*_READING, "POST"):
        return Refusal(405, "GET and POST only.")
    site, mode, origin = (headers.get(name) for name in ("sec-fetch-site", "sec-fetch-mode", "origin"))
    is_visit = method in _READING and mode == "navigate"  # a link that was followed; it brings no cookie of ours
    if site is not None and site not in _FROM_US and not is_visit:
        return Refusal(403, _CROSS_ORIGIN)
    if origin is not None and origin != f"http://{host}":
        return Refusal(403, _CROSS_ORIGIN)
    if not has_session and not (method in _READING and (path == OPENING or path.startswith(STATIC))):
        return Refusal(401, _NO_SESSION)
    return None


def _name(address: str) -> str | None:
    """The host's name in an address; None where it has none."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
