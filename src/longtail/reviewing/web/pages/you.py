"""Who decides in this browser, and the link for a further one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from longtail.reviewing.web.access import Access
from longtail.reviewing.web.forms import form_of
from longtail.reviewing.web.rendering import page, session_of

router = APIRouter()
_LONGEST = 100


@router.get("/you")
def you(request: Request) -> Response:
    """Who decides."""
    return page(request, "you.html.j2", link="")


@router.post("/you")
def say(request: Request, form: Annotated[dict[str, str], Depends(form_of)]) -> Response:
    """Keep who decides, for this browser.

    Args:
        request: with the session.
        form: `who`, and `back`: the page to go on with.

    Returns:
        The way there.
    """
    session_of(request).who = " ".join(form.get("who", "").split())[:_LONGEST]
    back = form.get("back", "/")
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return RedirectResponse(back if is_ours else "/", 303)


@router.post("/you/link")
def link(request: Request) -> Response:
    """A link for one more browser."""
    access: Access = request.app.state.access
    return page(request, "you.html.j2", link=access.link())
