"""The application: the guard, the pages, and what is said where something cannot be answered."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from longtail.errors import LongtailError
from longtail.reviewing.web import pages, rendering
from longtail.reviewing.web.access import OPENING, Access
from longtail.reviewing.web.security import STATIC, Guard
from longtail.reviewing.web.state import Review

_TEMPORARY = re.compile(r"^\.(.+)\.[0-9a-f]{16}\.tmp$")
"""The name under which `atomic` writes a file before it takes the place of the old one."""
_A_YEAR = "private, max-age=31536000, immutable"


def create(review: Review, access: Access) -> FastAPI:
    """The application.

    Args:
        review: the project.
        access: tokens and sessions.

    Returns:
        An ASGI application.
    """
    app = FastAPI(title="Longtail review", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.review = review
    app.state.access = access
    app.add_middleware(Guard, access=access)
    app.add_api_route(OPENING, _open, methods=["GET"])
    app.add_api_route(STATIC + "{name}", _static, methods=["GET"])
    for module in pages.modules():
        app.include_router(module.router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(LongtailError, _failed)
    app.add_exception_handler(OSError, _not_written)
    return app


async def _open(request: Request, token: str = "") -> Response:
    """Exchange the token for a session."""
    # The page leads on by itself: after a redirect of a link that was followed in another program the browser would
    # send no cookie (SameSite=Strict). The token leaves the address bar with it.
    access: Access = request.app.state.access
    if "prefetch" in request.headers.get("sec-purpose", ""):  # a browser that looks ahead must not use it up
        return PlainTextResponse("not in advance\n", 503)
    session = access.exchange(token)
    if session is None:
        if access.session(request.headers.get("cookie", "")) is not None:  # the same link, opened again
            return HTMLResponse(rendering.bare("opening.html.j2"))
        return HTMLResponse(rendering.bare("used_up.html.j2"), 401)
    answer = HTMLResponse(rendering.bare("opening.html.j2"))
    answer.set_cookie(access.cookie, session, httponly=True, samesite="strict")
    return answer


async def _static(name: str) -> Response:
    known = rendering.asset(name)
    if known is None:
        raise HTTPException(404)
    return Response(known[0], media_type=known[1], headers={"Cache-Control": _A_YEAR})


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return _refusal(request, status, detail if status != 404 else "There is no such page, photograph or finding.")


def _failed(request: Request, error: Exception) -> Response:
    return _refusal(request, 409, str(error))


def _not_written(request: Request, error: Exception) -> Response:
    """A disk that takes nothing, a file that may not be changed: what the screen did not confirm is not there."""
    where = _TEMPORARY.sub(r"\1", Path(str(getattr(error, "filename", None) or "")).name)
    reason = getattr(error, "strerror", None) or type(error).__name__
    return _refusal(request, 500, f"Nothing was written: {reason}{f' ({where})' if where else ''}.")


def _refusal(request: Request, status: int, words: str) -> Response:
    if "text/html" not in request.headers.get("accept", "") or getattr(request.state, "session", None) is None:
        return PlainTextResponse(words + "\n", status)
    return rendering.page(request, "refused.html.j2", status, words=words)
